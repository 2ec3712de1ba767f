//! No request hangs: an answer begins within the deadline, and live streams end when the server stops.

use super::problems::problem;
use axum::{
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use futures::StreamExt as _;
use http::{StatusCode, header};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long a request may take until its answer begins.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    usual: Duration,
    upload: Duration,
}

impl Deadline {
    /// A deadline in seconds; uploads may take ten times as long, for a slow line.
    pub fn new(seconds: u64) -> Self {
        let usual = Duration::from_secs(seconds.max(1));
        Self { usual, upload: usual * 10 }
    }
}

/// Answers 503 `request.timeout` when the deadline passes; the handler is dropped.
pub async fn within(State(deadline): State<Deadline>, request: Request, next: Next) -> Response {
    let upload = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("multipart/"));
    let limit = if upload { deadline.upload } else { deadline.usual };
    tokio::time::timeout(limit, next.run(request))
        .await
        .unwrap_or_else(|_| problem(StatusCode::SERVICE_UNAVAILABLE, "request.timeout"))
}

/// Ends live streams when the server stops, so a stop does not wait for listeners.
pub async fn end_streams(
    State(stopping): State<CancellationToken>,
    request: Request,
    next: Next,
) -> Response {
    let response = next.run(request).await;
    let live = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"text/event-stream"));
    if !live {
        return response;
    }
    let (parts, body) = response.into_parts();
    let stream = body.into_data_stream().take_until(stopping.cancelled_owned());
    Response::from_parts(parts, Body::from_stream(stream))
}
