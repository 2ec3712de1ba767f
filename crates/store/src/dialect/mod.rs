//! The only place with SQL that one engine alone understands.

pub(crate) mod postgres;
pub(crate) mod sqlite;

use crate::{Conn, StoreError};
use diesel::sql_types::{BigInt, Binary, Nullable};

/// An event exactly as its row holds it.
#[derive(diesel::QueryableByName)]
pub(crate) struct RawEvent {
    #[diesel(sql_type = BigInt)]
    pub(crate) id: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub(crate) position: Option<i64>,
    #[diesel(sql_type = BigInt)]
    pub(crate) stream: i64,
    #[diesel(sql_type = BigInt)]
    pub(crate) seq: i64,
    #[diesel(sql_type = Binary)]
    pub(crate) kind: Vec<u8>,
    #[diesel(sql_type = BigInt)]
    pub(crate) kind_version: i64,
    #[diesel(sql_type = BigInt)]
    pub(crate) occurred_at: i64,
    #[diesel(sql_type = BigInt)]
    pub(crate) recorded_at: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub(crate) actor: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub(crate) actor_unit: Option<i64>,
    #[diesel(sql_type = Binary)]
    pub(crate) public: Vec<u8>,
    #[diesel(sql_type = Binary)]
    pub(crate) alg: Vec<u8>,
    #[diesel(sql_type = Binary)]
    pub(crate) commitments: Vec<u8>,
    #[diesel(sql_type = Binary)]
    pub(crate) prev_hash: Vec<u8>,
    #[diesel(sql_type = Binary)]
    pub(crate) hash: Vec<u8>,
}

/// Up to `limit` events after a position, exactly as their rows hold them.
pub(crate) fn raw_events(conn: &mut Conn, after: i64, limit: i64) -> Result<Vec<RawEvent>, StoreError> {
    Ok(match conn {
        Conn::Sqlite(conn) => sqlite::raw_events(conn, after, limit)?,
        Conn::Postgres(conn) => postgres::raw_events(conn, after, limit)?,
    })
}

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
