//! Live changes as server-sent events.

use super::{Web, dto};
use axum::{extract::State, http::HeaderMap, response::Response};
use people::web::{Caller, Problem};

/// Changes of cases the caller may see. Each message's id is a position of the event log: reconnecting with
/// `Last-Event-ID` continues there. Message `changes` carries a `LiveChange`; message `reset` says that too much
/// was missed and lists should be read again.
#[utoipa::path(get, path = "/live", tag = "live",
    params(("Last-Event-ID" = Option<String>, Header, description = "The last position that was seen")),
    responses((status = 200, content_type = "text/event-stream", body = dto::LiveChange),
        (status = "default", body = Problem)))]
pub(super) async fn live(
    State(web): State<Web>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let _ = (web, caller, headers);
    todo!()
}
