//! Verifying and correcting; answering on the spot, not accepting, passing to an emergency service, taking back.

use super::{
    Answer, Correct, Execute, NotAccept, Text, TransferEmergency, Verify, Withdraw, Work, needed, one_of,
};
use crate::{
    CaseError,
    model::{CaseRow, ReplyRow, contexts},
};
use diesel::prelude::*;
use rules::{
    lifecycle::{CaseAction, CaseState, Evidence, Part, Proposal, Refusal, may_help, may_host},
    words::{CaseKind, Confidentiality},
};
use serde_json::{Value, json};
use store::{
    Run, StoreError, ms,
    schema::{case_texts, cases, deliveries, replies},
};

/// How an answer on the spot can be told.
pub(crate) const TOLD_BY: [&str; 4] = ["spoken", "phone", "letter", "portal"];
/// Why a matter is not accepted [BJ 11].
pub(crate) const LEGAL_REASONS: [&str; 8] = [
    "litigation",
    "arbitration",
    "discipline",
    "administrative_review",
    "information_disclosure",
    "petition",
    "not_public",
    "no_facts",
];
/// The emergency services.
pub(crate) const SERVICES: [&str; 4] = ["110", "119", "120", "122"];

impl Verify {
    fn wrong(&self) -> Vec<(&'static str, &'static str)> {
        let both = self.nobody_named && self.reported_unit_id.is_some();
        let both = both.then_some(("nobody_named", "field.contradicts"));
        [needed("title", &self.title), needed("category", &self.category), both]
            .into_iter()
            .flatten()
            .collect()
    }

    fn sealed_texts(&self) -> Vec<Text<'_>> {
        let mut texts = vec![
            Text::column("title", contexts::TITLE, &self.title),
            Text::column("place", contexts::PLACE, &self.place.text),
        ];
        if let Some(form) = &self.form {
            texts.push(Text::column("form", contexts::FORM, Value::Object(form.clone()).to_string()));
        }
        texts
    }

    /// Writes the findings onto the case. Invariant: no clock moves by it.
    fn write(&self, work: &mut Work<'_, '_>) -> Result<Value, CaseError> {
        self.says_whom(&work.file.case)?;
        let form = self.standing_form(work)?;
        if let Some(unit) = self.reported_unit_id {
            work.unit("reported_unit_id", unit)?;
        }
        let before = work.file.case.clone();
        let hidden = work.file.reporters.iter().any(|reporter| reporter.confidential);
        let case = &mut work.file.case;
        case.kind = self.kind.as_str().to_owned();
        case.category = self.category.clone();
        case.urgency = self.urgency.as_str().to_owned();
        case.confidentiality = at_least(self.kind, self.confidentiality, hidden).as_str().to_owned();
        case.reported_unit_id = match self.reported_unit_id {
            Some(unit) => Some(unit),
            None if self.nobody_named => None,
            None => case.reported_unit_id,
        };
        case.title = work.sealed.column(contexts::TITLE);
        case.county_id = self.place.county_id.or(case.county_id);
        case.town_id = self.place.town_id;
        case.village_id = self.place.village_id;
        case.grid_id = self.place.grid_id;
        (case.lon, case.lat) = (self.place.lon, self.place.lat);
        let id = case.id;
        let text = case_texts::table.find(id);
        if let Some(place) = work.sealed.column_or_null(contexts::PLACE) {
            store::update(text).set(case_texts::place.eq(place)).run(work.tx.conn())?;
        }
        if let Some(form) = form {
            store::update(text).set(case_texts::form.eq(form)).run(work.tx.conn())?;
        }
        work.still_fits(&before)?;
        work.join_desk_if_secret()?;
        Ok(json!({
            "kind": self.kind.as_str(),
            "category": self.category,
            "urgency": self.urgency.as_str(),
            "confidentiality": work.file.case.confidentiality,
            "town_id": self.place.town_id.map(|id| id.to_string()),
            "village_id": self.place.village_id.map(|id| id.to_string()),
        }))
    }

    /// A report of wrongdoing says whom it is about, or that it names nobody: it would else be routed to the very unit [XF 30].
    fn says_whom(&self, before: &CaseRow) -> Result<(), CaseError> {
        let wrongdoing = self.kind == CaseKind::WrongdoingReport;
        let said = self.nobody_named || self.reported_unit_id.or(before.reported_unit_id).is_some();
        let said_before = before.kind == self.kind.as_str() && before.state != CaseState::Received.as_str();
        if wrongdoing && !said && !said_before {
            return Err(CaseError::field("reported_unit_id", "field.missing"));
        }
        Ok(())
    }
}

/// As asked, but never less than the kind and the reporters need: a report of wrongdoing is sealed [XF 30], a reporter who wants
/// to stay unknown restricts the case.
pub(crate) fn at_least(kind: CaseKind, asked: Confidentiality, hidden: bool) -> Confidentiality {
    match kind {
        CaseKind::WrongdoingReport => Confidentiality::Sealed,
        _ if hidden => asked.max(Confidentiality::Restricted),
        _ => asked,
    }
}

impl Execute for Verify {
    fn action(&self) -> CaseAction {
        CaseAction::Verify
    }

    fn texts(&self) -> Vec<Text<'_>> {
        self.sealed_texts()
    }

    fn check(&self) -> Vec<(&'static str, &'static str)> {
        self.wrong()
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let parts = work.sealed.parts();
        // The findings decide the limits of the clocks that start now: they are written first.
        let facts = work.facts(&[])?;
        work.tables.may(CaseAction::Verify, &facts, &work.actor)?;
        let public = self.write(work)?;
        work.step(CaseAction::Verify, &Proposal::default(), parts, |_| Ok(public))
    }
}

impl Execute for Correct {
    fn action(&self) -> CaseAction {
        CaseAction::Correct
    }

    fn texts(&self) -> Vec<Text<'_>> {
        let mut texts = self.with.sealed_texts();
        texts.push(Text::event("reason", &self.reason));
        texts
    }

    fn check(&self) -> Vec<(&'static str, &'static str)> {
        self.with.wrong().into_iter().chain(needed("reason", &self.reason)).collect()
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let parts = work.sealed.parts();
        work.step(CaseAction::Correct, &Proposal::default(), parts, |work| self.with.write(work))
    }
}

impl Execute for Answer {
    fn action(&self) -> CaseAction {
        CaseAction::Answer
    }

    fn texts(&self) -> Vec<Text<'_>> {
        vec![Text::column("text", contexts::REPLY, &self.text)]
    }

    fn check(&self) -> Vec<(&'static str, &'static str)> {
        [needed("text", &self.text), one_of("told_by", &self.told_by, &TOLD_BY)]
            .into_iter()
            .flatten()
            .collect()
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let parts = work.sealed.parts();
        let evidence = vec![Evidence::AnswerText, Evidence::Told];
        let proposal = Proposal { evidence, ..Proposal::default() };
        work.step(CaseAction::Answer, &proposal, parts, |work| {
            tell(work, "answered", &self.told_by)?;
            Ok(json!({ "told_by": self.told_by }))
        })
    }
}

impl Execute for NotAccept {
    fn action(&self) -> CaseAction {
        CaseAction::NotAccept
    }

    fn texts(&self) -> Vec<Text<'_>> {
        vec![Text::column("route", contexts::REPLY, &self.route)]
    }

    fn check(&self) -> Vec<(&'static str, &'static str)> {
        [
            needed("route", &self.route),
            one_of("legal_reason", &self.legal_reason, &LEGAL_REASONS),
            one_of("told_by", &self.told_by, &TOLD_BY),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let parts = work.sealed.parts();
        let evidence = vec![Evidence::LegalReason, Evidence::RouteTold, Evidence::Told];
        let proposal = Proposal { evidence, ..Proposal::default() };
        work.step(CaseAction::NotAccept, &proposal, parts, |work| {
            tell(work, self.legal_reason.as_str(), &self.told_by)?;
            Ok(json!({ "legal_reason": self.legal_reason, "told_by": self.told_by }))
        })
    }
}

impl Execute for TransferEmergency {
    fn action(&self) -> CaseAction {
        CaseAction::TransferEmergency
    }

    fn texts(&self) -> Vec<Text<'_>> {
        vec![Text::column("receipt", contexts::REPLY, &self.receipt)]
    }

    fn check(&self) -> Vec<(&'static str, &'static str)> {
        [needed("receipt", &self.receipt), one_of("service", &self.service, &SERVICES)]
            .into_iter()
            .flatten()
            .collect()
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let parts = work.sealed.parts();
        let evidence = vec![Evidence::EmergencyService, Evidence::Receipt];
        let proposal = Proposal { evidence, ..Proposal::default() };
        work.step(CaseAction::TransferEmergency, &proposal, parts, |work| {
            write_reply(work, &format!("transferred_{}", self.service))?;
            Ok(json!({ "service": self.service }))
        })
    }
}

impl Execute for Withdraw {
    fn action(&self) -> CaseAction {
        CaseAction::Withdraw
    }

    fn texts(&self) -> Vec<Text<'_>> {
        vec![Text::column("statement", contexts::REPLY, &self.statement)]
    }

    fn check(&self) -> Vec<(&'static str, &'static str)> {
        needed("statement", &self.statement).into_iter().collect()
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let parts = work.sealed.parts();
        let proposal = Proposal { evidence: vec![Evidence::Statement], ..Proposal::default() };
        work.step(CaseAction::Withdraw, &proposal, parts, |work| {
            write_reply(work, "withdrawn")?;
            Ok(work.by_whom())
        })
    }
}

/// Writes the text of an ending, sealed under [`contexts::REPLY`], as a reply that the desk gave itself.
fn write_reply(work: &mut Work<'_, '_>, result: &str) -> Result<i64, CaseError> {
    let id = work.tx.id()?;
    let now = ms(work.ctx.now);
    let row = ReplyRow {
        id,
        case_id: work.file.case.id,
        work_order_id: None,
        round: work.file.case.round,
        unit_id: work.ctx.actor.unit_id(),
        account_id: work.ctx.actor.account_id(),
        text: work.sealed.column(contexts::REPLY),
        result: result.to_owned(),
        replied_at: now,
        reviewed_by: None,
        reviewed_at: None,
        review: None,
    };
    diesel::insert_into(replies::table).values(&row).run(work.tx.conn())?;
    work.file.replies.push(row);
    work.made = Some(id);
    Ok(id)
}

/// Writes an answer on the spot and that it was told to everybody who left a contact.
fn tell(work: &mut Work<'_, '_>, result: &str, told_by: &str) -> Result<(), CaseError> {
    let reply = write_reply(work, result)?;
    let now = ms(work.ctx.now);
    for index in 0..work.file.reporters.len() {
        if !work.file.reporters[index].contact {
            continue;
        }
        let (id, reporter) = (work.tx.id()?, work.file.reporters[index].id);
        diesel::insert_into(deliveries::table)
            .values((
                deliveries::id.eq(id),
                deliveries::case_id.eq(work.file.case.id),
                deliveries::reporter_id.eq(reporter),
                deliveries::reply_id.eq(reply),
                deliveries::channel.eq(told_by),
                deliveries::state.eq("reached"),
                deliveries::attempts.eq(1),
                deliveries::evidence.eq("told_on_the_spot"),
                deliveries::account_id.eq(work.ctx.actor.account_id()),
                deliveries::first_at.eq(now),
                deliveries::reached_at.eq(now),
            ))
            .run(work.tx.conn())?;
        work.file.reporters[index].reached_at = Some(now);
    }
    Ok(())
}

impl Work<'_, '_> {
    /// What was found or changed must leave every part in the case a fitting one: the host and its helpers, and what was merged.
    ///
    /// # Errors
    /// `dispatch.*` where a unit that works on it may no longer: it is taken back first. `merge.does_not_fit` where a merged case
    /// would be less protected than it was.
    pub(crate) fn still_fits(&mut self, before: &CaseRow) -> Result<(), CaseError> {
        let after = self.file.case.clone();
        let kept = |case: &CaseRow| {
            let secrecy = (case.confidentiality.clone(), case.reported_unit_id);
            (case.kind.clone(), case.category.clone(), secrecy)
        };
        if kept(before) == kept(&after) {
            return Ok(());
        }
        let live: Vec<(i64, bool)> = self
            .file
            .orders
            .iter()
            .filter(|order| order.open)
            .map(|order| (order.unit_id, order.part == Part::Host.as_str()))
            .collect();
        let ids: Vec<i64> = live.iter().map(|(unit, _)| *unit).collect();
        let units = self.units("unit", &ids)?;
        let facts = self.facts(&units)?;
        for unit in units {
            let host = live.iter().any(|(id, host)| *id == unit.id && *host);
            if !(if host { may_host(&facts, unit) } else { may_help(&facts, unit) }) {
                return Err(Refusal::new("dispatch.unit_not_allowed").into());
            }
        }
        let merged: Vec<CaseRow> = cases::table
            .filter(cases::merged_into.eq(after.id))
            .select(CaseRow::as_select())
            .load(self.tx.conn())?;
        let secret = |case: &CaseRow| case.kind == CaseKind::WrongdoingReport.as_str();
        let level = |case: &CaseRow| Confidentiality::parse(&case.confidentiality).ok();
        let fits = |case: &CaseRow| {
            secret(case) == secret(&after)
                && level(case) <= level(&after)
                && case.reported_unit_id == after.reported_unit_id
        };
        if !merged.iter().all(fits) {
            return Err(Refusal::new("merge.does_not_fit").into());
        }
        self.release_unfit()
    }

    /// `{"by": "person"}` when the person acts, so that the timeline says so.
    pub(crate) fn by_whom(&self) -> Value {
        match self.ctx.actor {
            people::Actor::Citizen => json!({ "by": "person" }),
            people::Actor::System | people::Actor::Account(_) => json!({}),
        }
    }

    /// The same with more.
    pub(crate) fn by_whom_with(&self, mut fields: Value) -> Result<Value, CaseError> {
        match (&mut fields, self.by_whom()) {
            (Value::Object(fields), Value::Object(by)) => fields.extend(by),
            _ => {
                let detail = "an event's public part is an object".to_owned();
                return Err(CaseError::Store(StoreError::Corrupt { what: "event", detail }));
            }
        }
        Ok(fields)
    }
}
