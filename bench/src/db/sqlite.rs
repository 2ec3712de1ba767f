//! SQLite by its own interface.

use super::{Rows, Table, Value};
use rusqlite::{
    Connection, OpenFlags,
    types::{ToSqlOutput, ValueRef},
};
use std::path::{Path, PathBuf};

/// Tables and columns in their order.
pub(super) const COLUMNS: &str = "SELECT m.name, c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c \
     WHERE m.type = 'table' AND m.name NOT LIKE 'search\\_fts%' ESCAPE '\\' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
     AND m.name NOT LIKE '\\_\\_diesel%' ESCAPE '\\' ORDER BY m.name, c.cid";

/// Indexes that a statement made: table, name, statement.
pub(super) const INDEXES: &str =
    "SELECT tbl_name, name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL";

/// An open file.
pub struct File {
    conn: Connection,
    path: PathBuf,
}

impl File {
    pub(super) fn open(path: &Path) -> Result<File, String> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(path, flags).map_err(text)?;
        // As the product opens it: the raw limit is held against the product's own durability.
        let pragmas = "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
             PRAGMA foreign_keys = ON; PRAGMA cache_size = -32768; PRAGMA temp_store = MEMORY; \
             PRAGMA wal_autocheckpoint = 20000";
        conn.execute_batch(pragmas).map_err(text)?;
        conn.set_prepared_statement_cache_capacity(200);
        Ok(File { conn, path: path.to_owned() })
    }

    pub(super) fn query(&mut self, sql: &str, parameters: &[i64]) -> Result<Vec<Vec<Value>>, String> {
        let mut statement = self.conn.prepare_cached(sql).map_err(text)?;
        let width = statement.column_count();
        let rows = statement.query_map(rusqlite::params_from_iter(parameters), |row| {
            (0..width).map(|at| Ok(value(row.get_ref(at)?))).collect()
        });
        rows.map_err(text)?.collect::<Result<_, _>>().map_err(text)
    }

    pub(super) fn run(&mut self, sql: &str) -> Result<(), String> {
        self.conn.execute_batch(sql).map_err(text)
    }

    pub(super) fn insert(&mut self, batch: &[(&Table, &Rows)]) -> Result<(), String> {
        let own = self.conn.is_autocommit();
        if own {
            self.run("BEGIN IMMEDIATE")?;
        }
        for (table, rows) in batch {
            let marks = vec!["?"; table.columns.len()].join(",");
            let sql = format!("INSERT INTO {} ({}) VALUES ({marks})", table.name, table.columns.join(","));
            let mut statement = self.conn.prepare_cached(&sql).map_err(text)?;
            for row in &rows.rows {
                statement
                    .execute(rusqlite::params_from_iter(row))
                    .map_err(|error| format!("{}: {error}", table.name))?;
            }
        }
        if own { self.run("COMMIT") } else { Ok(()) }
    }

    pub(super) fn size(&self) -> u64 {
        let wal = self.path.with_extension("db-wal");
        [&self.path, &wal]
            .iter()
            .filter_map(|file| std::fs::metadata(file).ok())
            .map(|about| about.len())
            .sum()
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Int(number) => ValueRef::Integer(*number),
            Value::Flag(flag) => ValueRef::Integer(i64::from(*flag)),
            Value::Real(number) => ValueRef::Real(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

fn value(cell: ValueRef<'_>) -> Value {
    match cell {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
