//! Starting, stopping, pausing and moving clocks; the next-step clock. Instants come from `rules::limits` alone.

use super::work::Work;
use crate::{CaseError, model::File};
use jiff::Timestamp;
use rules::{
    deadlines::DeadlineCase,
    lifecycle::{ClockKind, OrderState, OverlayKind, Part, Who, next_step},
    limits::{self, Instants, Limit},
    words::{CaseKind, Urgency},
};
use store::{
    StoreError,
    clocks::{ClockRow, NewClock, Stage},
    ms,
};

/// The clock on which an overlay waits.
pub(crate) fn clock_of(kind: OverlayKind) -> Option<ClockKind> {
    match kind {
        OverlayKind::ReturnRequest => Some(ClockKind::ReturnDecision),
        OverlayKind::ExtensionRequest => Some(ClockKind::ExtensionDecision),
        OverlayKind::Suspension => Some(ClockKind::SuspensionReview),
        OverlayKind::Supervision => Some(ClockKind::SupervisionReply),
        OverlayKind::Escalation => None,
    }
}

/// The clocks of a unit's own work.
const WORK: [ClockKind; 3] = [ClockKind::Sign, ClockKind::Arrive, ClockKind::Resolve];

impl Work<'_, '_> {
    fn limit(&self, kind: ClockKind) -> Result<(Limit, String), CaseError> {
        let case = DeadlineCase {
            kind: self.file.kind()?,
            channel: self.file.channel()?,
            urgency: self.file.urgency()?,
            class: self.file.class()?,
            category: &self.file.case.category,
        };
        let chosen = self.rules.deadlines.limit(kind, &case)?;
        Ok((chosen.limit, chosen.rule))
    }

    /// Starts a clock now. A due date given by the input (a suspension's review) stands for the rule's.
    pub(crate) fn start(
        &mut self,
        kind: ClockKind,
        order: Option<i64>,
        unit: Option<i64>,
    ) -> Result<(), CaseError> {
        let (limit, rule) = self.limit(kind)?;
        let now = self.ctx.now;
        let marks = self.rules.supervision.marks();
        let calendar = &self.rules.calendar;
        let instants = match self.given_due.filter(|_| kind == ClockKind::SuspensionReview) {
            Some(due) => limits::instants_until(limit.unit(), now, calendar.date(due), calendar, marks)?,
            None => limits::instants(limit, now, calendar, marks)?,
        };
        let spec = NewClock {
            case_id: self.file.case.id,
            work_order_id: order,
            kind: kind.as_str().to_owned(),
            next_step: false,
            unit_id: unit,
            rule,
            time_limit: limit.to_string(),
            started_at: now,
            remind_at: Some(instants.remind_at),
            due_at: instants.due_at,
            red_at: Some(instants.red_at),
        };
        let id = self.tx.id()?;
        self.unwritten.push(id);
        let state = "running".to_owned();
        self.file.clocks.push(ClockRow {
            id,
            state,
            stage: Stage::Quiet,
            paused_at: None,
            ended_at: None,
            spec,
        });
        Ok(())
    }

    /// Writes the clocks that were started. It waits until it is known which one is the next step: a row written twice costs
    /// its indexes twice.
    pub(crate) fn write_clocks(&mut self) -> Result<(), CaseError> {
        for id in std::mem::take(&mut self.unwritten) {
            let started = self.file.clocks.iter().find(|clock| clock.id == id);
            let clock = started.ok_or_else(|| broken("a clock was lost before it was written"))?;
            self.tx.write_clock(id, &clock.spec)?;
        }
        Ok(())
    }

    /// Starts the clocks of a new order: to sign, to resolve, and to arrive where somebody must come.
    pub(crate) fn start_order_clocks(
        &mut self,
        order: i64,
        unit: i64,
    ) -> Result<(Timestamp, Timestamp), CaseError> {
        self.start(ClockKind::Sign, Some(order), Some(unit))?;
        self.start(ClockKind::Resolve, Some(order), Some(unit))?;
        let pressing = matches!(self.file.urgency()?, Urgency::Emergency | Urgency::Urgent);
        if pressing || self.file.kind()? == CaseKind::Hazard {
            self.start(ClockKind::Arrive, Some(order), Some(unit))?;
        }
        let due = |kind| self.file.clock(kind, Some(order)).map_or(self.ctx.now, |clock| clock.spec.due_at);
        Ok((due(ClockKind::Sign), due(ClockKind::Resolve)))
    }

    fn stop_where(&mut self, which: impl Fn(&ClockRow) -> bool) -> Result<(), CaseError> {
        let ids: Vec<i64> =
            self.file.clocks.iter().filter(|clock| which(clock)).map(|clock| clock.id).collect();
        if !ids.is_empty() {
            self.write_clocks()?;
        }
        for id in ids {
            self.tx.stop_clock(id, self.ctx.now)?;
            self.file.clocks.retain(|clock| clock.id != id);
        }
        Ok(())
    }

    /// Stops the case's own clock of this kind.
    pub(crate) fn stop(&mut self, kind: ClockKind) -> Result<(), CaseError> {
        self.stop_where(|clock| clock.spec.kind == kind.as_str() && clock.spec.work_order_id.is_none())
    }

    /// Stops every clock of this kind.
    pub(crate) fn stop_all_of(&mut self, kind: ClockKind) -> Result<(), CaseError> {
        self.stop_where(|clock| clock.spec.kind == kind.as_str())
    }

    /// Stops a unit's clock of this kind that stands on the case (a whistled unit's arrival).
    pub(crate) fn stop_of_unit(&mut self, kind: ClockKind, unit: i64) -> Result<(), CaseError> {
        self.stop_where(|clock| clock.spec.kind == kind.as_str() && clock.spec.unit_id == Some(unit))
    }

    /// Stops an order's clock.
    pub(crate) fn stop_of_order(&mut self, kind: Option<ClockKind>, order: i64) -> Result<(), CaseError> {
        self.stop_where(|clock| {
            clock.spec.work_order_id == Some(order)
                && kind.is_none_or(|kind| clock.spec.kind == kind.as_str())
        })
    }

    /// Stops everything.
    pub(crate) fn stop_everything(&mut self) -> Result<(), CaseError> {
        self.stop_where(|_| true)
    }

    /// Pauses a running clock of an order.
    pub(crate) fn pause(&mut self, kind: ClockKind, order: i64) -> Result<(), CaseError> {
        let Some(index) = self.index(kind, order, "running") else { return Ok(()) };
        self.write_clocks()?;
        let id = self.file.clocks[index].id;
        self.tx.pause_clock(id, self.ctx.now)?;
        let clock = &mut self.file.clocks[index];
        clock.state = "paused".into();
        clock.paused_at = Some(self.ctx.now);
        Ok(())
    }

    /// Runs a paused clock of an order on with what was left of it.
    pub(crate) fn resume(&mut self, kind: ClockKind, order: i64) -> Result<(), CaseError> {
        let Some(index) = self.index(kind, order, "paused") else { return Ok(()) };
        let clock = self.file.clocks[index].clone();
        let calendar = &self.rules.calendar;
        let limit = Limit::parse(&clock.spec.time_limit)?;
        let paused_at = clock.paused_at.unwrap_or(self.ctx.now);
        let left = limits::remaining(limit, clock.spec.started_at, instants(&clock), paused_at, calendar)?;
        let new = limits::resumed(&left, self.ctx.now, calendar, self.rules.supervision.marks())?;
        self.write_clocks()?;
        self.tx.resume_clock(clock.id, Some(new.remind_at), new.due_at, Some(new.red_at))?;
        let clock = &mut self.file.clocks[index];
        clock.state = "running".into();
        clock.paused_at = None;
        set(clock, new);
        Ok(())
    }

    /// Pauses the clocks of every unit that still works (a suspension).
    pub(crate) fn pause_work(&mut self) -> Result<(), CaseError> {
        for order in self.working_orders()? {
            for kind in WORK {
                self.pause(kind, order)?;
            }
        }
        Ok(())
    }

    /// Runs them on. A co-handler that has answered stays paused: its part is done unless it is sent back.
    pub(crate) fn resume_work(&mut self) -> Result<(), CaseError> {
        for order in self.working_orders()? {
            for kind in WORK {
                self.resume(kind, order)?;
            }
        }
        Ok(())
    }

    fn working_orders(&self) -> Result<Vec<i64>, CaseError> {
        let mut orders = Vec::new();
        for order in self.file.orders.iter().filter(|order| order.open) {
            if File::order_state(order)? != OrderState::Replied {
                orders.push(order.id);
            }
        }
        Ok(orders)
    }

    /// Moves an order's running clock to the granted date; a card that its old end had brought is withdrawn.
    pub(crate) fn extend(&mut self, kind: ClockKind, order: i64, until: Timestamp) -> Result<(), CaseError> {
        let Some(index) = self.index(kind, order, "running") else { return Ok(()) };
        let clock = self.file.clocks[index].clone();
        let limit = Limit::parse(&clock.spec.time_limit)?;
        let calendar = &self.rules.calendar;
        let marks = self.rules.supervision.marks();
        let new = limits::instants_until(
            limit.unit(),
            clock.spec.started_at,
            calendar.date(until),
            calendar,
            marks,
        )?;
        if new.due_at <= clock.spec.due_at {
            return Err(CaseError::field("until", "extension.not_later"));
        }
        self.move_to(index, new)?;
        if kind == ClockKind::Resolve { self.extend_helpers(new) } else { Ok(()) }
    }

    /// A co-handler answers to the host before the host answers: its time never ends after the host's. A host who is late already
    /// takes no time from anybody.
    pub(crate) fn helpers_end_with_host(&mut self) -> Result<(), CaseError> {
        let host = self.file.host_order().map(|order| order.id);
        let clock = host.and_then(|id| self.file.clock(ClockKind::Resolve, Some(id)));
        let Some(clock) = clock.filter(|clock| clock.state == "running") else { return Ok(()) };
        let (end, instants) = (clock.spec.due_at, instants(clock));
        if end <= self.ctx.now {
            return Ok(());
        }
        let mut moved = false;
        for index in self.running_helpers() {
            if self.file.clocks[index].spec.due_at > end {
                self.move_to(index, instants)?;
                moved = true;
            }
        }
        if moved { self.sync_order_dues() } else { Ok(()) }
    }

    /// What was granted to the host is granted to every co-handler that still works.
    fn extend_helpers(&mut self, until: Instants) -> Result<(), CaseError> {
        for index in self.running_helpers() {
            if self.file.clocks[index].spec.due_at < until.due_at {
                self.move_to(index, until)?;
            }
        }
        Ok(())
    }

    /// Where the running resolve clocks of co-handlers stand.
    fn running_helpers(&self) -> Vec<usize> {
        let helps = |clock: &ClockRow| {
            let order = clock.spec.work_order_id.and_then(|id| self.file.order(id));
            order.is_some_and(|order| order.open && order.part == Part::CoHandler.as_str())
        };
        let resolve = |clock: &ClockRow| clock.spec.kind == ClockKind::Resolve.as_str();
        let clocks = self.file.clocks.iter().enumerate();
        let running = clocks.filter(|(_, c)| resolve(c) && c.state == "running" && helps(c));
        running.map(|(index, _)| index).collect()
    }

    /// Starts a case clock's time anew (a suspension looked at again).
    pub(crate) fn renew(&mut self, kind: ClockKind) -> Result<(), CaseError> {
        let found = self.file.clocks.iter().position(|clock| clock.spec.kind == kind.as_str());
        let Some(index) = found else { return Ok(()) };
        let (limit, _) = self.limit(kind)?;
        let new =
            limits::instants(limit, self.ctx.now, &self.rules.calendar, self.rules.supervision.marks())?;
        self.move_to(index, new)
    }

    fn move_to(&mut self, index: usize, new: Instants) -> Result<(), CaseError> {
        self.write_clocks()?;
        let id = self.file.clocks[index].id;
        self.tx.move_clock(id, Some(new.remind_at), new.due_at, Some(new.red_at))?;
        let clock = &mut self.file.clocks[index];
        if new.due_at > clock.spec.due_at {
            clock.stage = Stage::Quiet;
        }
        set(clock, new);
        super::cards::withdraw(self, id)
    }

    fn index(&self, kind: ClockKind, order: i64, state: &str) -> Option<usize> {
        self.file.clocks.iter().position(|clock| {
            clock.spec.kind == kind.as_str()
                && clock.spec.work_order_id == Some(order)
                && clock.state == state
        })
    }

    /// Makes the one clock that the state asks for the next step, and writes it on the case.
    ///
    /// Invariant: no transaction commits an open case without exactly one running next-step clock and an owner.
    pub(crate) fn settle_next_step(&mut self) -> Result<(), CaseError> {
        let wanted = self.next_clock()?;
        let written = |clock: &&ClockRow| !self.unwritten.contains(&clock.id);
        let moved = |clock: &&ClockRow| clock.spec.next_step != (Some(clock.id) == wanted);
        let moved: Vec<(i64, bool)> =
            self.file.clocks.iter().filter(written).filter(moved).map(flipped).collect();
        // The one that was it first: there are never two.
        for (id, next) in moved.iter().filter(|(_, next)| !next).chain(moved.iter().filter(|(_, next)| *next))
        {
            self.tx.set_next_step(*id, *next)?;
        }
        self.mark_next_step(wanted);
        self.write_clocks()?;
        if wanted.is_none() && !self.file.clocks.is_empty() {
            return Err(broken("clocks of an ended case still run"));
        }
        Ok(())
    }

    /// Marks the next step of a case whose row is not written yet, so that it is written once.
    pub(crate) fn foresee_next_step(&mut self) -> Result<(), CaseError> {
        let wanted = self.next_clock()?;
        self.mark_next_step(wanted);
        Ok(())
    }

    /// The clock that the state asks for; `None` when the case has ended.
    fn next_clock(&self) -> Result<Option<i64>, CaseError> {
        let Some(step) = next_step(self.file.state()?, &self.file.open_overlays()?) else { return Ok(None) };
        let order = match step.who {
            Who::Host => self.file.host_order().map(|order| order.id),
            Who::Owner | Who::Centre => None,
        };
        let clock = self.file.clock(step.clock, order).filter(|clock| clock.state == "running");
        let clock = clock.ok_or_else(|| broken("open case without its next-step clock"))?;
        Ok(Some(clock.id))
    }

    fn mark_next_step(&mut self, wanted: Option<i64>) {
        for clock in &mut self.file.clocks {
            clock.spec.next_step = Some(clock.id) == wanted;
        }
        let next = self.file.clocks.iter().find(|clock| clock.spec.next_step);
        self.file.case.next_step = next.map(|clock| clock.spec.kind.clone());
        self.file.case.next_due_at = next.map(|clock| ms(clock.spec.due_at));
        let host = self.file.host_order().map(|order| order.id);
        if self.file.open_overlay(OverlayKind::Suspension).is_some() {
            // Time stands still: it is due again when it runs on.
            self.file.case.due_at = None;
        } else if let Some(due) =
            host.and_then(|id| self.file.clock(ClockKind::Resolve, Some(id))).map(|c| c.spec.due_at)
        {
            self.file.case.due_at = Some(ms(due));
        }
    }
}

/// A clock that becomes the next step, or is it no more.
fn flipped(clock: &ClockRow) -> (i64, bool) {
    (clock.id, !clock.spec.next_step)
}

fn broken(what: &str) -> CaseError {
    CaseError::Store(StoreError::Corrupt { what: "lifecycle", detail: what.to_owned() })
}

fn instants(clock: &ClockRow) -> Instants {
    let due_at = clock.spec.due_at;
    Instants {
        remind_at: clock.spec.remind_at.unwrap_or(due_at),
        due_at,
        red_at: clock.spec.red_at.unwrap_or(due_at),
    }
}

fn set(clock: &mut ClockRow, new: Instants) {
    clock.spec.remind_at = Some(new.remind_at);
    clock.spec.due_at = new.due_at;
    clock.spec.red_at = Some(new.red_at);
}
