//! Extension requests: with a new date inside what the rules allow, the person told; decided by the centre.

use super::{Execute, GrantExtension, RefuseExtension, RequestExtension, Text, Work, needed};
use crate::{CaseError, model::contexts};
use rules::{
    deadlines::DeadlineCase,
    lifecycle::{CaseAction, ClockKind, Evidence, OverlayKind, Proposal},
    limits,
};
use serde_json::json;
use store::at;

impl Execute for RequestExtension {
    fn action(&self) -> CaseAction {
        CaseAction::RequestExtension
    }

    fn texts(&self) -> Vec<Text<'_>> {
        vec![Text::column("reason", contexts::REASON, &self.reason)]
    }

    fn check(&self) -> Vec<(&'static str, &'static str)> {
        needed("reason", &self.reason).into_iter().collect()
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let evidence = if self.person_told { vec![Evidence::Told] } else { Vec::new() };
        let parts = work.sealed.parts();
        work.step(
            CaseAction::RequestExtension,
            &Proposal { evidence, ..Proposal::default() },
            parts,
            |work| {
                within_rules(work, self.until)?;
                let mine = work.mine;
                work.lay(OverlayKind::ExtensionRequest, mine, "", Some(self.until))?;
                Ok(json!({ "until": self.until.to_string() }))
            },
        )
    }
}

/// The new date is later than the present one and within the longest extension that the rules allow.
fn within_rules(work: &mut Work<'_, '_>, until: jiff::Timestamp) -> Result<(), CaseError> {
    let granted = work.facts(&[])?.extensions;
    let host = work.file.host_order().map(|order| order.id);
    let Some(clock) = work.file.clock(ClockKind::Resolve, host) else { return Ok(()) };
    let calendar = &work.rules.calendar;
    if calendar.date(until) <= calendar.date(clock.spec.due_at) {
        return Err(CaseError::field("until", "extension.not_later"));
    }
    let case = DeadlineCase {
        kind: work.file.kind()?,
        channel: work.file.channel()?,
        urgency: work.file.urgency()?,
        class: work.file.class()?,
        category: &work.file.case.category,
    };
    let most = work.rules.deadlines.extension(&case, granted)?;
    let new_due = calendar.end_of_business(calendar.add_calendar_days(calendar.date(until), 0)?);
    // Limits in hours are extended by days here: the day on which they end is what counts.
    let longest = limits::due(most, clock.spec.due_at, calendar)?.statutory_due;
    if calendar.date(new_due) <= calendar.date(longest) {
        Ok(())
    } else {
        Err(CaseError::field("until", "extension.too_long"))
    }
}

impl Execute for GrantExtension {
    fn action(&self) -> CaseAction {
        CaseAction::GrantExtension
    }

    fn texts(&self) -> Vec<Text<'_>> {
        vec![Text::column("reason", contexts::DECISION, &self.reason)]
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let asked =
            work.file.open_overlay(OverlayKind::ExtensionRequest).and_then(|overlay| overlay.asked_until);
        work.given_due = asked.map(at);
        let parts = work.sealed.parts();
        work.step(CaseAction::GrantExtension, &Proposal::default(), parts, |work| {
            work.lift(OverlayKind::ExtensionRequest, "granted")?;
            work.sync_order_dues()?;
            Ok(json!({ "until": asked.map(|until| at(until).to_string()) }))
        })
    }
}

impl Execute for RefuseExtension {
    fn action(&self) -> CaseAction {
        CaseAction::RefuseExtension
    }

    fn texts(&self) -> Vec<Text<'_>> {
        vec![Text::column("reason", contexts::DECISION, &self.reason)]
    }

    fn check(&self) -> Vec<(&'static str, &'static str)> {
        needed("reason", &self.reason).into_iter().collect()
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let parts = work.sealed.parts();
        work.step(CaseAction::RefuseExtension, &Proposal::default(), parts, |work| {
            work.lift(OverlayKind::ExtensionRequest, "refused")?;
            Ok(json!({}))
        })
    }
}
