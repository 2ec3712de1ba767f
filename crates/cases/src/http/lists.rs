//! Lists, desks, search, supervision, overview.

use super::{Web, access, access::Subject, dto};
use crate::queries;
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
    let searched = question.q.is_some() || question.phone4.is_some();
    let list = queries::list(&web.cases, &web.ask(&caller), question).await?;
    if searched {
        access::log(&web, &caller, "search", Subject::of(format!("list of {}", list.items.len()))).await?;
    }
    Ok(Json(list))
}

/// The caller's desks and what lies on them.
#[utoipa::path(get, path = "/desks", tag = "cases",
    responses((status = 200, body = dto::DeskList), (status = "default", body = Problem)))]
pub(super) async fn desks(State(web): State<Web>, caller: Caller) -> Result<Json<dto::DeskList>, Problem> {
    Ok(Json(queries::desks(&web.cases, &web.ask(&caller)).await?))
}

/// Finds cases by words.
#[utoipa::path(get, path = "/search", tag = "cases", params(dto::SearchQuestion),
    responses((status = 200, body = dto::SearchList), (status = "default", body = Problem)))]
pub(super) async fn search(
    State(web): State<Web>,
    caller: Caller,
    Query(question): Query<dto::SearchQuestion>,
) -> Result<Json<dto::SearchList>, Problem> {
    let found = queries::search(&web.cases, &web.ask(&caller), question).await?;
    access::log(&web, &caller, "search", Subject::of(format!("{} hits", found.items.len()))).await?;
    Ok(Json(found))
}

/// What is about to be late, what is late, cards, orders.
#[utoipa::path(get, path = "/supervision", tag = "supervision", params(dto::SupervisionQuestion),
    responses((status = 200, body = dto::SupervisionList), (status = "default", body = Problem)))]
pub(super) async fn supervision(
    State(web): State<Web>,
    caller: Caller,
    Query(question): Query<dto::SupervisionQuestion>,
) -> Result<Json<dto::SupervisionList>, Problem> {
    Ok(Json(queries::supervision(&web.cases, &web.ask(&caller), question).await?))
}

/// Counts by day, channel, kind, unit, town and category.
#[utoipa::path(get, path = "/overview", tag = "overview", params(dto::OverviewQuestion),
    responses((status = 200, body = dto::Overview), (status = "default", body = Problem)))]
pub(super) async fn overview(
    State(web): State<Web>,
    caller: Caller,
    Query(question): Query<dto::OverviewQuestion>,
) -> Result<Json<dto::Overview>, Problem> {
    Ok(Json(queries::overview(&web.cases, &web.ask(&caller), question).await?))
}
