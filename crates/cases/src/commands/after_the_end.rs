//! The way back in, and the archive.

use super::{Archive, Execute, Reopen, ReopenByReview, Text, Work, needed};
use crate::CaseError;
use rules::lifecycle::{CaseAction, Proposal};
use serde_json::json;
use store::ms;

impl Execute for Reopen {
    fn action(&self) -> CaseAction {
        CaseAction::Reopen
    }

    fn texts(&self) -> Vec<Text<'_>> {
        vec![Text::event("reason", &self.reason)]
    }

    fn check(&self) -> Vec<(&'static str, &'static str)> {
        needed("reason", &self.reason).into_iter().collect()
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let parts = work.sealed.parts();
        work.step(CaseAction::Reopen, &Proposal::default(), parts, |work| {
            let round = work.round();
            work.by_whom_with(round)
        })
    }
}

impl Execute for ReopenByReview {
    fn action(&self) -> CaseAction {
        CaseAction::ReopenByReview
    }

    fn texts(&self) -> Vec<Text<'_>> {
        vec![Text::event("reason", &self.reason)]
    }

    fn check(&self) -> Vec<(&'static str, &'static str)> {
        needed("reason", &self.reason).into_iter().collect()
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let parts = work.sealed.parts();
        work.step(CaseAction::ReopenByReview, &Proposal::default(), parts, |work| Ok(work.round()))
    }
}

impl Execute for Archive {
    fn action(&self) -> CaseAction {
        CaseAction::Archive
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        work.step(CaseAction::Archive, &Proposal::default(), Vec::new(), |work| {
            work.file.case.archived_at = Some(ms(work.ctx.now));
            Ok(json!({}))
        })
    }
}
