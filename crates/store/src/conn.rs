//! Opening a store; the write queue and the read pool.

use crate::{Clock, Entropy, StoreError, Tx};
use std::{path::PathBuf, sync::Arc};

/// One connection to either engine. One query source serves both; see `native!` for what it cannot express.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    /// Embedded SQLite.
    Sqlite(diesel::SqliteConnection),
    /// PostgreSQL 12 or later.
    Postgres(diesel::PgConnection),
}

/// Where the data lives and what the outside world gives.
#[derive(Clone)]
pub struct StoreConfig {
    /// The data folder: `onedoor.db`, `keys/`, `files/`.
    pub data: PathBuf,
    /// A PostgreSQL URL; `None` means SQLite in `data`.
    pub database_url: Option<String>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The source of randomness.
    pub entropy: Arc<dyn Entropy>,
}

/// The open store. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    _inner: Arc<()>,
}

impl Store {
    /// Opens (creating and migrating as needed) the store.
    pub async fn open(config: StoreConfig) -> Result<Store, StoreError> {
        let _ = config;
        todo!()
    }

    /// Runs `f` in a transaction and returns when its outcome is durable.
    ///
    /// `f` may be run more than once (retries, group commit); it must not do slow work.
    pub async fn write<T, E, F>(&self, f: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        let _ = f;
        todo!()
    }

    /// Runs `f` on a read connection, in one snapshot.
    pub async fn read<T, E, F>(&self, f: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    {
        let _ = f;
        todo!()
    }

    /// The clock the store was opened with.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        todo!()
    }

    /// The randomness the store was opened with.
    pub fn entropy(&self) -> &Arc<dyn Entropy> {
        todo!()
    }

    /// The vault of data keys.
    pub fn vault(&self) -> &crate::vault::Vault {
        todo!()
    }
}
