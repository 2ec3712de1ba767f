//! Bringing the answer to the reporters, calling them back, closing, handling again.

use super::{Callback, Close, Deliver, Execute, Rework, Text, Work, needed, one_of};
use crate::{
    CaseError,
    model::{DeliveryRow, contexts},
};
use diesel::prelude::*;
use rules::lifecycle::{CaseAction, Proposal};
use serde_json::{Value, json};
use store::{Run, ms, schema::deliveries};

/// How an answer can be brought.
pub(crate) const WAYS: [&str; 5] = ["phone", "letter", "visit", "portal", "message"];
/// What a person can say.
pub(crate) const RESOLVED: [&str; 4] = ["yes", "partly", "no", "unreachable"];

impl Work<'_, '_> {
    /// The reporters a command is about, by index: the named one, or all who left a contact.
    fn addressed(&self, reporter: Option<i64>) -> Result<Vec<usize>, CaseError> {
        match reporter {
            Some(id) => {
                let index = self.file.reporters.iter().position(|reporter| reporter.id == id);
                index.map(|index| vec![index]).ok_or_else(|| CaseError::field("reporter", "reporter.unknown"))
            }
            None => {
                let with_contact =
                    self.file.reporters.iter().enumerate().filter(|(_, reporter)| reporter.contact);
                Ok(with_contact.map(|(index, _)| index).collect())
            }
        }
    }

    /// Writes an attempt down. A row counts the attempts of one way to bring one answer to one reporter until it reached
    /// them, and is their evidence then: what follows is a row of its own and leaves it as it is. The evidence is a word,
    /// or the sealed text of the command.
    fn note_attempt(&mut self, index: usize, way: &str, reached: bool, word: &str) -> Result<(), CaseError> {
        let now = ms(self.ctx.now);
        let told = self.sealed.column_or_null(contexts::EVIDENCE);
        let reporter = self.file.reporters[index].id;
        let reply = self.file.replies.iter().rev().find(|reply| reply.review.as_deref() != Some("rejected"));
        let reply = reply.map(|reply| reply.id);
        let rows: Vec<DeliveryRow> = deliveries::table
            .filter(deliveries::case_id.eq(self.file.case.id).and(deliveries::channel.eq(way)))
            .filter(deliveries::reached_at.is_null())
            .select(DeliveryRow::as_select())
            .load(self.tx.conn())?;
        let there = rows.into_iter().find(|row| row.reporter_id == Some(reporter) && row.reply_id == reply);
        let state = if reached { "reached" } else { "tried" };
        match there {
            Some(row) => {
                let row = DeliveryRow {
                    attempts: row.attempts + 1,
                    reached_at: reached.then_some(now),
                    state: state.to_owned(),
                    evidence: word.to_owned(),
                    evidence_text: told,
                    account_id: self.ctx.actor.account_id(),
                    ..row
                };
                store::update(deliveries::table.find(row.id)).set(&row).run(self.tx.conn())?;
            }
            None => {
                let row = DeliveryRow {
                    id: self.tx.id()?,
                    case_id: self.file.case.id,
                    reporter_id: Some(reporter),
                    reply_id: reply,
                    channel: way.to_owned(),
                    state: state.to_owned(),
                    attempts: 1,
                    evidence: word.to_owned(),
                    evidence_text: told,
                    account_id: self.ctx.actor.account_id(),
                    first_at: now,
                    reached_at: reached.then_some(now),
                };
                diesel::insert_into(deliveries::table).values(&row).run(self.tx.conn())?;
            }
        }
        let reporter = &mut self.file.reporters[index];
        if reached {
            reporter.reached_at = reporter.reached_at.or(Some(now));
        } else {
            reporter.attempts += 1;
        }
        Ok(())
    }

    /// Whether everybody who left a contact has been asked, or tried often enough, and nobody is discontent.
    fn all_content(&self) -> bool {
        let needed = i64::from(self.rules.numbers.callback_attempts);
        self.file.reporters.iter().filter(|reporter| reporter.contact).all(|reporter| {
            match reporter.resolved.as_deref() {
                Some("yes" | "partly") => reporter.satisfaction.is_none_or(|value| value <= 3),
                Some("unreachable") => reporter.attempts >= needed,
                Some(_) | None => false,
            }
        })
    }
}

impl Execute for Deliver {
    fn action(&self) -> CaseAction {
        CaseAction::Deliver
    }

    fn texts(&self) -> Vec<Text<'_>> {
        vec![Text::kept(contexts::EVIDENCE, &self.evidence)]
    }

    fn check(&self) -> Vec<(&'static str, &'static str)> {
        [needed("evidence", &self.evidence), one_of("channel", &self.channel, &WAYS)]
            .into_iter()
            .flatten()
            .collect()
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let addressed = work.addressed(self.reporter)?;
        let reporter = self.reporter.and(addressed.first().copied());
        let proposal = Proposal { reporter, ..Proposal::default() };
        work.step(CaseAction::Deliver, &proposal, Vec::new(), |work| {
            for index in addressed {
                work.note_attempt(index, &self.channel, self.reached, "")?;
            }
            work.by_whom_with(json!({
                "reporter": self.reporter.map(|id| id.to_string()),
                "channel": self.channel,
                "reached": self.reached,
            }))
        })
    }
}

impl Execute for Callback {
    fn action(&self) -> CaseAction {
        CaseAction::Callback
    }

    fn texts(&self) -> Vec<Text<'_>> {
        vec![Text::event("note", &self.note)]
    }

    fn check(&self) -> Vec<(&'static str, &'static str)> {
        let mut wrong: Vec<_> = one_of("resolved", &self.resolved, &RESOLVED).into_iter().collect();
        if self.satisfaction.is_some_and(|value| !(1..=5).contains(&value)) {
            wrong.push(("satisfaction", "field.out_of_range"));
        }
        if self.resolved == "unreachable" && self.satisfaction.is_some() {
            wrong.push(("satisfaction", "callback.unreachable_has_no_rating"));
        }
        wrong
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let mut addressed = work.addressed(self.reporter)?;
        if self.reporter.is_none() && addressed.len() > 1 {
            return Err(CaseError::field("reporter", "field.missing"));
        }
        let proposal = Proposal { reporter: addressed.first().copied(), ..Proposal::default() };
        let parts = work.sealed.parts();
        work.step(CaseAction::Callback, &proposal, parts, |work| {
            let Some(index) = addressed.pop() else { return Ok(json!({})) };
            let reached = self.resolved != "unreachable";
            let own = matches!(work.ctx.actor, people::Actor::Citizen);
            work.note_attempt(index, if own { "portal" } else { "phone" }, reached, "callback")?;
            let reporter = &mut work.file.reporters[index];
            // An answer stands; a later attempt in vain does not wipe it out.
            if reached || reporter.resolved.is_none() {
                reporter.resolved = Some(self.resolved.clone());
                reporter.satisfaction = self.satisfaction;
            }
            let id = reporter.id.to_string();
            work.by_whom_with(json!({
                "reporter": id,
                "resolved": self.resolved,
                "satisfaction": self.satisfaction,
            }))
        })?;
        if self.conclude && work.all_content() && may_close(work)? {
            close(work, false, Vec::new())?;
        }
        Ok(())
    }
}

/// Whether the same actor may close now; if not, the case waits for whoever may.
fn may_close(work: &mut Work<'_, '_>) -> Result<bool, CaseError> {
    let facts = work.facts(&[])?;
    Ok(work.tables.may(CaseAction::Close, &facts, &work.actor).is_ok())
}

fn close(
    work: &mut Work<'_, '_>,
    reason: bool,
    parts: Vec<store::vault::SealedPart>,
) -> Result<(), CaseError> {
    let proposal = Proposal { reason, ..Proposal::default() };
    work.step(CaseAction::Close, &proposal, parts, |_| Ok(json!({})))
}

impl Execute for Close {
    fn action(&self) -> CaseAction {
        CaseAction::Close
    }

    fn texts(&self) -> Vec<Text<'_>> {
        vec![Text::event("reason", &self.reason)]
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let parts = work.sealed.parts();
        close(work, !self.reason.trim().is_empty(), parts)
    }
}

impl Execute for Rework {
    fn action(&self) -> CaseAction {
        CaseAction::Rework
    }

    fn texts(&self) -> Vec<Text<'_>> {
        vec![Text::event("reason", &self.reason)]
    }

    fn check(&self) -> Vec<(&'static str, &'static str)> {
        needed("reason", &self.reason).into_iter().collect()
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let parts = work.sealed.parts();
        work.step(CaseAction::Rework, &Proposal::default(), parts, |work| Ok(work.round()))
    }
}

impl Work<'_, '_> {
    /// The round and its host, for the event.
    pub(crate) fn round(&self) -> Value {
        json!({
            "round": self.file.case.round,
            "host": self.file.host_order().map(|order| order.unit_id.to_string()),
        })
    }
}
