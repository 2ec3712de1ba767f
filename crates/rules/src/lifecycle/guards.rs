//! What must be so for a row to be taken. Each guard has one code, put into words by the locale files.

use super::facts::{ActorFacts, CaseFacts, OrderFacts, Proposal, UnitFacts};
use super::table::Guard;
use super::words::{Evidence, OrderState, OverlayKind, Part, Refusal};
use crate::words::{CaseKind, UnitKind};

/// Everything a guard may look at.
pub(super) struct Look<'a> {
    pub facts: &'a CaseFacts,
    pub actor: &'a ActorFacts,
    /// `None` while listing what may be done: guards about the input are then left for later.
    pub proposal: Option<&'a Proposal>,
    /// The order the actor acts on.
    pub mine: Option<&'a OrderFacts>,
}

impl Guard {
    /// The code it refuses with.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::HostMayTake => "dispatch.host_not_allowed",
            Self::UnitsMayHelp => "dispatch.unit_not_allowed",
            Self::NotYetIn => "co_handler.already_in",
            Self::CoHandlerThere => "co_handler.none",
            Self::CoHandlersDone => "reply.co_handlers_open",
            Self::NoReturnPending => "return.pending",
            Self::ReturnPending => "return.none_pending",
            Self::NotDesignated => "return.designated",
            Self::NoReturnRefused => "return.refused_before",
            Self::NotSuspended => "case.suspended",
            Self::Suspended => "case.not_suspended",
            Self::NoExtensionPending => "extension.pending",
            Self::ExtensionPending => "extension.none_pending",
            Self::ExtensionsLeft => "extension.used_up",
            Self::NotOverdue => "extension.too_late",
            Self::PersonTold => "extension.person_not_told",
            Self::NotAsker => "decision.own_request",
            Self::NotHandler => "review.own_work",
            Self::NotDispatcher => "review.own_dispatch",
            Self::ReporterHasContact => "reporter.no_contact",
            Self::SomebodyNotContent => "rework.everybody_content",
            Self::ReasonIfNotContent => "close.somebody_not_content",
            Self::InReopenWindow => "reopen.too_late",
            Self::ReopenWindowOver => "archive.too_early",
            Self::SoleReporter => "withdraw.others_stand",
            Self::MergeFits => "merge.does_not_fit",
            Self::MergeTargetOpen => "unmerge.target_ended",
            Self::NotSameCase => "link.same_case",
            Self::NoWhistlePending => "whistle.pending",
            Self::WhistlePending => "whistle.none_pending",
            Self::WhistledFor => "whistle.not_called",
            Self::NoSupervisionPending => "supervision.pending",
            Self::SupervisionPending => "supervision.none_pending",
            Self::NotEscalated => "escalate.already",
            Self::UnitAbove => "escalate.no_unit_above",
            Self::NotHeld => "hold.already",
            Self::Held => "hold.none",
        }
    }

    /// Every guard, for tests and documents.
    pub const ALL: &'static [Self] = &[
        Self::HostMayTake,
        Self::UnitsMayHelp,
        Self::NotYetIn,
        Self::CoHandlerThere,
        Self::CoHandlersDone,
        Self::NoReturnPending,
        Self::ReturnPending,
        Self::NotDesignated,
        Self::NoReturnRefused,
        Self::NotSuspended,
        Self::Suspended,
        Self::NoExtensionPending,
        Self::ExtensionPending,
        Self::ExtensionsLeft,
        Self::NotOverdue,
        Self::PersonTold,
        Self::NotAsker,
        Self::NotHandler,
        Self::NotDispatcher,
        Self::ReporterHasContact,
        Self::SomebodyNotContent,
        Self::ReasonIfNotContent,
        Self::InReopenWindow,
        Self::ReopenWindowOver,
        Self::SoleReporter,
        Self::MergeFits,
        Self::MergeTargetOpen,
        Self::NotSameCase,
        Self::NoWhistlePending,
        Self::WhistlePending,
        Self::WhistledFor,
        Self::NoSupervisionPending,
        Self::SupervisionPending,
        Self::NotEscalated,
        Self::UnitAbove,
        Self::NotHeld,
        Self::Held,
    ];

    pub(super) fn check(self, look: &Look<'_>) -> Result<(), Refusal> {
        let holds = self.holds_for_requests(look).or_else(|| self.holds_for_people(look));
        match holds.unwrap_or_else(|| self.holds_for_the_rest(look)) {
            true => Ok(()),
            false => Err(Refusal::new(self.refined(look))),
        }
    }

    /// A dispatch that must not be says which rule forbids it.
    fn refined(self, look: &Look<'_>) -> &'static str {
        let Some(unit) = look.proposal.and_then(|p| p.unit) else { return self.code() };
        match self {
            Self::HostMayTake if look.facts.reported.contains(&unit.id) => "dispatch.reported_unit",
            Self::HostMayTake if unit.kind == UnitKind::Village => "dispatch.village_host",
            Self::HostMayTake if !unit.active => "dispatch.unit_retired",
            _ => self.code(),
        }
    }

    /// Return, extension, suspension, supervision, whistle: what is pending, and what no longer may be asked.
    fn holds_for_requests(self, look: &Look<'_>) -> Option<bool> {
        let Look { facts, proposal, .. } = look;
        Some(match self {
            Self::NoReturnPending => !facts.has(OverlayKind::ReturnRequest),
            Self::ReturnPending => facts.has(OverlayKind::ReturnRequest),
            // A designated unit may not return it again [WF 22]; after a refused return there is no second one.
            Self::NotDesignated => !facts.designated,
            Self::NoReturnRefused => look.mine.is_none_or(|order| !order.return_refused),
            Self::NotSuspended => !facts.has(OverlayKind::Suspension),
            Self::Suspended => facts.has(OverlayKind::Suspension),
            Self::NoExtensionPending => !facts.has(OverlayKind::ExtensionRequest),
            Self::ExtensionPending => facts.has(OverlayKind::ExtensionRequest),
            Self::ExtensionsLeft => facts.extensions < facts.extensions_allowed,
            Self::NotOverdue => !facts.overdue,
            // The person is told of an extension and why [domain reference §3.1].
            Self::PersonTold => {
                proposal.is_none_or(|p| p.evidence.contains(&Evidence::Told)) || !any_contact(facts)
            }
            Self::NoWhistlePending => facts.whistle_open.is_none(),
            Self::WhistlePending => facts.whistle_open.is_some(),
            Self::WhistledFor => {
                look.actor.any_unit && !facts.whistled.is_empty()
                    || facts.whistled.iter().any(|unit| look.actor.units.contains(unit))
            }
            Self::NoSupervisionPending => !facts.has(OverlayKind::Supervision),
            Self::SupervisionPending => facts.has(OverlayKind::Supervision),
            Self::NotEscalated => !facts.has(OverlayKind::Escalation),
            Self::UnitAbove => facts.above_host.is_some_and(|unit| !facts.reported.contains(&unit)),
            Self::NotHeld => !facts.legal_hold,
            Self::Held => facts.legal_hold,
            _ => return None,
        })
    }

    /// Who may not: the one who asked, handled or dispatched; and what stands about the reporters.
    fn holds_for_people(self, look: &Look<'_>) -> Option<bool> {
        let Look { facts, actor, proposal, .. } = look;
        Some(match self {
            Self::NotAsker => actor.account.is_none_or(|account| !asked(facts, account)),
            // Handler ≠ reviewer: no account checks a round in which it signed, started, arrived, noted, answered, handed in
            // or was named to handle. A colleague of the handler may, as long as the duty is theirs.
            Self::NotHandler => actor.account.is_none_or(|account| !facts.handlers.contains(&account)),
            // The party that dispatches must not be the one that verifies the result [domain reference §3.1].
            Self::NotDispatcher => actor.account.is_none() || actor.account != facts.dispatched_by,
            Self::ReporterHasContact => match proposal.and_then(|p| p.reporter) {
                Some(index) => facts.reporters.get(index).is_some_and(|reporter| reporter.contact),
                None => any_contact(facts),
            },
            Self::SomebodyNotContent => somebody_not_content(facts),
            Self::ReasonIfNotContent => !somebody_not_content(facts) || proposal.is_none_or(|p| p.reason),
            Self::SoleReporter => facts.reporters.len() <= 1,
            _ => return None,
        })
    }

    fn holds_for_the_rest(self, look: &Look<'_>) -> bool {
        let Look { facts, proposal, .. } = look;
        match self {
            Self::HostMayTake => proposal.is_none_or(|p| p.unit.is_some_and(|unit| may_host(facts, unit))),
            Self::UnitsMayHelp => proposal.is_none_or(|p| p.units.iter().all(|unit| may_help(facts, *unit))),
            Self::NotYetIn => proposal.is_none_or(|p| p.units.iter().all(|unit| !is_in(facts, unit.id))),
            Self::CoHandlerThere => match proposal {
                Some(p) => p.units.iter().all(|unit| co_handler(facts, unit.id)) && !p.units.is_empty(),
                None => facts.orders.iter().any(|o| o.part == Part::CoHandler && o.state.is_open()),
            },
            Self::CoHandlersDone => facts
                .orders
                .iter()
                .all(|o| o.part == Part::Host || !o.state.is_open() || o.state == OrderState::Replied),
            Self::InReopenWindow => !facts.reopen_window_over,
            Self::ReopenWindowOver => facts.reopen_window_over,
            Self::MergeFits => proposal.is_none_or(|p| {
                p.other.as_ref().is_some_and(|other| {
                    other.state.is_open()
                        && !other.source_has_merged
                        && other.same_secrecy
                        && other.confidentiality >= facts.confidentiality
                        && other.reported == facts.reported
                })
            }),
            Self::MergeTargetOpen => {
                proposal.is_none_or(|p| p.other.as_ref().is_some_and(|other| other.state.is_open()))
            }
            Self::NotSameCase => proposal.is_none_or(|p| p.other.as_ref().is_some_and(|other| !other.same)),
            Self::NoReturnPending
            | Self::ReturnPending
            | Self::NotDesignated
            | Self::NoReturnRefused
            | Self::NotSuspended
            | Self::Suspended
            | Self::NoExtensionPending
            | Self::ExtensionPending
            | Self::ExtensionsLeft
            | Self::NotOverdue
            | Self::PersonTold
            | Self::NotAsker
            | Self::NotHandler
            | Self::NotDispatcher
            | Self::ReporterHasContact
            | Self::SomebodyNotContent
            | Self::ReasonIfNotContent
            | Self::SoleReporter
            | Self::NoWhistlePending
            | Self::WhistlePending
            | Self::WhistledFor
            | Self::NoSupervisionPending
            | Self::SupervisionPending
            | Self::NotEscalated
            | Self::UnitAbove
            | Self::NotHeld
            | Self::Held => false,
        }
    }
}

/// Whether a unit may lead. It takes more than to help: a village is never made host of a department's work: it leads only what is its own, a dispute
/// among its people [BJ 17] in a matter that the catalogue counts as a village's (as `routing::may_host` says); a unit
/// never hosts a complaint or report about itself or about a unit above it [XF 28, 30]; a report of wrongdoing is never
/// led by a partner body.
#[must_use]
pub fn may_host(facts: &CaseFacts, unit: UnitFacts) -> bool {
    may_help(facts, unit) && own_kind(facts, unit.kind)
}

/// Whether a unit may assist or be called: any that still works and that the matter is not about. A report of wrongdoing is
/// shown to no other kinds of units than those that may lead it: no village, committee or partner body.
#[must_use]
pub fn may_help(facts: &CaseFacts, unit: UnitFacts) -> bool {
    let kind_fits = facts.kind != CaseKind::WrongdoingReport || own_kind(facts, unit.kind);
    unit.active && kind_fits && !facts.reported.contains(&unit.id)
}

/// Whether such a unit leads matters of this kind.
fn own_kind(facts: &CaseFacts, kind: UnitKind) -> bool {
    match kind {
        UnitKind::Centre | UnitKind::Department | UnitKind::Town => true,
        UnitKind::Village => facts.kind == CaseKind::Dispute && facts.own_affair,
        UnitKind::Committee => facts.kind == CaseKind::Dispute,
        UnitKind::Partner => facts.kind != CaseKind::WrongdoingReport,
    }
}

fn is_in(facts: &CaseFacts, unit: i64) -> bool {
    facts.orders.iter().any(|order| order.unit == unit && order.state.is_open())
}

fn co_handler(facts: &CaseFacts, unit: i64) -> bool {
    facts.orders.iter().any(|o| o.unit == unit && o.part == Part::CoHandler && o.state.is_open())
}

fn any_contact(facts: &CaseFacts) -> bool {
    facts.reporters.iter().any(|reporter| reporter.contact)
}

fn asked(facts: &CaseFacts, account: i64) -> bool {
    facts.overlays.iter().any(|(kind, by)| *kind != OverlayKind::Supervision && *by == Some(account))
        || facts.whistle_open == Some(Some(account))
}

/// Somebody is not content.
fn somebody_not_content(facts: &CaseFacts) -> bool {
    !facts.reporters.iter().all(super::facts::ReporterFacts::is_content)
}
