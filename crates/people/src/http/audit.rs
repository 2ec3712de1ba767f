//! What the audit administrator takes away: the access log as a file, the check of the log, its last signed head.

use crate::{
    People, PeopleError,
    http::log::{about, written_down},
    queries::{self, AccessEntry, LogFilter},
    verification::{self, LogCheck},
    web::{Caller, Id, Json, Path, Problem, Query},
};
use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
};
use futures::stream;
use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;
use store::{Timestamp, tree::TreeHead};

/// Entries read at a time.
const PAGE: i64 = 1000;

/// Which entries, and how written.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ExportQuery {
    /// Not before (RFC 3339).
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Before (RFC 3339).
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// Of this account.
    #[param(value_type = Option<String>)]
    account: Option<Id>,
    /// Of this action.
    action: Option<String>,
    /// About this case (its id).
    #[param(value_type = Option<String>)]
    case: Option<Id>,
    /// `allowed` or `refused`.
    outcome: Option<String>,
}

/// The access log as a file, newest entries first: `csv` (UTF-8 with byte order mark, RFC 4180) or `jsonl` (one JSON
/// object a line). That it was taken stands in the log before the first byte goes out.
#[utoipa::path(get, path = "/audit/export/{format}", tag = "people",
    params(("format" = String, Path, description = "`csv` or `jsonl`"), ExportQuery),
    responses((status = 200, content_type = "text/csv", body = String), (status = 404, body = Problem)))]
pub async fn export(
    State(people): State<People>,
    caller: Caller,
    Path(format): Path<String>,
    Query(query): Query<ExportQuery>,
) -> Result<Response, Problem> {
    let format = match format.as_str() {
        "csv" => Format::Csv,
        "jsonl" => Format::Lines,
        _ => return Err(Problem::new("request.path")),
    };
    let filter = LogFilter {
        from: query.from,
        until: query.until,
        account: query.account.map(i64::from),
        action: query.action,
        case: query.case.map(i64::from),
        outcome: query.outcome,
        before_id: None,
        limit: PAGE,
    };
    let subject = format!("access log {}", about(&filter)).trim_end().to_owned();
    written_down(&people, &caller, "export", subject).await?;
    Ok(file(people, filter, format))
}

#[derive(Clone, Copy)]
enum Format {
    Csv,
    Lines,
}

/// Reads page after page as the client takes them.
fn file(people: People, filter: LogFilter, format: Format) -> Response {
    let (kind, ending) = match format {
        Format::Csv => ("text/csv; charset=utf-8", "csv"),
        Format::Lines => ("application/x-ndjson", "jsonl"),
    };
    let day = people.now().strftime("%Y%m%d");
    let disposition = format!("attachment; filename=\"access-log-{day}.{ending}\"");
    let pages = stream::try_unfold((people, Some(filter), true), move |(people, filter, first)| async move {
        let Some(filter) = filter else { return Ok::<_, PeopleError>(None) };
        let (service, asked) = (people.clone(), filter.clone());
        let page =
            people.store.read(move |conn| queries::access_log(conn, service.store.vault(), &asked)).await?;
        let next = page.last().filter(|_| i64::try_from(page.len()) == Ok(PAGE)).map(|last| last.id.0);
        let next = next.map(|before| LogFilter { before_id: Some(before), ..filter });
        Ok(Some((written(&page, format, first), (people, next, false))))
    });
    let mut response = Body::from_stream(pages).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    response
}

const COLUMNS: [&str; 12] = [
    "id",
    "at",
    "account_id",
    "account_name",
    "unit_id",
    "action",
    "case_id",
    "case_number",
    "subject",
    "purpose",
    "outcome",
    "address",
];

fn written(page: &[AccessEntry], format: Format, first: bool) -> Vec<u8> {
    let mut out = Vec::new();
    match format {
        Format::Lines => {
            for entry in page {
                out.extend(serde_json::to_vec(entry).unwrap_or_default());
                out.push(b'\n');
            }
        }
        Format::Csv => {
            if first {
                out.extend(b"\xEF\xBB\xBF");
                row(&mut out, COLUMNS.map(str::to_owned));
            }
            for entry in page {
                row(&mut out, cells(entry));
            }
        }
    }
    out
}

fn cells(entry: &AccessEntry) -> [String; 12] {
    let id = |id: Option<Id>| id.map(|id| id.to_string()).unwrap_or_default();
    [
        entry.id.to_string(),
        entry.at.to_string(),
        id(entry.account_id),
        entry.account_name.clone().unwrap_or_default(),
        id(entry.unit_id),
        entry.action.clone(),
        id(entry.case_id),
        entry.case_number.clone().unwrap_or_default(),
        entry.subject.clone(),
        entry.purpose.clone().unwrap_or_default(),
        entry.outcome.clone(),
        entry.address.clone(),
    ]
}

/// One row: every cell quoted; one that a spreadsheet would take for a formula gets an apostrophe in front.
fn row(out: &mut Vec<u8>, cells: [String; 12]) {
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        let formula = cell.trim_start_matches([' ', '\u{3000}', '\u{a0}']);
        let formula =
            formula.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '|', '%', '＝', '＋', '－', '＠']);
        let mark = if formula { "'" } else { "" };
        out.extend(format!("\"{mark}{}\"", cell.replace('"', "\"\"")).bytes());
    }
    out.extend(b"\r\n");
}

/// What to check the log against.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyBody {
    /// A head that somebody else kept, as `onedoor export-head` wrote it.
    #[schema(value_type = Option<Object>)]
    head: Option<TreeHead>,
}

/// Begins to check the whole log in the background: hashes, chains, private parts, tree, signed heads, access log. One that
/// runs already goes on. Ask with GET what it came to.
#[utoipa::path(post, path = "/log/verify", tag = "people", request_body = VerifyBody,
    responses((status = 202, body = LogCheck), (status = 400, body = Problem)))]
pub async fn verify(
    State(people): State<People>,
    caller: Caller,
    Json(body): Json<VerifyBody>,
) -> Result<(StatusCode, Json<LogCheck>), Problem> {
    written_down(&people, &caller, "audit", "log check".to_owned()).await?;
    verification::begin(&people, body.head);
    Ok((StatusCode::ACCEPTED, Json(standing(&people).await?)))
}

/// What the last check came to, with the last signed head.
#[utoipa::path(get, path = "/log/verify", tag = "people", responses((status = 200, body = LogCheck)))]
pub async fn verified(State(people): State<People>) -> Result<Json<LogCheck>, Problem> {
    Ok(Json(standing(&people).await?))
}

async fn standing(people: &People) -> Result<LogCheck, PeopleError> {
    let head = people.store.read(store::tree::last_head).await?;
    Ok(LogCheck { head, ..people.verification.read() })
}

/// The last signed head, to be kept by somebody else: it shows later whether the log was changed.
#[utoipa::path(get, path = "/log/head", tag = "people",
    responses((status = 200, body = Object), (status = 404, body = Problem)))]
pub async fn head(State(people): State<People>, caller: Caller) -> Result<Json<TreeHead>, Problem> {
    let head = people.store.read(store::tree::last_head).await?;
    let head = head.ok_or(PeopleError::Refused("log_head.not_found"))?;
    written_down(&people, &caller, "audit", "log head".to_owned()).await?;
    Ok(Json(head))
}
