//! Statements that stay prepared.
//!
//! Diesel prepares every UPDATE and every upsert anew, because one with optional columns could be written in many ways; and the
//! connection to either engine writes the text of a statement several times for each run of it. What a command runs for every
//! matter has one form: it is run on the engine's own connection and kept there.

use crate::Conn;
use diesel::{
    QueryResult,
    backend::Backend,
    connection::Connection,
    pg::Pg,
    query_builder::{AstPass, QueryFragment, QueryId},
    sqlite::Sqlite,
};

/// A statement that may be kept prepared whatever Diesel thinks of its kind.
pub(crate) struct Kept<Q>(pub(crate) Q);

impl<Q: QueryId> QueryId for Kept<Q> {
    type QueryId = Q::QueryId;

    const HAS_STATIC_QUERY_ID: bool = Q::HAS_STATIC_QUERY_ID;
}

impl<DB, Q> QueryFragment<DB> for Kept<Q>
where
    DB: Backend,
    Q: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

/// Running a statement that changes rows, kept prepared for the next time.
pub trait Run: Sized {
    /// Runs it and returns how many rows it changed. Not for statements with a list of values in them
    /// (`eq_any`, many rows at once): each length would be kept as a statement of its own.
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
        let statement = Kept(self);
        crate::native!(conn, |conn| conn.execute_returning_count(&statement))
    }
}
