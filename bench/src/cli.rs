//! The command line of the benchmark.

use clap::{Parser, ValueEnum};
use std::path::PathBuf;

/// An engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    /// The embedded one.
    Sqlite,
    /// A private server of its own.
    Postgres,
}

impl Engine {
    /// Its name in figures.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Engine::Sqlite => "sqlite",
            Engine::Postgres => "postgres",
        }
    }
}

/// A workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Workload {
    /// Durable registrations.
    Register,
    /// From the first word to the answer that arrived.
    Lifecycle,
    /// Lists, filters, desks, case pages.
    Desk,
    /// Words of 2 to 4 characters.
    Search,
    /// The dashboard over five years.
    Overview,
    /// Listeners to live changes.
    Live,
    /// Point to grid.
    Locate,
    /// A county's day with a tenfold peak.
    Mixed,
    /// Ten times half the capacity, and back.
    Spike,
    /// Memory and size at rest, cold start.
    Footprint,
}

/// Measure OneDoor on this machine.
#[derive(Clone, Debug, Parser)]
#[command(name = "bench", max_term_width = 100)]
pub struct Args {
    /// Only what fits into ten minutes: 10,000 cases, short runs
    #[arg(long)]
    pub quick: bool,
    /// 10,000,000 cases too (needs some 100 GB of disk)
    #[arg(long)]
    pub huge: bool,
    /// Write the figures as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Write the document of a full run
    #[arg(long, value_name = "FILE")]
    pub document: Option<PathBuf>,
    /// Existing cases; may be given several times [default: 10000 100000 1000000, with --quick 10000]
    #[arg(long, value_name = "COUNT")]
    pub size: Vec<usize>,
    /// Engines [default: both]
    #[arg(long, value_enum)]
    pub engine: Vec<Engine>,
    /// Seconds of each run [default: 20, with --quick 5]
    #[arg(long)]
    pub seconds: Option<f64>,
    /// Listeners of the live workload [default: 2000, with --quick 300]
    #[arg(long)]
    pub listeners: Option<usize>,
    /// The server to measure
    #[arg(long, value_name = "FILE", default_value = "target/release/onedoor")]
    pub binary: PathBuf,
    /// Where databases are made (removed afterwards) [default: .onedoor/bench]
    #[arg(long, value_name = "FOLDER", default_value = ".onedoor/bench")]
    pub folder: PathBuf,
    /// Workloads [default: all]
    #[arg(value_enum)]
    pub workloads: Vec<Workload>,
}

impl Args {
    /// Sizes, smallest first.
    #[must_use]
    pub fn sizes(&self) -> Vec<usize> {
        let mut sizes = match (self.size.is_empty(), self.quick) {
            (false, _) => self.size.clone(),
            (true, true) => vec![10_000],
            (true, false) => vec![10_000, 100_000, 1_000_000],
        };
        if self.huge {
            sizes.push(10_000_000);
        }
        sizes.sort_unstable();
        sizes.dedup();
        sizes
    }

    /// Engines.
    #[must_use]
    pub fn engines(&self) -> Vec<Engine> {
        if self.engine.is_empty() { vec![Engine::Sqlite, Engine::Postgres] } else { self.engine.clone() }
    }

    /// Seconds of each run.
    #[must_use]
    pub fn length(&self) -> f64 {
        self.seconds.unwrap_or(if self.quick { 5.0 } else { 20.0 })
    }

    /// Listeners of the live workload.
    #[must_use]
    pub fn listening(&self) -> usize {
        self.listeners.unwrap_or(if self.quick { 300 } else { 2_000 })
    }

    /// Whether a workload is wanted.
    #[must_use]
    pub fn wants(&self, workload: Workload) -> bool {
        self.workloads.is_empty() || self.workloads.contains(&workload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_has_its_default() {
        let full = Args::parse_from(["bench"]);
        assert_eq!(full.sizes(), [10_000, 100_000, 1_000_000]);
        assert_eq!((full.engines().len(), full.listening()), (2, 2_000));
        let quick =
            Args::parse_from(["bench", "--quick", "--engine", "sqlite", "--size", "500", "register", "desk"]);
        assert_eq!((quick.sizes(), quick.engines()), (vec![500], vec![Engine::Sqlite]));
        assert!(quick.wants(Workload::Desk) && !quick.wants(Workload::Spike));
    }
}
