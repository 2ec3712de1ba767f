//! The load: workers that drive matters through their lives and never give a command up. No answer, or a refusal that asks to come
//! again, is answered with the same command under the same client id, until it is known to stand.

use crate::life::{self, Cast};
use onedoor::demo::dice::Dice;
use onedoor_bench::http::{Answer, Client};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{OwnedRwLockWriteGuard, RwLock},
    task::JoinSet,
    time::Instant,
};
use uuid::Uuid;

/// How long commands may need to be settled after a fault has ended.
const SETTLING: Duration = Duration::from_secs(120);

/// A command that was answered well.
#[derive(Clone, Copy, Debug)]
pub struct Acked {
    /// The id it was sent under.
    pub key: Uuid,
    /// The case.
    pub case: i64,
    /// The case's version that the answer told.
    pub version: i64,
}

/// What the load knows to be true.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// Every command that was answered well.
    pub acked: Vec<Acked>,
    /// The last version of each case.
    pub cases: BTreeMap<i64, i64>,
    /// Commands that took effect twice, as their answers show.
    pub doubled: u64,
    /// Refusals with a clear error.
    pub refused: u64,
    /// Commands that were sent again.
    pub retried: u64,
    /// Commands that were refused for good although everything before them was acknowledged, by the answer.
    pub rejected: BTreeMap<String, u64>,
    /// Errors that do not say clearly what is the matter, by the answer.
    pub unclear: BTreeMap<String, u64>,
    /// The refusals by their code.
    pub codes: BTreeMap<String, u64>,
    /// How often a session was none any more.
    pub signed_in: u64,
    /// The moment of the last good answer.
    pub last_good: Option<Instant>,
}

/// What the workers share.
struct Shared {
    addresses: Mutex<Vec<SocketAddr>>,
    cast: Cast,
    ledger: Mutex<Ledger>,
    gate: Arc<RwLock<()>>,
    stop: AtomicBool,
    /// Tells this load's cases from those of others.
    mark: String,
}

/// A running load.
pub struct Load {
    shared: Arc<Shared>,
    workers: JoinSet<()>,
}

impl Load {
    /// Starts so many workers against a running server; with more than one address they are spread over them, and go on at another
    /// when theirs does not answer.
    ///
    /// # Errors
    /// When nobody can sign in.
    pub async fn start(
        addresses: &[SocketAddr],
        password: &str,
        workers: u64,
        seed: u64,
    ) -> Result<Load, String> {
        let mut client = Client::new(*addresses.first().ok_or("no address")?);
        let cast = Cast::gather(&mut client, password).await?;
        let shared = Arc::new(Shared {
            addresses: Mutex::new(addresses.to_vec()),
            cast,
            ledger: Mutex::default(),
            gate: Arc::default(),
            stop: AtomicBool::new(false),
            mark: format!("{seed:x}"),
        });
        let mut set = JoinSet::new();
        for number in 0..workers {
            let worker = Worker::new(Arc::clone(&shared), seed, number);
            set.spawn(worker.run());
        }
        Ok(Load { shared, workers: set })
    }

    /// The accounts that drive it.
    #[must_use]
    pub fn cast(&self) -> &Cast {
        &self.shared.cast
    }

    /// What is known by now.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.shared.ledger().clone()
    }

    /// Holds the load until the guard is dropped; every command that was begun is known to stand by then.
    ///
    /// # Errors
    /// When commands cannot be brought to an end: the server has not recovered.
    pub async fn settle(&self) -> Result<OwnedRwLockWriteGuard<()>, String> {
        let gate = Arc::clone(&self.shared.gate).write_owned();
        tokio::time::timeout(SETTLING, gate).await.map_err(|_| {
            let Ledger { codes, unclear, .. } = self.ledger();
            format!("commands cannot be brought to an end: {codes:?} {unclear:?}")
        })
    }

    /// Waits until a command that was answered after now stands; gives how long that took.
    ///
    /// # Errors
    /// When it takes longer than `patience`.
    pub async fn next_good(&self, patience: Duration) -> Result<Duration, String> {
        let begun = Instant::now();
        while begun.elapsed() < patience {
            if self.shared.ledger().last_good.is_some_and(|at| at > begun) {
                return Ok(begun.elapsed());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let Ledger { codes, unclear, .. } = self.ledger();
        Err(format!("no command went through within {} s: {codes:?} {unclear:?}", patience.as_secs()))
    }

    /// Ends the load and gives what it knows. Call it while everything works.
    ///
    /// # Errors
    /// When the last commands cannot be settled.
    pub async fn finish(mut self) -> Result<Ledger, String> {
        self.shared.stop.store(true, Ordering::SeqCst);
        let all = async { while self.workers.join_next().await.is_some() {} };
        tokio::time::timeout(SETTLING, all).await.map_err(|_| "the last commands cannot be settled")?;
        Ok(self.ledger())
    }
}

impl Shared {
    fn ledger(&self) -> std::sync::MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn address(&self, turn: u64) -> SocketAddr {
        let addresses = self.addresses.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let count = addresses.len().max(1) as u64;
        addresses[usize::try_from(turn % count).unwrap_or(0)]
    }
}

/// What became of an answer.
enum Verdict {
    Stands { case: i64, version: i64 },
    Again,
    SignIn,
    Rejected,
}

struct Worker {
    shared: Arc<Shared>,
    client: Client,
    dice: Dice,
    /// Which address it speaks to.
    turn: u64,
    /// How many matters it has begun.
    matters: u64,
    number: u64,
}

impl Worker {
    fn new(shared: Arc<Shared>, seed: u64, number: u64) -> Worker {
        let client = Client::new(shared.address(number));
        // Mixed twice: dice of neighbouring purposes walk the same way a step apart.
        let dice = Dice::new(Dice::new(seed, 100 + number).roll(), number);
        Worker { shared, client, dice, turn: number, matters: 0, number }
    }

    async fn run(mut self) {
        while !self.shared.stop.load(Ordering::SeqCst) {
            self.matters += 1;
            self.matter().await;
        }
    }

    /// Drives one matter as far as chance lets it come.
    async fn matter(&mut self) {
        let shared = Arc::clone(&self.shared);
        let mark = format!("{}-{}-{}", shared.mark, self.number, self.matters);
        let steps = if self.dice.percent(40) { 1 } else { 1 + self.dice.below(life::STEPS.len()) };
        let (mut case, mut version) = (0, 0);
        for step in 0..steps {
            if shared.stop.load(Ordering::SeqCst) {
                return;
            }
            let _running = shared.gate.read().await;
            let body = life::body(step, &mark, version, &shared.cast.host);
            let Some(stands) = self.command(step, case, version, &body).await else { return };
            (case, version) = stands;
        }
    }

    /// Brings one command to its end: the case and its version, or `None` when it is refused for good.
    async fn command(&mut self, step: usize, case: i64, before: i64, body: &Value) -> Option<(i64, i64)> {
        let key = Uuid::from_u64_pair(self.dice.roll(), self.dice.roll());
        loop {
            let sent = self.shared.cast.send(&mut self.client, step, case, key, body).await;
            match self.judge(step, sent) {
                Verdict::Stands { case, version } => {
                    self.take(Acked { key, case, version }, before);
                    self.resend(step, case, key, body, version).await;
                    return Some((case, version));
                }
                Verdict::Rejected => return None,
                Verdict::SignIn => {
                    let _ = self.shared.cast.renew(&mut self.client, life::who(step)).await;
                }
                Verdict::Again => {
                    let wait = Duration::from_millis(20 + self.dice.below(40) as u64);
                    tokio::time::sleep(wait).await;
                }
            }
            self.shared.ledger().retried += 1;
        }
    }

    fn judge(&mut self, step: usize, sent: life::Sent) -> Verdict {
        let Ok(answer) = sent else {
            self.turn += 1;
            self.client = Client::new(self.shared.address(self.turn));
            return Verdict::Again;
        };
        let mut ledger = self.shared.ledger();
        if answer.status.is_success() {
            return match stands(&answer) {
                Some((case, version)) => Verdict::Stands { case, version },
                None => {
                    *ledger.unclear.entry("an answer without id and version".into()).or_default() += 1;
                    Verdict::Rejected
                }
            };
        }
        let fault = answer.fault();
        match answer.status.as_u16() {
            401 => {
                ledger.signed_in += 1;
                Verdict::SignIn
            }
            429 | 503 if !fault.ends_with("no code") => {
                ledger.refused += 1;
                *ledger.codes.entry(fault).or_default() += 1;
                Verdict::Again
            }
            500..=599 | 429 => {
                *ledger.unclear.entry(fault).or_default() += 1;
                Verdict::Again
            }
            _ => {
                *ledger.rejected.entry(format!("{}: {fault}", life::STEPS[step])).or_default() += 1;
                Verdict::Rejected
            }
        }
    }

    fn take(&self, acked: Acked, before: i64) {
        let mut ledger = self.shared.ledger();
        if acked.version > before + 1 {
            ledger.doubled += 1;
        }
        ledger.acked.push(acked);
        ledger.cases.insert(acked.case, acked.version);
        ledger.last_good = Some(Instant::now());
    }

    /// Now and then the answer is thought lost and the command sent once more: it must be answered as before.
    async fn resend(&mut self, step: usize, case: i64, key: Uuid, body: &Value, version: i64) {
        if !self.dice.percent(10) {
            return;
        }
        let Ok(answer) = self.shared.cast.send(&mut self.client, step, case, key, body).await else { return };
        if answer.status.is_success() && stands(&answer) != Some((case, version)) {
            self.shared.ledger().doubled += 1;
        }
    }
}

fn stands(answer: &Answer) -> Option<(i64, i64)> {
    let body = answer.json();
    Some((body["id"].as_str()?.parse().ok()?, body["version"].as_i64()?))
}
