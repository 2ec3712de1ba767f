//! A unit's own work: signing, naming a handler, starting, arriving, noting, answering, handing in.

use super::{
    Arrive, AssignHandler, Execute, Note, Reply, SendBack, Sign, Start, Submit, Text, Work, needed, one_of,
};
use crate::{
    CaseError,
    model::{ReplyRow, contexts},
};
use diesel::prelude::*;
use rules::lifecycle::{CaseAction, Part, Proposal};
use serde_json::{Value, json};
use store::{
    Run, ms,
    schema::{accounts, replies},
};

/// What an answer comes to.
pub(crate) const RESULTS: [&str; 4] = ["done", "explained", "partly", "refused"];

impl Work<'_, '_> {
    /// The acting unit and its part, for the event.
    fn my_part(&self) -> Value {
        match self.mine.and_then(|id| self.file.order(id)) {
            Some(order) => json!({ "unit": order.unit_id.to_string(), "part": order.part }),
            None => json!({}),
        }
    }

    /// Names who handles the acting unit's order; the host's handler also answers for the case.
    fn name_handler(&mut self, account: i64) -> Result<(), CaseError> {
        let Some(id) = self.mine else { return Ok(()) };
        let Some(order) = self.file.orders.iter_mut().find(|order| order.id == id) else { return Ok(()) };
        let of_unit: Option<(i64, String)> = accounts::table
            .find(account)
            .select((accounts::unit_id, accounts::state))
            .first(self.tx.conn())
            .optional()?;
        match of_unit {
            Some((unit, state)) if unit == order.unit_id && state != "disabled" => {}
            Some(_) => return Err(CaseError::field("account", "handler.other_unit")),
            None => return Err(CaseError::field("account", "account.unknown")),
        }
        order.handler_id = Some(account);
        if order.part == Part::Host.as_str() && self.file.case.owner_unit_id == order.unit_id {
            self.file.case.owner_account_id = Some(account);
        }
        self.save_order(id)
    }

    /// Whoever works on it first handles it, unless somebody is named already.
    fn handled_by_actor(&mut self) -> Result<(), CaseError> {
        let (Some(id), Some(account)) = (self.mine, self.ctx.actor.account()) else { return Ok(()) };
        let own = |unit: i64| account.unit_id == unit;
        match self.file.order(id) {
            Some(order) if order.handler_id.is_none() && own(order.unit_id) => {
                self.name_handler(account.account_id)
            }
            Some(_) | None => Ok(()),
        }
    }
}

impl Execute for Sign {
    fn action(&self) -> CaseAction {
        CaseAction::Sign
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        work.step(CaseAction::Sign, &Proposal::default(), Vec::new(), |work| {
            match self.handler {
                Some(account) => work.name_handler(account)?,
                None => work.handled_by_actor()?,
            }
            let mut public = work.my_part();
            if let Value::Object(fields) = &mut public {
                fields.insert("handler".into(), json!(self.handler.map(|id| id.to_string())));
            }
            Ok(public)
        })
    }
}

impl Execute for AssignHandler {
    fn action(&self) -> CaseAction {
        CaseAction::AssignHandler
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        work.step(CaseAction::AssignHandler, &Proposal::default(), Vec::new(), |work| {
            work.name_handler(self.account)?;
            Ok(json!({ "handler": self.account.to_string() }))
        })
    }
}

impl Execute for Start {
    fn action(&self) -> CaseAction {
        CaseAction::Start
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        work.step(CaseAction::Start, &Proposal::default(), Vec::new(), |work| {
            work.handled_by_actor()?;
            Ok(work.my_part())
        })
    }
}

impl Execute for Arrive {
    fn action(&self) -> CaseAction {
        CaseAction::Arrive
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        work.step(CaseAction::Arrive, &Proposal::default(), Vec::new(), |work| {
            work.handled_by_actor()?;
            Ok(work.my_part())
        })
    }
}

impl Execute for Note {
    fn action(&self) -> CaseAction {
        CaseAction::Note
    }

    fn texts(&self) -> Vec<Text<'_>> {
        vec![Text::event("text", &self.text)]
    }

    fn check(&self) -> Vec<(&'static str, &'static str)> {
        needed("text", &self.text).into_iter().collect()
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let parts = work.sealed.parts();
        work.step(CaseAction::Note, &Proposal::default(), parts, |work| Ok(work.my_part()))
    }
}

impl Execute for Reply {
    fn action(&self) -> CaseAction {
        CaseAction::Reply
    }

    fn texts(&self) -> Vec<Text<'_>> {
        vec![Text::column("text", contexts::REPLY, &self.text)]
    }

    fn check(&self) -> Vec<(&'static str, &'static str)> {
        [needed("text", &self.text), one_of("result", &self.result, &RESULTS)].into_iter().flatten().collect()
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let parts = work.sealed.parts();
        let mut by_host = false;
        work.step(CaseAction::Reply, &Proposal::default(), parts, |work| {
            work.handled_by_actor()?;
            let order = work.mine.and_then(|id| work.file.order(id)).cloned();
            by_host = order.as_ref().is_some_and(|order| order.part == Part::Host.as_str());
            let id = work.tx.id()?;
            let row = ReplyRow {
                id,
                case_id: work.file.case.id,
                work_order_id: order.as_ref().map(|order| order.id),
                round: work.file.case.round,
                unit_id: order.as_ref().map(|order| order.unit_id),
                account_id: work.ctx.actor.account_id(),
                text: work.sealed.column(contexts::REPLY),
                result: self.result.clone(),
                replied_at: ms(work.ctx.now),
                reviewed_by: None,
                reviewed_at: None,
                review: None,
            };
            diesel::insert_into(replies::table).values(&row).run(work.tx.conn())?;
            if by_host {
                work.file.case.replied_at = Some(row.replied_at);
            }
            work.file.replies.push(row);
            work.made = Some(id);
            let mut public = work.my_part();
            if let Value::Object(fields) = &mut public {
                fields.insert("result".into(), json!(self.result));
                fields.insert("reply".into(), json!(id.to_string()));
            }
            Ok(public)
        })?;
        if by_host && self.submit { Submit {}.execute(work) } else { Ok(()) }
    }
}

impl Execute for SendBack {
    fn action(&self) -> CaseAction {
        CaseAction::SendBack
    }

    fn texts(&self) -> Vec<Text<'_>> {
        vec![Text::event("reason", &self.reason)]
    }

    fn check(&self) -> Vec<(&'static str, &'static str)> {
        needed("reason", &self.reason).into_iter().collect()
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let units = work.units("unit", &[self.unit])?;
        let parts = work.sealed.parts();
        let proposal = Proposal { units, ..Proposal::default() };
        work.step(CaseAction::SendBack, &proposal, parts, |_| Ok(json!({ "unit": self.unit.to_string() })))
    }
}

impl Execute for Submit {
    fn action(&self) -> CaseAction {
        CaseAction::Submit
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        work.step(CaseAction::Submit, &Proposal::default(), Vec::new(), |work| Ok(work.my_part()))
    }
}
