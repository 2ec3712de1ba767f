//! `/access-log`, for the audit administrator. Reading it is itself written down.

use crate::{
    People, PeopleError,
    http::page::{Page, Total, page_size},
    queries::{self, AccessEntry, LogFilter},
    web::{Caller, Id, Json, Problem, Query},
};
use axum::extract::State;
use serde::Deserialize;
use store::{Timestamp, access::Access};

/// Entries are counted this far.
const MOST: i64 = 1000;

/// Which entries.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct LogQuery {
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
    /// From the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<Id>,
    /// Page size, 100 unless told, 1000 at most.
    limit: Option<i64>,
    /// Whether to count them all (1000 at most), with the first page.
    total: Option<bool>,
}

/// The access log, newest first.
#[utoipa::path(get, path = "/access-log", tag = "people", params(LogQuery),
    responses((status = 200, body = Page<AccessEntry>)))]
pub async fn list(
    State(people): State<People>,
    caller: Caller,
    Query(query): Query<LogQuery>,
) -> Result<Json<Page<AccessEntry>>, Problem> {
    let limit = page_size(query.limit, 100, 1000)?;
    let filter = LogFilter {
        from: query.from,
        until: query.until,
        account: query.account.map(i64::from),
        action: query.action,
        case: query.case.map(i64::from),
        outcome: query.outcome,
        before_id: query.cursor.map(i64::from),
        limit: limit + 1,
    };
    let subject = format!("access log {}", about(&filter)).trim_end().to_owned();
    written_down(&people, &caller, "audit", subject).await?;
    let service = people.clone();
    let counts = query.total == Some(true) && filter.before_id.is_none();
    let (items, total) = people
        .store
        .read(move |conn| {
            let items = queries::access_log(conn, service.store.vault(), &filter)?;
            let count = counts.then(|| queries::count_access(conn, &filter, MOST + 1)).transpose()?;
            Ok::<_, PeopleError>((items, count))
        })
        .await?;
    let total = total.map(|count| Total { count: count.min(MOST), capped: count > MOST });
    Ok(Json(Page::cut(items, limit, |entry: &AccessEntry| entry.id.to_string()).of(total)))
}

/// Which entries, in words of the product.
pub(super) fn about(filter: &LogFilter) -> String {
    let filters = [
        ("account", filter.account.map(|id| id.to_string())),
        ("action", filter.action.clone()),
        ("case", filter.case.map(|id| id.to_string())),
        ("outcome", filter.outcome.clone()),
        ("from", filter.from.map(|at| at.to_string())),
        ("until", filter.until.map(|at| at.to_string())),
    ];
    let filters: Vec<String> =
        filters.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", value?))).collect();
    filters.join(" ")
}

/// Writes down what an administrator of the audit looks at or takes away.
pub(super) async fn written_down(
    people: &People,
    caller: &Caller,
    action: &'static str,
    subject: String,
) -> Result<(), PeopleError> {
    let access = Access {
        at: people.now(),
        account_id: Some(caller.actor.account_id),
        unit_id: Some(caller.actor.unit_id),
        action,
        case_id: None,
        subject,
        purpose: String::new(),
        outcome: "allowed",
        address: caller.address.clone(),
    };
    people.store.write(move |tx| Ok::<_, PeopleError>(tx.log_access(access.clone())?)).await
}
