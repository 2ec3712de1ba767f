//! Backup and restore in a form of our own that both engines write and read: a file made on SQLite restores into
//! PostgreSQL and the other way round.
//!
//! The file is UTF-8, one JSON value per line: a header (format, schema version, instant), then for every table an object
//! `{"table", "columns"}` followed by one array per row, and at last `{"rows", "ids", "sha256"}`, where the hash covers all
//! lines before. Binary values are hexadecimal, fractions are decimal strings, flags are 0 and 1. Keys and attachments are
//! no part of it: keep the folders `keys/` (elsewhere than the backup) and `files/` too.

mod file;
mod tables;

use crate::{
    Conn, Store, StoreConfig, StoreError,
    conn::DATABASE,
    dialect::{self, postgres, sqlite},
    migrate::{self, migrate},
};
use diesel::Connection;
use file::{Line, Reader, Writer};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use tables::Table;

/// What the first line says it is.
const FORMAT: &str = "onedoor-backup-1";
/// Rows that are inserted at once.
const BATCH: usize = 200;

#[derive(Serialize, Deserialize)]
struct Header {
    format: String,
    /// The last migration that had run.
    schema: String,
    made_at: crate::Timestamp,
}

/// What was saved or restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Copied {
    /// Tables.
    pub tables: usize,
    /// Rows of all tables.
    pub rows: u64,
}

impl Store {
    /// Writes everything that is committed now into `file`, while others go on reading and writing. The file appears
    /// under its name only when it is whole.
    pub async fn backup(&self, file: &Path) -> Result<Copied, StoreError> {
        let file = file.to_owned();
        let made_at = self.clock().now();
        self.read(move |conn| {
            let draft = beside(&file, ".draft");
            let copied = save(conn, &draft, made_at)?;
            std::fs::rename(&draft, &file)?;
            Ok(copied)
        })
        .await
    }

    /// Fills an empty database from a backup; all of it or nothing. A database with tables is refused.
    ///
    /// The keys folder must hold the keys of the database that was saved, or nothing sealed can be opened:
    /// [`Store::open`] says so.
    pub async fn restore(config: &StoreConfig, file: &Path) -> Result<Copied, StoreError> {
        let (config, file) = (config.clone(), file.to_owned());
        tokio::task::spawn_blocking(move || match &config.database_url {
            None => restore_sqlite(&config.data, &file),
            Some(url) => restore_postgres(url, &file),
        })
        .await
        .map_err(|error| StoreError::Defect(error.to_string()))?
    }
}

fn save(conn: &mut Conn, file: &Path, made_at: crate::Timestamp) -> Result<Copied, StoreError> {
    let mut out = Writer::create(file)?;
    out.line(&Header { format: FORMAT.into(), schema: migrate::version(conn)?, made_at })?;
    let tables = tables::all(conn)?;
    for table in &tables {
        out.line(&Line::of_table(table))?;
        let mut failed = None;
        tables::each_row(conn, table, |row| match out.row(&row) {
            Ok(()) => true,
            Err(error) => {
                failed = Some(error);
                false
            }
        })?;
        if let Some(error) = failed {
            return Err(error);
        }
    }
    let ids = match conn {
        Conn::Sqlite(conn) => sqlite::ids_mark(conn)?,
        Conn::Postgres(conn) => postgres::ids_mark(conn)?,
    };
    Ok(Copied { tables: tables.len(), rows: out.finish(ids)? })
}

/// Builds the database beside its place and moves it there when it is whole.
fn restore_sqlite(data: &Path, file: &Path) -> Result<Copied, StoreError> {
    std::fs::create_dir_all(data)?;
    let place = data.join(DATABASE);
    if place.exists() {
        return Err(StoreError::Config(format!("{} exists; restore into an empty folder", place.display())));
    }
    let draft = data.join(format!("{DATABASE}.restoring"));
    for left in [draft.clone(), beside(&draft, "-wal"), beside(&draft, "-shm")] {
        if left.exists() {
            std::fs::remove_file(left)?;
        }
    }
    let mut conn = Conn::Sqlite(sqlite::open(&draft, sqlite::Purpose::Write)?);
    let copied = fill(&mut conn, file)?;
    if let Conn::Sqlite(conn) = &mut conn {
        sqlite::compact(conn)?;
    }
    drop(conn);
    std::fs::rename(&draft, &place)?;
    std::fs::File::open(data)?.sync_all()?;
    Ok(copied)
}

fn restore_postgres(url: &str, file: &Path) -> Result<Copied, StoreError> {
    let mut conn = Conn::Postgres(postgres::open(url)?);
    if !tables::all(&mut conn)?.is_empty() {
        return Err(StoreError::Config("the database has tables; restore into an empty one".into()));
    }
    fill(&mut conn, file)
}

fn fill(conn: &mut Conn, file: &Path) -> Result<Copied, StoreError> {
    conn.transaction(|conn| {
        let mut source = Reader::open(file)?;
        let header: Header = source.header()?;
        if header.format != FORMAT {
            return Err(damaged(format!("its format is {}, not {FORMAT}", header.format)));
        }
        migrate::migrate_to(conn, &header.schema)?;
        let copied = fill_tables(conn, &mut source)?;
        crate::search::rebuild(conn)?;
        migrate(conn)?;
        Ok(copied)
    })
}

fn fill_tables(conn: &mut Conn, source: &mut Reader) -> Result<Copied, StoreError> {
    let known = tables::all(conn)?;
    let mut current: Option<&Table> = None;
    let mut rows = Vec::with_capacity(BATCH);
    let mut tables = 0;
    loop {
        let line = source.next_line()?;
        let full = rows.len() == BATCH || !matches!(line, Line::Row(_));
        if full && !rows.is_empty() {
            let table = current.ok_or_else(|| damaged("a row without a table"))?;
            tables::insert(conn, table, &rows)?;
            rows.clear();
        }
        match line {
            Line::Row(row) => rows.push(row),
            Line::Table { table, columns } => {
                let found = known.iter().find(|known| known.name == table);
                let fits = found.filter(|known| known.columns.iter().map(|c| &c.name).eq(&columns));
                current = Some(fits.ok_or_else(|| damaged(format!("table {table} is not as it should be")))?);
                tables += 1;
            }
            Line::End { rows, ids, sha256 } => {
                source.check_end(rows, &sha256)?;
                match conn {
                    Conn::Sqlite(conn) => sqlite::set_ids_mark(conn, ids)?,
                    Conn::Postgres(conn) => postgres::set_ids_mark(conn, ids)?,
                }
                return Ok(Copied { tables, rows });
            }
        }
    }
}

/// The file of the same name with something added.
fn beside(file: &Path, end: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(end);
    name.into()
}

fn damaged(detail: impl Into<String>) -> StoreError {
    StoreError::Corrupt { what: "backup", detail: detail.into() }
}

/// The columns of all tables that a backup holds, in the engine's own words.
type Described = Vec<dialect::ColumnRow>;
