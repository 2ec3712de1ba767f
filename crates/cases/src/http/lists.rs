//! Lists, desks, search, supervision, overview.

use super::{Web, dto};
use axum::extract::State;
use people::web::{Caller, Json, Problem, Query};

/// Cases by desk and filters.
#[utoipa::path(get, path = "/cases", tag = "cases", params(dto::ListQuestion),
    responses((status = 200, body = dto::CaseList), (status = "default", body = Problem)))]
pub(super) async fn list(
    State(web): State<Web>,
    caller: Caller,
    Query(question): Query<dto::ListQuestion>,
) -> Result<Json<dto::CaseList>, Problem> {
    let _ = (web, caller, question);
    todo!()
}

/// The caller's desks and what lies on them.
#[utoipa::path(get, path = "/desks", tag = "cases",
    responses((status = 200, body = dto::DeskList), (status = "default", body = Problem)))]
pub(super) async fn desks(State(web): State<Web>, caller: Caller) -> Result<Json<dto::DeskList>, Problem> {
    let _ = (web, caller);
    todo!()
}

/// Finds cases by words.
#[utoipa::path(get, path = "/search", tag = "cases", params(dto::SearchQuestion),
    responses((status = 200, body = dto::SearchList), (status = "default", body = Problem)))]
pub(super) async fn search(
    State(web): State<Web>,
    caller: Caller,
    Query(question): Query<dto::SearchQuestion>,
) -> Result<Json<dto::SearchList>, Problem> {
    let _ = (web, caller, question);
    todo!()
}

/// What is about to be late, what is late, cards, orders.
#[utoipa::path(get, path = "/supervision", tag = "supervision", params(dto::SupervisionQuestion),
    responses((status = 200, body = dto::SupervisionList), (status = "default", body = Problem)))]
pub(super) async fn supervision(
    State(web): State<Web>,
    caller: Caller,
    Query(question): Query<dto::SupervisionQuestion>,
) -> Result<Json<dto::SupervisionList>, Problem> {
    let _ = (web, caller, question);
    todo!()
}

/// Counts by day, channel, kind, unit, town and category.
#[utoipa::path(get, path = "/overview", tag = "overview", params(dto::OverviewQuestion),
    responses((status = 200, body = dto::Overview), (status = "default", body = Problem)))]
pub(super) async fn overview(
    State(web): State<Web>,
    caller: Caller,
    Query(question): Query<dto::OverviewQuestion>,
) -> Result<Json<dto::Overview>, Problem> {
    let _ = (web, caller, question);
    todo!()
}
