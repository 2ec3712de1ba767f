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
    Permission,
    scope::Viewer,
    web::{Caller, Problem, Standing},
};
use std::{convert::Infallible, sync::Arc, time::Duration};
use store::{Clock, ms};

/// A silent connection is kept open by a comment this often.
const KEEP_ALIVE: Duration = Duration::from_secs(20);
/// A connection ends after this time and the browser comes again.
const LONGEST: Duration = Duration::from_secs(600);
/// What was asked longer ago than this (ms) is asked again before anything is told: whether the caller is still
/// signed in, and what it may see.
const TRUSTED_MS: i64 = 5_000;

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
    standing: Standing,
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
    let clock = Arc::clone(web.cases.store.clock());
    let asked_at = ms(clock.now());
    let ears = Ears { listener, viewer: Viewer::from(&caller.actor), caller, standing, clock, asked_at };
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
    caller: Caller,
    standing: Standing,
    clock: Arc<dyn Clock>,
    asked_at: i64,
}

impl Ears {
    /// The next message for this listener; `None` ends the stream, the browser then comes again.
    async fn hear(&mut self) -> Option<Event> {
        loop {
            let step = match self.listener.next().await {
                Ok(step) => step?,
                Err(error) => {
                    tracing::warn!(%error, "a live connection ends");
                    return None;
                }
            };
            if !self.may_hear().await {
                return None;
            }
            match step {
                Step::Batch(batch) => {
                    if let Some(change) = batch.heard_by(&self.viewer, self.caller.actor.account_id) {
                        let id = batch.position().to_string();
                        return Event::default().event("changes").id(id).json_data(change).ok();
                    }
                }
                Step::Reset(position) => {
                    return Some(Event::default().event("reset").id(position.to_string()).data("{}"));
                }
            }
        }
    }

    /// Whether the caller may still listen. Somebody signed out, disabled or without the role hears nothing more.
    async fn may_hear(&mut self) -> bool {
        let now = ms(self.clock.now());
        if now - self.asked_at <= TRUSTED_MS {
            return true;
        }
        match self.standing.of_caller(&self.caller).await {
            Ok(Some(caller)) if caller.may(Permission::CaseRead) => {
                self.viewer = Viewer::from(&caller.actor);
                (self.caller, self.asked_at) = (caller, now);
                true
            }
            Ok(_) => false,
            Err(error) => {
                tracing::warn!(%error, "a live connection ends");
                false
            }
        }
    }
}
