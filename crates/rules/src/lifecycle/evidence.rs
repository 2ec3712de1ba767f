//! What each way of ending asks for.

use super::facts::{CaseFacts, Proposal};
use super::words::{Ending, Evidence as V, OverlayKind, Refusal};

/// The evidence that an ending asks for.
#[must_use]
pub const fn evidence_of(ending: Ending) -> &'static [V] {
    match ending {
        Ending::Closed => &[V::ReviewedReply, V::Reached, V::CalledBack, V::SupervisionAnswered],
        Ending::ClosedUnreachable => {
            &[V::ReviewedReply, V::ReachedOrTried, V::CalledBack, V::SupervisionAnswered]
        }
        Ending::ClosedAnonymous => &[V::ReviewedReply, V::NoContact, V::SupervisionAnswered],
        Ending::Answered => &[V::AnswerText, V::Told],
        Ending::NotAccepted => &[V::LegalReason, V::RouteTold, V::Told],
        Ending::TransferredEmergency => &[V::EmergencyService, V::Receipt],
        Ending::Merged => &[V::MergedInto],
        Ending::Withdrawn => &[V::Statement],
    }
}

/// The first of these endings whose evidence is complete.
///
/// # Errors
/// `evidence.*`, naming what the first of them lacks.
pub(super) fn choose(
    endings: &[Ending],
    facts: &CaseFacts,
    proposal: &Proposal,
) -> Result<Option<Ending>, Refusal> {
    let lacks =
        |ending: &Ending| evidence_of(*ending).iter().find(|e| !stands(**e, facts, proposal)).copied();
    if let Some(complete) = endings.iter().find(|ending| lacks(ending).is_none()) {
        return Ok(Some(*complete));
    }
    match endings.first().and_then(lacks) {
        Some(evidence) => Err(Refusal::new(code(evidence))),
        None => Ok(None),
    }
}

fn stands(evidence: V, facts: &CaseFacts, proposal: &Proposal) -> bool {
    let mut with_contact = facts.reporters.iter().filter(|reporter| reporter.contact);
    let tried = |attempts: u32| attempts >= facts.attempts_needed;
    match evidence {
        V::ReviewedReply => facts.reply_passed,
        V::NoContact => with_contact.next().is_none(),
        V::Reached => with_contact.clone().next().is_some() && with_contact.all(|reporter| reporter.reached),
        V::ReachedOrTried => {
            with_contact.clone().next().is_some() && with_contact.all(|r| r.reached || tried(r.attempts))
        }
        V::CalledBack => with_contact.all(|r| r.resolved.is_some() || (r.unreachable && tried(r.attempts))),
        V::SupervisionAnswered => !facts.has(OverlayKind::Supervision),
        V::Told => with_contact.next().is_none() || proposal.evidence.contains(&V::Told),
        V::AnswerText
        | V::LegalReason
        | V::RouteTold
        | V::EmergencyService
        | V::Receipt
        | V::MergedInto
        | V::Statement => proposal.evidence.contains(&evidence),
    }
}

const fn code(evidence: V) -> &'static str {
    match evidence {
        V::ReviewedReply => "evidence.reviewed_reply",
        V::Reached => "evidence.reached",
        V::ReachedOrTried => "evidence.reached_or_tried",
        V::CalledBack => "evidence.called_back",
        V::NoContact => "evidence.no_contact",
        V::AnswerText => "evidence.answer_text",
        V::Told => "evidence.told",
        V::LegalReason => "evidence.legal_reason",
        V::RouteTold => "evidence.route_told",
        V::EmergencyService => "evidence.emergency_service",
        V::Receipt => "evidence.receipt",
        V::MergedInto => "evidence.merged_into",
        V::Statement => "evidence.statement",
        V::SupervisionAnswered => "evidence.supervision_answered",
    }
}
