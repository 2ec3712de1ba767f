//! The migrations give both engines the same tables.

use diesel::{prelude::*, sql_types::Text};
use std::collections::BTreeSet;
use store::{
    Conn, StoreError,
    testkit::{Engine, Kit, engines},
};

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// One line per column: table, column, type, nullability, place in the primary key.
const SQLITE_COLUMNS: &str = "SELECT m.name || '.' || c.name || ' ' || c.type || ' ' || \
    CASE c.\"notnull\" WHEN 1 THEN 'not null' ELSE 'null' END || ' key ' || c.pk AS line \
    FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT GLOB 'sqlite_stat*'";

const PG_COLUMNS: &str = "SELECT t.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || \
    CASE WHEN a.attnotnull THEN 'not null' ELSE 'null' END || ' key ' || \
    COALESCE(array_position(k.conkey, a.attnum), 0) AS line \
    FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped \
    LEFT JOIN pg_constraint k ON k.conrelid = t.oid AND k.contype = 'p' \
    WHERE t.relkind = 'r' AND t.relnamespace = current_schema()::regnamespace";

/// One line per index: table, columns in order, unique or not, partial or not.
const SQLITE_INDEXES: &str = "SELECT m.name || ' (' || (SELECT group_concat(c.name, ', ') FROM \
    (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno) c) || ')' || \
    CASE i.\"unique\" WHEN 1 THEN ' unique' ELSE '' END || CASE i.partial WHEN 1 THEN ' partial' ELSE '' END AS line \
    FROM sqlite_schema m JOIN pragma_index_list(m.name) i WHERE m.type = 'table' AND i.origin <> 'pk'";

const PG_INDEXES: &str = "SELECT t.relname || ' (' || (SELECT string_agg(a.attname, ', ' ORDER BY p.n) \
    FROM unnest(i.indkey) WITH ORDINALITY p (attnum, n) \
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = p.attnum) || ')' || \
    CASE WHEN i.indisunique THEN ' unique' ELSE '' END || \
    CASE WHEN i.indpred IS NOT NULL THEN ' partial' ELSE '' END AS line \
    FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid \
    WHERE t.relnamespace = current_schema()::regnamespace AND NOT i.indisprimary";

async fn lines(kit: &Kit, sqlite: &'static str, postgres: &'static str) -> BTreeSet<String> {
    let lines: Vec<Line> = kit
        .store
        .read::<_, StoreError, _>(move |conn| match conn {
            Conn::Sqlite(conn) => Ok(diesel::sql_query(sqlite).load(conn)?),
            Conn::Postgres(conn) => Ok(diesel::sql_query(postgres).load(conn)?),
        })
        .await
        .unwrap();
    // The index of full-text search is each engine's own; the migrations' table is Diesel's.
    let own = |line: &String| !line.starts_with("search_fts") && !line.starts_with("__diesel");
    lines.into_iter().map(|line| line.line).filter(own).collect()
}

/// PostgreSQL's types in SQLite's words. A flag is an INTEGER there: Diesel's `Bool` reads both.
fn in_sqlite_words(line: &str) -> String {
    line.replace(" bigint ", " INTEGER ")
        .replace(" boolean ", " INTEGER ")
        .replace(" text ", " TEXT ")
        .replace(" bytea ", " BLOB ")
        .replace(" double precision ", " REAL ")
}

#[tokio::test]
async fn both_engines_have_the_same_tables_columns_and_indexes() {
    if engines().len() < 2 {
        return;
    }
    let (sqlite, postgres) = (Kit::open(Engine::Sqlite).await, Kit::open(Engine::Postgres).await);
    let columns = lines(&sqlite, SQLITE_COLUMNS, PG_COLUMNS).await;
    let expected: BTreeSet<_> =
        lines(&postgres, SQLITE_COLUMNS, PG_COLUMNS).await.iter().map(|line| in_sqlite_words(line)).collect();
    assert_eq!(columns.symmetric_difference(&expected).collect::<Vec<_>>(), Vec::<&String>::new());
    assert!(columns.len() > 250);
    let indexes = lines(&sqlite, SQLITE_INDEXES, PG_INDEXES).await;
    let expected = lines(&postgres, SQLITE_INDEXES, PG_INDEXES).await;
    assert_eq!(indexes.symmetric_difference(&expected).collect::<Vec<_>>(), Vec::<&String>::new());
    assert!(indexes.len() > 20);
}

/// An index of the cases of which the planner knows nothing is taken for a rare find, whatever it holds.
#[tokio::test]
async fn the_planner_is_told_of_every_index_of_the_cases() {
    let kit = Kit::open(Engine::Sqlite).await;
    let untold = "SELECT name AS line FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'cases' \
        AND name NOT IN (SELECT idx FROM sqlite_stat1) UNION SELECT idx FROM sqlite_stat1 WHERE idx NOT IN \
        (SELECT name FROM sqlite_schema WHERE type = 'index')";
    let lines = lines(&kit, untold, "SELECT ''").await;
    assert!(lines.is_empty(), "{lines:?}");
}
