//! A person's cases by the full number, with a purpose. The lookup stands in the access log before anything is told.

use super::visible;
use crate::{CaseError, Cases, Ctx, model::CaseRow, queries::Ask};
use diesel::prelude::*;
use people::{
    Permission,
    persons::{self, Document, Phone},
};
use store::{Conn, Store, Tx, access::Access, schema::reporters};

/// The newest cases that are told.
const SHOWN: usize = 200;

/// The full number somebody is known by.
#[derive(Clone, Debug)]
pub enum Number {
    /// A phone number.
    Phone(Phone),
    /// An identity or other document.
    Document(Document),
}

impl Number {
    fn word(&self) -> &'static str {
        match self {
            Number::Phone(_) => "phone",
            Number::Document(_) => "document",
        }
    }
}

/// The cases on which a person stands as a reporter, newest first, 200 at most: those the asker may see. Who asked for
/// confidence is found by those alone who may look people up for the whole county.
///
/// # Errors
/// `forbidden`; `input.invalid` without a purpose.
pub async fn lookup(
    service: &Cases,
    ctx: &Ctx,
    number: Number,
    purpose: &str,
) -> Result<Vec<CaseRow>, CaseError> {
    let purpose = purpose.trim().to_owned();
    if purpose.chars().count() < 2 {
        return Err(CaseError::field("purpose", "field.missing"));
    }
    let (ctx, store) = (ctx.clone(), service.store.clone());
    let job = move |tx: &mut Tx<'_>| -> Result<Vec<CaseRow>, CaseError> {
        let account = ctx.actor.account().ok_or(CaseError::Forbidden)?;
        let ask = Ask { actor: account.clone(), now: ctx.now };
        let found = find(tx.conn(), &store, &ask, &number)?;
        tx.log_access(Access {
            at: ctx.now,
            account_id: ctx.actor.account_id(),
            unit_id: ctx.actor.unit_id(),
            action: "lookup",
            case_id: None,
            subject: format!("person by {}: {} cases", number.word(), found.len()),
            purpose: purpose.clone(),
            outcome: "allowed",
            address: ctx.address.clone(),
        })?;
        Ok(found)
    };
    service.store.write(job).await
}

fn find(conn: &mut Conn, store: &Store, ask: &Ask, number: &Number) -> Result<Vec<CaseRow>, CaseError> {
    if !ask.actor.can(Permission::PersonLookup) {
        return Err(CaseError::Forbidden);
    }
    let people = match number {
        Number::Phone(phone) => persons::with_phone(conn, store.vault(), phone)?,
        Number::Document(document) => persons::with_document(conn, store.vault(), document)?,
    };
    let confidential =
        if ask.actor.can_at_centre(Permission::PersonLookup) { vec![false, true] } else { vec![false] };
    let people: Vec<Option<i64>> = people.into_iter().map(Some).collect();
    let mut ids: Vec<i64> = Vec::new();
    for people in people.chunks(500) {
        let of_these: Vec<i64> = reporters::table
            .filter(reporters::person_id.eq_any(people.to_vec()))
            .filter(reporters::confidential.eq_any(confidential.clone()))
            .select(reporters::case_id)
            .load(conn)?;
        ids.extend(of_these);
    }
    // Ids grow with time.
    ids.sort_unstable_by_key(|id| std::cmp::Reverse(*id));
    ids.dedup();
    let mut found = Vec::new();
    for ids in ids.chunks(500) {
        let mut seen = visible(conn, ask, ids)?;
        seen.sort_unstable_by_key(|one| std::cmp::Reverse(one.id));
        found.extend(seen);
        if found.len() >= SHOWN {
            break;
        }
    }
    found.truncate(SHOWN);
    Ok(found)
}
