//! The only place with SQL that one engine alone understands.

pub(crate) mod postgres;
pub(crate) mod sqlite;

use crate::{Conn, StoreError};
use diesel::sql_types::{BigInt, Binary, Nullable, Text};

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

/// A column as the database describes it.
#[derive(diesel::QueryableByName)]
pub(crate) struct ColumnRow {
    #[diesel(sql_type = Text)]
    pub(crate) table_name: String,
    #[diesel(sql_type = Text)]
    pub(crate) column_name: String,
    #[diesel(sql_type = Text)]
    pub(crate) sql_type: String,
    /// Its place in the primary key from 1, or 0.
    #[diesel(sql_type = BigInt)]
    pub(crate) key: i64,
}

/// The kinds of columns there are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColumnKind {
    Int,
    Flag,
    Text,
    Bytes,
    Real,
}

impl ColumnKind {
    /// The kind of a type of either engine.
    pub(crate) fn of(sql_type: &str) -> Option<ColumnKind> {
        match sql_type {
            "INTEGER" | "bigint" => Some(ColumnKind::Int),
            "boolean" => Some(ColumnKind::Flag),
            "TEXT" | "text" => Some(ColumnKind::Text),
            "BLOB" | "bytea" => Some(ColumnKind::Bytes),
            "REAL" | "double precision" => Some(ColumnKind::Real),
            _ => None,
        }
    }
}

/// A line of text.
#[derive(diesel::QueryableByName)]
struct TextLine {
    #[diesel(sql_type = Text)]
    line: String,
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
