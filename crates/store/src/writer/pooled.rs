//! PostgreSQL: one transaction per closure at READ COMMITTED; conflicts between transactions are retried.

use super::run_caught;
use crate::{
    Conn, StoreError, Tx,
    dialect::postgres,
    drawn::Drawn,
    ids::IdSource,
    pool::{Pool, commit, roll_back_to},
    tx::TxState,
    vault::Vault,
};
use std::{
    sync::{
        Arc, RwLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::sync::Notify;

/// Waiting writes beyond this are refused.
const QUEUE: usize = 1024;
/// Connections that write.
const WRITERS: usize = 8;
/// Runs of one closure at most.
const RUNS: u32 = 12;

/// The writers' pool.
pub(crate) struct Pooled {
    pool: Arc<Pool>,
    ids: Arc<IdSource>,
    vault: Arc<Vault>,
    appended: Arc<Notify>,
    waiting: Arc<AtomicUsize>,
    /// Shared by first tries; a write that was beaten twice runs alone on this node, so it gets through.
    turns: Arc<RwLock<()>>,
    drawn: Arc<Drawn>,
}

/// Counts a write out when it ends, however it ends.
struct Waiting(Arc<AtomicUsize>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Pooled {
    pub(crate) fn new(url: String, ids: Arc<IdSource>, vault: Arc<Vault>, appended: Arc<Notify>) -> Pooled {
        let drawn = Arc::new(Drawn::new(url.clone()));
        let pool = Pool::new(WRITERS, Box::new(move || Ok(Conn::Postgres(postgres::open(&url)?))));
        Pooled { pool, ids, vault, appended, waiting: Arc::default(), turns: Arc::default(), drawn }
    }

    /// Runs a closure in a transaction, again after a conflict.
    pub(crate) async fn write<T, E, F>(&self, f: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let waiting = Waiting(Arc::clone(&self.waiting));
        if before >= QUEUE {
            return Err(StoreError::Busy.into());
        }
        let (ids, vault) = (Arc::clone(&self.ids), Arc::clone(&self.vault));
        let drawn = Some(Arc::clone(&self.drawn));
        let state = TxState {
            ids,
            vault,
            next_position: None,
            appended: false,
            accessed: false,
            again: false,
            drawn,
        };
        let turns = Arc::clone(&self.turns);
        let (outcome, appended) = self.pool.run(move |pool| write_here(pool, &turns, state, &f)).await?;
        drop(waiting);
        if appended {
            self.appended.notify_one();
        }
        outcome
    }

    /// Runs `work` outside any transaction.
    pub(crate) async fn aside<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, StoreError> + Send + 'static,
    {
        self.pool
            .run(move |pool| {
                let mut conn = pool.begin("BEGIN")?;
                commit(&mut conn)?;
                let done = work(&mut conn);
                pool.give_back(conn);
                done
            })
            .await?
    }
}

/// What came of one run.
enum Run<T, E> {
    Done(Result<T, E>),
    Again(Result<T, E>),
}

fn write_here<T, E, F>(pool: &Pool, turns: &RwLock<()>, mut state: TxState, f: &F) -> (Result<T, E>, bool)
where
    E: From<StoreError>,
    F: Fn(&mut Tx<'_>) -> Result<T, E>,
{
    let mut run = 0;
    loop {
        run += 1;
        state.appended = false;
        state.accessed = false;
        state.again = false;
        let one_run = if run <= 2 {
            let _shared = turns.read().unwrap_or_else(|poisoned| poisoned.into_inner());
            run_once(pool, &mut state, f)
        } else {
            let _alone = turns.write().unwrap_or_else(|poisoned| poisoned.into_inner());
            run_once(pool, &mut state, f)
        };
        match one_run {
            Ok(Run::Done(outcome)) => {
                let appended = (state.appended || state.accessed) && outcome.is_ok();
                return (outcome, appended);
            }
            Ok(Run::Again(outcome)) if run == RUNS => {
                let beaten = || Err(StoreError::Unavailable("beaten by other writes".into()).into());
                return (if outcome.is_ok() { beaten() } else { outcome }, false);
            }
            Ok(Run::Again(_)) => {
                metrics::counter!("store_write_retries").increment(1);
                std::thread::sleep(Duration::from_millis(u64::from(run * run)));
            }
            Err(error) => return (Err(error.into()), false),
        }
    }
}

fn run_once<T, E, F>(pool: &Pool, state: &mut TxState, f: &F) -> Result<Run<T, E>, StoreError>
where
    E: From<StoreError>,
    F: Fn(&mut Tx<'_>) -> Result<T, E>,
{
    let mut conn = pool.begin("BEGIN ISOLATION LEVEL READ COMMITTED")?;
    let conflict = Arc::new(AtomicBool::new(false));
    if let Conn::Postgres(conn) = &mut conn {
        postgres::watch_conflicts(conn, Arc::clone(&conflict));
    }
    let outcome = run_caught(f, &mut Tx { conn: &mut conn, state });
    let run = match outcome {
        Ok(_) if state.again || conflict.load(Ordering::Relaxed) => Run::Again(outcome),
        Ok(value) => {
            roll_back_to(&mut conn, 1).map_err(|error| StoreError::Unavailable(error.to_string()))?;
            match commit(&mut conn) {
                Ok(()) => Run::Done(Ok(value)),
                Err(error) if postgres::is_conflict(&error) => {
                    Run::Again(Err(StoreError::Unavailable(error.to_string()).into()))
                }
                Err(error) => return Err(StoreError::Unavailable(error.to_string())),
            }
        }
        Err(_) if state.again || conflict.load(Ordering::Relaxed) => Run::Again(outcome),
        Err(_) => Run::Done(outcome),
    };
    if roll_back_to(&mut conn, 0).is_ok() {
        pool.give_back(conn);
    } else if matches!(run, Run::Done(Err(_))) {
        // Whatever the closure says of it: nothing was committed, and the same command may be sent again.
        return Err(StoreError::Unavailable("the connection was lost".into()));
    }
    Ok(run)
}
