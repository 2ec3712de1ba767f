//! The catalogue, rule sets, the deadline preview.

use super::{Web, dto};
use crate::{
    CaseError, queries,
    rulebook::{NewRules, RuleKind},
};
use axum::extract::State;
use people::web::{Caller, Command, Json, Path, Problem, Query};
use store::StoreError;

/// The catalogue of categories in force.
#[utoipa::path(get, path = "/catalogue", tag = "rules",
    responses((status = 200, body = dto::Catalogue), (status = "default", body = Problem)))]
pub(super) async fn catalogue(State(web): State<Web>) -> Result<Json<dto::Catalogue>, Problem> {
    Ok(Json(queries::catalogue(&web.cases.rules.current())))
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
    Ok(Json(queries::rule_set(&web.cases, kind, question.version).await?))
}

/// All versions of a rule set.
#[utoipa::path(get, path = "/rule-sets/{kind}/versions", tag = "rules",
    params(("kind" = dto::RuleSetKind, Path, description = "Which rules")),
    responses((status = 200, body = dto::RuleSetVersions), (status = "default", body = Problem)))]
pub(super) async fn rule_set_versions(
    State(web): State<Web>,
    Path(kind): Path<dto::RuleSetKind>,
) -> Result<Json<dto::RuleSetVersions>, Problem> {
    Ok(Json(queries::rule_set_versions(&web.cases, kind).await?))
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
    let body = command.body;
    let note = body.note.trim().to_owned();
    if note.is_empty() {
        return Err(CaseError::field("note", "field.missing").into());
    }
    let text = published_text(kind, body.text, body.body)?;
    let new = NewRules { kind, text, note, made_from: Some(body.version) };
    let ctx = web.ctx(&caller, Some(command.request));
    match web.cases.rules.publish(&web.cases.store, &ctx, new).await {
        Ok(version) => {
            let view = queries::rule_set(&web.cases, kind, Some(version)).await?;
            Ok((axum::http::StatusCode::CREATED, Json(view.head)))
        }
        Err(CaseError::Store(StoreError::VersionConflict { .. })) => Err(conflict(&web, kind).await?),
        Err(other) => Err(explained(other)),
    }
}

/// With the rules that stand by now: another node may have published them.
async fn conflict(web: &Web, kind: RuleKind) -> Result<Problem, CaseError> {
    web.cases.rules.reload(&web.cases.store).await?;
    let current = queries::rule_set(&web.cases, kind, None).await?;
    Ok(Problem::new("version.conflict").current(serde_json::to_value(current).unwrap_or_default()))
}

fn published_text(
    kind: RuleKind,
    text: Option<String>,
    body: Option<serde_json::Value>,
) -> Result<String, CaseError> {
    match (text, body) {
        (Some(text), None) => Ok(text),
        (None, Some(body)) => queries::as_text(kind, body),
        (Some(_), Some(_)) | (None, None) => Err(CaseError::field("body", "field.missing")),
    }
}

/// What is wrong with rules is said where they were written: whoever publishes them must be able to mend them.
fn explained(error: CaseError) -> Problem {
    match error {
        CaseError::Rules { code, detail } => Problem::new(code).detail(detail).field("body", code),
        other => other.into(),
    }
}

/// Which limits would apply, and which unit the routing rules propose.
#[utoipa::path(post, path = "/deadline-preview", tag = "rules", request_body = dto::DeadlineQuestion,
    responses((status = 200, body = dto::DeadlinePreview), (status = "default", body = Problem)))]
pub(super) async fn deadline_preview(
    State(web): State<Web>,
    Json(question): Json<dto::DeadlineQuestion>,
) -> Result<Json<dto::DeadlinePreview>, Problem> {
    let now = web.cases.store.clock().now();
    Ok(Json(queries::deadline_preview(&web.cases, question, now).await?))
}
