//! Changing one's own password, and giving a new one-time password.

use crate::{
    Change, People, PeopleError,
    commands::{
        accounts::as_read,
        sign_in::{NewSession, new_session, note_failure, store_session},
    },
    model::AccountRow,
    queries::{account_by_login, account_row},
    secret, totp,
    web::{Caller, Channel, Stage},
};
use diesel::prelude::*;
use store::{
    Tx, ms,
    requests::ClientRequest,
    schema::{accounts, sessions},
};

/// Changes the caller's password. Every session of the account ends; the caller gets a new one.
pub async fn change_password(
    people: &People,
    caller: &Caller,
    current: &str,
    new: &str,
) -> Result<NewSession, PeopleError> {
    let second_factor_passed = match &caller.channel {
        Channel::Session { stage: Stage::SecondFactor, .. } => {
            return Err(PeopleError::Refused("auth.second_factor_required"));
        }
        Channel::Session { .. } => true,
        Channel::Token { .. } => return Err(PeopleError::Refused("auth.session_required")),
    };
    let id = caller.actor.account_id;
    let account = people.store.read(move |conn| account_row(conn, id)).await?;
    check_current(people, caller, &account, current).await?;
    secret::check_password(&people.settings, &account.login, new)?;
    if current == new {
        return Err(PeopleError::field("password", "password.unchanged"));
    }
    let hash = people.hash(new).await?;
    let now = people.now();
    let change = Change::by_caller(caller, now);
    let session = new_session(people, id, &caller.address, "", second_factor_passed, now);
    let row = session.row.clone();
    people
        .store
        .write(move |tx| {
            let row = crate::model::SessionRow {
                second_factor: row.second_factor && account_row(tx.conn(), id)?.has_second_factor(),
                ..row.clone()
            };
            set_password(tx, id, &hash, false, &change)?;
            store_session(tx, &row)?;
            change.log(tx, "own password changed".to_owned())
        })
        .await?;
    Ok(session)
}

async fn check_current(
    people: &People,
    caller: &Caller,
    account: &AccountRow,
    current: &str,
) -> Result<(), PeopleError> {
    let now = people.now();
    if let Some(until) = account.locked_until.filter(|until| *until > ms(now)) {
        return Err(PeopleError::Wait { code: "auth.locked", seconds: (until - ms(now) + 999) / 1000 });
    }
    if people.verify(Some(account.password_hash.clone()), current).await? {
        return Ok(());
    }
    note_failure(people, Some(account.id), &caller.address, now).await?;
    Err(PeopleError::field("current", "password.wrong"))
}

/// Stores a password's hash and ends every session of the account.
pub(crate) fn set_password(
    tx: &mut Tx<'_>,
    id: i64,
    hash: &str,
    one_time: bool,
    change: &Change,
) -> Result<(), PeopleError> {
    diesel::update(accounts::table.find(id))
        .set((
            accounts::password_hash.eq(hash),
            accounts::must_change_password.eq(one_time),
            accounts::password_set_at.eq(ms(change.now)),
            accounts::failed_count.eq(0),
            accounts::locked_until.eq(None::<i64>),
            accounts::version.eq(accounts::version + 1),
        ))
        .execute(tx.conn())?;
    diesel::delete(sessions::table.filter(sessions::account_id.eq(id))).execute(tx.conn())?;
    tx.append(change.event(
        "account",
        id,
        "account.password_set",
        serde_json::json!({ "one_time": one_time }),
    ))?;
    Ok(())
}

/// Gives an account a new one-time password, unlocks it, and takes its second factor off if asked (a lost phone).
/// For the security administrator, never for oneself. A retry gets another password, as long as the account stands as the
/// first one left it.
pub async fn reset_password(
    people: &People,
    caller: &Caller,
    account: i64,
    version: i64,
    second_factor_too: bool,
    request: Option<ClientRequest>,
) -> Result<String, PeopleError> {
    if account == caller.actor.account_id {
        return Err(PeopleError::Refused("account.own_refused"));
    }
    let password = secret::one_time_password(people.store.entropy().as_ref());
    let hash = people.hash(&password).await?;
    let change = Change::by_caller(caller, people.now()).asked(request);
    let write = move |tx: &mut Tx<'_>| {
        let mut fresh = false;
        let left = change.once(tx, |tx| {
            fresh = true;
            let row = as_read(tx, account, version)?;
            set_password(tx, account, &hash, true, &change)?;
            if second_factor_too {
                remove_second_factor(tx, account, &change)?;
            }
            change.log(tx, format!("password of account {account} reset"))?;
            Ok(row.version + 1)
        })?;
        if fresh {
            return Ok(());
        }
        as_read(tx, account, left)?;
        diesel::update(accounts::table.find(account))
            .set(accounts::password_hash.eq(&hash))
            .execute(tx.conn())?;
        change.log(tx, format!("password of account {account} reset"))
    };
    people.store.write::<_, PeopleError, _>(write).await?;
    Ok(password)
}

/// Gives an account a new one-time password and takes its second factor off, for whoever administers the machine when
/// nobody can sign in. Written to the access log like every reset.
pub async fn reset_from_machine(people: &People, login: &str) -> Result<String, PeopleError> {
    let password = secret::one_time_password(people.store.entropy().as_ref());
    let hash = people.hash(&password).await?;
    let (change, login) = (Change::by_system(people.now()), login.to_owned());
    people
        .store
        .write(move |tx| {
            let found = account_by_login(tx.conn(), &login)?;
            let id = found.ok_or(PeopleError::Refused("account.not_found"))?.id;
            tx.lock_row("accounts", id)?;
            set_password(tx, id, &hash, true, &change)?;
            remove_second_factor(tx, id, &change)?;
            change.log(tx, format!("password of account {id} reset from the machine"))
        })
        .await?;
    Ok(password)
}

/// Takes an account's second factor off and destroys the key that sealed it.
fn remove_second_factor(tx: &mut Tx<'_>, account: i64, change: &Change) -> Result<(), PeopleError> {
    tx.erase_subject("account", account)?;
    diesel::update(accounts::table.find(account))
        .set((accounts::totp_sealed.eq(None::<Vec<u8>>), accounts::totp_last_step.eq(totp::PENDING)))
        .execute(tx.conn())?;
    tx.append(change.event("account", account, "account.second_factor_removed", serde_json::json!({})))?;
    Ok(())
}
