//! One step function per lifecycle. Both only read the tables.

use super::evidence;
use super::facts::{ActorFacts, CaseFacts, OrderFacts, Proposal};
use super::guards::Look;
use super::table::{By, CaseRule, OrderEffect, OrderRule, Tables, To, When};
use super::words::{
    CaseAction, CaseState, Ending, OrderAction, OrderState, OverlayKind, Part, Power, Refusal,
};

/// A move that the table allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition<'t> {
    /// The row's place in the table (for coverage).
    pub row: usize,
    /// The row: effects on orders, owner and clocks.
    pub rule: &'t CaseRule,
    /// The state it leads to.
    pub to: CaseState,
    /// Whether a new round begins.
    pub next_round: bool,
    /// The way of ending, with its evidence complete.
    pub ending: Option<Ending>,
    /// The acting unit's order.
    pub mine: Option<i64>,
    /// Overlays that cannot lie over the new state: they lapse and their clocks stop.
    pub lapses: Vec<OverlayKind>,
}

impl Tables {
    /// The row by which a case begins.
    ///
    /// # Errors
    /// `forbidden` when the actor may not register.
    pub fn begin(&self, actor: &ActorFacts) -> Result<(usize, &CaseRule), Refusal> {
        let (row, rule) = self
            .cases
            .iter()
            .enumerate()
            .find(|(_, r)| r.action == CaseAction::Register)
            .ok_or(WRONG_STATE)?;
        let may = rule.by.iter().any(|by| matches!(by, By::Any(power) if actor.can(*power)));
        if may { Ok((row, rule)) } else { Err(FORBIDDEN) }
    }

    /// Decides an action on a case.
    ///
    /// # Errors
    /// The code of the first thing that stands against it: the state, the actor, a guard, missing evidence.
    pub fn step(
        &self,
        action: CaseAction,
        facts: &CaseFacts,
        actor: &ActorFacts,
        proposal: &Proposal,
    ) -> Result<Transition<'_>, Refusal> {
        let (row, rule, mine) = self.row_for(action, facts, actor)?;
        check_needs(rule, &Look { facts, actor, proposal: Some(proposal), mine })?;
        self.check_orders(rule, facts, mine)?;
        let ending = evidence::choose(&rule.ends, facts, proposal)?;
        let (to, next_round) = match rule.to {
            To::Stay => (facts.state, false),
            To::State(state) => (state, false),
            To::NextRound(state) => (state, true),
        };
        let lapses =
            facts.overlays.iter().map(|(kind, _)| *kind).filter(|kind| !may_lie_over(*kind, to)).collect();
        Ok(Transition { row, rule, to, next_round, ending, mine: mine.map(|order| order.id), lapses })
    }

    /// Whether an action may be thought of now: everything but what depends on the form's input.
    ///
    /// # Errors
    /// As [`Tables::step`]; missing evidence is not looked at where the form itself brings it.
    pub fn may(&self, action: CaseAction, facts: &CaseFacts, actor: &ActorFacts) -> Result<(), Refusal> {
        let (_, rule, mine) = self.row_for(action, facts, actor)?;
        check_needs(rule, &Look { facts, actor, proposal: None, mine })?;
        self.check_orders(rule, facts, mine)?;
        if action == CaseAction::Close {
            evidence::choose(&rule.ends, facts, &Proposal::default())?;
        }
        Ok(())
    }

    /// Decides a step of a work order.
    ///
    /// # Errors
    /// `order.wrong_state`.
    pub fn order_step(&self, action: OrderAction, state: OrderState) -> Result<(usize, &OrderRule), Refusal> {
        self.orders
            .iter()
            .enumerate()
            .find(|(_, rule)| rule.action == action && rule.from.contains(&state))
            .ok_or(Refusal::new("order.wrong_state"))
    }

    fn row_for<'a>(
        &self,
        action: CaseAction,
        facts: &'a CaseFacts,
        actor: &'a ActorFacts,
    ) -> Result<(usize, &CaseRule, Option<&'a OrderFacts>), Refusal> {
        let mut refusal = WRONG_STATE;
        for (row, rule) in self.cases.iter().enumerate() {
            if rule.action != action || !rule.from.contains(&facts.state) {
                continue;
            }
            match self.taken_by(rule, facts, actor) {
                Ok(mine) => return Ok((row, rule, mine)),
                Err(why) if refusal == WRONG_STATE || refusal == FORBIDDEN => refusal = why,
                Err(_) => {}
            }
        }
        if refusal == WRONG_STATE && !self.could_ever(action, actor) { Err(FORBIDDEN) } else { Err(refusal) }
    }

    /// Whether the actor could do such a thing in any state: if not, the refusal is about the actor, not the state.
    fn could_ever(&self, action: CaseAction, actor: &ActorFacts) -> bool {
        self.cases.iter().filter(|rule| rule.action == action).flat_map(|rule| &rule.by).any(|by| match by {
            By::Any(power) => actor.can(*power),
            By::Host | By::CoHandler => actor.can(Power::Handle),
        })
    }

    fn taken_by<'a>(
        &self,
        rule: &CaseRule,
        facts: &'a CaseFacts,
        actor: &'a ActorFacts,
    ) -> Result<Option<&'a OrderFacts>, Refusal> {
        match rule.when {
            When::HostKnown if facts.last_host.is_none() => return Err(WRONG_STATE),
            When::HostUnknown if facts.last_host.is_some() => return Err(WRONG_STATE),
            When::Always | When::AsHost | When::AsCoHandler | When::HostKnown | When::HostUnknown => {}
        }
        let mut refusal = FORBIDDEN;
        for by in &rule.by {
            let part = match by {
                By::Any(power) if actor.can(*power) => return Ok(self.order_for(rule, facts, actor, None)),
                By::Any(_) => continue,
                By::Host => Part::Host,
                By::CoHandler => Part::CoHandler,
            };
            if !actor.can(Power::Handle) {
                continue;
            }
            match self.order_for(rule, facts, actor, Some(part)) {
                Some(order) => return Ok(Some(order)),
                None => refusal = NOT_YOUR_ORDER,
            }
        }
        Err(refusal)
    }

    /// The order the actor acts on: of the wanted part, one that the step suits if there is one.
    fn order_for<'a>(
        &self,
        rule: &CaseRule,
        facts: &'a CaseFacts,
        actor: &'a ActorFacts,
        part: Option<Part>,
    ) -> Option<&'a OrderFacts> {
        let own = || facts.orders_of(actor).filter(|order| part.is_none_or(|part| order.part == part));
        let action = rule.orders.iter().find_map(|effect| match effect {
            OrderEffect::Mine(action) => Some(*action),
            OrderEffect::OpenProposed
            | OrderEffect::OpenLastHost
            | OrderEffect::OpenCoHandler
            | OrderEffect::Host(_)
            | OrderEffect::CoHandlers(_)
            | OrderEffect::Named(_) => None,
        });
        let suits =
            |order: &&OrderFacts| action.is_none_or(|action| self.order_step(action, order.state).is_ok());
        own().find(suits).or_else(|| own().next())
    }

    fn check_orders(
        &self,
        rule: &CaseRule,
        facts: &CaseFacts,
        mine: Option<&OrderFacts>,
    ) -> Result<(), Refusal> {
        for effect in &rule.orders {
            match effect {
                // A second effect on the same order follows from the first.
                OrderEffect::Mine(OrderAction::Submit) if rule.action != CaseAction::Submit => {}
                OrderEffect::Mine(action) => {
                    let order = mine.ok_or(NOT_YOUR_ORDER)?;
                    self.order_step(*action, order.state)?;
                }
                OrderEffect::Host(OrderAction::Cancel) => {}
                OrderEffect::Host(action) => {
                    let host = facts.host().ok_or(Refusal::new("order.no_host"))?;
                    self.order_step(*action, host.state)?;
                }
                OrderEffect::OpenProposed
                | OrderEffect::OpenLastHost
                | OrderEffect::OpenCoHandler
                | OrderEffect::CoHandlers(_)
                | OrderEffect::Named(_) => {}
            }
        }
        Ok(())
    }
}

const WRONG_STATE: Refusal = Refusal::new("case.wrong_state");
const FORBIDDEN: Refusal = Refusal::new("forbidden");
const NOT_YOUR_ORDER: Refusal = Refusal::new("case.not_your_order");

fn check_needs(rule: &CaseRule, look: &Look<'_>) -> Result<(), Refusal> {
    rule.needs.iter().try_for_each(|guard| guard.check(look))
}

/// Over which states an overlay may lie.
#[must_use]
pub const fn may_lie_over(kind: OverlayKind, state: CaseState) -> bool {
    match kind {
        OverlayKind::ReturnRequest => matches!(state, CaseState::Dispatched | CaseState::Signed),
        OverlayKind::ExtensionRequest | OverlayKind::Suspension => {
            matches!(state, CaseState::Signed | CaseState::InProgress)
        }
        OverlayKind::Supervision | OverlayKind::Escalation => state.is_open(),
    }
}

/// Over which states a whistle may wait for its review.
#[must_use]
pub const fn may_whistle_wait(state: CaseState) -> bool {
    matches!(
        state,
        CaseState::Received
            | CaseState::Verified
            | CaseState::Dispatched
            | CaseState::Signed
            | CaseState::InProgress
    )
}
