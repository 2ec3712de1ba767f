//! `/session/preferences`: what a person set for themselves, the same at every window.

use crate::{
    People,
    commands::preferences::{self, Preferences},
    web::{Caller, Command, Json, Problem},
};
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Map, Value};

/// What one has set: saved views, columns.
#[utoipa::path(get, path = "/session/preferences", tag = "people",
    responses((status = 200, body = Preferences), (status = "default", body = Problem)))]
pub async fn show(State(people): State<People>, caller: Caller) -> Result<Json<Preferences>, Problem> {
    let account = caller.actor.account_id;
    Ok(Json(people.store.read(move |conn| preferences::load(conn, account)).await?))
}

/// What is to stand from now on.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreferencesBody {
    /// The version that was read; 0 when nothing was set.
    version: i64,
    /// Everything that is to be kept, at most 32 KB.
    values: Map<String, Value>,
}

/// Replaces what one has set.
#[utoipa::path(put, path = "/session/preferences", tag = "people", request_body = PreferencesBody,
    params(("Idempotency-Key" = String, Header, description = "A UUID that the client made for this command")),
    responses((status = 200, body = Preferences), (status = 409, body = Problem),
        (status = "default", body = Problem)))]
pub async fn set(
    State(people): State<People>,
    caller: Caller,
    command: Command<PreferencesBody>,
) -> Result<Json<Preferences>, Problem> {
    let Command { request, body } = command;
    Ok(Json(preferences::set(&people, &caller, body.version, body.values, request).await?))
}
