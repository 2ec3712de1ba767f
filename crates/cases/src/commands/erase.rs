//! Erasing a person (a rights request, PIPL art. 47): the person goes, the matter stays.

use super::{enact::event_kind, work::check_sight};
use crate::{
    CaseError, Cases, Ctx,
    attachments::{AttachmentError, Files},
    follow::reindex,
    model::File,
};
use diesel::prelude::*;
use people::{Permission, persons};
use rules::lifecycle::{CaseAction, Refusal};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use store::{
    Conn, Run, StoreError, Tx,
    access::Access,
    events::NewEvent,
    schema::{attachments, cases, deliveries, events, reporters},
};

/// Whose details go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erasure {
    /// The case's number (or id).
    pub case: String,
    /// The reporter on it; absent: the only one.
    pub reporter: Option<i64>,
    /// Why: the request or the retention rule; written to the access log.
    pub purpose: String,
    /// Whether the texts and files of the matter go too. Absent: where nobody else stands behind it.
    pub texts: Option<bool>,
}

/// What was erased.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// The cases on which the person stood.
    pub cases: Vec<i64>,
    /// Those whose texts and files went too.
    pub texts: Vec<i64>,
    /// How many files went.
    pub files: usize,
    /// Where they lay, thumbnails too: to be taken away.
    paths: Vec<String>,
}

/// The reporters of one person: (reporter, case, the case registered for it).
type Standing = Vec<(i64, i64, i64)>;

impl Cases {
    /// Erases a person's details everywhere, and what the person said unless others stand behind the same matter. The bytes
    /// leave the database with the next [`store::Store::compact`]. Doing it again finishes what was interrupted.
    ///
    /// # Errors
    /// `forbidden`; `case.not_found`; `input.invalid` without a purpose or a reporter of the case; `person.case_open` while
    /// a case of theirs is open; `person.legal_hold` while one is held.
    pub async fn erase_person(
        &self,
        files: &Files,
        ctx: &Ctx,
        erasure: Erasure,
    ) -> Result<Erased, AttachmentError> {
        if erasure.purpose.trim().chars().count() < 2 {
            return Err(CaseError::field("purpose", "field.missing").into());
        }
        let at = ctx.clone();
        let job = move |tx: &mut Tx<'_>| -> Result<Result<Erased, CaseError>, CaseError> {
            let allowed = may(tx, &at, &erasure);
            let done = match &allowed {
                Ok(theirs) => erase(tx, &at, theirs, erasure.texts)?,
                Err(_) => Erased::default(),
            };
            // At last: what was stated for earlier accesses goes with the case, why it was erased stays.
            log(tx, &at, ("erase", &erasure), allowed.as_ref().ok())?;
            Ok(allowed.map(|_| done))
        };
        let erased = self.store.write(job).await??;
        for path in &erased.paths {
            files.delete(path).await?;
        }
        reindex(&self.store, &erased.cases).await?;
        Ok(erased)
    }

    /// What [`Cases::erase_person`] would take away. Nothing is done; that it was asked stands in the access log.
    ///
    /// # Errors
    /// As [`Cases::erase_person`], but for the purpose.
    pub async fn plan_erasure(&self, ctx: &Ctx, erasure: Erasure) -> Result<Erased, CaseError> {
        let at = ctx.clone();
        let job = move |tx: &mut Tx<'_>| -> Result<Result<Erased, CaseError>, CaseError> {
            let allowed = may(tx, &at, &erasure);
            log(tx, &at, ("plan_erasure", &erasure), allowed.as_ref().ok())?;
            Ok(match allowed {
                Ok(theirs) => Ok(plan(tx.conn(), &theirs, erasure.texts)?),
                Err(refusal) => Err(refusal),
            })
        };
        self.store.write(job).await?
    }
}

/// Whose rows they are, if they may go.
fn may(tx: &mut Tx<'_>, ctx: &Ctx, erasure: &Erasure) -> Result<Standing, CaseError> {
    if !ctx.actor.can(Permission::PersonErase) {
        return Err(CaseError::Forbidden);
    }
    let by_number = cases::table.filter(cases::number.eq(&erasure.case)).select(cases::id);
    let id: Option<i64> = by_number.first(tx.conn()).optional()?;
    let id = id.or_else(|| erasure.case.parse().ok()).ok_or(CaseError::NotFound)?;
    let file = File::load(tx, id)?;
    check_sight(tx.conn(), ctx, &file)?;
    let reporter = match (erasure.reporter, file.reporters.as_slice()) {
        (Some(id), all) => all.iter().find(|reporter| reporter.id == id),
        (None, [only]) => Some(only),
        (None, _) => return Err(CaseError::field("reporter", "field.missing")),
    };
    let reporter = reporter.ok_or_else(|| CaseError::field("reporter", "reporter.unknown"))?;
    let theirs: Standing = match reporter.person_id {
        Some(person) => reporters::table
            .filter(reporters::person_id.eq(person))
            .select((reporters::id, reporters::case_id, reporters::origin_case_id))
            .load(tx.conn())?,
        None => vec![(reporter.id, reporter.case_id, reporter.origin_case_id)],
    };
    let standing: Vec<(bool, bool)> = cases::table
        .filter(cases::id.eq_any(concerned(&theirs)))
        .select((cases::open, cases::legal_hold))
        .load(tx.conn())?;
    if standing.iter().any(|(open, _)| *open) {
        return Err(Refusal::new("person.case_open").into());
    }
    if standing.iter().any(|(_, held)| *held) {
        return Err(Refusal::new("person.legal_hold").into());
    }
    Ok(theirs)
}

/// The cases that they stand on, and those that were merged into them.
fn concerned(theirs: &Standing) -> Vec<i64> {
    let ids: BTreeSet<i64> = theirs.iter().flat_map(|(_, case, origin)| [*case, *origin]).collect();
    ids.into_iter().collect()
}

fn log(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    (action, erasure): (&'static str, &Erasure),
    allowed: Option<&Standing>,
) -> Result<(), CaseError> {
    let reporter = erasure.reporter.or_else(|| allowed.and_then(|theirs| theirs.first()).map(|row| row.0));
    tx.log_access(Access {
        at: ctx.now,
        account_id: ctx.actor.account_id(),
        unit_id: ctx.actor.unit_id(),
        action,
        case_id: allowed.and_then(|theirs| theirs.first()).map(|row| row.1),
        subject: reporter.map_or_else(String::new, |id| format!("reporter {id}")),
        purpose: erasure.purpose.trim().to_owned(),
        outcome: if allowed.is_some() { "allowed" } else { "refused" },
        address: ctx.address.clone(),
    })?;
    Ok(())
}

/// Which cases lose their texts and files: by default those behind which nobody else stands.
fn plan(conn: &mut Conn, theirs: &Standing, texts: Option<bool>) -> Result<Erased, CaseError> {
    let mut planned = Erased { cases: concerned(theirs), ..Erased::default() };
    let ids = reporters_of(theirs);
    for case in &planned.cases {
        let of_others: i64 = reporters::table
            .filter(reporters::case_id.eq(case).or(reporters::origin_case_id.eq(case)))
            .filter(reporters::id.ne_all(&ids))
            .count()
            .get_result(conn)?;
        if texts.unwrap_or(of_others == 0) {
            planned.texts.push(*case);
        }
    }
    let lying: Vec<(String, Option<String>, Option<i64>)> = attachments::table
        .filter(attachments::case_id.eq_any(&planned.texts))
        .select((attachments::path, attachments::thumbnail_path, attachments::removed_at))
        .load(conn)?;
    planned.files = lying.iter().filter(|(.., removed_at)| removed_at.is_none()).count();
    planned.paths =
        lying.into_iter().flat_map(|(path, small, _)| std::iter::once(path).chain(small)).collect();
    Ok(planned)
}

fn reporters_of(theirs: &Standing) -> Vec<i64> {
    theirs.iter().map(|(id, _, _)| *id).collect()
}

fn erase(tx: &mut Tx<'_>, ctx: &Ctx, theirs: &Standing, texts: Option<bool>) -> Result<Erased, CaseError> {
    let erased = plan(tx.conn(), theirs, texts)?;
    let ids = reporters_of(theirs);
    let people: Vec<Option<i64>> = reporters::table
        .filter(reporters::id.eq_any(ids.clone()))
        .select(reporters::person_id)
        .load(tx.conn())?;
    for person in people.into_iter().flatten().collect::<BTreeSet<i64>>() {
        persons::erase(tx, person, ctx.now)?;
    }
    for (id, case, _) in theirs {
        erase_reporter(tx, *id, *case)?;
    }
    let reporters: Vec<String> = ids.iter().map(i64::to_string).collect();
    for case in &erased.cases {
        let gone = erased.texts.contains(case);
        if gone {
            erase_texts(tx, ctx, *case)?;
        }
        note(tx, ctx, *case, json!({ "reporters": reporters, "texts": gone }))?;
    }
    Ok(erased)
}

/// What stands on the reporter alone: the contact, how the answer was brought, what was said when called back.
fn erase_reporter(tx: &mut Tx<'_>, id: i64, case: i64) -> Result<(), CaseError> {
    store::update(reporters::table.find(id)).set(reporters::contact.eq(false)).run(tx.conn())?;
    store::update(deliveries::table.filter(deliveries::reporter_id.eq(id)))
        .set(deliveries::evidence_text.eq(None::<Vec<u8>>))
        .run(tx.conn())?;
    let calls: Vec<(i64, String)> = events::table
        .filter(events::stream.eq(case).and(events::kind.eq(event_kind(CaseAction::Callback))))
        .select((events::id, events::public))
        .load(tx.conn())?;
    let of_reporter = |public: &str| {
        let public: Value = serde_json::from_str(public).unwrap_or_default();
        public["reporter"] == json!(id.to_string())
    };
    for (event, _) in calls.iter().filter(|(_, public)| of_reporter(public)) {
        tx.erase_parts(*event)?;
    }
    Ok(())
}

/// Destroys the key of a case, and with it every text, reason, answer and file of it.
fn erase_texts(tx: &mut Tx<'_>, ctx: &Ctx, case: i64) -> Result<(), CaseError> {
    tx.erase_subject("case", case)?;
    tx.erase_purposes(case)?;
    tx.unindex(case)?;
    store::update(cases::table.find(case))
        .set((cases::lon.eq(None::<f64>), cases::lat.eq(None::<f64>)))
        .run(tx.conn())?;
    let of_case = attachments::table.filter(attachments::case_id.eq(case));
    store::update(of_case.filter(attachments::removed_at.is_null()))
        .set(attachments::removed_at.eq(store::ms(ctx.now)))
        .run(tx.conn())?;
    store::update(of_case).set(attachments::sha256.eq(Vec::<u8>::new())).run(tx.conn())?;
    Ok(())
}

fn note(tx: &mut Tx<'_>, ctx: &Ctx, case: i64, public: Value) -> Result<(), StoreError> {
    tx.append(NewEvent {
        stream: case,
        stream_kind: "case",
        kind: "case.person_erased",
        kind_version: 1,
        occurred_at: ctx.now,
        recorded_at: ctx.now,
        actor: ctx.actor.account_id(),
        actor_unit: ctx.actor.unit_id(),
        public,
        parts: Vec::new(),
    })
    .map(|_| ())
}
