//! Erasing a person (a rights request, PIPL art. 47): the person goes, the matter stays.

use crate::{CaseError, Cases, Ctx};
use diesel::prelude::*;
use people::{Permission, persons};
use rules::lifecycle::Refusal;
use serde_json::json;
use store::{
    Tx,
    events::NewEvent,
    schema::{cases, reporters},
};

impl Cases {
    /// Erases a person's details everywhere.
    ///
    /// # Errors
    /// `forbidden`; `person.case_open` while a case of theirs is open; `person.legal_hold` while one is held.
    pub async fn erase_person(&self, ctx: &Ctx, person_id: i64, reason: &str) -> Result<(), CaseError> {
        if !ctx.actor.can(Permission::PersonErase) {
            return Err(CaseError::Forbidden);
        }
        if reason.trim().is_empty() {
            return Err(CaseError::field("reason", "field.missing"));
        }
        let at = ctx.clone();
        let job = move |tx: &mut Tx<'_>| -> Result<(), CaseError> {
            let theirs: Vec<(i64, i64, bool, bool)> = reporters::table
                .inner_join(cases::table.on(cases::id.eq(reporters::case_id)))
                .filter(reporters::person_id.eq(person_id))
                .select((reporters::id, cases::id, cases::open, cases::legal_hold))
                .load(tx.conn())?;
            if theirs.iter().any(|(_, _, open, _)| *open) {
                return Err(Refusal::new("person.case_open").into());
            }
            if theirs.iter().any(|(_, _, _, held)| *held) {
                return Err(Refusal::new("person.legal_hold").into());
            }
            persons::erase(tx, person_id, at.now)?;
            for (reporter, case, _, _) in theirs {
                diesel::update(reporters::table.find(reporter))
                    .set(reporters::contact.eq(false))
                    .execute(tx.conn())?;
                tx.append(NewEvent {
                    stream: case,
                    stream_kind: "case",
                    kind: "case.person_erased",
                    kind_version: 1,
                    occurred_at: at.now,
                    recorded_at: at.now,
                    actor: at.actor.account_id(),
                    actor_unit: at.actor.unit_id(),
                    public: json!({ "reporter": reporter.to_string() }),
                    parts: Vec::new(),
                })?;
            }
            Ok(())
        };
        self.store.write(job).await
    }
}
