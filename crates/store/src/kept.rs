//! Statements that stay prepared.
//!
//! Diesel prepares every UPDATE anew, because one with optional columns can be written in many ways; and the connection to
//! either engine writes the text of a statement several times for each run of it. What commands run for every matter has few
//! forms: it is run on the engine's own connection and kept there.

use crate::Conn;
use diesel::{
    AsChangeset, QueryResult, QuerySource, Table,
    backend::Backend,
    connection::Connection,
    pg::Pg,
    query_builder::{AstPass, IntoUpdateTarget, QueryFragment, QueryId},
    sqlite::Sqlite,
};

/// The rows an UPDATE is for.
#[must_use]
pub struct Rows<T: QuerySource, W> {
    from: T::FromClause,
    filter: W,
}

/// An UPDATE that is kept prepared.
#[must_use]
pub struct Update<T: QuerySource, W, V> {
    rows: Rows<T, W>,
    values: V,
}

/// Begins an UPDATE as `diesel::update` does, of one that is kept prepared: `update(t::table.find(id)).set(…).run(conn)`.
///
/// At least one column must be set.
pub fn update<S>(rows: S) -> Rows<S::Table, S::WhereClause>
where
    S: IntoUpdateTarget,
{
    let target = rows.into_update_target();
    Rows { from: target.table.from_clause(), filter: target.where_clause }
}

impl<T: QuerySource, W> Rows<T, W> {
    /// What the columns become.
    pub fn set<V>(self, values: V) -> Update<T, W, V::Changeset>
    where
        V: AsChangeset<Target = T>,
    {
        Update { rows: self, values: values.as_changeset() }
    }
}

impl<T: QuerySource, W, V> QueryId for Update<T, W, V> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<DB, T, W, V> QueryFragment<DB> for Update<T, W, V>
where
    DB: Backend,
    T: Table,
    T::FromClause: QueryFragment<DB>,
    W: QueryFragment<DB>,
    V: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("UPDATE ");
        self.rows.from.walk_ast(out.reborrow())?;
        out.push_sql(" SET ");
        self.values.walk_ast(out.reborrow())?;
        self.rows.filter.walk_ast(out)
    }
}

/// Running a statement that changes rows on the engine's own connection.
pub trait Run: Sized {
    /// Runs it and returns how many rows it changed. Not for an [`update`] with a list of values in it (`eq_any`): each length
    /// would be kept as a statement of its own.
    ///
    /// # Errors
    /// When the database refuses it.
    fn run(self, conn: &mut Conn) -> QueryResult<usize>;
}

impl<Q> Run for Q
where
    Q: QueryFragment<Sqlite> + QueryFragment<Pg> + QueryId,
{
    fn run(self, conn: &mut Conn) -> QueryResult<usize> {
        crate::native!(conn, |conn| conn.execute_returning_count(&self))
    }
}
