//! `/accounts`. The system administrator makes them, the security administrator gives roles and locks.

use crate::{
    Change, People, PeopleError, Role,
    commands::{
        accounts::{self, AccountChange, NewAccount},
        disable,
        grants::{self, NewGrant},
        password,
    },
    http::page::{Page, Total, page_size},
    queries::{self, AccountFilter, AccountView},
    web::{Caller, Command, Id, Json, Path, Problem, Query, Retriable},
};
use axum::{extract::State, response::IntoResponse};
use http::{StatusCode, header};
use serde::{Deserialize, Serialize};
use store::Timestamp;

/// Which accounts.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AccountQuery {
    /// Of this unit.
    #[param(value_type = Option<String>)]
    unit: Option<Id>,
    /// Holding this role.
    role: Option<String>,
    /// Part of the name (administrators: or the login).
    q: Option<String>,
    /// `active` or `disabled`.
    state: Option<String>,
    /// From the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<Id>,
    /// Page size, 50 unless told, 500 at most.
    limit: Option<i64>,
    /// Whether to count them all, with the first page.
    total: Option<bool>,
}

/// The directory of accounts. Logins, grants and states of sign-in are shown to administrators alone.
#[utoipa::path(get, path = "/accounts", tag = "people", params(AccountQuery),
    responses((status = 200, body = Page<AccountView>)))]
pub async fn list(
    State(people): State<People>,
    caller: Caller,
    Query(query): Query<AccountQuery>,
) -> Result<Json<Page<AccountView>>, Problem> {
    let role = query.role.as_deref().map(|role| Role::parse(role).ok_or("field.invalid")).transpose();
    let role = role.map_err(|code| PeopleError::Field { field: "role", code })?;
    let limit = page_size(query.limit, 50, 500)?;
    let filter = AccountFilter {
        unit: query.unit.map(i64::from),
        role,
        q: query.q,
        state: query.state,
        after_id: query.cursor.map(i64::from),
        limit: limit + 1,
    };
    let now = people.now();
    let counts = query.total == Some(true) && filter.after_id.is_none();
    let (items, total) = people
        .store
        .read(move |conn| {
            let items = queries::accounts(conn, &filter, &caller.actor, now)?;
            let counted =
                counts.then(|| queries::count_accounts(conn, &filter, &caller.actor)).transpose()?;
            Ok::<_, PeopleError>((items, counted.map(|count| Total { count, capped: false })))
        })
        .await?;
    Ok(Json(Page::cut(items, limit, |account: &AccountView| account.id.to_string()).of(total)))
}

/// One account.
#[utoipa::path(get, path = "/accounts/{id}", tag = "people", params(("id" = String, Path)),
    responses((status = 200, body = AccountView), (status = 404, body = Problem)))]
pub async fn show(
    State(people): State<People>,
    caller: Caller,
    Path(id): Path<Id>,
) -> Result<Json<AccountView>, Problem> {
    Ok(Json(view(&people, &caller, id.0).await?))
}

async fn view(people: &People, caller: &Caller, id: i64) -> Result<AccountView, PeopleError> {
    let (actor, now) = (caller.actor.clone(), people.now());
    people.store.read(move |conn| queries::account(conn, id, &actor, now)).await
}

/// An account to create.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountCreate {
    /// Lower case letters, digits, `.`, `_`, `-`; unique.
    login: String,
    /// The person's name.
    name: String,
    /// Its unit.
    unit_id: Id,
    /// Its phone.
    #[serde(default)]
    phone: String,
    /// `zh` (default) or `en`.
    #[serde(default)]
    language: String,
}

/// An account with its one-time password.
#[derive(Serialize, utoipa::ToSchema)]
pub struct AccountCreated {
    /// The account. It holds no role until the security administrator gives it one.
    account: AccountView,
    /// The one-time password: shown once. Absent when this is the answer to a retry.
    one_time_password: Option<String>,
}

/// Creates an account.
#[utoipa::path(post, path = "/accounts", tag = "people", request_body = AccountCreate,
    params(("Idempotency-Key" = String, Header, description = "UUID made by the client")),
    responses((status = 201, body = AccountCreated), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn create(
    State(people): State<People>,
    caller: Caller,
    command: Command<AccountCreate>,
) -> Result<impl IntoResponse, Problem> {
    let body = command.body;
    let new = NewAccount {
        login: body.login,
        name: body.name,
        unit_id: body.unit_id.0,
        phone: body.phone,
        language: body.language,
    };
    let change = Change::by_caller(&caller, people.now()).asked(command.request);
    let (id, one_time_password) = accounts::create_account(&people, new, change).await?;
    let account = view(&people, &caller, id).await?;
    Ok((
        StatusCode::CREATED,
        [(header::CACHE_CONTROL, "no-store")],
        Json(AccountCreated { account, one_time_password }),
    ))
}

/// What to change of an account; absent fields stay.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountPatch {
    /// The version it was read at.
    version: i64,
    /// The person's name.
    name: Option<String>,
    /// The unit: what it owned in the old one goes back to that unit.
    unit_id: Option<Id>,
    /// The phone.
    phone: Option<String>,
    /// `zh` or `en`.
    language: Option<String>,
}

/// Changes an account.
#[utoipa::path(patch, path = "/accounts/{id}", tag = "people", params(("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "A UUID that the client made for this command")),
    request_body = AccountPatch,
    responses((status = 200, body = AccountView), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn change(
    State(people): State<People>,
    caller: Caller,
    Path(id): Path<Id>,
    command: Retriable<AccountPatch>,
) -> Result<Json<AccountView>, Problem> {
    let body = command.body;
    let wanted = AccountChange {
        name: body.name,
        unit_id: body.unit_id.map(i64::from),
        phone: body.phone,
        language: body.language,
    };
    let change = Change::by_caller(&caller, people.now()).asked(command.request);
    accounts::change_account(&people, id.0, body.version, wanted, change).await?;
    Ok(Json(view(&people, &caller, id.0).await?))
}

/// All roles an account shall hold.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantsPut {
    /// The version it was read at.
    version: i64,
    /// The roles; those not named are taken away.
    grants: Vec<GrantPut>,
}

/// A role to hold.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantPut {
    /// The role.
    role: Role,
    /// The unit it is held for; absent: the account's own.
    unit_id: Option<Id>,
    /// The area it is held for.
    area_id: Option<Id>,
    /// Until when.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

/// Replaces an account's roles.
#[utoipa::path(put, path = "/accounts/{id}/grants", tag = "people", params(("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "A UUID that the client made for this command")),
    request_body = GrantsPut,
    responses((status = 200, body = AccountView), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn set_grants(
    State(people): State<People>,
    caller: Caller,
    Path(id): Path<Id>,
    command: Retriable<GrantsPut>,
) -> Result<Json<AccountView>, Problem> {
    let body = command.body;
    let wanted = body.grants.into_iter().map(|grant| NewGrant {
        role: grant.role,
        unit_id: grant.unit_id.map(i64::from),
        area_id: grant.area_id.map(i64::from),
        expires_at: grant.expires_at,
    });
    let change = Change::by_caller(&caller, people.now()).asked(command.request);
    grants::set_grants(&people, id.0, body.version, wanted.collect(), change).await?;
    Ok(Json(view(&people, &caller, id.0).await?))
}

/// The version an account was read at.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AtVersion {
    /// The version.
    version: i64,
}

/// Disables an account: its sessions and tokens end, what it owns goes back to its unit.
#[utoipa::path(post, path = "/accounts/{id}/disable", tag = "people", params(("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "A UUID that the client made for this command")),
    request_body = AtVersion,
    responses((status = 200, body = AccountView), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn disable(
    State(people): State<People>,
    caller: Caller,
    Path(id): Path<Id>,
    command: Retriable<AtVersion>,
) -> Result<Json<AccountView>, Problem> {
    let change = Change::by_caller(&caller, people.now()).asked(command.request);
    disable::disable_account(&people, id.0, command.body.version, change).await?;
    Ok(Json(view(&people, &caller, id.0).await?))
}

/// Enables a disabled account, or unlocks a locked one.
#[utoipa::path(post, path = "/accounts/{id}/enable", tag = "people", params(("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "A UUID that the client made for this command")),
    request_body = AtVersion,
    responses((status = 200, body = AccountView), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn enable(
    State(people): State<People>,
    caller: Caller,
    Path(id): Path<Id>,
    command: Retriable<AtVersion>,
) -> Result<Json<AccountView>, Problem> {
    let change = Change::by_caller(&caller, people.now()).asked(command.request);
    disable::enable_account(&people, id.0, command.body.version, change).await?;
    Ok(Json(view(&people, &caller, id.0).await?))
}

/// What to reset.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordReset {
    /// The version the account was read at.
    version: i64,
    /// Take the second factor off too (a lost phone).
    #[serde(default)]
    second_factor: bool,
}

/// A one-time password.
#[derive(Serialize, utoipa::ToSchema)]
pub struct OneTimePassword {
    /// Shown once; the next sign-in must change it.
    one_time_password: String,
}

/// Gives an account a new one-time password.
#[utoipa::path(post, path = "/accounts/{id}/reset-password", tag = "people", params(("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "A UUID that the client made for this command")),
    request_body = PasswordReset,
    responses((status = 200, body = OneTimePassword), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn reset_password(
    State(people): State<People>,
    caller: Caller,
    Path(id): Path<Id>,
    command: Retriable<PasswordReset>,
) -> Result<impl IntoResponse, Problem> {
    let (request, body) = (command.request, command.body);
    let one_time_password =
        password::reset_password(&people, &caller, id.0, body.version, body.second_factor, request).await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(OneTimePassword { one_time_password })))
}
