//! The faults, and what all of them do: load, strike, heal, compare.

pub mod backup;
pub mod database;
pub mod disk;
pub mod failover;
pub mod hostile;
pub mod kill;
pub mod nodes;
pub mod power;

use crate::{
    check::{Findings, Known, check},
    load::{Ledger, Load},
    report::Row,
    site::{Ground, Site, said_by},
};
use onedoor::demo::dice::Dice;
use std::{collections::BTreeSet, net::SocketAddr, pin::Pin, time::Duration};
use tokio::time::Instant;

/// Workers of the load.
const WORKERS: u64 = 8;
/// How long it may take until commands go through again after a fault has ended.
pub const RECOVERY: Duration = Duration::from_secs(30);

/// Why faults of PostgreSQL are left out.
const NO_POSTGRES: &str = "PostgreSQL's programs (initdb, postgres, psql) are missing";

type Outcome<'a> = Pin<Box<dyn Future<Output = Result<Row, String>> + 'a>>;

/// A fault: its name, what it is, and how it is done.
pub struct Fault {
    /// What the command line takes.
    pub name: &'static str,
    /// In words.
    pub about: &'static str,
    run: for<'a> fn(&'a Ground, &'static str) -> Outcome<'a>,
}

macro_rules! faults {
    ($($name:literal, $run:path, $about:literal;)+) => {
        /// Every fault, in the order in which they are done.
        pub const ALL: &[Fault] =
            &[$(Fault { name: $name, about: $about, run: |ground, name| Box::pin($run(ground, name)) }),+];
    };
}

faults! {
    "kill", kill::on_sqlite, "kill -9 of the server on SQLite, at random moments under load";
    "kill_postgres", kill::on_postgres, "kill -9 of the server on PostgreSQL, of PostgreSQL with all its children, or of both";
    "power_cut", power::cut, "kill -9 on SQLite and everything that was not flushed is taken off the disk";
    "disk_full", disk::full, "the disk of the database is full for a while";
    "read_only", disk::read_only, "the disk of the database cannot be written for a while";
    "flush_fails", disk::flush_fails, "the disk refuses to flush (EIO) for a while";
    "slow_disk", disk::slow, "every write and flush takes 20 ms longer for a while";
    "postgres_restart", database::restart, "PostgreSQL is stopped for a while and started again";
    "network_cut", database::network_cut, "nothing comes through between the server and PostgreSQL for a while";
    "node_killed", nodes::one_killed, "one of two nodes on one PostgreSQL is killed; the other goes on with sessions, clocks and listeners";
    "failover", failover::primary_killed, "the primary of a hot standby (Patroni, etcd, HAProxy) is killed; a standby takes over";
    "hostile_clients", hostile::clients, "silent connections, endless headers and bodies, bodies far too large, beside those who work";
    "backup", backup::under_load, "a backup taken under load is restored and verified, and copied to PostgreSQL and back";
}

impl Fault {
    /// Does it; what goes wrong on the way is a fault of the row.
    pub async fn run(&self, ground: &Ground) -> Row {
        let begun = Instant::now();
        let outcome = (self.run)(ground, self.name).await;
        let mut row =
            outcome.unwrap_or_else(|why| Row { name: self.name.into(), faults: vec![why], ..Row::default() });
        row.seconds = (begun.elapsed().as_secs_f64() * 10.0).round() / 10.0;
        row.seed = ground.seed;
        row
    }
}

/// A county under load, and what was found so far.
pub struct Bout {
    /// What it came to.
    pub row: Row,
    /// The county.
    pub site: Site,
    /// The load.
    pub load: Load,
    /// Chance.
    pub dice: Dice,
    seen: usize,
    /// Cases that the fault itself has touched: they stand differently than in peace.
    let_go: BTreeSet<i64>,
}

impl Bout {
    /// Sets a load on a running server.
    ///
    /// # Errors
    /// When nobody can sign in.
    pub async fn begin(
        ground: &Ground,
        name: &str,
        site: Site,
        addresses: &[SocketAddr],
    ) -> Result<Bout, String> {
        let load = Load::start(addresses, &site.password, WORKERS, ground.seed).await?;
        let purpose = name.bytes().fold(7, |sum: u64, byte| sum.wrapping_mul(31) + u64::from(byte));
        let dice = Dice::new(ground.seed, purpose);
        Ok(Bout {
            row: Row { name: name.into(), ..Row::default() },
            site,
            load,
            dice,
            seen: 0,
            let_go: BTreeSet::new(),
        })
    }

    /// What everything is to be compared with, as far as an earlier look has not seen it.
    #[must_use]
    pub fn known<'a>(&'a self, ledger: &'a Ledger, seen: usize) -> Known<'a> {
        Known { ledger, seen, calm: &self.site.calm, base: self.site.base, let_go: &self.let_go }
    }

    /// How many commands of the ledger the last look has seen.
    #[must_use]
    pub fn seen(&self) -> usize {
        self.seen
    }

    /// The fault changes how a case stands: from now on only its commands are counted.
    pub fn let_go(&mut self, case: i64) {
        self.let_go.insert(case);
    }

    /// Whether the fault has changed how a case stands.
    #[must_use]
    pub fn is_let_go(&self, case: i64) -> bool {
        self.let_go.contains(&case)
    }

    /// Lets the load run for a random while.
    pub async fn burn(&mut self, from_ms: f64, to_ms: f64) {
        let while_ = self.dice.between(from_ms, to_ms) / 1_000.0;
        tokio::time::sleep(Duration::from_secs_f64(while_)).await;
    }

    /// Ends a round: waits until commands go through again and all that were begun are known to stand, then compares.
    ///
    /// # Errors
    /// When there is no recovery, or the database cannot be read.
    pub async fn compare(&mut self, deep: bool) -> Result<(), String> {
        self.load.next_good(RECOVERY).await?;
        let held = self.load.settle().await?;
        let ledger = self.load.ledger();
        let known = self.known(&ledger, self.seen);
        let Findings { lost, doubled, broken } = check(&self.site.how, &known, deep).await?;
        self.seen = ledger.acked.len();
        self.row.rounds += 1;
        self.row.lost += lost;
        self.row.doubled += doubled;
        self.row.broken += broken.len() as u64;
        let round = self.row.rounds;
        self.row.faults.extend(broken.into_iter().map(|what| format!("round {round}: {what}")));
        drop(held);
        Ok(())
    }

    /// Ends the load and compares everything once more.
    ///
    /// # Errors
    /// As [`Bout::compare`].
    pub async fn end(mut self) -> Result<Row, String> {
        let ledger = self.load.finish().await?;
        let known = Known {
            ledger: &ledger,
            seen: 0,
            calm: &self.site.calm,
            base: self.site.base,
            let_go: &self.let_go,
        };
        let all = check(&self.site.how, &known, true).await?;
        // Every round has counted its own; the last look at everything may find what was destroyed afterwards.
        self.row.lost = self.row.lost.max(all.lost);
        self.row.doubled = self.row.doubled.max(all.doubled) + ledger.doubled;
        self.row.broken = self.row.broken.max(all.broken.len() as u64);
        self.row.faults.extend(all.broken.into_iter().map(|what| format!("at the end: {what}")));
        self.row.faults.extend(said_by(&ledger));
        self.row.acknowledged = ledger.acked.len() as u64;
        self.row.refused = ledger.refused;
        self.row.retried = ledger.retried;
        if !ledger.codes.is_empty() {
            let codes: Vec<String> =
                ledger.codes.iter().map(|(code, times)| format!("{times} × {code}")).collect();
            self.row.notes.push(format!("refused while it lasted: {}", codes.join(", ")));
        }
        self.row.notes.push(format!("{} commands were sent again under their own id", ledger.retried));
        Ok(self.row)
    }
}

/// `worst 0.4 s` of some durations.
#[must_use]
pub fn worst(of: &[Duration]) -> String {
    let worst = of.iter().max().copied().unwrap_or_default();
    format!("{:.1} s", worst.as_secs_f64())
}
