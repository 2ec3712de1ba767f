//! Registering, the case page, actions, unmasking, duplicates.

use super::{Web, dto};
use axum::extract::State;
use people::web::{Caller, Command, Json, Path, Problem};

/// Registers a matter.
#[utoipa::path(post, path = "/cases", tag = "cases", request_body = dto::RegisterBody,
    params(("Idempotency-Key" = String, Header, description = "A UUID that the client made for this command")),
    responses((status = 201, body = dto::Registered), (status = "default", body = Problem)))]
pub(super) async fn register(
    State(web): State<Web>,
    caller: Caller,
    command: Command<dto::RegisterBody>,
) -> Result<(axum::http::StatusCode, Json<dto::Registered>), Problem> {
    let _ = (web, caller, command);
    todo!()
}

/// The whole case page, by id or number.
#[utoipa::path(get, path = "/cases/{id}", tag = "cases",
    params(("id" = String, Path, description = "The case's id or number")),
    responses((status = 200, body = dto::CasePage), (status = "default", body = Problem)))]
pub(super) async fn page(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<dto::CasePage>, Problem> {
    let _ = (web, caller, id);
    todo!()
}

/// Does one of the actions that the case page names.
#[utoipa::path(post, path = "/cases/{id}/actions/{action}", tag = "cases", request_body = dto::ActionBody,
    params(("id" = String, Path, description = "The case's id or number"),
        ("action" = String, Path, description = "The action's name, as in `actions`"),
        ("Idempotency-Key" = String, Header, description = "A UUID that the client made for this command")),
    responses((status = 200, body = dto::ActionDone), (status = 409, body = Problem),
        (status = "default", body = Problem)))]
pub(super) async fn act(
    State(web): State<Web>,
    caller: Caller,
    Path((id, action)): Path<(String, String)>,
    command: Command<dto::ActionBody>,
) -> Result<Json<dto::ActionDone>, Problem> {
    let _ = (web, caller, id, action, command);
    todo!()
}

/// Shows the reporters in clear; the purpose is written into the access log.
#[utoipa::path(post, path = "/cases/{id}/unmask", tag = "cases", request_body = dto::UnmaskBody,
    params(("id" = String, Path, description = "The case's id or number")),
    responses((status = 200, body = dto::Unmasked), (status = "default", body = Problem)))]
pub(super) async fn unmask(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    Json(body): Json<dto::UnmaskBody>,
) -> Result<Json<dto::Unmasked>, Problem> {
    let _ = (web, caller, id, body);
    todo!()
}

/// Cases that may be about the same matter.
#[utoipa::path(get, path = "/cases/{id}/duplicates", tag = "cases",
    params(("id" = String, Path, description = "The case's id or number")),
    responses((status = 200, body = dto::DuplicateList), (status = "default", body = Problem)))]
pub(super) async fn duplicates(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<dto::DuplicateList>, Problem> {
    let _ = (web, caller, id);
    todo!()
}
