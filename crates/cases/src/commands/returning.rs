//! Return requests: asked by the host, decided by the centre; a refused one is the last.

use super::{Execute, GrantReturn, RefuseReturn, RequestReturn, Text, Work, needed};
use crate::{
    CaseError,
    model::{OPEN, OverlayRow, contexts},
};
use diesel::prelude::*;
use rules::lifecycle::{CaseAction, OverlayKind, Proposal};
use serde_json::json;
use store::{Run, Timestamp, ms, schema::overlays};

impl Work<'_, '_> {
    /// Lays an overlay over the case; its reason is the sealed text of the command, its basis a word or a sealed text.
    pub(crate) fn lay(
        &mut self,
        kind: OverlayKind,
        order: Option<i64>,
        basis: &str,
        until: Option<Timestamp>,
    ) -> Result<i64, CaseError> {
        let unit = order.and_then(|id| self.file.order(id)).map(|order| order.unit_id);
        let row = OverlayRow {
            id: self.tx.id()?,
            case_id: self.file.case.id,
            work_order_id: order,
            kind: kind.as_str().to_owned(),
            state: OPEN.to_owned(),
            reason: self.sealed.column(contexts::REASON),
            basis: basis.to_owned(),
            basis_text: self.sealed.column_or_null(contexts::BASIS),
            asked_by: self.ctx.actor.account_id(),
            asked_unit_id: unit.or(self.ctx.actor.unit_id()),
            asked_at: ms(self.ctx.now),
            asked_until: until.map(ms),
            decided_by: None,
            decided_at: None,
            decision: None,
        };
        diesel::insert_into(overlays::table).values(&row).run(self.tx.conn())?;
        let id = row.id;
        self.file.overlays.push(row);
        self.made = Some(id);
        Ok(id)
    }

    /// Lifts the open overlay of a kind with this outcome; the decision is the sealed text of the command.
    pub(crate) fn lift(&mut self, kind: OverlayKind, outcome: &str) -> Result<Option<OverlayRow>, CaseError> {
        let Some(id) = self.file.open_overlay(kind).map(|overlay| overlay.id) else { return Ok(None) };
        let decision = self.sealed.column_or_null(contexts::DECISION);
        let (by, now) = (self.ctx.actor.account_id(), ms(self.ctx.now));
        let Some(overlay) = self.file.overlays.iter_mut().find(|overlay| overlay.id == id) else {
            return Ok(None);
        };
        overlay.state = outcome.to_owned();
        overlay.decided_by = by;
        overlay.decided_at = Some(now);
        overlay.decision = decision;
        let row = overlay.clone();
        store::update(overlays::table.find(id)).set(&row).run(self.tx.conn())?;
        self.made = Some(id);
        Ok(Some(row))
    }
}

impl Execute for RequestReturn {
    fn action(&self) -> CaseAction {
        CaseAction::RequestReturn
    }

    fn texts(&self) -> Vec<Text<'_>> {
        vec![
            Text::column("reason", contexts::REASON, &self.reason),
            Text::column("basis", contexts::BASIS, &self.basis),
        ]
    }

    fn check(&self) -> Vec<(&'static str, &'static str)> {
        [needed("reason", &self.reason), needed("basis", &self.basis)].into_iter().flatten().collect()
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let parts = work.sealed.parts();
        work.step(CaseAction::RequestReturn, &Proposal::default(), parts, |work| {
            let mine = work.mine;
            work.lay(OverlayKind::ReturnRequest, mine, "", None)?;
            let unit = mine.and_then(|id| work.file.order(id)).map(|order| order.unit_id.to_string());
            Ok(json!({ "unit": unit }))
        })
    }
}

impl Execute for GrantReturn {
    fn action(&self) -> CaseAction {
        CaseAction::GrantReturn
    }

    fn texts(&self) -> Vec<Text<'_>> {
        vec![Text::column("reason", contexts::DECISION, &self.reason)]
    }

    fn check(&self) -> Vec<(&'static str, &'static str)> {
        needed("reason", &self.reason).into_iter().collect()
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let parts = work.sealed.parts();
        let unit = work.file.host_order().map(|order| order.unit_id.to_string());
        work.step(CaseAction::GrantReturn, &Proposal::default(), parts, |work| {
            work.lift(OverlayKind::ReturnRequest, "granted")?;
            Ok(json!({ "unit": unit }))
        })
    }
}

impl Execute for RefuseReturn {
    fn action(&self) -> CaseAction {
        CaseAction::RefuseReturn
    }

    fn texts(&self) -> Vec<Text<'_>> {
        vec![Text::column("reason", contexts::DECISION, &self.reason)]
    }

    fn check(&self) -> Vec<(&'static str, &'static str)> {
        needed("reason", &self.reason).into_iter().collect()
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let parts = work.sealed.parts();
        work.step(CaseAction::RefuseReturn, &Proposal::default(), parts, |work| {
            let overlay = work.lift(OverlayKind::ReturnRequest, "refused")?;
            let id = overlay.and_then(|overlay| overlay.work_order_id);
            let Some(order) = work.file.orders.iter_mut().find(|order| Some(order.id) == id) else {
                return Ok(json!({}));
            };
            order.returned_before = true;
            let (id, unit) = (order.id, order.unit_id.to_string());
            work.save_order(id)?;
            work.sync_order_dues()?;
            Ok(json!({ "unit": unit }))
        })
    }
}
