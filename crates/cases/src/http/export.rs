//! Exports of exactly what a list shows.

use super::{Web, access, access::Subject, dto};
use crate::export::{self, Export};
use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use people::web::{Caller, Problem, Query};

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The list as CSV (UTF-8 with byte order mark, RFC 4180).
#[utoipa::path(get, path = "/cases/export.csv", operation_id = "export_csv", tag = "cases",
    params(dto::ListQuestion),
    responses((status = 200, content_type = "text/csv", body = String), (status = "default", body = Problem)))]
pub(super) async fn csv(
    State(web): State<Web>,
    caller: Caller,
    Query(question): Query<dto::ListQuestion>,
) -> Result<Response, Problem> {
    let export = collect(&web, &caller, question).await?;
    let bytes = export::csv(&export).map_err(|error| failed(&error))?;
    Ok(download(bytes, "text/csv; charset=utf-8", "csv", &web))
}

/// The list as an Excel workbook.
#[utoipa::path(get, path = "/cases/export.xlsx", operation_id = "export_xlsx", tag = "cases",
    params(dto::ListQuestion),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        body = Vec<u8>), (status = "default", body = Problem)))]
pub(super) async fn xlsx(
    State(web): State<Web>,
    caller: Caller,
    Query(question): Query<dto::ListQuestion>,
) -> Result<Response, Problem> {
    let export = collect(&web, &caller, question).await?;
    let made = tokio::task::spawn_blocking(move || export::xlsx(&export)).await;
    let bytes = made.map_err(|error| failed(&error))?.map_err(|error| failed(&error))?;
    Ok(download(bytes, XLSX, "xlsx", &web))
}

/// Collects the rows and writes the export down before anything leaves the house.
async fn collect(web: &Web, caller: &Caller, question: dto::ListQuestion) -> Result<Export, Problem> {
    let export = export::collect(&web.cases, &web.ask(caller), question).await?;
    access::log(web, caller, "export", Subject::of(format!("{} cases", export.rows.len()))).await?;
    Ok(export)
}

fn failed(error: &dyn std::error::Error) -> Problem {
    tracing::error!(%error, "an export could not be put together");
    Problem::new("internal.export")
}

fn download(bytes: Vec<u8>, media_type: &'static str, ending: &str, web: &Web) -> Response {
    let day = crate::queries::local_day(web.cases.store.clock().now());
    let disposition = format!("attachment; filename=\"cases-{day}.{ending}\"");
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    response
}
