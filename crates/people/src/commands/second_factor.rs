//! The second factor: enrolling one, and passing it.

use crate::{
    Change, People, PeopleError,
    commands::sign_in::{NewSession, count_failure, enrolment_pending, new_session, store_session},
    model::{AccountRow, SessionRow},
    queries::account_row,
    totp::{self, Secret},
    web::{Caller, Channel, Stage},
};
use diesel::prelude::*;
use serde::Serialize;
use store::{
    Timestamp, Tx,
    schema::{accounts, sessions},
};

/// What an authenticator needs; shown once.
#[derive(Clone, Serialize, utoipa::ToSchema)]
pub struct Enrolment {
    /// The secret to type in.
    pub secret: String,
    /// The link to open.
    pub uri: String,
    /// The link as a picture to scan (SVG).
    pub qr_svg: String,
}

/// Begins an enrolment: it counts once its first code was confirmed. Who has a second factor cannot replace it;
/// a lost one is taken off by the security administrator.
pub async fn begin(people: &People, caller: &Caller) -> Result<Enrolment, PeopleError> {
    let now = people.now();
    let account = caller.actor.account_id;
    let secret = Secret::new(people.store.entropy().as_ref());
    let vault = people.store.vault();
    let key = vault.new_key()?;
    let sealed = secret.seal(vault, &key);
    let login = people
        .store
        .write(move |tx| {
            tx.lock_row("accounts", account)?;
            let row = account_row(tx.conn(), account)?;
            if row.has_second_factor() {
                return Err(PeopleError::Refused("totp.enrolled"));
            }
            totp::keep_key(tx, &key, account, now)?;
            diesel::update(accounts::table.find(account))
                .set((
                    accounts::totp_sealed.eq(Some(sealed.clone())),
                    accounts::totp_last_step.eq(totp::PENDING),
                ))
                .execute(tx.conn())?;
            Ok(row.login)
        })
        .await?;
    let uri = secret.uri(&people.settings.issuer, &login);
    Ok(Enrolment { secret: secret.base32(), qr_svg: totp::qr_svg(&uri)?, uri })
}

/// Takes a code: it completes a pending enrolment, or passes the second factor of this session. The session gets
/// a new token (what was known of it before is worth nothing after).
pub async fn confirm(people: &People, caller: &Caller, code: &str) -> Result<NewSession, PeopleError> {
    let Channel::Session { token_hash, stage, .. } = &caller.channel else {
        return Err(PeopleError::Refused("auth.session_required"));
    };
    let now = people.now();
    let account = caller.actor.account_id;
    let (service, caller, old) = (people.clone(), caller.clone(), token_hash.clone());
    let (code, stage) = (code.to_owned(), *stage);
    let new = new_session(people, account, "", "", true, now);
    let row = new.row.clone();
    let outcome = people
        .store
        .write(move |tx| confirm_in(tx, &service, &caller, stage, &code, (&old, &row), now))
        .await?;
    match outcome {
        Some(row) => Ok(NewSession { token: new.token, row }),
        None => Err(PeopleError::Refused("auth.second_factor_wrong")),
    }
}

fn confirm_in(
    tx: &mut Tx<'_>,
    people: &People,
    caller: &Caller,
    stage: Stage,
    code: &str,
    (old, new): (&[u8], &SessionRow),
    now: Timestamp,
) -> Result<Option<SessionRow>, PeopleError> {
    let id = caller.actor.account_id;
    tx.lock_row("accounts", id)?;
    let account = account_row(tx.conn(), id)?;
    let enrols = enrolment_pending(&account);
    if !enrols && stage != Stage::SecondFactor {
        return Err(PeopleError::Refused("totp.not_begun"));
    }
    if let Some(until) = account.locked_until.filter(|until| *until > store::ms(now)) {
        let seconds = (until - store::ms(now) + 999) / 1000;
        return Err(PeopleError::Wait { code: "auth.locked", seconds });
    }
    if !accept(tx, people, &account, code, now)? {
        count_failure(tx, people, id, &caller.address, now, "second factor")?;
        return Ok(None);
    }
    let session = replace_session(tx, old, new)?;
    let change = Change::by_caller(caller, now);
    change.log(tx, format!("second factor {}", if enrols { "enrolled" } else { "passed" }))?;
    if enrols {
        tx.append(change.event("account", id, "account.second_factor_enrolled", serde_json::json!({})))?;
    }
    Ok(Some(session))
}

/// Puts a new session in an old one's place; age, address and client stay.
pub(crate) fn replace_session(
    tx: &mut Tx<'_>,
    old: &[u8],
    new: &SessionRow,
) -> Result<SessionRow, PeopleError> {
    let before: SessionRow = sessions::table
        .find(old)
        .select(SessionRow::as_select())
        .first(tx.conn())
        .optional()?
        .ok_or(PeopleError::Refused("auth.session_ended"))?;
    diesel::delete(sessions::table.find(old)).execute(tx.conn())?;
    let session = SessionRow {
        created_at: before.created_at,
        expires_at: before.expires_at,
        address: before.address,
        agent: before.agent,
        ..new.clone()
    };
    store_session(tx, &session)?;
    Ok(session)
}

/// Whether the code is right and was not used before; a right one is used up (RFC 6238, 5.2).
pub(crate) fn accept(
    tx: &mut Tx<'_>,
    people: &People,
    account: &AccountRow,
    code: &str,
    now: Timestamp,
) -> Result<bool, PeopleError> {
    let sealed = account.totp_sealed.as_deref().ok_or(PeopleError::Refused("totp.not_begun"))?;
    let secret = Secret::open(tx.conn(), people.store.vault(), sealed)?;
    let Some(step) = secret.matching_step(code, now) else { return Ok(false) };
    // The condition stands in the statement, so that of two requests with one code only one is let in.
    let updated = diesel::update(
        accounts::table.filter(accounts::id.eq(account.id)).filter(accounts::totp_last_step.lt(step)),
    )
    .set((accounts::totp_last_step.eq(step), accounts::failed_count.eq(0)))
    .execute(tx.conn())?;
    Ok(updated == 1)
}
