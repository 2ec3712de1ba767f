//! The migrations: embedded, the same numbers on both engines.

use crate::{Conn, StoreError, dialect::postgres};
use diesel::Connection;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Brings a database up to date. On PostgreSQL one node does it, the others wait.
pub(crate) fn migrate(conn: &mut Conn) -> Result<(), StoreError> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
        StoreError::Unavailable(format!("the database cannot be migrated: {error}"))
    };
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
