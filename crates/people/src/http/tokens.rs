//! `/tokens`: API tokens.

use crate::{
    People, PeopleError, Permission,
    commands::tokens::{self, NewToken},
    http::page::{Page, page_size},
    queries::{self, TokenView},
    web::{Caller, Id, Json, Path, Problem, Query, Retriable},
};
use axum::{extract::State, response::IntoResponse};
use http::{StatusCode, header};
use serde::{Deserialize, Serialize};

/// Which tokens.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct TokenQuery {
    /// From the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<Id>,
    /// Page size, 100 unless told, 500 at most.
    limit: Option<i64>,
}

/// One's own tokens, oldest first.
#[utoipa::path(get, path = "/tokens", tag = "people", params(TokenQuery),
    responses((status = 200, body = Page<TokenView>), (status = 422, body = Problem)))]
pub async fn list(
    State(people): State<People>,
    caller: Caller,
    Query(query): Query<TokenQuery>,
) -> Result<Json<Page<TokenView>>, Problem> {
    page(&people, Some(caller.actor.account_id), &query).await
}

/// Everybody's tokens, oldest first.
#[utoipa::path(get, path = "/tokens/all", tag = "people", params(TokenQuery),
    responses((status = 200, body = Page<TokenView>), (status = 422, body = Problem)))]
pub async fn list_all(
    State(people): State<People>,
    Query(query): Query<TokenQuery>,
) -> Result<Json<Page<TokenView>>, Problem> {
    page(&people, None, &query).await
}

async fn page(
    people: &People,
    account: Option<i64>,
    query: &TokenQuery,
) -> Result<Json<Page<TokenView>>, Problem> {
    let limit = page_size(query.limit, 100, 500)?;
    let after = query.cursor.map(i64::from);
    let items = people.store.read(move |conn| queries::tokens(conn, account, after, limit + 1)).await?;
    Ok(Json(Page::cut(items, limit, |token: &TokenView| token.id.to_string())))
}

/// A token to make.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenCreate {
    /// What it is for.
    name: String,
    /// What it may do: permissions that the account has.
    scopes: Vec<String>,
    /// How many days it works, 365 at most.
    days: i64,
}

/// A new token.
#[derive(Serialize, utoipa::ToSchema)]
pub struct TokenCreated {
    /// What stands in the list.
    info: TokenView,
    /// The token itself: shown once. Send it as `Authorization: Bearer …`.
    token: String,
}

/// Makes a token of one's own account. A retry whose first answer was lost gets the same token with a new secret,
/// as long as it was not used.
#[utoipa::path(post, path = "/tokens", tag = "people", request_body = TokenCreate,
    params(("Idempotency-Key" = Option<String>, Header, description = "A UUID that the client made for this command")),
    responses((status = 201, body = TokenCreated), (status = 422, body = Problem)))]
pub async fn create(
    State(people): State<People>,
    caller: Caller,
    command: Retriable<TokenCreate>,
) -> Result<impl IntoResponse, Problem> {
    let body = command.body;
    let scopes: Option<Vec<Permission>> = body.scopes.iter().map(|scope| Permission::parse(scope)).collect();
    let scopes = scopes.ok_or(PeopleError::Field { field: "scopes", code: "token.scope_refused" })?;
    let new = NewToken { name: body.name, scopes, days: body.days, request: command.request };
    let (info, token) = tokens::create_token(&people, &caller, new).await?;
    Ok((StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], Json(TokenCreated { info, token })))
}

/// Revokes a token: one's own; with `token.manage` anybody's.
#[utoipa::path(delete, path = "/tokens/{id}", tag = "people", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
pub async fn revoke(
    State(people): State<People>,
    caller: Caller,
    Path(id): Path<Id>,
) -> Result<StatusCode, Problem> {
    tokens::revoke_token(&people, &caller, id.0).await?;
    Ok(StatusCode::NO_CONTENT)
}
