//! Signing out.

use crate::{
    People, PeopleError,
    web::{Caller, Channel},
};
use diesel::prelude::*;
use store::{access::Access, schema::sessions};

/// Ends the caller's session.
pub async fn sign_out(people: &People, caller: &Caller) -> Result<(), PeopleError> {
    let Channel::Session { token_hash, .. } = &caller.channel else {
        return Err(PeopleError::Refused("auth.session_required"));
    };
    let (hash, caller, now) = (token_hash.clone(), caller.clone(), people.now());
    people
        .store
        .write(move |tx| {
            diesel::delete(sessions::table.find(&hash)).execute(tx.conn())?;
            Ok(tx.log_access(Access {
                at: now,
                account_id: Some(caller.actor.account_id),
                unit_id: Some(caller.actor.unit_id),
                action: "sign_out",
                case_id: None,
                subject: String::new(),
                purpose: String::new(),
                outcome: "allowed",
                address: caller.address.clone(),
            })?)
        })
        .await
}
