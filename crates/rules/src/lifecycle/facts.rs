//! What a decision is made from. The caller loads these; the lifecycle only reads them.

use super::words::{CaseState, OrderState, OverlayKind, Part, Power};
use crate::words::{CaseKind, Confidentiality, UnitKind};

/// A unit as far as the rules care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnitFacts {
    /// Its id.
    pub id: i64,
    /// What it is.
    pub kind: UnitKind,
    /// The unit above it.
    pub parent: Option<i64>,
    /// Whether it still exists.
    pub active: bool,
}

/// A work order of the present round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderFacts {
    /// Its id.
    pub id: i64,
    /// The unit.
    pub unit: i64,
    /// Its part.
    pub part: Part,
    /// Its state.
    pub state: OrderState,
    /// Whether a return of this unit was refused before (then no second one).
    pub return_refused: bool,
    /// Who handles it.
    pub handler: Option<i64>,
}

/// What stands of a reporter as far as ending the case goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReporterFacts {
    /// Whether there is any way to reach this reporter.
    pub contact: bool,
    /// Whether the present answer reached the reporter.
    pub reached: bool,
    /// How often it was tried in vain.
    pub attempts: u32,
    /// What the callback found in this round: `Some(true)` resolved (or partly), `Some(false)` not.
    pub resolved: Option<bool>,
    /// Whether the callback counts as unreachable.
    pub unreachable: bool,
    /// Satisfaction 1 (very satisfied) to 5.
    pub satisfaction: Option<u8>,
}

impl ReporterFacts {
    /// Whether nothing was said against it: not that it is not resolved, nor dissatisfied (4 and 5 of the five-step scale
    /// count as bad and ask for rework).
    #[must_use]
    pub fn is_content(&self) -> bool {
        self.resolved != Some(false) && self.satisfaction.is_none_or(|rating| rating < 4)
    }
}

/// What the lifecycle knows of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseFacts {
    /// The state.
    pub state: CaseState,
    /// The kind.
    pub kind: CaseKind,
    /// Whether the category is a village's own affair (`village` of the catalogue).
    pub own_affair: bool,
    /// Who may know of it.
    pub confidentiality: Confidentiality,
    /// The unit that answers for it now.
    pub owner: i64,
    /// The county centre.
    pub centre: i64,
    /// Where it was registered.
    pub registered: i64,
    /// The unit that a complaint or a report of wrongdoing is about, with every unit below it.
    pub reported: Vec<i64>,
    /// Whether the last dispatch designated the host (a designated unit may not return it).
    pub designated: bool,
    /// The last host, if it still exists and may take it again.
    pub last_host: Option<i64>,
    /// The unit above the host, if there is one.
    pub above_host: Option<i64>,
    /// The account that dispatched it in this round.
    pub dispatched_by: Option<i64>,
    /// Accounts that worked on it in this round: signed, started, arrived, noted, answered, handed in, or are named to handle it.
    pub handlers: Vec<i64>,
    /// Work orders of this round.
    pub orders: Vec<OrderFacts>,
    /// Open overlays, with the account that asked.
    pub overlays: Vec<(OverlayKind, Option<i64>)>,
    /// Extensions granted in this round.
    pub extensions: u32,
    /// How often the deadline rules allow it.
    pub extensions_allowed: u32,
    /// The reporters.
    pub reporters: Vec<ReporterFacts>,
    /// Whether a reply of this round passed review.
    pub reply_passed: bool,
    /// Attempts after which a reporter counts as unreachable.
    pub attempts_needed: u32,
    /// Whether the time for the person to reopen is over.
    pub reopen_window_over: bool,
    /// Whether the resolve clock has run out.
    pub overdue: bool,
    /// Whether a whistle waits for its review, and who whistled.
    pub whistle_open: Option<Option<i64>>,
    /// Units that were whistled for and have not arrived.
    pub whistled: Vec<i64>,
    /// A legal hold stands.
    pub legal_hold: bool,
}

impl CaseFacts {
    /// The host's order of this round, while it is live.
    #[must_use]
    pub fn host(&self) -> Option<&OrderFacts> {
        self.orders.iter().find(|order| order.part == Part::Host && order.state.is_open())
    }

    /// The live orders this actor may act on, the host's first.
    pub fn orders_of<'a>(&'a self, actor: &'a ActorFacts) -> impl Iterator<Item = &'a OrderFacts> {
        let mine = move |part: Part| {
            self.orders.iter().filter(move |order| {
                order.part == part
                    && order.state.is_open()
                    && (actor.any_unit || actor.units.contains(&order.unit))
            })
        };
        mine(Part::Host).chain(mine(Part::CoHandler))
    }

    /// Whether an overlay of this kind is open.
    #[must_use]
    pub fn has(&self, kind: OverlayKind) -> bool {
        self.overlays.iter().any(|(open, _)| *open == kind)
    }
}

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ActorFacts {
    /// The account; `None` for the person and for the system.
    pub account: Option<i64>,
    /// The units it may act for.
    pub units: Vec<i64>,
    /// Acts for whichever unit the step needs (the product itself: imports, replays).
    pub any_unit: bool,
    /// What it may do for this case.
    pub powers: Vec<Power>,
}

impl ActorFacts {
    /// Whether the actor has this power.
    #[must_use]
    pub fn can(&self, power: Power) -> bool {
        self.powers.contains(&power)
    }
}

/// What an action brings along that the rules must look at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Proposal {
    /// The unit to become host, co-handler or the unit above.
    pub unit: Option<UnitFacts>,
    /// Further units (co-handlers, whistled units).
    pub units: Vec<UnitFacts>,
    /// The other case of a merge, link or unmerge.
    pub other: Option<OtherCase>,
    /// Evidence that comes with the action itself.
    pub evidence: Vec<super::words::Evidence>,
    /// The reporter it is about, by index in [`CaseFacts::reporters`]; none: all of them.
    pub reporter: Option<usize>,
    /// A reason was given.
    pub reason: bool,
}

/// The other case of a merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherCase {
    /// Whether it is the same case.
    pub same: bool,
    /// Its state.
    pub state: CaseState,
    /// Who may know of it.
    pub confidentiality: Confidentiality,
    /// The unit it is about.
    pub reported: Vec<i64>,
    /// Whether this case already has cases merged into it (for a source: then it cannot go into another).
    pub source_has_merged: bool,
    /// Whether both are reports of wrongdoing, or neither is.
    pub same_secrecy: bool,
}
