//! Running clocks as rows. One worker asks for the due ones by index; editing a case never moves a clock.

use crate::{Conn, Run, StoreError, Timestamp, Tx, at, ms, schema::clocks, update};
use diesel::prelude::*;

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

impl Stage {
    fn read(stage: i64) -> Result<Stage, StoreError> {
        match stage {
            0 => Ok(Stage::Quiet),
            1 => Ok(Stage::Reminded),
            2 => Ok(Stage::Expired),
            3 => Ok(Stage::Red),
            other => Err(StoreError::Corrupt { what: "clock", detail: format!("stage {other}") }),
        }
    }

    /// When a running clock that has reached this stage fires next; `None`: never again.
    fn fires_at(self, remind: Option<i64>, due: i64, red: Option<i64>) -> Option<i64> {
        match self {
            Stage::Quiet => Some(remind.map_or(due, |remind| remind.min(due))),
            Stage::Reminded => Some(due),
            Stage::Expired => red,
            Stage::Red => None,
        }
    }
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

impl ClockRow {
    /// The stage that the clock's instants give it at `now`; the worker advances it to that.
    pub fn stage_at(&self, now: Timestamp) -> Stage {
        if self.spec.red_at.is_some_and(|red| red <= now) {
            Stage::Red
        } else if self.spec.due_at <= now {
            Stage::Expired
        } else if self.spec.remind_at.is_some_and(|remind| remind <= now) {
            Stage::Reminded
        } else {
            Stage::Quiet
        }
    }
}

impl Tx<'_> {
    /// Starts a clock and returns its id. A second next-step clock of a case is refused by the database.
    pub fn start_clock(&mut self, clock: NewClock) -> Result<i64, StoreError> {
        let id = self.id()?;
        self.write_clock(id, &clock)?;
        Ok(id)
    }

    /// Starts a clock whose id was taken before ([`Tx::id`]).
    pub fn write_clock(&mut self, id: i64, clock: &NewClock) -> Result<(), StoreError> {
        let (remind, due, red) = (clock.remind_at.map(ms), ms(clock.due_at), clock.red_at.map(ms));
        diesel::insert_into(clocks::table)
            .values((
                clocks::id.eq(id),
                clocks::case_id.eq(clock.case_id),
                clocks::work_order_id.eq(clock.work_order_id),
                clocks::kind.eq(&clock.kind),
                clocks::next_step.eq(clock.next_step),
                clocks::state.eq(RUNNING),
                clocks::stage.eq(Stage::Quiet as i64),
                clocks::unit_id.eq(clock.unit_id),
                clocks::rule.eq(&clock.rule),
                clocks::time_limit.eq(&clock.time_limit),
                clocks::started_at.eq(ms(clock.started_at)),
                clocks::remind_at.eq(remind),
                clocks::due_at.eq(due),
                clocks::red_at.eq(red),
                clocks::fire_at.eq(Stage::Quiet.fires_at(remind, due, red)),
            ))
            .run(self.conn)?;
        Ok(())
    }

    /// Stops a running or paused clock; stopping a stopped one is an error.
    pub fn stop_clock(&mut self, id: i64, at: Timestamp) -> Result<(), StoreError> {
        let stopped = update(clocks::table.find(id).filter(clocks::state.ne(ENDED)))
            .set((clocks::state.eq(ENDED), clocks::ended_at.eq(ms(at)), clocks::fire_at.eq(None::<i64>)))
            .run(self.conn)?;
        one(stopped, "open clock")
    }

    /// Pauses a running clock: it does not fire while paused.
    pub fn pause_clock(&mut self, id: i64, at: Timestamp) -> Result<(), StoreError> {
        let paused = update(clocks::table.find(id).filter(clocks::state.eq(RUNNING)))
            .set((clocks::state.eq(PAUSED), clocks::paused_at.eq(ms(at)), clocks::fire_at.eq(None::<i64>)))
            .run(self.conn)?;
        one(paused, "running clock")
    }

    /// Runs a paused clock on with new instants (computed by `rules` from what was left); it keeps its stage.
    pub fn resume_clock(
        &mut self,
        id: i64,
        remind_at: Option<Timestamp>,
        due_at: Timestamp,
        red_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let clock = self.clock(id, PAUSED, "paused clock")?;
        self.set_instants(id, clock.stage, (remind_at, due_at, red_at))
    }

    /// Moves a running clock's instants (an approved extension). A later `due_at` makes the clock quiet again;
    /// otherwise it keeps its stage.
    pub fn move_clock(
        &mut self,
        id: i64,
        remind_at: Option<Timestamp>,
        due_at: Timestamp,
        red_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let clock = self.clock(id, RUNNING, "running clock")?;
        let stage = if due_at > clock.spec.due_at { Stage::Quiet } else { clock.stage };
        self.set_instants(id, stage, (remind_at, due_at, red_at))
    }

    /// Marks that a stage was reached and sets when the clock fires next. False when it had been reached before, or
    /// when the clock does not run.
    pub fn advance_clock(&mut self, id: i64, stage: Stage) -> Result<bool, StoreError> {
        let instants: Option<(Option<i64>, i64, Option<i64>)> = clocks::table
            .find(id)
            .select((clocks::remind_at, clocks::due_at, clocks::red_at))
            .first(self.conn)
            .optional()?;
        let (remind, due, red) = instants.ok_or(StoreError::NotFound("clock"))?;
        let below = clocks::state.eq(RUNNING).and(clocks::stage.lt(stage as i64));
        let advanced = update(clocks::table.find(id).filter(below))
            .set((clocks::stage.eq(stage as i64), clocks::fire_at.eq(stage.fires_at(remind, due, red))))
            .run(self.conn)?;
        Ok(advanced == 1)
    }

    /// The clocks of a case that run or are paused.
    pub fn open_clocks(&mut self, case_id: i64) -> Result<Vec<ClockRow>, StoreError> {
        let rows = clocks::table
            .filter(clocks::case_id.eq(case_id).and(clocks::state.ne(ENDED)))
            .order(clocks::id)
            .select(COLUMNS);
        read(crate::native!(self.conn, |conn| rows.load(conn))?)
    }

    fn clock(&mut self, id: i64, state: &str, what: &'static str) -> Result<ClockRow, StoreError> {
        let row: Option<Row> = clocks::table
            .find(id)
            .filter(clocks::state.eq(state))
            .select(COLUMNS)
            .first(self.conn)
            .optional()?;
        row.ok_or(StoreError::NotFound(what))?.try_into()
    }

    fn set_instants(
        &mut self,
        id: i64,
        stage: Stage,
        (remind_at, due_at, red_at): (Option<Timestamp>, Timestamp, Option<Timestamp>),
    ) -> Result<(), StoreError> {
        let (remind, due, red) = (remind_at.map(ms), ms(due_at), red_at.map(ms));
        update(clocks::table.find(id))
            .set((
                clocks::state.eq(RUNNING),
                clocks::stage.eq(stage as i64),
                clocks::paused_at.eq(None::<i64>),
                clocks::remind_at.eq(remind),
                clocks::due_at.eq(due),
                clocks::red_at.eq(red),
                clocks::fire_at.eq(stage.fires_at(remind, due, red)),
            ))
            .run(self.conn)?;
        Ok(())
    }
}

/// Up to `limit` running clocks whose next firing is not after `now`, earliest first (by index).
pub fn due(conn: &mut Conn, now: Timestamp, limit: i64) -> Result<Vec<ClockRow>, StoreError> {
    let rows = clocks::table
        .filter(clocks::fire_at.le(ms(now)))
        .order((clocks::fire_at, clocks::id))
        .limit(limit)
        .select(COLUMNS)
        .load(conn)?;
    read(rows)
}

/// When the earliest running clock fires next; `None` when none will (by index).
pub fn next_firing(conn: &mut Conn) -> Result<Option<Timestamp>, StoreError> {
    let next: Option<Option<i64>> = clocks::table
        .filter(clocks::fire_at.is_not_null())
        .order(clocks::fire_at)
        .select(clocks::fire_at)
        .first(conn)
        .optional()?;
    Ok(next.flatten().map(crate::at))
}

/// Every clock of a case, oldest first.
pub fn of_case(conn: &mut Conn, case_id: i64) -> Result<Vec<ClockRow>, StoreError> {
    let rows =
        clocks::table.filter(clocks::case_id.eq(case_id)).order(clocks::id).select(COLUMNS).load(conn)?;
    read(rows)
}

const RUNNING: &str = "running";
const PAUSED: &str = "paused";
const ENDED: &str = "ended";

fn one(changed: usize, what: &'static str) -> Result<(), StoreError> {
    if changed == 1 { Ok(()) } else { Err(StoreError::NotFound(what)) }
}

#[derive(Queryable)]
struct Row {
    id: i64,
    state: String,
    stage: i64,
    paused_at: Option<i64>,
    ended_at: Option<i64>,
    case_id: i64,
    work_order_id: Option<i64>,
    kind: String,
    next_step: bool,
    unit_id: Option<i64>,
    rule: String,
    time_limit: String,
    started_at: i64,
    remind_at: Option<i64>,
    due_at: i64,
    red_at: Option<i64>,
}

type Columns = (
    clocks::id,
    clocks::state,
    clocks::stage,
    clocks::paused_at,
    clocks::ended_at,
    clocks::case_id,
    clocks::work_order_id,
    clocks::kind,
    clocks::next_step,
    clocks::unit_id,
    clocks::rule,
    clocks::time_limit,
    clocks::started_at,
    clocks::remind_at,
    clocks::due_at,
    clocks::red_at,
);

const COLUMNS: Columns = (
    clocks::id,
    clocks::state,
    clocks::stage,
    clocks::paused_at,
    clocks::ended_at,
    clocks::case_id,
    clocks::work_order_id,
    clocks::kind,
    clocks::next_step,
    clocks::unit_id,
    clocks::rule,
    clocks::time_limit,
    clocks::started_at,
    clocks::remind_at,
    clocks::due_at,
    clocks::red_at,
);

fn read(rows: Vec<Row>) -> Result<Vec<ClockRow>, StoreError> {
    rows.into_iter().map(ClockRow::try_from).collect()
}

impl TryFrom<Row> for ClockRow {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<ClockRow, StoreError> {
        Ok(ClockRow {
            id: row.id,
            state: row.state,
            stage: Stage::read(row.stage)?,
            paused_at: row.paused_at.map(at),
            ended_at: row.ended_at.map(at),
            spec: NewClock {
                case_id: row.case_id,
                work_order_id: row.work_order_id,
                kind: row.kind,
                next_step: row.next_step,
                unit_id: row.unit_id,
                rule: row.rule,
                time_limit: row.time_limit,
                started_at: at(row.started_at),
                remind_at: row.remind_at.map(at),
                due_at: at(row.due_at),
                red_at: row.red_at.map(at),
            },
        })
    }
}

impl Tx<'_> {
    /// Makes an open clock the case's next step, or takes that from it. Take it from the old one first: the database
    /// refuses a second next-step clock.
    pub fn set_next_step(&mut self, id: i64, next_step: bool) -> Result<(), StoreError> {
        let set = update(clocks::table.find(id).filter(clocks::state.ne(ENDED)))
            .set(clocks::next_step.eq(next_step))
            .run(self.conn)?;
        one(set, "open clock")
    }

    /// The open clocks of a case that measure one unit measure another from now on (a unit was retired).
    pub fn hand_clocks_over(&mut self, case_id: i64, from: i64, to: i64) -> Result<usize, StoreError> {
        let open = clocks::case_id.eq(case_id).and(clocks::state.ne(ENDED));
        let moved = update(clocks::table.filter(open.and(clocks::unit_id.eq(from))))
            .set(clocks::unit_id.eq(to))
            .run(self.conn)?;
        Ok(moved)
    }
}
