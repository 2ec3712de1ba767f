//! The only place with SQL that one engine alone understands.

pub(crate) mod postgres;
pub(crate) mod sqlite;

/// Runs one body on whichever engine a connection is of, for what [`Conn`](crate::Conn) cannot express itself:
/// `on_conflict`, batch insert.
///
/// ```ignore
/// native!(tx.conn(), |conn| diesel::insert_into(t::table).values(&rows).on_conflict_do_nothing().execute(conn))?;
/// ```
#[macro_export]
macro_rules! native {
    ($conn:expr, |$native:ident| $body:expr) => {
        match $conn {
            $crate::Conn::Sqlite($native) => $body,
            $crate::Conn::Postgres($native) => $body,
        }
    };
}
