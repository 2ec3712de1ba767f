//! The real clock and the real randomness. Only this file of the shipped code reads them.
#![expect(
    clippy::disallowed_methods,
    reason = "the binary is the one place that may read a clock and draw randomness"
)]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use store::{Clock, Entropy, Timestamp};

/// The machine's clock.
#[derive(Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// The operating system's random bytes.
#[derive(Debug, Default)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    fn fill(&self, buf: &mut [u8]) {
        getrandom::fill(buf)
            .expect("the operating system gives random bytes; nothing safe can be done without them");
    }
}

/// The clock of a running server.
pub fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

/// The randomness of a running server.
pub fn entropy() -> Arc<dyn Entropy> {
    Arc::new(OsEntropy)
}

/// Measures how long something took (never what time it is).
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since the start.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}
