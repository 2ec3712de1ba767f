//! The clock worker: takes due clocks by index and issues reminders, cards and escalations exactly once.

use crate::{CaseError, Cases};
use store::Timestamp;

/// What a run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// Clocks looked at.
    pub clocks: usize,
    /// Reminders sent.
    pub reminders: usize,
    /// Yellow cards issued.
    pub yellow: usize,
    /// Red cards issued.
    pub red: usize,
}

/// Handles up to `limit` clocks that are due at `now`; call again while `clocks == limit`. Each case is one transaction; events
/// carry the instant the clock fell due as `occurred_at`. Time is a parameter: the binary, the simulator and replays call it alike.
pub async fn run_due(cases: &Cases, now: Timestamp, limit: i64) -> Result<Ran, CaseError> {
    let _ = (cases, now, limit);
    todo!()
}
