//! Exports of exactly what a list shows.

use super::{Web, dto};
use axum::{extract::State, response::Response};
use people::web::{Caller, Problem, Query};

/// The list as CSV (UTF-8 with byte order mark, RFC 4180).
#[utoipa::path(get, path = "/cases/export.csv", tag = "cases", params(dto::ListQuestion),
    responses((status = 200, content_type = "text/csv", body = String), (status = "default", body = Problem)))]
pub(super) async fn csv(
    State(web): State<Web>,
    caller: Caller,
    Query(question): Query<dto::ListQuestion>,
) -> Result<Response, Problem> {
    let _ = (web, caller, question);
    todo!()
}

/// The list as an Excel workbook.
#[utoipa::path(get, path = "/cases/export.xlsx", tag = "cases", params(dto::ListQuestion),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        body = Vec<u8>), (status = "default", body = Problem)))]
pub(super) async fn xlsx(
    State(web): State<Web>,
    caller: Caller,
    Query(question): Query<dto::ListQuestion>,
) -> Result<Response, Problem> {
    let _ = (web, caller, question);
    todo!()
}
