//! Live changes as server-sent events.

use super::{Web, dto};
use crate::follow::{Listener, Step};
use axum::{
    extract::State,
    http::HeaderMap,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::stream::{self, StreamExt};
use people::{
    scope::Viewer,
    web::{Caller, Problem},
};
use std::{convert::Infallible, time::Duration};

/// A silent connection is kept open by a comment this often.
const KEEP_ALIVE: Duration = Duration::from_secs(20);
/// A connection ends after this time and the browser comes again: roles may have changed, sessions ended.
const LONGEST: Duration = Duration::from_secs(600);

/// Changes of cases the caller may see. Each message's id is a position of the event log: reconnecting with
/// `Last-Event-ID` continues there. Message `changes` carries a `LiveChange`; message `reset` says that too much
/// was missed and lists should be read again; message `hello` comes first and tells the position.
#[utoipa::path(get, path = "/live", tag = "live",
    params(("Last-Event-ID" = Option<String>, Header, description = "The last position that was seen")),
    responses((status = 200, content_type = "text/event-stream", body = dto::LiveChange),
        (status = "default", body = Problem)))]
pub(super) async fn live(
    State(web): State<Web>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let after = match headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok())
        .filter(|id| !id.is_empty())
    {
        Some(text) => Some(text.parse::<i64>().map_err(|_| Problem::new("request.last_event_id"))?),
        None => None,
    };
    let listener = web.live.listen(after).await?;
    let hello = Event::default().event("hello").id(listener.position().to_string()).data("{}");
    let ears = Ears { listener, viewer: Viewer::from(&caller.actor), account: caller.actor.account_id };
    let changes =
        stream::unfold(ears, |mut ears| async move { ears.hear().await.map(|event| (event, ears)) });
    let messages = stream::once(async { hello }).chain(changes).map(Ok::<_, Infallible>);
    let ending = messages.take_until(tokio::time::sleep(LONGEST));
    let response = Sse::new(ending).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    Ok(([("x-accel-buffering", "no")], response).into_response())
}

struct Ears {
    listener: Listener,
    viewer: Viewer,
    account: i64,
}

impl Ears {
    /// The next message for this listener; `None` ends the stream, the browser then comes again.
    async fn hear(&mut self) -> Option<Event> {
        loop {
            match self.listener.next().await {
                Ok(Some(Step::Batch(batch))) => {
                    if let Some(change) = batch.heard_by(&self.viewer, self.account) {
                        let id = batch.position().to_string();
                        return Event::default().event("changes").id(id).json_data(change).ok();
                    }
                }
                Ok(Some(Step::Reset(position))) => {
                    return Some(Event::default().event("reset").id(position.to_string()).data("{}"));
                }
                Ok(None) => return None,
                Err(error) => {
                    tracing::warn!(%error, "a live connection ends");
                    return None;
                }
            }
        }
    }
}
