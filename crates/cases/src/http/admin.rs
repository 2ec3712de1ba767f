//! The catalogue, rule sets, the deadline preview.

use super::{Web, dto};
use axum::extract::State;
use people::web::{Caller, Command, Json, Path, Problem, Query};

/// The catalogue of categories in force.
#[utoipa::path(get, path = "/catalogue", tag = "rules",
    responses((status = 200, body = dto::Catalogue), (status = "default", body = Problem)))]
pub(super) async fn catalogue(State(web): State<Web>) -> Result<Json<dto::Catalogue>, Problem> {
    let _ = web;
    todo!()
}

/// A rule set: the one in force, or an older version.
#[utoipa::path(get, path = "/rule-sets/{kind}", tag = "rules",
    params(("kind" = dto::RuleSetKind, Path, description = "Which rules"), dto::RuleSetQuestion),
    responses((status = 200, body = dto::RuleSetView), (status = "default", body = Problem)))]
pub(super) async fn rule_set(
    State(web): State<Web>,
    Path(kind): Path<dto::RuleSetKind>,
    Query(question): Query<dto::RuleSetQuestion>,
) -> Result<Json<dto::RuleSetView>, Problem> {
    let _ = (web, kind, question);
    todo!()
}

/// All versions of a rule set.
#[utoipa::path(get, path = "/rule-sets/{kind}/versions", tag = "rules",
    params(("kind" = dto::RuleSetKind, Path, description = "Which rules")),
    responses((status = 200, body = dto::RuleSetVersions), (status = "default", body = Problem)))]
pub(super) async fn rule_set_versions(
    State(web): State<Web>,
    Path(kind): Path<dto::RuleSetKind>,
) -> Result<Json<dto::RuleSetVersions>, Problem> {
    let _ = (web, kind);
    todo!()
}

/// Publishes a new version of a rule set. Wrong rules are refused with a code per place.
#[utoipa::path(post, path = "/rule-sets/{kind}", tag = "rules", request_body = dto::PublishBody,
    params(("kind" = dto::RuleSetKind, Path, description = "Which rules"),
        ("Idempotency-Key" = String, Header, description = "A UUID that the client made for this command")),
    responses((status = 201, body = dto::RuleSetHead), (status = 409, body = Problem),
        (status = "default", body = Problem)))]
pub(super) async fn publish(
    State(web): State<Web>,
    caller: Caller,
    Path(kind): Path<dto::RuleSetKind>,
    command: Command<dto::PublishBody>,
) -> Result<(axum::http::StatusCode, Json<dto::RuleSetHead>), Problem> {
    let _ = (web, caller, kind, command);
    todo!()
}

/// Which limits would apply, and which unit the routing rules propose.
#[utoipa::path(post, path = "/deadline-preview", tag = "rules", request_body = dto::DeadlineQuestion,
    responses((status = 200, body = dto::DeadlinePreview), (status = "default", body = Problem)))]
pub(super) async fn deadline_preview(
    State(web): State<Web>,
    Json(question): Json<dto::DeadlineQuestion>,
) -> Result<Json<dto::DeadlinePreview>, Problem> {
    let _ = (web, question);
    todo!()
}
