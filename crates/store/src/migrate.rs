//! The migrations: embedded, the same numbers on both engines.

use crate::{Conn, StoreError, dialect::postgres};
use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

fn failed(error: Box<dyn std::error::Error + Send + Sync>) -> StoreError {
    StoreError::Unavailable(format!("the database cannot be migrated: {error}"))
}

/// Brings a database up to date. On PostgreSQL one node does it, the others wait.
pub(crate) fn migrate(conn: &mut Conn) -> Result<(), StoreError> {
    match conn {
        Conn::Sqlite(conn) => {
            conn.run_pending_migrations(SQLITE).map_err(failed)?;
            Ok(())
        }
        Conn::Postgres(conn) => conn.transaction(|conn| {
            postgres::lock_name(conn, "migrations")?;
            conn.run_pending_migrations(POSTGRES).map_err(failed)?;
            Ok(())
        }),
    }
}

diesel::table! {
    __diesel_schema_migrations (version) {
        version -> Text,
    }
}

/// The last migration that has run.
pub(crate) fn version(conn: &mut Conn) -> Result<String, StoreError> {
    use __diesel_schema_migrations::{table, version};
    Ok(table.select(version).order(version.desc()).first(conn)?)
}

/// Brings an empty database to an earlier version, so that a backup of that version fits.
pub(crate) fn migrate_to(conn: &mut Conn, wanted: &str) -> Result<(), StoreError> {
    loop {
        let done = match conn {
            Conn::Sqlite(conn) => conn.run_next_migration(SQLITE).map(|version| version.to_string()),
            Conn::Postgres(conn) => conn.run_next_migration(POSTGRES).map(|version| version.to_string()),
        };
        match done {
            Ok(version) if version == wanted => return Ok(()),
            Ok(_) => {}
            Err(_) => {
                let text =
                    format!("the backup is of schema version {wanted}, which this program does not know");
                return Err(StoreError::Config(text));
            }
        }
    }
}
