//! What only PostgreSQL understands. No extensions; everything works on PostgreSQL 12.

use super::{ColumnKind, ColumnRow, TextLine};
use crate::StoreError;
use diesel::{
    PgConnection,
    connection::{InstrumentationEvent, SimpleConnection},
    pg::PgRowByRowLoadingMode,
    prelude::*,
    result::{DatabaseErrorKind, Error},
    sql_types::{Array, BigInt, Nullable, Text},
};
use std::{
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// The step of the sequence `ids` (see the first migration).
const ID_BLOCK: i64 = 256;

#[derive(QueryableByName)]
struct Counts {
    #[diesel(sql_type = Nullable<Text>)]
    counts: Option<String>,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// Opens a connection and sets it up.
pub(crate) fn open(url: &str) -> Result<PgConnection, StoreError> {
    let mut conn = PgConnection::establish(&with_patience(url))
        .map_err(|error| StoreError::Unavailable(error.to_string()))?;
    // Said by the session, so that an operator's defaults change neither meaning nor durability.
    conn.batch_execute(
        "SET TIME ZONE 'UTC'; SET default_transaction_isolation = 'read committed'; \
         SET client_min_messages = warning; SET idle_in_transaction_session_timeout = '60s'",
    )?;
    Ok(conn)
}

/// Counts a series on by `by` and returns where it stands then.
pub(crate) fn draw(conn: &mut PgConnection, name: &str, by: i64) -> Result<i64, StoreError> {
    let Number { n } = diesel::sql_query(
        "INSERT INTO counters (name, value) VALUES ($1, $2) \
         ON CONFLICT (name) DO UPDATE SET value = counters.value + excluded.value RETURNING value AS n",
    )
    .bind::<Text, _>(name)
    .bind::<BigInt, _>(by)
    .get_result(conn)?;
    Ok(n)
}

/// How long to wait for a server that is silent: without these words a connection whose other end is gone without a farewell
/// (cable, failover, firewall) holds its thread for a quarter of an hour.
///
/// And only one that takes writes: a standby that is being made the primary may already be called so.
const PATIENCE: [&str; 6] = [
    "connect_timeout=10",
    "target_session_attrs=read-write",
    "keepalives_idle=10",
    "keepalives_interval=5",
    "keepalives_count=3",
    "tcp_user_timeout=20000",
];

/// The URL with limits on waiting, as far as the operator has not set them.
fn with_patience(url: &str) -> String {
    let mut full = url.to_owned();
    for setting in PATIENCE {
        let name = setting.split('=').next().unwrap_or(setting);
        if url.starts_with("postgres") && url.contains("://") && !url.contains(name) {
            full.push(if full.contains('?') { '&' } else { '?' });
            full.push_str(setting);
        }
    }
    full
}

/// Takes a block of identifiers; a rollback does not give it back.
pub(crate) fn take_ids(conn: &mut PgConnection) -> Result<Range<i64>, StoreError> {
    let Number { n } = diesel::sql_query("SELECT nextval('ids') AS n").get_result(conn)?;
    Ok(n..n + ID_BLOCK)
}

/// Locks one row by its id.
pub(crate) fn lock_row(conn: &mut PgConnection, table: &'static str, id: i64) -> Result<(), StoreError> {
    let found: Option<Number> =
        diesel::sql_query(format!("SELECT id AS n FROM {table} WHERE id = $1 FOR UPDATE"))
            .bind::<BigInt, _>(id)
            .get_result(conn)
            .optional()?;
    found.map(|_| ()).ok_or(StoreError::NotFound(table))
}

/// Locks a name of this schema until the transaction ends.
pub(crate) fn lock_name(conn: &mut PgConnection, name: &str) -> Result<(), StoreError> {
    diesel::sql_query("SELECT pg_advisory_xact_lock(hashtext(current_schema()), hashtext($1))")
        .bind::<Text, _>(name)
        .execute(conn)?;
    Ok(())
}

/// Gives every committed event without one the next position; returns how many, and the last position so far.
///
/// Call it in a transaction of its own that holds the lock `sequencer`: positions then become visible in order.
/// Events of one stream keep their order (`seq`), whatever order their ids are in.
pub(crate) fn give_positions(conn: &mut PgConnection) -> Result<(usize, i64), StoreError> {
    let given = diesel::sql_query(GIVE_POSITIONS).execute(conn)?;
    let Number { n } =
        diesel::sql_query("SELECT COALESCE(MAX(position), 0) AS n FROM events").get_result(conn)?;
    Ok((given, n))
}

/// The channel of this schema's events, an identifier.
const CHANNEL: &str = "'onedoor_' || md5(current_schema())";

/// Tells the nodes that listen that there are events up to `last`, once the transaction is committed.
pub(crate) fn notify(conn: &mut PgConnection, last: i64) -> Result<(), StoreError> {
    diesel::sql_query(format!("SELECT pg_notify({CHANNEL}, $1)"))
        .bind::<Text, _>(last.to_string())
        .execute(conn)?;
    Ok(())
}

/// Makes a connection hear of what [`notify`] tells.
pub(crate) fn listen(conn: &mut PgConnection) -> Result<(), StoreError> {
    let TextLine { line } = diesel::sql_query(format!("SELECT {CHANNEL} AS line")).get_result(conn)?;
    conn.batch_execute(&format!("LISTEN {line}"))?;
    Ok(())
}

/// The last position that a listening connection was told of since it was asked last. Does not wait.
pub(crate) fn heard(conn: &mut PgConnection) -> Result<Option<i64>, StoreError> {
    let mut last = None;
    for told in conn.notifications_iter() {
        last = last.max(told?.payload.parse().ok());
    }
    Ok(last)
}

/// Takes a name of this schema for as long as the connection stands; false while another one holds it.
pub(crate) fn try_lease(conn: &mut PgConnection, name: &str) -> Result<bool, StoreError> {
    let Number { n } = diesel::sql_query(format!("SELECT pg_try_advisory_lock({LEASE})::int::bigint AS n"))
        .bind::<Text, _>(name)
        .get_result(conn)?;
    Ok(n == 1)
}

/// Gives a name back.
pub(crate) fn end_lease(conn: &mut PgConnection, name: &str) -> Result<(), StoreError> {
    diesel::sql_query(format!("SELECT pg_advisory_unlock({LEASE})")).bind::<Text, _>(name).execute(conn)?;
    Ok(())
}

/// The key of a lease.
const LEASE: &str = "hashtext(current_schema()), hashtext('lease ' || $1)";

/// Whether the server still answers.
pub(crate) fn ping(conn: &mut PgConnection) -> Result<(), StoreError> {
    conn.batch_execute("SELECT 1")?;
    Ok(())
}

/// See [`give_positions`]. An event is sorted by the greatest id so far in its stream: nobody overtakes an earlier
/// event of the same stream, and ids decide otherwise.
pub(crate) const GIVE_POSITIONS: &str = "WITH fresh AS (SELECT id, seq, \
       MAX(id) OVER (PARTITION BY stream ORDER BY seq) AS turn FROM events WHERE position IS NULL), \
     numbered AS (SELECT id, ROW_NUMBER() OVER (ORDER BY turn, seq) AS n FROM fresh) \
     UPDATE events SET position = (SELECT COALESCE(MAX(position), 0) FROM events) + numbered.n \
     FROM numbered WHERE events.id = numbered.id";

/// What cells of the cubes hold, in the order of their names (cube, period, key).
pub(crate) fn cells(
    conn: &mut PgConnection,
    names: &[(&'static str, i64, &str)],
) -> Result<Vec<Option<String>>, StoreError> {
    let found: Vec<Counts> = diesel::sql_query(
        "SELECT c.counts FROM UNNEST($1::text[], $2::bigint[], $3::text[]) WITH ORDINALITY AS w(cube, period, key, n) \
         LEFT JOIN cube_cells c ON c.cube = w.cube AND c.period = w.period AND c.key = w.key ORDER BY w.n",
    )
    .bind::<Array<Text>, _>(names.iter().map(|name| name.0).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(names.iter().map(|name| name.1).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(names.iter().map(|name| name.2).collect::<Vec<_>>())
    .load(conn)?;
    Ok(found.into_iter().map(|found| found.counts).collect())
}

/// Writes cells of the cubes: name (cube, period, key) and counts.
pub(crate) fn put_cells(
    conn: &mut PgConnection,
    cells: &[((&'static str, i64, &str), String, bool)],
) -> Result<(), StoreError> {
    diesel::sql_query(
        "INSERT INTO cube_cells (cube, period, key, counts) \
         SELECT * FROM UNNEST($1::text[], $2::bigint[], $3::text[], $4::text[]) \
         ON CONFLICT (cube, period, key) DO UPDATE SET counts = excluded.counts",
    )
    .bind::<Array<Text>, _>(cells.iter().map(|cell| cell.0.0).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(cells.iter().map(|cell| cell.0.1).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(cells.iter().map(|cell| cell.0.2).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(cells.iter().map(|cell| cell.1.as_str()).collect::<Vec<_>>())
    .execute(conn)?;
    Ok(())
}

/// Rewrites the tables that held erased data.
pub(crate) fn compact(conn: &mut PgConnection) -> Result<(), StoreError> {
    for table in ["data_keys", "event_parts", "search_docs", "search_fts", "persons"] {
        conn.batch_execute(&format!("VACUUM (FULL) {table}"))?;
    }
    Ok(())
}

/// Puts a document into the index, or replaces it; `tokens` is a `tsvector` literal.
pub(crate) fn index(conn: &mut PgConnection, case: i64, tokens: &str) -> QueryResult<usize> {
    diesel::sql_query(
        "INSERT INTO search_fts (case_id, tokens) VALUES ($1, $2::tsvector) \
         ON CONFLICT (case_id) DO UPDATE SET tokens = excluded.tokens",
    )
    .bind::<BigInt, _>(case)
    .bind::<Text, _>(tokens)
    .execute(conn)
}

/// Takes a document out of the index.
pub(crate) fn unindex(conn: &mut PgConnection, case: i64) -> QueryResult<usize> {
    diesel::sql_query("DELETE FROM search_fts WHERE case_id = $1").bind::<BigInt, _>(case).execute(conn)
}

/// Remembers in `flag` that a query failed in a way that a second try may cure.
pub(crate) fn watch_conflicts(conn: &mut PgConnection, flag: Arc<AtomicBool>) {
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::FinishQuery { error: Some(error), .. } = event
            && is_conflict(error)
        {
            flag.store(true, Ordering::Relaxed);
        }
    });
}

/// Whether an error is a serialization failure (40001) or a deadlock (40P01, which Diesel gives as text only).
pub(crate) fn is_conflict(error: &Error) -> bool {
    match error {
        Error::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => true,
        Error::DatabaseError(_, about) => {
            about.message().contains("deadlock detected") || about.message().contains("检测到死锁")
        }
        _ => false,
    }
}

/// The most recent cases below an id that match.
pub(crate) fn search(conn: &mut PgConnection, query: &str, below: i64, limit: i64) -> QueryResult<Vec<i64>> {
    let found: Vec<Number> = diesel::sql_query(
        "SELECT case_id AS n FROM search_fts WHERE tokens @@ $1::tsquery AND case_id < $2 \
         ORDER BY case_id DESC LIMIT $3",
    )
    .bind::<Text, _>(query)
    .bind::<BigInt, _>(below)
    .bind::<BigInt, _>(limit)
    .load(conn)?;
    Ok(found.into_iter().map(|found| found.n).collect())
}

/// Up to `limit` events after a position as raw bytes.
pub(crate) fn raw_events(
    conn: &mut PgConnection,
    after: i64,
    limit: i64,
) -> QueryResult<Vec<super::RawEvent>> {
    diesel::sql_query(
        "SELECT id, position, stream, seq, convert_to(kind, 'UTF8') AS kind, kind_version, occurred_at, recorded_at, \
         actor, actor_unit, convert_to(public, 'UTF8') AS public, convert_to(alg, 'UTF8') AS alg, commitments, \
         prev_hash, hash FROM events WHERE position > $1 ORDER BY position LIMIT $2",
    )
    .bind::<BigInt, _>(after)
    .bind::<BigInt, _>(limit)
    .load(conn)
}

/// The columns of all tables a backup holds.
pub(crate) fn columns(conn: &mut PgConnection) -> QueryResult<Vec<ColumnRow>> {
    diesel::sql_query(
        "SELECT t.relname::text AS table_name, a.attname::text AS column_name, \
         format_type(a.atttypid, a.atttypmod) AS sql_type, COALESCE(array_position(k.conkey, a.attnum), 0)::bigint AS key \
         FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped \
         LEFT JOIN pg_constraint k ON k.conrelid = t.oid AND k.contype = 'p' \
         WHERE t.relkind = 'r' AND t.relnamespace = current_schema()::regnamespace AND t.relname <> 'search_fts' \
         AND left(t.relname, 8) <> '__diesel' ORDER BY t.relname, a.attname",
    )
    .load(conn)
}

/// A column's value in JSON.
pub(crate) fn to_json(kind: ColumnKind, column: &str) -> String {
    match kind {
        ColumnKind::Int | ColumnKind::Text => column.to_owned(),
        ColumnKind::Flag => format!("{column}::int"),
        ColumnKind::Bytes => format!("encode({column}, 'hex')"),
        ColumnKind::Real => format!("{column}::text"),
    }
}

/// A column's value out of the JSON array `value`.
pub(crate) fn from_json(kind: ColumnKind, at: usize) -> String {
    let item = format!("(value->>{at})");
    match kind {
        ColumnKind::Int => format!("{item}::bigint"),
        ColumnKind::Flag => format!("{item}::int::boolean"),
        ColumnKind::Text => item,
        ColumnKind::Bytes => format!("decode({item}, 'hex')"),
        ColumnKind::Real => format!("{item}::double precision"),
    }
}

/// Hands every line of a query to `take` until that returns false.
pub(crate) fn each_line(
    conn: &mut PgConnection,
    sql: &str,
    mut take: impl FnMut(String) -> bool,
) -> Result<(), StoreError> {
    for line in diesel::sql_query(sql).load_iter::<TextLine, PgRowByRowLoadingMode>(conn)? {
        if !take(line?.line) {
            break;
        }
    }
    Ok(())
}

/// Runs a statement with one text.
pub(crate) fn run_with(conn: &mut PgConnection, sql: &str, text: &str) -> Result<(), StoreError> {
    diesel::sql_query(sql).bind::<Text, _>(text).execute(conn)?;
    Ok(())
}

/// The last identifier that any node may hand out.
pub(crate) fn ids_mark(conn: &mut PgConnection) -> Result<i64, StoreError> {
    let Number { n } = diesel::sql_query("SELECT last_value AS n FROM ids").get_result(conn)?;
    Ok(n + ID_BLOCK)
}

/// Makes identifiers go on after `mark`.
pub(crate) fn set_ids_mark(conn: &mut PgConnection, mark: i64) -> Result<(), StoreError> {
    diesel::sql_query("SELECT setval('ids', $1, false)").bind::<BigInt, _>(mark + 1).execute(conn)?;
    Ok(())
}

#[cfg(test)]
mod patience_tests {
    use super::with_patience;

    #[test]
    fn waiting_is_limited_unless_the_operator_says_otherwise() {
        let plain = with_patience("postgres://onedoor@db/onedoor");
        assert!(plain.starts_with("postgres://onedoor@db/onedoor?connect_timeout=10&"), "{plain}");
        assert!(plain.ends_with("&tcp_user_timeout=20000"), "{plain}");
        let own = with_patience("postgresql://db/onedoor?sslmode=require&connect_timeout=3");
        assert!(own.contains("connect_timeout=3&") && !own.contains("connect_timeout=10"), "{own}");
        assert_eq!(with_patience("host=db dbname=onedoor"), "host=db dbname=onedoor");
    }
}
