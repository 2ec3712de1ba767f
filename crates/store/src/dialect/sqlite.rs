//! What only SQLite understands.

use super::{ColumnKind, ColumnRow, TextLine};
use crate::{StoreError, schema::counters};
use diesel::{
    SqliteConnection,
    connection::{DefaultLoadingMode, SimpleConnection},
    prelude::*,
    sql_types::{BigInt, Text},
};
use std::{ops::Range, path::Path};

/// How many identifiers are reserved at a time.
pub(crate) const ID_BLOCK: i64 = 1 << 16;

/// What a connection is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The one writer.
    Write,
    /// Readers: writing is refused.
    Read,
}

/// Opens a connection and sets it up.
pub(crate) fn open(file: &Path, purpose: Purpose) -> Result<SqliteConnection, StoreError> {
    let name =
        file.to_str().ok_or_else(|| StoreError::Config("the data folder's name is not UTF-8".into()))?;
    let mut conn = SqliteConnection::establish(name)
        .map_err(|error| StoreError::Unavailable(format!("{}: {error}", file.display())))?;
    // One PRAGMA a call; waiting comes first so that the others wait for locks.
    for pragma in [
        "PRAGMA busy_timeout = 10000",
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = FULL",
        "PRAGMA foreign_keys = ON",
        "PRAGMA mmap_size = 1073741824",
        "PRAGMA temp_store = MEMORY",
        // A backstop only: the store checkpoints beside the writer.
        "PRAGMA wal_autocheckpoint = 20000",
        "PRAGMA journal_size_limit = 67108864",
    ] {
        conn.batch_execute(pragma)?;
    }
    match purpose {
        Purpose::Write => conn.batch_execute("PRAGMA cache_size = -32768")?,
        // What they read lies in the mapped file; every one of them has a cache of its own.
        Purpose::Read => conn.batch_execute("PRAGMA query_only = ON; PRAGMA cache_size = -4096")?,
    }
    Ok(conn)
}

/// Reserves identifiers in a transaction of its own.
pub(crate) fn reserve_ids(conn: &mut SqliteConnection, count: i64) -> Result<Range<i64>, StoreError> {
    #[derive(QueryableByName)]
    struct Reserved {
        #[diesel(sql_type = BigInt)]
        value: i64,
    }
    let end = conn.immediate_transaction(|conn| {
        diesel::sql_query(
            "INSERT INTO counters (name, value) VALUES ('ids', $1) \
             ON CONFLICT (name) DO UPDATE SET value = value + excluded.value RETURNING value",
        )
        .bind::<BigInt, _>(count)
        .get_result::<Reserved>(conn)
    })?;
    Ok(end.value - count + 1..end.value + 1)
}

/// Moves what it can from the write-ahead log into the database without making anybody wait.
pub(crate) fn checkpoint(conn: &mut SqliteConnection) -> Result<(), StoreError> {
    Ok(conn.batch_execute("PRAGMA wal_checkpoint(PASSIVE)")?)
}

/// Rewrites the database without what was deleted, and empties the write-ahead log.
///
/// The index is merged first: until then a document that was taken out stays in its older segments, only marked as gone.
/// Taking it out of them at once (`secure-delete`) would cost a third of all the server's work.
pub(crate) fn compact(conn: &mut SqliteConnection) -> Result<(), StoreError> {
    #[derive(QueryableByName)]
    struct Checkpoint {
        #[diesel(sql_type = BigInt)]
        busy: i64,
    }
    conn.batch_execute("INSERT INTO search_fts (search_fts) VALUES ('optimize')")?;
    conn.batch_execute("VACUUM")?;
    for _ in 0..100 {
        let done: Checkpoint = diesel::sql_query("PRAGMA wal_checkpoint(TRUNCATE)").get_result(conn)?;
        if done.busy == 0 {
            return Ok(());
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    Err(StoreError::Unavailable("a reader holds the write-ahead log; compact again later".into()))
}

/// Puts a document into the index (its row in `search_docs` stands already).
pub(crate) fn index(conn: &mut SqliteConnection, case: i64, scope: &str, body: &str) -> QueryResult<usize> {
    diesel::sql_query("INSERT INTO search_fts (rowid, scope, body) VALUES ($1, $2, $3)")
        .bind::<BigInt, _>(case)
        .bind::<Text, _>(scope)
        .bind::<Text, _>(body)
        .execute(conn)
}

/// Takes a document out of the index; `scope` and `body` are what it was put in with.
pub(crate) fn unindex(conn: &mut SqliteConnection, case: i64, scope: &str, body: &str) -> QueryResult<usize> {
    diesel::sql_query("INSERT INTO search_fts (search_fts, rowid, scope, body) VALUES ('delete', $1, $2, $3)")
        .bind::<BigInt, _>(case)
        .bind::<Text, _>(scope)
        .bind::<Text, _>(body)
        .execute(conn)
}

/// Makes the index anew from `search_docs`.
pub(crate) fn rebuild_index(conn: &mut SqliteConnection) -> Result<(), StoreError> {
    Ok(conn.batch_execute("INSERT INTO search_fts (search_fts) VALUES ('rebuild')")?)
}

/// The most recent cases below an id that match.
pub(crate) fn search(
    conn: &mut SqliteConnection,
    query: &str,
    below: i64,
    limit: i64,
) -> QueryResult<Vec<i64>> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = BigInt)]
        id: i64,
    }
    let found: Vec<Found> = diesel::sql_query(
        "SELECT rowid AS id FROM search_fts WHERE search_fts MATCH $1 AND rowid < $2 ORDER BY rowid DESC LIMIT $3",
    )
    .bind::<Text, _>(query)
    .bind::<BigInt, _>(below)
    .bind::<BigInt, _>(limit)
    .load(conn)?;
    Ok(found.into_iter().map(|found| found.id).collect())
}

/// Up to `limit` events after a position as raw bytes, read from the table itself (an index may say something else).
pub(crate) fn raw_events(
    conn: &mut SqliteConnection,
    after: i64,
    limit: i64,
) -> QueryResult<Vec<super::RawEvent>> {
    diesel::sql_query(
        "SELECT e.id, e.position, e.stream, e.seq, CAST(e.kind AS BLOB) AS kind, e.kind_version, e.occurred_at, \
         e.recorded_at, e.actor, e.actor_unit, CAST(e.public AS BLOB) AS public, CAST(e.alg AS BLOB) AS alg, \
         e.commitments, e.prev_hash, e.hash FROM (SELECT id AS wanted, position AS place FROM events WHERE position > $1 \
         ORDER BY position LIMIT $2) CROSS JOIN events e NOT INDEXED ON e.id = wanted ORDER BY place",
    )
    .bind::<BigInt, _>(after)
    .bind::<BigInt, _>(limit)
    .load(conn)
}

/// What SQLite itself finds wrong with the file; `None` if nothing.
pub(crate) fn damage(conn: &mut SqliteConnection) -> QueryResult<Option<String>> {
    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = Text)]
        integrity_check: String,
    }
    let line: Line = diesel::sql_query("PRAGMA integrity_check(1)").get_result(conn)?;
    Ok(Some(line.integrity_check).filter(|line| line != "ok"))
}

/// The columns of all tables a backup holds.
pub(crate) fn columns(conn: &mut SqliteConnection) -> QueryResult<Vec<ColumnRow>> {
    diesel::sql_query(
        "SELECT m.name AS table_name, c.name AS column_name, c.type AS sql_type, c.pk AS key FROM sqlite_schema m \
         JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'search\\_fts%' ESCAPE '\\' \
         AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND m.name NOT LIKE '\\_\\_diesel%' ESCAPE '\\' ORDER BY m.name, c.name",
    )
    .load(conn)
}

/// A column's value in JSON.
pub(crate) fn to_json(kind: ColumnKind, column: &str) -> String {
    match kind {
        ColumnKind::Int | ColumnKind::Flag | ColumnKind::Text => column.to_owned(),
        ColumnKind::Bytes => format!("CASE WHEN {column} IS NOT NULL THEN lower(hex({column})) END"),
        ColumnKind::Real => format!("CASE WHEN {column} IS NOT NULL THEN format('%!.17g', {column}) END"),
    }
}

/// A column's value out of the JSON array `value`.
pub(crate) fn from_json(kind: ColumnKind, at: usize) -> String {
    let item = format!("json_extract(value, '$[{at}]')");
    match kind {
        ColumnKind::Int | ColumnKind::Flag | ColumnKind::Text => item,
        ColumnKind::Bytes => format!("unhex({item})"),
        ColumnKind::Real => format!("CAST({item} AS REAL)"),
    }
}

/// Hands every line of a query to `take` until that returns false.
pub(crate) fn each_line(
    conn: &mut SqliteConnection,
    sql: &str,
    mut take: impl FnMut(String) -> bool,
) -> Result<(), StoreError> {
    for line in diesel::sql_query(sql).load_iter::<TextLine, DefaultLoadingMode>(conn)? {
        if !take(line?.line) {
            break;
        }
    }
    Ok(())
}

/// Runs a statement with one text.
pub(crate) fn run_with(conn: &mut SqliteConnection, sql: &str, text: &str) -> Result<(), StoreError> {
    diesel::sql_query(sql).bind::<Text, _>(text).execute(conn)?;
    Ok(())
}

/// The last identifier that was reserved.
pub(crate) fn ids_mark(conn: &mut SqliteConnection) -> Result<i64, StoreError> {
    let mark = counters::table.find("ids").select(counters::value).first(conn).optional()?;
    Ok(mark.unwrap_or(0))
}

/// Makes identifiers go on after `mark`.
pub(crate) fn set_ids_mark(conn: &mut SqliteConnection, mark: i64) -> Result<(), StoreError> {
    diesel::insert_into(counters::table)
        .values((counters::name.eq("ids"), counters::value.eq(mark)))
        .execute(conn)?;
    Ok(())
}
