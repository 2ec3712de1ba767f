//! Showing reporters in clear, with a purpose. Written to the access log whether allowed or refused.

use super::work::check_sight;
use crate::{CaseError, Cases, Ctx, model::File};
use people::{Permission, persons};
use store::{Tx, access::Access};

/// A reporter in clear.
#[derive(Clone, Debug)]
pub struct Unmasked {
    /// The reporter.
    pub reporter_id: i64,
    /// The person's details; `None` for an anonymous or erased one.
    pub person: Option<persons::Person>,
}

impl Cases {
    /// Shows a case's reporters in clear.
    ///
    /// # Errors
    /// `input.invalid` without a purpose; `forbidden`; `case.not_found`. A reporter who wants to stay unknown to the handling unit
    /// is shown to duties of the centre alone.
    pub async fn unmask(&self, ctx: &Ctx, case_id: i64, purpose: &str) -> Result<Vec<Unmasked>, CaseError> {
        let purpose = purpose.trim().to_owned();
        if purpose.chars().count() < 2 {
            return Err(CaseError::field("purpose", "field.missing"));
        }
        let (cases, at) = (self.clone(), ctx.clone());
        let job = move |tx: &mut Tx<'_>| -> Result<Result<Vec<Unmasked>, CaseError>, CaseError> {
            let shown = show(tx, &cases, &at, case_id);
            let outcome = if shown.is_ok() { "allowed" } else { "refused" };
            tx.log_access(Access {
                at: at.now,
                account_id: at.actor.account_id(),
                unit_id: at.actor.unit_id(),
                action: "unmask",
                case_id: Some(case_id),
                subject: "reporters".to_owned(),
                purpose: purpose.clone(),
                outcome,
                address: at.address.clone(),
            })?;
            Ok(shown)
        };
        self.store.write(job).await?
    }
}

fn show(tx: &mut Tx<'_>, cases: &Cases, ctx: &Ctx, case_id: i64) -> Result<Vec<Unmasked>, CaseError> {
    if !ctx.actor.can(Permission::CaseUnmask) {
        return Err(CaseError::Forbidden);
    }
    let file = File::load(tx, case_id)?;
    check_sight(tx.conn(), ctx, &file)?;
    let at_centre = ctx.actor.account().is_none_or(|account| account.can_at_centre(Permission::CaseUnmask));
    let registrar = file.case.registered_by.is_some() && file.case.registered_by == ctx.actor.account_id();
    let mut shown = Vec::new();
    for reporter in &file.reporters {
        let hidden = reporter.confidential || file.is_secret();
        let person = match reporter.person_id {
            Some(id) if !hidden || at_centre || registrar => {
                match persons::reveal(tx.conn(), cases.store.vault(), id) {
                    Ok(person) => Some(person),
                    Err(error) if error.code() == "person.erased" || error.code() == "store.unsealable" => {
                        None
                    }
                    Err(error) => return Err(error.into()),
                }
            }
            Some(_) | None => None,
        };
        shown.push(Unmasked { reporter_id: reporter.id, person });
    }
    Ok(shown)
}
