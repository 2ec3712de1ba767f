//! For tests: a clock that stands until it is moved, randomness from a seed, throw-away databases on both engines.
//!
//! ```ignore
//! #[tokio::test]
//! async fn it_works() {
//!     on_both(|store| async move { /* once on SQLite, once on PostgreSQL */ }).await;
//! }
//! ```

pub mod bulk;
mod postgres;

use crate::{Clock, Entropy, Store, StoreConfig, Timestamp};
use sha2::{Digest, Sha256};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

/// A clock that stands until it is moved. Clones move together.
#[derive(Clone, Debug)]
pub struct SimClock(Arc<AtomicI64>);

impl SimClock {
    /// A clock that stands at `now`.
    pub fn new(now: Timestamp) -> SimClock {
        SimClock(Arc::new(AtomicI64::new(now.as_millisecond())))
    }

    /// Moves the clock to `now`, also backwards.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.as_millisecond(), Ordering::SeqCst);
    }

    /// Moves the clock on.
    pub fn advance(&self, by: std::time::Duration) {
        let by = i64::try_from(by.as_millis()).expect("a test moves its clock by less than an age");
        self.0.fetch_add(by, Ordering::SeqCst);
    }
}

impl Default for SimClock {
    /// Monday, 2 March 2026, 09:00 in China.
    fn default() -> SimClock {
        SimClock(Arc::new(AtomicI64::new(1_772_413_200_000)))
    }
}

impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        crate::at(self.0.load(Ordering::SeqCst))
    }
}

/// Randomness from a seed: the same bytes in every run, never the same bytes twice in one.
#[derive(Debug)]
pub struct SeededEntropy {
    seed: u64,
    drawn: AtomicU64,
}

impl SeededEntropy {
    /// Randomness from `seed`.
    pub fn new(seed: u64) -> SeededEntropy {
        SeededEntropy { seed, drawn: AtomicU64::new(0) }
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, buf: &mut [u8]) {
        for chunk in buf.chunks_mut(32) {
            let turn = self.drawn.fetch_add(1, Ordering::SeqCst);
            let block = Sha256::new()
                .chain_update(self.seed.to_be_bytes())
                .chain_update(turn.to_be_bytes())
                .finalize();
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
    }
}

/// The statement by which PostgreSQL's sequencer gives positions (for a test of its plan).
pub const SEQUENCER_SQL: &str = crate::dialect::postgres::GIVE_POSITIONS;

/// Makes a node look for other nodes' events so seldom that it must hear of them (PostgreSQL).
pub fn poll_every(store: &Store, time: std::time::Duration) {
    store.inner.ear.set_poll(time);
    // The sequencer may be in the middle of an earlier wait.
    store.inner.appended.notify_one();
}

/// Whether a node hears of other nodes' events (PostgreSQL).
pub fn is_listening(store: &Store) -> bool {
    store.inner.ear.is_listening()
}

/// An engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// SQLite in a temporary folder.
    Sqlite,
    /// A database of its own on a private PostgreSQL server.
    Postgres,
}

/// A store in a place of its own; all of it is gone when the kit is dropped.
pub struct Kit {
    /// The store.
    pub store: Store,
    /// Its clock.
    pub clock: SimClock,
    /// Its engine.
    pub engine: Engine,
    /// What it was opened with: open it a second time, as another node or after a restart.
    pub config: StoreConfig,
    folder: tempfile::TempDir,
    database: Option<postgres::Database>,
}

impl Kit {
    /// Opens an empty store.
    pub async fn open(engine: Engine) -> Kit {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let database = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(
                tokio::task::spawn_blocking(postgres::Database::create).await.expect("PostgreSQL starts"),
            ),
        };
        let clock = SimClock::default();
        let config = StoreConfig {
            data: folder.path().to_owned(),
            database_url: database.as_ref().map(|database| database.url.clone()),
            clock: Arc::new(clock.clone()),
            entropy: Arc::new(SeededEntropy::new(1)),
        };
        let store = Store::open(config.clone()).await.expect("an empty store opens");
        Kit { store, clock, engine, config, folder, database }
    }

    /// The data folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The PostgreSQL database's URL.
    pub fn database_url(&self) -> Option<&str> {
        self.database.as_ref().map(|database| database.url.as_str())
    }
}

/// The engines to test on: both, unless `ONEDOOR_TEST_SQLITE_ONLY=1` says that PostgreSQL is not wanted.
pub fn engines() -> Vec<Engine> {
    if std::env::var("ONEDOOR_TEST_SQLITE_ONLY").is_ok_and(|only| only == "1") {
        eprintln!("left out: PostgreSQL (ONEDOOR_TEST_SQLITE_ONLY=1)");
        return vec![Engine::Sqlite];
    }
    vec![Engine::Sqlite, Engine::Postgres]
}

/// Runs a test on an empty store of each engine.
pub async fn on_both<F, T>(test: F)
where
    F: Fn(Store) -> T,
    T: Future<Output = ()>,
{
    on_both_kits(async |kit| test(kit.store.clone()).await).await;
}

/// Runs a test on an empty store of each engine, with the whole kit in hand.
pub async fn on_both_kits<F: AsyncFn(&Kit)>(test: F) {
    for engine in engines() {
        eprintln!("engine: {engine:?}");
        let kit = Kit::open(engine).await;
        test(&kit).await;
    }
}
