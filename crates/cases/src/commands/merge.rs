//! Merging and taking apart: every reporter keeps own progress, answer, rating and confidentiality; nothing is counted twice.

use super::{
    Execute, Merge, Text, Unmerge, Work, needed,
    tallies::{self, Counted},
};
use crate::{CaseError, model::File};
use diesel::prelude::*;
use rules::{
    lifecycle::{CaseAction, Evidence, OtherCase, Proposal},
    words::CaseKind,
};
use serde_json::json;
use store::{
    Run,
    events::NewEvent,
    ms,
    schema::{cases, reporters},
};

impl Work<'_, '_> {
    /// The other case of a merge or link, locked. The actor must be allowed to know of it.
    pub(crate) fn other(&mut self, id: i64) -> Result<(File, OtherCase), CaseError> {
        let other = File::load(self.tx, id)?;
        let children: i64 = cases::table
            .filter(cases::merged_into.eq(self.file.case.id))
            .count()
            .get_result(self.tx.conn())?;
        let reported = |file: &File| file.case.reported_unit_id.into_iter().collect::<Vec<i64>>();
        let secret = |kind: CaseKind| kind == CaseKind::WrongdoingReport;
        let facts = OtherCase {
            same: id == self.file.case.id,
            state: other.state()?,
            confidentiality: other.confidentiality()?,
            reported: reported(&other),
            source_has_merged: children > 0,
            same_secrecy: secret(other.kind()?) == secret(self.file.kind()?),
        };
        Ok((other, facts))
    }

    /// Saves the other case with its new reporters, its tallies and an event of its own.
    fn save_other(
        &mut self,
        before: &File,
        mut case: crate::model::CaseRow,
        reporters_after: &[crate::model::ReporterRow],
        kind: &'static str,
    ) -> Result<(), CaseError> {
        let now = ms(self.ctx.now);
        case.version += 1;
        case.updated_at = now;
        case.reporter_count = i64::try_from(reporters_after.len()).unwrap_or(i64::MAX);
        case.update_from(&before.case, self.tx.conn())?;
        let after = Counted { case: &case, reporters: reporters_after, rounds: &before.rounds };
        tallies::difference(self.tx, self.rules, Counted::of(before), after)?;
        let event = NewEvent {
            stream: case.id,
            stream_kind: "case",
            kind,
            kind_version: 1,
            occurred_at: self.ctx.now,
            recorded_at: self.ctx.now,
            actor: self.ctx.actor.account_id(),
            actor_unit: self.ctx.actor.unit_id(),
            public: json!({ "case": self.file.case.id.to_string(), "number": self.file.case.number }),
            parts: Vec::new(),
        };
        let id = self.tx.append(event)?;
        self.events.push(id);
        Ok(())
    }
}

impl Execute for Merge {
    fn action(&self) -> CaseAction {
        CaseAction::Merge
    }

    fn texts(&self) -> Vec<Text<'_>> {
        vec![Text::event("reason", &self.reason)]
    }

    fn check(&self) -> Vec<(&'static str, &'static str)> {
        needed("reason", &self.reason).into_iter().collect()
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let (other, facts) = work.other(self.into)?;
        work.check_sight_of(&other)?;
        // A reported unit under another is compared as it stands on the case itself.
        let proposal =
            Proposal { other: Some(facts), evidence: vec![Evidence::MergedInto], ..Proposal::default() };
        let parts = work.sealed.parts();
        work.step(CaseAction::Merge, &proposal, parts, |work| {
            let source = work.file.case.id;
            work.file.case.merged_into = Some(self.into);
            work.file.case.host_unit_id = None;
            work.file.case.due_at = None;
            let moved = std::mem::take(&mut work.file.reporters);
            store::update(reporters::table.filter(reporters::case_id.eq(source)))
                .set(reporters::case_id.eq(self.into))
                .run(work.tx.conn())?;
            let mut together = other.reporters.clone();
            together.extend(moved.into_iter().map(|mut reporter| {
                reporter.case_id = self.into;
                reporter
            }));
            let mut case = other.case.clone();
            case.head_count += work.file.case.head_count;
            case.anonymous = case.anonymous && work.file.case.anonymous;
            work.save_other(&other, case, &together, "case.absorbed")?;
            Ok(json!({ "case": self.into.to_string(), "number": other.case.number }))
        })
    }
}

impl Execute for Unmerge {
    fn action(&self) -> CaseAction {
        CaseAction::Unmerge
    }

    fn texts(&self) -> Vec<Text<'_>> {
        vec![Text::event("reason", &self.reason)]
    }

    fn check(&self) -> Vec<(&'static str, &'static str)> {
        needed("reason", &self.reason).into_iter().collect()
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let Some(target) = work.file.case.merged_into else {
            return Err(rules::lifecycle::Refusal::new("case.wrong_state").into());
        };
        let (other, facts) = work.other(target)?;
        work.check_sight_of(&other)?;
        let parts = work.sealed.parts();
        let proposal = Proposal { other: Some(facts), ..Proposal::default() };
        work.step(CaseAction::Unmerge, &proposal, parts, |work| {
            let source = work.file.case.id;
            work.file.case.merged_into = None;
            let (own, rest): (Vec<_>, Vec<_>) =
                other.reporters.iter().cloned().partition(|reporter| reporter.origin_case_id == source);
            store::update(
                reporters::table
                    .filter(reporters::case_id.eq(target).and(reporters::origin_case_id.eq(source))),
            )
            .set(reporters::case_id.eq(source))
            .run(work.tx.conn())?;
            // What they were told of the other case's answer is not an answer to this one.
            work.file.reporters = own
                .into_iter()
                .map(|mut reporter| {
                    reporter.case_id = source;
                    reporter.reached_at = None;
                    reporter.resolved = None;
                    reporter.satisfaction = None;
                    reporter.attempts = 0;
                    reporter
                })
                .collect();
            let mut case = other.case.clone();
            case.head_count = (case.head_count - work.file.case.head_count).max(1);
            // A named source had made it named.
            if !work.file.case.anonymous {
                case.anonymous = rest.iter().all(|reporter| reporter.anonymous);
            }
            work.save_other(&other, case, &rest, "case.parted")?;
            Ok(json!({ "case": target.to_string(), "number": other.case.number }))
        })
    }
}
