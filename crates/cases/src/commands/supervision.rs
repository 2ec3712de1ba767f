//! Reminders, supervision orders with their written reply, bringing the unit above in.

use super::{AnswerSupervision, Escalate, Execute, Remind, Supervise, Text, Work, needed};
use crate::{CaseError, model::contexts};
use rules::lifecycle::{CaseAction, ClockKind, OverlayKind, Proposal};
use serde_json::json;

/// How far supervision has gone, mildest first; a case never falls back while it is open.
const LEVELS: [&str; 6] = ["none", "reminded", "yellow", "red", "ordered", "escalated"];

impl Work<'_, '_> {
    /// Raises the case's supervision to this level.
    pub(crate) fn raise(&mut self, level: &str) {
        let rank = |level: &str| LEVELS.iter().position(|known| *known == level).unwrap_or(0);
        if rank(level) > rank(&self.file.case.supervision) {
            self.file.case.supervision = level.to_owned();
        }
    }
}

impl Execute for Remind {
    fn action(&self) -> CaseAction {
        CaseAction::Remind
    }

    fn texts(&self) -> Vec<Text<'_>> {
        vec![Text::event("note", &self.note)]
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let parts = work.sealed.parts();
        work.step(CaseAction::Remind, &Proposal::default(), parts, |work| {
            work.raise("reminded");
            let unit =
                work.file.clocks.iter().find(|clock| clock.spec.next_step).and_then(|c| c.spec.unit_id);
            work.by_whom_with(json!({ "unit": unit.map(|id| id.to_string()) }))
        })
    }
}

impl Execute for Supervise {
    fn action(&self) -> CaseAction {
        CaseAction::Supervise
    }

    fn texts(&self) -> Vec<Text<'_>> {
        vec![Text::column("text", contexts::REASON, &self.text)]
    }

    fn check(&self) -> Vec<(&'static str, &'static str)> {
        needed("text", &self.text).into_iter().collect()
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let parts = work.sealed.parts();
        work.step(CaseAction::Supervise, &Proposal::default(), parts, |work| {
            let host = work.file.host_order().map(|order| order.id);
            let due = work.file.clock(ClockKind::SupervisionReply, None).map(|clock| clock.spec.due_at);
            work.lay(OverlayKind::Supervision, host, "", due)?;
            work.raise("ordered");
            Ok(json!({
                "unit": work.file.case.owner_unit_id.to_string(),
                "due_at": due.map(|at| at.to_string()),
            }))
        })
    }
}

impl Execute for AnswerSupervision {
    fn action(&self) -> CaseAction {
        CaseAction::AnswerSupervision
    }

    fn texts(&self) -> Vec<Text<'_>> {
        vec![Text::column("text", contexts::DECISION, &self.text)]
    }

    fn check(&self) -> Vec<(&'static str, &'static str)> {
        needed("text", &self.text).into_iter().collect()
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let parts = work.sealed.parts();
        work.step(CaseAction::AnswerSupervision, &Proposal::default(), parts, |work| {
            work.lift(OverlayKind::Supervision, "answered")?;
            Ok(json!({}))
        })
    }
}

impl Execute for Escalate {
    fn action(&self) -> CaseAction {
        CaseAction::Escalate
    }

    fn texts(&self) -> Vec<Text<'_>> {
        vec![Text::column("reason", contexts::REASON, &self.reason)]
    }

    fn check(&self) -> Vec<(&'static str, &'static str)> {
        needed("reason", &self.reason).into_iter().collect()
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let above = match work.file.case.host_unit_id {
            Some(host) => work.units.above(work.tx.conn(), host)?,
            None => None,
        };
        let units = above.map(|unit| work.units("unit", &[unit])).transpose()?.unwrap_or_default();
        let parts = work.sealed.parts();
        work.step(CaseAction::Escalate, &Proposal { units, ..Proposal::default() }, parts, |work| {
            let host = work.file.host_order().map(|order| order.id);
            work.lay(OverlayKind::Escalation, host, "", None)?;
            work.raise("escalated");
            if let Some(unit) = above {
                work.join(unit, "above")?;
            }
            Ok(json!({ "unit": above.map(|id| id.to_string()) }))
        })
    }
}
