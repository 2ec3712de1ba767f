//! Opening a store; the write queue and the read pool.

use crate::{
    Clock, Entropy, StoreError, Tx,
    dialect::{postgres, sqlite},
    ids::IdSource,
    lease::Keeper,
    listen::Ear,
    migrate::migrate,
    pool::{Pool, roll_back_to},
    sequence,
    tree::Signers,
    vault::Vault,
    writer::{group::Group, pooled::Pooled},
};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
};
use tokio::sync::{Notify, watch};

/// Connections that read.
const READERS: usize = 8;

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

/// The open store. Cheap to clone; the last clone closes it.
#[derive(Clone)]
pub struct Store {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) config: StoreConfig,
    pub(crate) writer: Writer,
    readers: Arc<Pool>,
    ids: Arc<IdSource>,
    vault: Arc<Vault>,
    signers: Signers,
    /// PostgreSQL: one connection that nobody else waits for.
    pub(crate) sequencer: Option<Arc<Pool>>,
    /// The last position that was given.
    pub(crate) positions: watch::Sender<i64>,
    /// Told after every commit with new events (PostgreSQL).
    pub(crate) appended: Arc<Notify>,
    /// Whether other nodes' events are heard of (PostgreSQL).
    pub(crate) ear: Arc<Ear>,
    /// PostgreSQL: what this node alone may do.
    pub(crate) leases: Option<Arc<Keeper>>,
}

/// The engine's way to write.
pub(crate) enum Writer {
    Group(Group),
    Pooled(Pooled),
}

impl Store {
    /// Opens (creating and migrating as needed) the store.
    ///
    /// Call it on a tokio runtime: the store's own background work (checkpoints; on PostgreSQL the sequencer) runs there
    /// until the last clone of the store is dropped.
    pub async fn open(config: StoreConfig) -> Result<Store, StoreError> {
        let inner = tokio::task::spawn_blocking(move || Inner::open(config))
            .await
            .map_err(|error| StoreError::Defect(error.to_string()))??;
        let store = Store { inner: Arc::new(inner) };
        sequence::start(&store).await?;
        Ok(store)
    }

    /// Runs `f` in a transaction and returns when its outcome is durable.
    ///
    /// `f` may be run more than once (retries, group commit); it must not do slow work. A panic in it is
    /// [`StoreError::Defect`] and rolls back like an error; too many waiting writes are [`StoreError::Busy`].
    pub async fn write<T, E, F>(&self, f: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        match &self.inner.writer {
            Writer::Group(group) => group.write(f).await,
            Writer::Pooled(pooled) => pooled.write(f).await,
        }
    }

    /// Runs `f` on a read connection; what it reads need not be of one moment, and `f` may be run more than once.
    ///
    /// For the few small reads that every request makes, each a row found by its key. On SQLite they take less time than
    /// handing them to another thread would and are done where they are asked for; on PostgreSQL a snapshot would cost
    /// two round trips more. `f` must not write.
    pub async fn peek<T, E, F>(&self, f: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: Fn(&mut Conn) -> Result<T, E> + Send + 'static,
    {
        match &self.inner.writer {
            Writer::Group(_) => self.inner.readers.at_once(f),
            Writer::Pooled(_) => self.inner.readers.run(move |pool| pool.at_once(f)).await?,
        }
    }

    /// Runs `f` on a read connection, in one snapshot.
    pub async fn read<T, E, F>(&self, f: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    {
        let begin = match &self.inner.writer {
            Writer::Group(_) => "BEGIN",
            Writer::Pooled(_) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        self.inner
            .readers
            .run(move |pool| {
                let mut conn = pool.begin(begin)?;
                let outcome = f(&mut conn);
                if roll_back_to(&mut conn, 0).is_ok() {
                    pool.give_back(conn);
                } else if outcome.is_err() {
                    return Err(StoreError::Unavailable("the connection was lost".into()).into());
                }
                outcome
            })
            .await?
    }

    /// Runs `work` on a writing connection outside any transaction.
    pub(crate) async fn aside<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, StoreError> + Send + 'static,
    {
        match &self.inner.writer {
            Writer::Group(group) => group.aside(work).await,
            Writer::Pooled(pooled) => pooled.aside(work).await,
        }
    }

    /// A new identifier outside any transaction, of the same series as [`Tx::id`].
    pub fn new_id(&self) -> Result<i64, StoreError> {
        self.inner.ids.next()
    }

    /// Whether the data lives in PostgreSQL.
    pub fn on_postgres(&self) -> bool {
        matches!(self.inner.writer, Writer::Pooled(_))
    }

    /// The data folder.
    pub fn data(&self) -> &std::path::Path {
        &self.inner.config.data
    }

    /// The clock the store was opened with.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.inner.config.clock
    }

    /// The randomness the store was opened with.
    pub fn entropy(&self) -> &Arc<dyn Entropy> {
        &self.inner.config.entropy
    }

    /// The keys that sign tree heads.
    pub(crate) fn signers(&self) -> &Signers {
        &self.inner.signers
    }

    /// The vault of data keys.
    pub fn vault(&self) -> &Vault {
        &self.inner.vault
    }
}

impl Inner {
    fn open(config: StoreConfig) -> Result<Inner, StoreError> {
        std::fs::create_dir_all(&config.data)?;
        let ids = Arc::new(IdSource::default());
        let positions = watch::Sender::new(0);
        let appended = Arc::new(Notify::new());
        let mut conn = first_connection(&config)?;
        migrate(&mut conn)?;
        let vault = Arc::new(Vault::load(&config, Arc::clone(&ids), &mut conn)?);
        drop(conn);
        let signers = Signers::load(&config.data.join("keys"), &*config.entropy)?;
        let (writer, readers, sequencer) = match &config.database_url {
            None => {
                let file = config.data.join(DATABASE);
                let group =
                    Group::start(file.clone(), Arc::clone(&ids), Arc::clone(&vault), positions.clone())?;
                ids.set_supply(Box::new(group.id_supply(&ids)));
                let open = move || Ok(Conn::Sqlite(sqlite::open(&file, sqlite::Purpose::Read)?));
                (Writer::Group(group), Pool::new(READERS, Box::new(open)), None)
            }
            Some(url) => {
                ids.set_supply(pg_id_supply(url.clone(), &ids));
                let pooled =
                    Pooled::new(url.clone(), Arc::clone(&ids), Arc::clone(&vault), Arc::clone(&appended));
                let pool = |size| {
                    let url = url.clone();
                    Pool::new(size, Box::new(move || Ok(Conn::Postgres(postgres::open(&url)?))))
                };
                (Writer::Pooled(pooled), pool(READERS), Some(pool(1)))
            }
        };
        let leases = config.database_url.clone().map(Keeper::new);
        let ear = Arc::default();
        Ok(Inner {
            config,
            writer,
            readers,
            ids,
            vault,
            signers,
            sequencer,
            positions,
            appended,
            ear,
            leases,
        })
    }
}

/// The SQLite file in the data folder.
pub(crate) const DATABASE: &str = "onedoor.db";

fn first_connection(config: &StoreConfig) -> Result<Conn, StoreError> {
    match &config.database_url {
        None => Ok(Conn::Sqlite(sqlite::open(&config.data.join(DATABASE), sqlite::Purpose::Write)?)),
        Some(url) => Ok(Conn::Postgres(postgres::open(url)?)),
    }
}

/// Fills the source of identifiers over a connection of its own, opened when first needed.
fn pg_id_supply(url: String, ids: &Arc<IdSource>) -> Box<dyn Fn() -> Result<(), StoreError> + Send + Sync> {
    let conn = Mutex::new(None);
    let ids = Arc::downgrade(ids);
    Box::new(move || {
        let Some(ids) = ids.upgrade() else { return Err(StoreError::Busy) };
        let mut conn = conn.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        ids.refill(|| {
            let mut open = match conn.take() {
                Some(open) => open,
                None => postgres::open(&url)?,
            };
            let taken = postgres::take_ids(&mut open);
            let taken = taken.map_err(|error| StoreError::Unavailable(error.to_string()))?;
            *conn = Some(open);
            Ok(taken)
        })
    })
}
