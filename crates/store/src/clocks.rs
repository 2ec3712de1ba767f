//! Running clocks as rows. One worker asks for the due ones by index; editing a case never moves a clock.

use crate::{Conn, StoreError, Timestamp, Tx};

/// A clock to start. All instants are computed by `rules` beforehand.
#[derive(Clone, Debug)]
pub struct NewClock {
    /// The case.
    pub case_id: i64,
    /// The work order, for a unit's own clock.
    pub work_order_id: Option<i64>,
    /// `verify`, `dispatch`, `sign`, `arrive`, `resolve`, `review`, `callback`, `return_decision` …
    pub kind: String,
    /// Whether it is the case's next-step clock (exactly one per open case).
    pub next_step: bool,
    /// The unit that is measured.
    pub unit_id: Option<i64>,
    /// The rule that set it (shown to people).
    pub rule: String,
    /// The limit in its own words, `5wd`.
    pub time_limit: String,
    /// Start.
    pub started_at: Timestamp,
    /// When the reminder falls due (75 % of the clock).
    pub remind_at: Option<Timestamp>,
    /// When it expires (yellow card).
    pub due_at: Timestamp,
    /// When it is overdue enough for a red card.
    pub red_at: Option<Timestamp>,
}

/// What a clock has reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Running, nothing said yet.
    Quiet = 0,
    /// The reminder was sent.
    Reminded = 1,
    /// It expired: yellow card.
    Expired = 2,
    /// The configured overrun is reached: red card.
    Red = 3,
}

/// A clock as it stands.
#[derive(Clone, Debug)]
pub struct ClockRow {
    /// Its id.
    pub id: i64,
    /// `running`, `paused`, `ended`.
    pub state: String,
    /// What it has reached.
    pub stage: Stage,
    /// When it was paused.
    pub paused_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// What it was started with (instants as moved by extensions and pauses).
    pub spec: NewClock,
}

impl Tx<'_> {
    /// Starts a clock.
    pub fn start_clock(&mut self, clock: NewClock) -> Result<i64, StoreError> {
        let _ = clock;
        todo!()
    }
    /// Stops a clock; stopping a stopped one is an error.
    pub fn stop_clock(&mut self, id: i64, at: Timestamp) -> Result<(), StoreError> {
        let _ = (id, at);
        todo!()
    }
    /// Pauses a running clock: it does not fire while paused.
    pub fn pause_clock(&mut self, id: i64, at: Timestamp) -> Result<(), StoreError> {
        let _ = (id, at);
        todo!()
    }
    /// Runs a paused clock on with new instants (computed by `rules` from what was left).
    pub fn resume_clock(
        &mut self,
        id: i64,
        remind_at: Option<Timestamp>,
        due_at: Timestamp,
        red_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let _ = (id, remind_at, due_at, red_at);
        todo!()
    }
    /// Moves a running clock's instants (an approved extension); its stage falls back if the new instants allow.
    pub fn move_clock(
        &mut self,
        id: i64,
        remind_at: Option<Timestamp>,
        due_at: Timestamp,
        red_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let _ = (id, remind_at, due_at, red_at);
        todo!()
    }
    /// Marks that a stage was reached and sets when the clock fires next. False when it had been reached before.
    pub fn advance_clock(&mut self, id: i64, stage: Stage) -> Result<bool, StoreError> {
        let _ = (id, stage);
        todo!()
    }
    /// The clocks of a case that run or are paused.
    pub fn open_clocks(&mut self, case_id: i64) -> Result<Vec<ClockRow>, StoreError> {
        let _ = case_id;
        todo!()
    }
}

/// Up to `limit` running clocks whose next firing is not after `now`, earliest first (by index).
pub fn due(conn: &mut Conn, now: Timestamp, limit: i64) -> Result<Vec<ClockRow>, StoreError> {
    let _ = (conn, now, limit);
    todo!()
}

/// Every clock of a case, oldest first.
pub fn of_case(conn: &mut Conn, case_id: i64) -> Result<Vec<ClockRow>, StoreError> {
    let _ = (conn, case_id);
    todo!()
}
