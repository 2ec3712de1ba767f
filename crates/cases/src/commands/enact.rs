//! Carrying out what a row says: round, state, ending, orders, owner, clocks.

use super::{
    tallies,
    work::{Row, Work},
};
use crate::{
    CaseError,
    model::{File, WorkOrderRow},
};
use diesel::prelude::*;
use rules::lifecycle::{
    CaseAction, ClockKind, Effect, OrderAction, OrderClock, OrderEffect, OrderState, Owner, Part, Proposal,
    Transition,
};
use store::{
    Run, StoreError, ms,
    schema::{case_rounds, work_orders},
};

impl Work<'_, '_> {
    pub(crate) fn enact(
        &mut self,
        transition: &Transition<'_>,
        proposal: &Proposal,
    ) -> Result<(), CaseError> {
        let was_open = self.file.case.open;
        if transition.next_round {
            let same_host = transition.rule.orders.contains(&OrderEffect::OpenLastHost);
            self.begin_round(same_host)?;
        }
        let case = &mut self.file.case;
        case.state = transition.to.as_str().to_owned();
        case.open = transition.to.is_open();
        if let Some(ending) = transition.ending {
            case.ended_as = Some(ending.as_str().to_owned());
            case.closed_at = Some(ms(self.ctx.now));
        } else if case.open && !was_open {
            case.ended_as = None;
            case.closed_at = None;
            case.archived_at = None;
        }
        // A host's clock that is stopped here must not be looked for afterwards: orders first, then the case's clocks.
        let host_before = self.file.host_order().map(|order| order.id);
        for effect in &transition.rule.orders {
            self.order_effect(*effect, proposal)?;
        }
        for effect in &transition.rule.clocks {
            self.clock_effect(*effect, proposal, host_before)?;
        }
        self.hand_over(transition.rule.owner)
    }

    /// A designated host stays designated when it gets the case again.
    fn begin_round(&mut self, same_host: bool) -> Result<(), CaseError> {
        let over = tallies::round(&self.file.case, &self.file.reporters, self.ctx.now);
        diesel::insert_into(case_rounds::table).values(&over).run(self.tx.conn())?;
        self.file.rounds.push(over);
        let case = &mut self.file.case;
        case.round += 1;
        case.reopened_count += 1;
        case.designated = case.designated && same_host;
        case.due_at = None;
        case.replied_at = None;
        self.file.replies.clear();
        self.nobody_told();
        for reporter in &mut self.file.reporters {
            reporter.resolved = None;
            reporter.satisfaction = None;
        }
        Ok(())
    }

    /// The answer no longer stands: that it was brought to somebody, or tried, does not count for the next one.
    pub(crate) fn nobody_told(&mut self) {
        for reporter in &mut self.file.reporters {
            reporter.reached_at = None;
            reporter.attempts = 0;
        }
    }

    fn hand_over(&mut self, owner: Owner) -> Result<(), CaseError> {
        let (unit, account) = match owner {
            Owner::Keep | Owner::FirstAsked => return Ok(()),
            Owner::Centre => (self.units.centre(self.tx.conn())?, None),
            Owner::Host => {
                let host = self.file.host_order().ok_or_else(no_host)?;
                (host.unit_id, host.handler_id)
            }
        };
        self.file.case.owner_unit_id = unit;
        self.file.case.owner_account_id = account;
        self.join_desk_if_secret()
    }

    fn order_effect(&mut self, effect: OrderEffect, proposal: &Proposal) -> Result<(), CaseError> {
        match effect {
            OrderEffect::OpenProposed => {
                let host = proposal.unit.ok_or_else(no_host)?.id;
                self.open_host(host)?;
                for unit in proposal.units.iter().filter(|unit| unit.id != host) {
                    self.open_order(unit.id, Part::CoHandler)?;
                }
            }
            OrderEffect::OpenLastHost => {
                let host = self.file.case.host_unit_id.ok_or_else(no_host)?;
                self.open_host(host)?;
            }
            OrderEffect::OpenCoHandler => {
                for unit in &proposal.units {
                    let id = self.open_order(unit.id, Part::CoHandler)?;
                    self.made = Some(id);
                }
            }
            OrderEffect::Mine(action) => {
                let id = self.mine.ok_or_else(no_host)?;
                self.order_do(id, action)?;
            }
            OrderEffect::Host(action) => {
                if let Some(id) = self.file.host_order().map(|order| order.id) {
                    self.order_do(id, action)?;
                }
            }
            OrderEffect::CoHandlers(action) => {
                for id in self.co_handlers() {
                    self.order_do(id, action)?;
                }
            }
            OrderEffect::Named(action) => {
                let named = |order: &&WorkOrderRow| {
                    order.open
                        && order.part == Part::CoHandler.as_str()
                        && proposal.units.iter().any(|unit| unit.id == order.unit_id)
                };
                let ids: Vec<i64> = self.file.orders.iter().filter(named).map(|order| order.id).collect();
                for id in ids {
                    self.order_do(id, action)?;
                }
            }
        }
        Ok(())
    }

    fn co_handlers(&self) -> Vec<i64> {
        let live = |order: &&WorkOrderRow| order.open && order.part == Part::CoHandler.as_str();
        self.file.orders.iter().filter(live).map(|order| order.id).collect()
    }

    fn open_host(&mut self, unit: i64) -> Result<(), CaseError> {
        let case = &mut self.file.case;
        case.host_unit_id = Some(unit);
        case.dispatched_at = Some(ms(self.ctx.now));
        case.dispatched_by = self.ctx.actor.account_id();
        let id = self.open_order(unit, Part::Host)?;
        self.made = Some(id);
        Ok(())
    }

    /// Makes an order with its clocks running.
    pub(crate) fn open_order(&mut self, unit: i64, part: Part) -> Result<i64, CaseError> {
        let id = self.tx.id()?;
        let (sign_due, due) = self.start_order_clocks(id, unit)?;
        let row = WorkOrderRow {
            id,
            case_id: self.file.case.id,
            unit_id: unit,
            part: part.as_str().to_owned(),
            state: OrderState::Dispatched.as_str().to_owned(),
            open: true,
            round: self.file.case.round,
            handler_id: None,
            hands: String::new(),
            returned_before: false,
            dispatched_at: ms(self.ctx.now),
            signed_at: None,
            arrived_at: None,
            replied_at: None,
            ended_at: None,
            sign_due_at: Some(ms(sign_due)),
            due_at: Some(ms(due)),
            version: 1,
        };
        diesel::insert_into(work_orders::table).values(&row).run(self.tx.conn())?;
        self.file.orders.push(row);
        self.join(unit, part.as_str())?;
        Ok(id)
    }

    /// Takes a step of an order, as the order table says.
    pub(crate) fn order_do(&mut self, id: i64, action: OrderAction) -> Result<(), CaseError> {
        let order = self.file.order(id).ok_or_else(no_host)?;
        let (row, rule) = self.tables.order_step(action, File::order_state(order)?)?;
        self.rows.push(Row::Order(row));
        for clock in &rule.clocks {
            match clock {
                OrderClock::Stop(kind) => self.stop_of_order(Some(*kind), id)?,
                OrderClock::Pause(kind) => self.pause(*kind, id)?,
                OrderClock::Resume(kind) => self.resume(*kind, id)?,
                OrderClock::StopAll => self.stop_of_order(None, id)?,
            }
        }
        let (now, hand) = (ms(self.ctx.now), self.ctx.actor.account_id());
        let due = self.file.clock(ClockKind::Resolve, Some(id)).map(|clock| ms(clock.spec.due_at));
        let Some(order) = self.file.orders.iter_mut().find(|order| order.id == id) else {
            return Err(no_host());
        };
        order.state = rule.to.as_str().to_owned();
        order.open = rule.to.is_open();
        order.version += 1;
        order.due_at = due.or(order.due_at);
        if is_work(action) {
            order.lay_hand(hand);
        }
        match action {
            OrderAction::Sign => order.signed_at = Some(now),
            OrderAction::Arrive => order.arrived_at = order.arrived_at.or(Some(now)),
            OrderAction::Reply => order.replied_at = Some(now),
            OrderAction::SendBack => order.replied_at = None,
            OrderAction::Accept | OrderAction::Return | OrderAction::Cancel => order.ended_at = Some(now),
            OrderAction::Start | OrderAction::Note | OrderAction::AssignHandler | OrderAction::Submit => {}
        }
        self.save_order(id)
    }

    /// Writes an order as it stands in the file.
    pub(crate) fn save_order(&mut self, id: i64) -> Result<(), CaseError> {
        if let Some(order) = self.file.orders.iter().find(|order| order.id == id) {
            store::update(work_orders::table.find(id)).set(order).run(self.tx.conn())?;
        }
        Ok(())
    }

    fn clock_effect(
        &mut self,
        effect: Effect,
        proposal: &Proposal,
        host: Option<i64>,
    ) -> Result<(), CaseError> {
        let host = self.file.host_order().map(|order| order.id).or(host);
        match effect {
            Effect::Start(ClockKind::WhistleArrival) => {
                for unit in &proposal.units {
                    self.start(ClockKind::WhistleArrival, None, Some(unit.id))?;
                }
                Ok(())
            }
            Effect::Start(ClockKind::SupervisionReply) => {
                let owner = self.file.case.owner_unit_id;
                self.start(ClockKind::SupervisionReply, None, Some(owner))
            }
            Effect::Start(kind) => {
                let centre = self.units.centre(self.tx.conn())?;
                self.start(kind, None, Some(centre))
            }
            Effect::Stop(ClockKind::WhistleArrival) => {
                for unit in self.arriving_units() {
                    self.stop_of_unit(ClockKind::WhistleArrival, unit)?;
                }
                Ok(())
            }
            Effect::Stop(kind) => self.stop(kind),
            Effect::PauseHost(kind) => host.map_or(Ok(()), |order| self.pause(kind, order)),
            Effect::ResumeHost(kind) => host.map_or(Ok(()), |order| self.resume(kind, order)),
            Effect::ExtendHost(kind) => match (host, self.given_due) {
                (Some(order), Some(until)) => self.extend(kind, order, until),
                _ => Err(CaseError::field("until", "field.missing")),
            },
            Effect::Renew(kind) => self.renew(kind),
            Effect::PauseWork => self.pause_work(),
            Effect::ResumeWork => self.resume_work(),
            Effect::StopAll => self.stop_everything(),
        }
    }

    /// The whistled units for which the actor reports on arrival.
    pub(crate) fn arriving_units(&self) -> Vec<i64> {
        let called = self.file.whistle_units.iter().filter(|unit| unit.state == "called");
        called
            .filter(|unit| self.actor.any_unit || self.actor.units.contains(&unit.unit_id))
            .map(|unit| unit.unit_id)
            .collect()
    }
}

/// Whether whoever does it has worked on the matter, and so may not check the result.
const fn is_work(action: OrderAction) -> bool {
    match action {
        OrderAction::Sign
        | OrderAction::Arrive
        | OrderAction::Start
        | OrderAction::Note
        | OrderAction::Reply
        | OrderAction::Submit => true,
        OrderAction::AssignHandler
        | OrderAction::SendBack
        | OrderAction::Accept
        | OrderAction::Return
        | OrderAction::Cancel => false,
    }
}

fn no_host() -> CaseError {
    CaseError::Store(StoreError::Corrupt { what: "lifecycle", detail: "order missing".into() })
}

/// The stable event type of an action.
pub(crate) const fn event_kind(action: CaseAction) -> &'static str {
    match action {
        CaseAction::Register => "case.registered",
        CaseAction::Correct => "case.corrected",
        CaseAction::Verify => "case.verified",
        CaseAction::Answer => "case.answered",
        CaseAction::NotAccept => "case.not_accepted",
        CaseAction::TransferEmergency => "case.transferred_emergency",
        CaseAction::Dispatch => "case.dispatched",
        CaseAction::Recall => "case.recalled",
        CaseAction::Sign => "case.signed",
        CaseAction::Arrive => "case.arrived",
        CaseAction::Start => "case.started",
        CaseAction::Note => "case.progress_noted",
        CaseAction::AssignHandler => "case.handler_assigned",
        CaseAction::AddCoHandler => "case.co_handler_added",
        CaseAction::RemoveCoHandler => "case.co_handler_removed",
        CaseAction::Reply => "case.replied",
        CaseAction::SendBack => "case.sent_back",
        CaseAction::Submit => "case.submitted",
        CaseAction::ReviewPass => "case.review_passed",
        CaseAction::ReviewReject => "case.review_rejected",
        CaseAction::Deliver => "case.delivered",
        CaseAction::Callback => "case.called_back",
        CaseAction::Close => "case.closed",
        CaseAction::Rework => "case.reworked",
        CaseAction::Reopen => "case.reopened",
        CaseAction::ReopenByReview => "case.reopened_by_review",
        CaseAction::Archive => "case.archived",
        CaseAction::Withdraw => "case.withdrawn",
        CaseAction::RequestReturn => "case.return_requested",
        CaseAction::GrantReturn => "case.return_granted",
        CaseAction::RefuseReturn => "case.return_refused",
        CaseAction::RequestExtension => "case.extension_requested",
        CaseAction::GrantExtension => "case.extension_granted",
        CaseAction::RefuseExtension => "case.extension_refused",
        CaseAction::Suspend => "case.suspended",
        CaseAction::ProlongSuspension => "case.suspension_prolonged",
        CaseAction::Resume => "case.resumed",
        CaseAction::Merge => "case.merged",
        CaseAction::Unmerge => "case.unmerged",
        CaseAction::Link => "case.linked",
        CaseAction::Whistle => "case.whistled",
        CaseAction::ApproveWhistle => "case.whistle_approved",
        CaseAction::DeclineWhistle => "case.whistle_declined",
        CaseAction::WhistleArrive => "case.whistle_arrived",
        CaseAction::Remind => "case.reminded",
        CaseAction::Supervise => "case.supervision_ordered",
        CaseAction::AnswerSupervision => "case.supervision_answered",
        CaseAction::Escalate => "case.escalated",
        CaseAction::AddInformation => "case.information_added",
        CaseAction::ChangeConfidentiality => "case.confidentiality_changed",
        CaseAction::HoldLegally => "case.held_legally",
        CaseAction::LiftHold => "case.hold_lifted",
    }
}
