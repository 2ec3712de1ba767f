//! The next step of an open case: which clock, and whose.

use super::{
    facts::ReporterFacts,
    words::{CaseAction, CaseState, ClockKind, OverlayKind, Who},
};

/// The next step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NextStep {
    /// Its clock.
    pub clock: ClockKind,
    /// Who has to act.
    pub who: Who,
}

/// The next step for a state with these overlays; `None` exactly for ended states. Total: every open case has one.
///
/// While a return request waits, its decision is the next step; a suspension waits for its review. Extension requests and
/// supervision run beside the work and never take its place. In `replied` the host still has to hand the answer in.
#[must_use]
pub fn next_step(state: CaseState, overlays: &[OverlayKind]) -> Option<NextStep> {
    let has = |kind: OverlayKind| overlays.contains(&kind);
    let step = |clock: ClockKind, who: Who| Some(NextStep { clock, who });
    match state {
        CaseState::Received => step(ClockKind::Verify, Who::Centre),
        CaseState::Verified => step(ClockKind::Dispatch, Who::Centre),
        CaseState::Dispatched | CaseState::Signed if has(OverlayKind::ReturnRequest) => {
            step(ClockKind::ReturnDecision, Who::Centre)
        }
        CaseState::Dispatched => step(ClockKind::Sign, Who::Host),
        CaseState::Signed | CaseState::InProgress if has(OverlayKind::Suspension) => {
            step(ClockKind::SuspensionReview, Who::Centre)
        }
        CaseState::Signed | CaseState::InProgress | CaseState::Replied => step(ClockKind::Resolve, Who::Host),
        CaseState::UnderReview => step(ClockKind::Review, Who::Centre),
        CaseState::Callback => step(ClockKind::Callback, Who::Centre),
        CaseState::Answered
        | CaseState::NotAccepted
        | CaseState::TransferredEmergency
        | CaseState::Closed
        | CaseState::Archived
        | CaseState::Merged
        | CaseState::Withdrawn => None,
    }
}

/// What comes in `callback` once nobody is left to call back: reworking while somebody is not content, else closing.
/// `None` while there is: somebody who left a contact, has not said how it is and was not tried `attempts_needed` times. Being
/// told the answer is not being asked about it.
#[must_use]
pub fn after_callbacks(reporters: &[ReporterFacts], attempts_needed: u32) -> Option<CaseAction> {
    let to_call = |r: &ReporterFacts| r.contact && r.resolved.is_none() && r.attempts < attempts_needed;
    if reporters.iter().any(to_call) {
        return None;
    }
    let content = reporters.iter().all(ReporterFacts::is_content);
    Some(if content { CaseAction::Close } else { CaseAction::Rework })
}
