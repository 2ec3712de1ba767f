//! SQLite: one writer thread. Queued closures run one after the other; one commit makes all durable.
//!
//! Most of them stand, so they run without savepoints first, which cost a copy of every page they touch. Does one of them not
//! stand, all is undone and each runs again in a savepoint of its own.
//!
//! Invariants: an answer is sent only after the commit that holds its work. Positions are counted on from what the
//! database holds once the write lock is taken, so several processes may write to one database in turns.

use super::run_caught;
use crate::{
    Conn, StoreError, Tx, access,
    dialect::sqlite,
    events,
    ids::IdSource,
    pool::{begin, commit, roll_back_to, savepoint},
    sequence::publish,
    tx::TxState,
    vault::Vault,
};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
    thread::ThreadId,
};
use tokio::sync::{mpsc, oneshot, watch};

/// Waiting writes beyond this are refused.
const QUEUE: usize = 1024;
/// Closures in one commit at most.
const GROUP: usize = 256;
/// Runs of one closure at most (it runs again when identifiers run out in it).
const RUNS: u32 = 8;
/// After a closure that did not stand, so many groups begin with savepoints: where one fails, others do.
const WARY: u32 = 16;

/// A queued closure.
trait Job: Send {
    /// Runs the closure; true if its work stands.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;
    /// Says that it was not run or its work is lost.
    fn fail(&mut self, error: StoreError);
    /// Sends the answer.
    fn answer(self: Box<Self>);
}

struct Closure<T, E, F> {
    f: F,
    outcome: Option<Result<T, E>>,
    answer: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Job for Closure<T, E, F>
where
    T: Send,
    E: From<StoreError> + Send,
    F: Fn(&mut Tx<'_>) -> Result<T, E> + Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        let outcome = run_caught(&self.f, tx);
        let stands = outcome.is_ok();
        self.outcome = Some(outcome);
        stands
    }

    fn fail(&mut self, error: StoreError) {
        self.outcome = Some(Err(error.into()));
    }

    fn answer(self: Box<Self>) {
        let lost = || Err(StoreError::Defect("a queued closure was not run".into()).into());
        // Whoever asked may have gone away; the work stands all the same.
        let _ = self.answer.send(self.outcome.unwrap_or_else(lost));
    }
}

type Aside = Box<dyn FnOnce(&mut Conn) + Send>;

enum Message {
    Job(Box<dyn Job>),
    /// Work on the writer's connection between two groups (reserving ids, compacting).
    Aside(Aside),
}

/// The way to the writer thread.
pub(crate) struct Group {
    queue: mpsc::Sender<Message>,
    thread: Arc<OnceLock<ThreadId>>,
}

impl Group {
    /// Starts the writer thread; it ends when the last sender is gone.
    pub(crate) fn start(
        file: PathBuf,
        ids: Arc<IdSource>,
        vault: Arc<Vault>,
        positions: watch::Sender<i64>,
    ) -> Result<Group, StoreError> {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let thread = Arc::new(OnceLock::new());
        let mut worker = Worker::open(file, ids, vault, positions)?;
        let named = Arc::clone(&thread);
        std::thread::Builder::new().name("store-writer".into()).spawn(move || {
            let _ = named.set(std::thread::current().id());
            worker.serve(waiting);
        })?;
        Ok(Group { queue, thread })
    }

    /// Queues a closure and waits for its commit.
    pub(crate) async fn write<T, E, F>(&self, f: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        let (answer, outcome) = oneshot::channel();
        self.send(Message::Job(Box::new(Closure { f, outcome: None, answer })))?;
        outcome.await.unwrap_or_else(|_| Err(StoreError::Unavailable("the writer has stopped".into()).into()))
    }

    /// Runs `work` on the writer's connection outside any transaction.
    pub(crate) async fn aside<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, outcome) = oneshot::channel();
        self.send(Message::Aside(Box::new(move |conn| {
            let _ = answer.send(work(conn));
        })))?;
        outcome.await.unwrap_or_else(|_| Err(StoreError::Unavailable("the writer has stopped".into())))
    }

    /// What fills the source of identifiers from outside the writer thread.
    pub(crate) fn id_supply(&self, ids: &Arc<IdSource>) -> impl Fn() -> Result<(), StoreError> + use<> {
        let (queue, thread, ids) = (self.queue.downgrade(), Arc::clone(&self.thread), Arc::clone(ids));
        move || {
            // The writer cannot wait for itself.
            if thread.get() == Some(&std::thread::current().id()) {
                return Err(StoreError::Busy);
            }
            let queue = queue.upgrade().ok_or(StoreError::Busy)?;
            let (answer, done) = std::sync::mpsc::channel();
            let ids = Arc::clone(&ids);
            let work: Aside = Box::new(move |conn| {
                let _ = answer.send(reserve(conn, &ids, sqlite::ID_BLOCK));
            });
            queue.try_send(Message::Aside(work)).map_err(|_| StoreError::Busy)?;
            done.recv().unwrap_or(Err(StoreError::Busy))
        }
    }

    fn send(&self, message: Message) -> Result<(), StoreError> {
        self.queue.try_send(message).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StoreError::Busy,
            mpsc::error::TrySendError::Closed(_) => StoreError::Unavailable("the writer has stopped".into()),
        })
    }
}

fn reserve(conn: &mut Conn, ids: &IdSource, count: i64) -> Result<(), StoreError> {
    if let Conn::Sqlite(conn) = conn {
        ids.add(sqlite::reserve_ids(conn, count)?);
    }
    Ok(())
}

struct Worker {
    file: PathBuf,
    conn: Conn,
    state: TxState,
    positions: watch::Sender<i64>,
    /// How many identifiers are kept ready; doubled whenever a closure runs out of them.
    ready: i64,
    /// How many of the next groups begin with savepoints.
    wary: u32,
}

impl Worker {
    fn open(
        file: PathBuf,
        ids: Arc<IdSource>,
        vault: Arc<Vault>,
        positions: watch::Sender<i64>,
    ) -> Result<Worker, StoreError> {
        let (conn, next) = connect(&file)?;
        publish(&positions, next - 1);
        let next_position = Some(next);
        let state = TxState {
            ids,
            vault,
            next_position,
            appended: false,
            accessed: false,
            again: false,
            drawn: None,
        };
        Ok(Worker { file, conn, state, positions, ready: sqlite::ID_BLOCK / 2, wary: 0 })
    }

    fn serve(&mut self, mut waiting: mpsc::Receiver<Message>) {
        let mut group: Vec<Box<dyn Job>> = Vec::with_capacity(GROUP);
        while let Some(first) = waiting.blocking_recv() {
            let mut next = Some(first);
            let mut aside = None;
            while let Some(message) = next {
                match message {
                    Message::Job(job) => group.push(job),
                    Message::Aside(work) => aside = Some(work),
                }
                let full = group.len() == GROUP || aside.is_some();
                next = if full { None } else { waiting.try_recv().ok() };
            }
            self.commit_group(&mut group);
            if let Some(work) = aside
                && catch_unwind(AssertUnwindSafe(|| work(&mut self.conn))).is_err()
            {
                self.state.next_position = None;
            }
        }
    }

    /// Runs and commits a group, then answers everybody.
    fn commit_group(&mut self, group: &mut Vec<Box<dyn Job>>) {
        if group.is_empty() {
            return;
        }
        metrics::histogram!("store_group_size").record(group.len() as f64);
        let mut durable = 0;
        if let Err(error) = self.try_group(group, &mut durable) {
            tracing::error!(%error, "a group of writes could not be committed");
            metrics::counter!("store_group_failures").increment(1);
            let text = error.to_string();
            group[durable..].iter_mut().for_each(|job| job.fail(StoreError::Unavailable(text.clone())));
            // Until the new connection has told the last position, none is known.
            self.state.next_position = None;
            if let Err(error) = self.reconnect() {
                tracing::error!(%error, "the writer cannot open the database again; the next group tries");
            }
        }
        if let Some(next) = self.state.next_position {
            publish(&self.positions, next - 1);
        }
        group.drain(..).for_each(Job::answer);
    }

    /// Runs and commits a group; more than once where a closure ran out of identifiers: those before it are committed
    /// first. `durable` counts the jobs whose commit is done.
    fn try_group(&mut self, group: &mut [Box<dyn Job>], durable: &mut usize) -> Result<(), StoreError> {
        if self.state.next_position.is_none() {
            self.reconnect()?;
        }
        for _ in 0..RUNS {
            if self.state.ids.left() < self.ready {
                reserve(&mut self.conn, &self.state.ids, self.ready * 2)?;
            }
            if self.together(&mut group[*durable..])? {
                return Ok(());
            }
            self.begin()?;
            let stopped = self.run_jobs(&mut group[*durable..])?;
            self.commit()?;
            match stopped {
                None => return Ok(()),
                Some(place) => *durable += place,
            }
            self.ready *= 2;
        }
        group[*durable..].iter_mut().for_each(|job| job.fail(StoreError::Busy));
        Ok(())
    }

    fn begin(&mut self) -> Result<(), StoreError> {
        begin(&mut self.conn, "BEGIN IMMEDIATE")?;
        // Another process may have appended since the last group; now nobody else can.
        self.state.next_position = Some(events::last_position(&mut self.conn)? + 1);
        Ok(())
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        if std::mem::take(&mut self.state.accessed) {
            access::chain(&mut self.conn)?;
        }
        Ok(commit(&mut self.conn)?)
    }

    /// Runs and commits the jobs without savepoints. False when they must run again one by one: nothing of them is left then.
    fn together(&mut self, jobs: &mut [Box<dyn Job>]) -> Result<bool, StoreError> {
        if jobs.len() > 1 && self.wary > 0 {
            self.wary -= 1;
            return Ok(false);
        }
        self.begin()?;
        let begun_at = self.state.next_position;
        let alone = jobs.len() == 1;
        for job in jobs {
            self.state.again = false;
            let stands = job.run(&mut Tx { conn: &mut self.conn, state: &mut self.state });
            if stands && !self.state.again {
                roll_back_to(&mut self.conn, 1)?;
                continue;
            }
            roll_back_to(&mut self.conn, 0)?;
            self.state.next_position = begun_at;
            self.state.accessed = false;
            if alone && !self.state.again {
                return Ok(true);
            }
            self.wary = WARY;
            return Ok(false);
        }
        self.commit()?;
        Ok(true)
    }

    /// Runs the jobs in savepoints; stops at one that ran out of identifiers and gives its place.
    ///
    /// Invariant: a closure that is rolled back gives its positions back, so positions have no gaps.
    fn run_jobs(&mut self, jobs: &mut [Box<dyn Job>]) -> Result<Option<usize>, StoreError> {
        for (place, job) in jobs.iter_mut().enumerate() {
            let position = self.state.next_position;
            self.state.again = false;
            savepoint(&mut self.conn)?;
            let stands = job.run(&mut Tx { conn: &mut self.conn, state: &mut self.state });
            if stands && !self.state.again {
                roll_back_to(&mut self.conn, 2)?;
                commit(&mut self.conn)?;
                continue;
            }
            roll_back_to(&mut self.conn, 1)?;
            self.state.next_position = position;
            if self.state.again {
                return Ok(Some(place));
            }
        }
        Ok(None)
    }

    /// Starts over with a new connection: nothing is known of the old one's state.
    fn reconnect(&mut self) -> Result<(), StoreError> {
        let (conn, next) = connect(&self.file)?;
        self.conn = conn;
        self.state.next_position = Some(next);
        Ok(())
    }
}

fn connect(file: &Path) -> Result<(Conn, i64), StoreError> {
    let mut conn = Conn::Sqlite(sqlite::open(file, sqlite::Purpose::Write)?);
    let last = events::last_position(&mut conn)?;
    Ok((conn, last + 1))
}
