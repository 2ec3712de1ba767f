//! Links, added facts, who may know, legal holds.

use super::{
    AddInformation, ChangeConfidentiality, Execute, HoldLegally, LiftHold, Link, Text, Work,
    beginning::at_least, needed, one_of,
};
use crate::{CaseError, model::LinkRow};
use diesel::prelude::*;
use rules::lifecycle::{CaseAction, Proposal};
use serde_json::json;
use store::{Run, ms, schema::case_links};

/// How two cases can be related.
pub(crate) const LINKS: [&str; 4] = ["related", "same_place", "follow_up", "earlier_round"];

impl Execute for Link {
    fn action(&self) -> CaseAction {
        CaseAction::Link
    }

    fn check(&self) -> Vec<(&'static str, &'static str)> {
        one_of("kind", &self.kind, &LINKS).into_iter().collect()
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let (other, facts) = work.other(self.other)?;
        work.check_sight_of(&other)?;
        let proposal = Proposal { other: Some(facts), ..Proposal::default() };
        work.step(CaseAction::Link, &proposal, Vec::new(), |work| {
            let row = LinkRow {
                case_id: work.file.case.id,
                other_id: self.other,
                kind: self.kind.clone(),
                made_by: work.ctx.actor.account_id(),
                made_at: ms(work.ctx.now),
            };
            let key = (row.case_id, row.other_id, row.kind.as_str());
            let there: i64 = case_links::table.find(key).count().get_result(work.tx.conn())?;
            if there == 0 {
                diesel::insert_into(case_links::table).values(&row).run(work.tx.conn())?;
            }
            Ok(json!({ "case": self.other.to_string(), "number": other.case.number, "kind": self.kind }))
        })
    }
}

impl Execute for AddInformation {
    fn action(&self) -> CaseAction {
        CaseAction::AddInformation
    }

    fn texts(&self) -> Vec<Text<'_>> {
        vec![Text::event("text", &self.text)]
    }

    fn check(&self) -> Vec<(&'static str, &'static str)> {
        needed("text", &self.text).into_iter().collect()
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let parts = work.sealed.parts();
        work.step(CaseAction::AddInformation, &Proposal::default(), parts, |work| Ok(work.by_whom()))
    }
}

impl Execute for ChangeConfidentiality {
    fn action(&self) -> CaseAction {
        CaseAction::ChangeConfidentiality
    }

    fn texts(&self) -> Vec<Text<'_>> {
        vec![Text::event("reason", &self.reason)]
    }

    fn check(&self) -> Vec<(&'static str, &'static str)> {
        needed("reason", &self.reason).into_iter().collect()
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let parts = work.sealed.parts();
        let hidden = work.file.reporters.iter().any(|reporter| reporter.confidential);
        let level = at_least(work.file.kind()?, self.confidentiality, hidden);
        work.step(CaseAction::ChangeConfidentiality, &Proposal::default(), parts, |work| {
            let row = work.file.case.clone();
            let before = std::mem::replace(&mut work.file.case.confidentiality, level.as_str().to_owned());
            work.still_fits(&row)?;
            work.join_desk_if_secret()?;
            Ok(json!({ "before": before, "confidentiality": level.as_str() }))
        })
    }
}

impl Execute for HoldLegally {
    fn action(&self) -> CaseAction {
        CaseAction::HoldLegally
    }

    fn texts(&self) -> Vec<Text<'_>> {
        vec![Text::event("reason", &self.reason)]
    }

    fn check(&self) -> Vec<(&'static str, &'static str)> {
        needed("reason", &self.reason).into_iter().collect()
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let parts = work.sealed.parts();
        work.step(CaseAction::HoldLegally, &Proposal::default(), parts, |work| {
            work.file.case.legal_hold = true;
            Ok(json!({}))
        })
    }
}

impl Execute for LiftHold {
    fn action(&self) -> CaseAction {
        CaseAction::LiftHold
    }

    fn texts(&self) -> Vec<Text<'_>> {
        vec![Text::event("reason", &self.reason)]
    }

    fn check(&self) -> Vec<(&'static str, &'static str)> {
        needed("reason", &self.reason).into_iter().collect()
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let parts = work.sealed.parts();
        work.step(CaseAction::LiftHold, &Proposal::default(), parts, |work| {
            work.file.case.legal_hold = false;
            Ok(json!({}))
        })
    }
}
