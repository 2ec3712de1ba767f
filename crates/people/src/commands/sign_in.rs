//! Signing in with login and password, and with the second factor's code at once or afterwards.

use crate::{
    People, PeopleError,
    commands::second_factor,
    model::{AccountRow, SessionRow},
    queries::{account_by_login, account_row},
    secret, totp,
};
use diesel::prelude::*;
use store::{
    Conn, Run, Timestamp, Tx,
    access::Access,
    ms,
    schema::{access_log, accounts, sessions},
};

/// An attempt to sign in.
#[derive(Clone)]
pub struct Attempt {
    /// The login as typed.
    pub login: String,
    /// The password as typed.
    pub password: String,
    /// The second factor's code, if typed at once.
    pub code: Option<String>,
    /// The client's address.
    pub address: String,
    /// The client's name for itself.
    pub agent: String,
}

/// A new session: its token goes into the cookie and is stored nowhere.
#[derive(Clone)]
pub struct NewSession {
    /// The token.
    pub token: String,
    /// The row to store.
    pub row: SessionRow,
}

/// Signs in. The answer to a wrong login and to a wrong password is the same, and takes as long.
pub async fn sign_in(people: &People, attempt: Attempt) -> Result<NewSession, PeopleError> {
    let now = people.now();
    let limit = people.settings.failures_per_minute;
    let wait = people.throttle.wait(&attempt.address, limit, now);
    let (login, address) = (attempt.login.trim().to_lowercase(), attempt.address.clone());
    let find = move |conn: &mut Conn| -> Result<(Option<AccountRow>, bool), PeopleError> {
        let account = account_by_login(conn, &login)?;
        // Asked only while the address has to wait.
        let at_home = match &account {
            Some(account) if wait.is_some() => is_at_home(conn, account.id, &address, now)?,
            Some(_) | None => false,
        };
        Ok((account, at_home))
    };
    let (account, at_home) = people.store.read(find).await?;
    if let Some(seconds) = wait.filter(|_| !at_home) {
        return Err(PeopleError::Wait { code: "auth.throttled", seconds });
    }
    if let Some(until) = account.as_ref().and_then(|account| account.locked_until).filter(|t| *t > ms(now)) {
        return refuse_locked(people, &attempt, account.map(|account| account.id), until, now).await;
    }
    let hash = account.as_ref().map(|account| account.password_hash.clone());
    let right = people.verify(hash, &attempt.password).await?;
    let account = account.filter(|account| account.is_active());
    match account {
        Some(account) if right => open_session(people, &account, &attempt, now).await,
        other => {
            note_failure(people, other.map(|account| account.id), &attempt.address, now).await?;
            Err(PeopleError::Refused("auth.failed"))
        }
    }
}

/// So long an address remembers who signed in from it.
const AT_HOME_MS: i64 = 30 * 86_400_000;

/// Whether the account signed in from this address lately: an office does not wait because somebody in it, or behind the same
/// proxy, guesses. Guessing at such an account is stopped by the account's own lock.
fn is_at_home(conn: &mut Conn, account: i64, address: &str, now: Timestamp) -> Result<bool, PeopleError> {
    let there = access_log::account_id
        .eq(account)
        .and(access_log::at.ge(ms(now) - AT_HOME_MS))
        .and(access_log::action.eq("sign_in"))
        .and(access_log::outcome.eq("allowed"))
        .and(access_log::address.eq(address));
    Ok(diesel::select(diesel::dsl::exists(access_log::table.filter(there))).get_result(conn)?)
}

async fn refuse_locked(
    people: &People,
    attempt: &Attempt,
    account: Option<i64>,
    until: i64,
    now: Timestamp,
) -> Result<NewSession, PeopleError> {
    people.throttle.failed(&attempt.address, now);
    let access = failure(account, attempt.address.clone(), now, "locked");
    people.store.write(move |tx| Ok::<_, PeopleError>(tx.log_access(access.clone())?)).await?;
    Err(PeopleError::Wait { code: "auth.locked", seconds: (until - ms(now) + 999) / 1000 })
}

/// The password was right: checks the code if one was given, and stores the session.
async fn open_session(
    people: &People,
    account: &AccountRow,
    attempt: &Attempt,
    now: Timestamp,
) -> Result<NewSession, PeopleError> {
    let one_time_until = account.password_set_at + people.settings.one_time_days * 86_400_000;
    if account.must_change_password && one_time_until <= ms(now) {
        return Err(PeopleError::Refused("auth.one_time_expired"));
    }
    let new = new_session(people, account.id, &attempt.address, &attempt.agent, false, now);
    let (id, session, code, service) = (account.id, new.row.clone(), attempt.code.clone(), people.clone());
    let stored = people
        .store
        .write(move |tx| store_if_code_fits(tx, &service, id, &session, code.as_deref(), now))
        .await?;
    match stored {
        Some(row) => Ok(NewSession { token: new.token, row }),
        None => {
            people.throttle.failed(&attempt.address, now);
            Err(PeopleError::Refused("auth.second_factor_wrong"))
        }
    }
}

/// Stores the session; `None` when a code was given and is wrong (the failure is counted).
fn store_if_code_fits(
    tx: &mut Tx<'_>,
    people: &People,
    id: i64,
    session: &SessionRow,
    code: Option<&str>,
    now: Timestamp,
) -> Result<Option<SessionRow>, PeopleError> {
    tx.lock_row("accounts", id)?;
    let account = account_row(tx.conn(), id)?;
    if !account.is_active() {
        return Err(PeopleError::Refused("auth.failed"));
    }
    let mut session = session.clone();
    if let (Some(code), true) = (code, account.has_second_factor()) {
        if !second_factor::accept(tx, people, &account, code, now)? {
            count_failure(tx, people, id, &session.address, now, "second factor")?;
            return Ok(None);
        }
        session.second_factor = true;
    }
    forget_ended(tx, people, now)?;
    store_session(tx, &session)?;
    // With a second factor the count ends only when that is passed too, or its codes could be guessed for ever.
    let failed = if account.has_second_factor() && !session.second_factor { account.failed_count } else { 0 };
    store::update(accounts::table.find(id))
        .set((
            accounts::failed_count.eq(failed),
            accounts::locked_until.eq(None::<i64>),
            accounts::last_sign_in_at.eq(ms(now)),
        ))
        .run(tx.conn())?;
    tx.log_access(Access {
        at: now,
        account_id: Some(id),
        unit_id: Some(account.unit_id),
        action: "sign_in",
        case_id: None,
        subject: String::new(),
        purpose: String::new(),
        outcome: "allowed",
        address: session.address.clone(),
    })?;
    Ok(Some(session))
}

/// Counts a wrong password (or code) on the account and the address, and writes it down.
pub(crate) async fn note_failure(
    people: &People,
    account: Option<i64>,
    address: &str,
    now: Timestamp,
) -> Result<(), PeopleError> {
    people.throttle.failed(address, now);
    let (service, address) = (people.clone(), address.to_owned());
    people
        .store
        .write(move |tx| match account {
            Some(id) => count_failure(tx, &service, id, &address, now, "password"),
            None => Ok(tx.log_access(failure(None, address.clone(), now, "login"))?),
        })
        .await
}

/// Counts a failure on the account; the last one allowed locks it for a while.
pub(crate) fn count_failure(
    tx: &mut Tx<'_>,
    people: &People,
    account: i64,
    address: &str,
    now: Timestamp,
    what: &str,
) -> Result<(), PeopleError> {
    tx.lock_row("accounts", account)?;
    let row = account_row(tx.conn(), account)?;
    let failed = row.failed_count + 1;
    let locks = failed >= people.settings.lock_after;
    let until = locks.then(|| ms(now) + people.settings.lock_minutes * 60_000);
    store::update(accounts::table.find(account))
        .set((
            accounts::failed_count.eq(if locks { 0 } else { failed }),
            accounts::locked_until.eq(until.or(row.locked_until)),
        ))
        .run(tx.conn())?;
    let subject = if locks { format!("{what}; account locked") } else { what.to_owned() };
    Ok(tx.log_access(failure(Some(account), address.to_owned(), now, &subject))?)
}

fn failure(account: Option<i64>, address: String, now: Timestamp, subject: &str) -> Access {
    Access {
        at: now,
        account_id: account,
        unit_id: None,
        action: "sign_in_failed",
        case_id: None,
        subject: subject.to_owned(),
        purpose: String::new(),
        outcome: "refused",
        address,
    }
}

/// A session that begins now, not yet stored.
pub(crate) fn new_session(
    people: &People,
    account: i64,
    address: &str,
    agent: &str,
    second_factor: bool,
    now: Timestamp,
) -> NewSession {
    let entropy = people.store.entropy().as_ref();
    let token = secret::new_token(entropy);
    let row = SessionRow {
        token_hash: secret::token_hash(&token),
        account_id: account,
        csrf: secret::new_token(entropy),
        second_factor,
        created_at: ms(now),
        last_seen_at: ms(now),
        expires_at: ms(now) + people.settings.session_hours * 3_600_000,
        address: address.to_owned(),
        agent: agent.chars().take(200).collect(),
    };
    NewSession { token, row }
}

/// Stores a session.
pub(crate) fn store_session(tx: &mut Tx<'_>, session: &SessionRow) -> Result<(), PeopleError> {
    diesel::insert_into(sessions::table).values(session.clone()).run(tx.conn())?;
    Ok(())
}

/// Deletes every session that ended by itself.
fn forget_ended(tx: &mut Tx<'_>, people: &People, now: Timestamp) -> Result<(), PeopleError> {
    let idle_since = ms(now) - people.settings.idle_minutes * 60_000;
    diesel::delete(
        sessions::table.filter(sessions::expires_at.le(ms(now)).or(sessions::last_seen_at.le(idle_since))),
    )
    .execute(tx.conn())?;
    Ok(())
}

/// Whether an enrolment waits for its first code.
pub(crate) fn enrolment_pending(account: &AccountRow) -> bool {
    account.totp_sealed.is_some() && account.totp_last_step == totp::PENDING
}

/// Notes when accounts last signed in, for a past that is re-lived by commands (the demo county): no session begins.
/// `times` holds milliseconds by account.
///
/// # Errors
/// When the database fails.
pub fn note_last(tx: &mut Tx<'_>, times: &std::collections::BTreeMap<i64, i64>) -> Result<(), PeopleError> {
    for (account, at) in times {
        store::update(accounts::table.find(*account))
            .set(accounts::last_sign_in_at.eq(*at))
            .run(tx.conn())?;
    }
    Ok(())
}
