//! Checking a host's answer: by somebody who neither handled nor dispatched it.

use super::{Execute, ReviewPass, ReviewReject, Text, Work, needed};
use crate::CaseError;
use diesel::prelude::*;
use rules::lifecycle::{CaseAction, Proposal};
use serde_json::{Value, json};
use store::{Run, ms, schema::replies};

/// Marks the host's last reply of the round as reviewed.
fn mark(work: &mut Work<'_, '_>, host_order: Option<i64>, outcome: &str) -> Result<Value, CaseError> {
    let (now, by) = (ms(work.ctx.now), work.ctx.actor.account_id());
    let last = work.file.replies.iter_mut().rev().find(|reply| reply.work_order_id == host_order);
    let Some(reply) = last else { return Ok(json!({})) };
    reply.reviewed_at = Some(now);
    reply.reviewed_by = by;
    reply.review = Some(outcome.to_owned());
    let (id, row) = (reply.id, reply.clone());
    store::update(replies::table.find(id)).set(&row).run(work.tx.conn())?;
    Ok(json!({ "reply": id.to_string() }))
}

impl Execute for ReviewPass {
    fn action(&self) -> CaseAction {
        CaseAction::ReviewPass
    }

    fn texts(&self) -> Vec<Text<'_>> {
        vec![Text::event("note", &self.note)]
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let host = work.file.host_order().map(|order| order.id);
        let parts = work.sealed.parts();
        work.step(CaseAction::ReviewPass, &Proposal::default(), parts, |work| mark(work, host, "passed"))
    }
}

impl Execute for ReviewReject {
    fn action(&self) -> CaseAction {
        CaseAction::ReviewReject
    }

    fn texts(&self) -> Vec<Text<'_>> {
        vec![Text::event("reason", &self.reason)]
    }

    fn check(&self) -> Vec<(&'static str, &'static str)> {
        needed("reason", &self.reason).into_iter().collect()
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let host = work.file.host_order().map(|order| order.id);
        let parts = work.sealed.parts();
        work.step(CaseAction::ReviewReject, &Proposal::default(), parts, |work| {
            work.file.case.replied_at = None;
            work.nobody_told();
            mark(work, host, "rejected")
        })
    }
}
