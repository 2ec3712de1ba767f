//! Suspension for a statutory reason, its review, and going on.

use super::{Execute, ProlongSuspension, Resume, Suspend, Text, Work, needed, one_of};
use crate::{CaseError, model::contexts};
use rules::lifecycle::{CaseAction, ClockKind, OverlayKind, Proposal};
use serde_json::json;
use store::ms;

/// Why time may stand still (domain reference §6: appraisal, hearing, party-agreed extension; with audit).
pub(crate) const BASES: [&str; 6] =
    ["appraisal", "hearing", "court", "agreed", "force_majeure", "other_case"];

impl Work<'_, '_> {
    /// Orders show when they are due: after their clocks were moved or ran on, the columns follow.
    pub(crate) fn sync_order_dues(&mut self) -> Result<(), CaseError> {
        let ids: Vec<i64> =
            self.file.orders.iter().filter(|order| order.open).map(|order| order.id).collect();
        for id in ids {
            let due = |kind| self.file.clock(kind, Some(id)).map(|clock| ms(clock.spec.due_at));
            let (sign, resolve) = (due(ClockKind::Sign), due(ClockKind::Resolve));
            let Some(order) = self.file.orders.iter_mut().find(|order| order.id == id) else { continue };
            let was = (order.sign_due_at, order.due_at);
            order.sign_due_at = sign.or(order.sign_due_at);
            order.due_at = resolve.or(order.due_at);
            if (order.sign_due_at, order.due_at) != was {
                self.save_order(id)?;
            }
        }
        Ok(())
    }
}

impl Execute for Suspend {
    fn action(&self) -> CaseAction {
        CaseAction::Suspend
    }

    fn texts(&self) -> Vec<Text<'_>> {
        vec![Text::column("reason", contexts::REASON, &self.reason)]
    }

    fn check(&self) -> Vec<(&'static str, &'static str)> {
        [needed("reason", &self.reason), one_of("basis", &self.basis, &BASES)].into_iter().flatten().collect()
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        if self.review_at.is_some_and(|at| at <= work.ctx.now) {
            return Err(CaseError::field("review_at", "field.in_the_past"));
        }
        work.given_due = self.review_at;
        let parts = work.sealed.parts();
        let host = work.file.host_order().map(|order| order.id);
        work.step(CaseAction::Suspend, &Proposal::default(), parts, |work| {
            let review = work.file.clock(ClockKind::SuspensionReview, None).map(|clock| clock.spec.due_at);
            work.lay(OverlayKind::Suspension, host, &self.basis, review)?;
            Ok(json!({ "basis": self.basis, "review_at": review.map(|at| at.to_string()) }))
        })
    }
}

impl Execute for ProlongSuspension {
    fn action(&self) -> CaseAction {
        CaseAction::ProlongSuspension
    }

    fn texts(&self) -> Vec<Text<'_>> {
        vec![Text::event("reason", &self.reason)]
    }

    fn check(&self) -> Vec<(&'static str, &'static str)> {
        needed("reason", &self.reason).into_iter().collect()
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let parts = work.sealed.parts();
        work.step(CaseAction::ProlongSuspension, &Proposal::default(), parts, |work| {
            let review = work.file.clock(ClockKind::SuspensionReview, None).map(|clock| clock.spec.due_at);
            Ok(json!({ "review_at": review.map(|at| at.to_string()) }))
        })
    }
}

impl Execute for Resume {
    fn action(&self) -> CaseAction {
        CaseAction::Resume
    }

    fn texts(&self) -> Vec<Text<'_>> {
        vec![Text::column("reason", contexts::DECISION, &self.reason)]
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let parts = work.sealed.parts();
        work.step(CaseAction::Resume, &Proposal::default(), parts, |work| {
            work.lift(OverlayKind::Suspension, "ended")?;
            work.sync_order_dues()?;
            Ok(json!({}))
        })
    }
}
