//! Who calls: a session or a token becomes an account with what it may do.

use crate::{
    AccountActor, People, PeopleError, Permission, Role, Settings, UnitTree,
    model::{AccountRow, GrantRow, SessionRow, TokenRow},
    web::{Caller, Channel, Id, Stage},
};
use diesel::prelude::*;
use serde::Serialize;
use std::collections::BTreeSet;
use store::{
    Conn, StoreError, Timestamp, ms,
    schema::{accounts, api_tokens, grants, sessions, units},
};

/// Milliseconds of a minute.
const MINUTE: i64 = 60_000;

/// One account.
pub(crate) fn account_row(conn: &mut Conn, id: i64) -> Result<AccountRow, PeopleError> {
    store::native!(conn, |conn| accounts::table.find(id).select(AccountRow::as_select()).first(conn))
        .optional()?
        .ok_or(PeopleError::Refused("account.not_found"))
}

/// The account of a login.
pub(crate) fn account_by_login(conn: &mut Conn, login: &str) -> Result<Option<AccountRow>, PeopleError> {
    Ok(accounts::table
        .filter(accounts::login.eq(login))
        .select(AccountRow::as_select())
        .first(conn)
        .optional()?)
}

/// An account with its roles as they stand now.
pub fn actor(conn: &mut Conn, account: i64, now: Timestamp) -> Result<AccountActor, PeopleError> {
    let row = account_row(conn, account)?;
    Ok(actor_of(conn, &row, now)?.0)
}

/// The same, and when the first of its roles ends (ms).
pub(crate) fn actor_of(
    conn: &mut Conn,
    account: &AccountRow,
    now: Timestamp,
) -> Result<(AccountActor, Option<i64>), PeopleError> {
    let rows: Vec<GrantRow> = grants::table
        .filter(grants::account_id.eq(account.id))
        .order(grants::id)
        .select(GrantRow::as_select())
        .load(conn)?;
    let (mut held, mut ends) = (Vec::new(), None);
    for row in rows.iter().filter(|row| row.expires_at.is_none_or(|until| until > ms(now))) {
        ends = ends.into_iter().chain(row.expires_at).min();
        let role = Role::parse(&row.role)
            .ok_or_else(|| StoreError::Corrupt { what: "role", detail: row.role.clone() })?;
        held.push((role, row.unit_id, row.area_id));
    }
    let tree = UnitTree::load(conn)?;
    Ok((AccountActor::new(account.id, account.unit_id, account.name.clone(), &held, &tree), ends))
}

/// The caller of a session, unless it ended (idle, too old, signed out) or the account was disabled.
pub fn caller_by_session(
    conn: &mut Conn,
    people: &People,
    token_hash: &[u8],
    now: Timestamp,
    address: &str,
) -> Result<Option<(Caller, SessionRow)>, PeopleError> {
    let session: Option<SessionRow> = store::native!(conn, |conn| {
        sessions::table.find(token_hash).select(SessionRow::as_select()).first(conn)
    })
    .optional()?;
    let Some(session) = session else { return Ok(None) };
    let settings = people.settings();
    let idle_since = ms(now) - settings.idle_minutes * MINUTE;
    if session.last_seen_at <= idle_since || session.expires_at <= ms(now) {
        return Ok(None);
    }
    let account = account_row(conn, session.account_id)?;
    if !account.is_active() {
        return Ok(None);
    }
    let actor = people.actors.of(conn, &account, now)?;
    let stage = stage(settings, &account, &session, &actor, now);
    let channel =
        Channel::Session { token_hash: session.token_hash.clone(), csrf: session.csrf.clone(), stage };
    Ok(Some((Caller { actor, address: address.to_owned(), channel }, session)))
}

fn stage(
    settings: &Settings,
    account: &AccountRow,
    session: &SessionRow,
    actor: &AccountActor,
    now: Timestamp,
) -> Stage {
    let administrator = actor.grants.iter().any(|grant| grant.role.is_administrator());
    let old = settings.password_days > 0
        && account.password_set_at + settings.password_days * 24 * 60 * MINUTE <= ms(now);
    if account.has_second_factor() && !session.second_factor {
        Stage::SecondFactor
    } else if account.must_change_password || old {
        Stage::MustChangePassword
    } else if administrator && settings.administrators_need_second_factor && !account.has_second_factor() {
        Stage::MustEnrol
    } else {
        Stage::Full
    }
}

/// The caller of an API token: its account's permissions, narrowed to the token's scopes (which never hold
/// `session.own`: a token does not manage the password or second factor of its account).
pub fn caller_by_token(
    conn: &mut Conn,
    people: &People,
    token_hash: &[u8],
    now: Timestamp,
    address: &str,
) -> Result<Option<(Caller, TokenRow)>, PeopleError> {
    let token: Option<TokenRow> = api_tokens::table
        .filter(api_tokens::token_hash.eq(token_hash))
        .select(TokenRow::as_select())
        .first(conn)
        .optional()?;
    let Some(token) = token else { return Ok(None) };
    if token.revoked_at.is_some() || token.expires_at.is_some_and(|until| until <= ms(now)) {
        return Ok(None);
    }
    let account = account_row(conn, token.account_id)?;
    if !account.is_active() {
        return Ok(None);
    }
    let mut actor = people.actors.of(conn, &account, now)?;
    let scopes: BTreeSet<Permission> =
        token.scopes.split(' ').filter_map(Permission::parse).chain([Permission::SessionUse]).collect();
    actor.permissions = actor.permissions.intersection(&scopes).copied().collect();
    let channel = Channel::Token { token_id: token.id };
    Ok(Some((Caller { actor, address: address.to_owned(), channel }, token)))
}

/// What the console needs to know about who is signed in.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct SessionView {
    /// The account.
    pub account: SessionAccount,
    /// Its unit.
    pub unit: SessionUnit,
    /// Its roles.
    pub roles: Vec<Role>,
    /// What it may do now (only `session.own` until the session is complete).
    pub permissions: Vec<Permission>,
    /// What `x-csrf-token` must carry on unsafe methods.
    pub csrf: String,
    /// Whether the password must be changed before anything else.
    pub must_change_password: bool,
    /// The second factor.
    pub second_factor: SecondFactor,
    /// What must be done before the session is complete.
    pub next: NextStep,
    /// The session ends after so many minutes without a request.
    pub idle_minutes: i64,
}

/// The account signed in.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct SessionAccount {
    /// Its id.
    pub id: Id,
    /// Its login.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// `zh` or `en`.
    pub language: String,
}

/// The unit of the account signed in.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct SessionUnit {
    /// Its id.
    pub id: Id,
    /// Its name.
    pub name: String,
    /// Its short name.
    pub short_name: String,
    /// Its kind: `centre`, `department`, `town`, `village`, `committee`, `partner`.
    pub kind: String,
}

/// How it stands with the second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactor {
    /// None is enrolled.
    None,
    /// Enrolled for the account, though this caller never needs it (an API token).
    Enrolled,
    /// A code is asked now.
    Required,
    /// The code was right.
    Passed,
}

/// What the interface must ask for next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NextStep {
    /// Nothing: the session is complete.
    None,
    /// The code of the second factor.
    SecondFactor,
    /// A new password.
    ChangePassword,
    /// Enrolling a second factor.
    Enrol,
}

/// Describes the caller to itself.
pub fn session_view(
    conn: &mut Conn,
    settings: &Settings,
    caller: &Caller,
) -> Result<SessionView, PeopleError> {
    let account = account_row(conn, caller.actor.account_id)?;
    let (name, short_name, kind): (String, String, String) = units::table
        .find(account.unit_id)
        .select((units::name, units::short_name, units::kind))
        .first(conn)?;
    let (csrf, stage) = match &caller.channel {
        Channel::Session { csrf, stage, .. } => (csrf.clone(), *stage),
        Channel::Token { .. } => (String::new(), Stage::Full),
    };
    let second_factor = match (account.has_second_factor(), &caller.channel, stage) {
        (false, _, _) => SecondFactor::None,
        (true, Channel::Token { .. }, _) => SecondFactor::Enrolled,
        (true, Channel::Session { .. }, Stage::SecondFactor) => SecondFactor::Required,
        (true, Channel::Session { .. }, Stage::Full | Stage::MustChangePassword | Stage::MustEnrol) => {
            SecondFactor::Passed
        }
    };
    let next = match stage {
        Stage::Full => NextStep::None,
        Stage::SecondFactor => NextStep::SecondFactor,
        Stage::MustChangePassword => NextStep::ChangePassword,
        Stage::MustEnrol => NextStep::Enrol,
    };
    Ok(SessionView {
        account: SessionAccount {
            id: Id(account.id),
            login: account.login,
            name: account.name,
            language: account.language,
        },
        unit: SessionUnit { id: Id(account.unit_id), name, short_name, kind },
        roles: caller.actor.roles(),
        permissions: caller.actor.permissions.iter().copied().filter(|p| caller.may(*p)).collect(),
        csrf,
        must_change_password: stage == Stage::MustChangePassword,
        second_factor,
        next,
        idle_minutes: settings.idle_minutes,
    })
}
