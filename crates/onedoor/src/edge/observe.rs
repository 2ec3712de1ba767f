//! One log line and one measurement per request. Neither holds personal data: the route's pattern, never its values.

use crate::ambient::{self, Stopwatch};
use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use std::time::Duration;
use tracing::Instrument as _;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives the request an id, logs and measures it.
pub async fn observe(request: Request, next: Next) -> Response {
    let watch = Stopwatch::start();
    let id = request_id(request.headers());
    let method = request.method().as_str().to_owned();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "unmatched".to_owned(), |path| path.as_str().to_owned());
    let span = tracing::info_span!("request", id = %id, %method, %route);
    let mut response = next.run(request).instrument(span.clone()).await;
    let status = response.status().as_u16();
    let took = watch.elapsed();
    measure(&method, &route, status, took);
    span.in_scope(|| tell(&route, status, took));
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

fn measure(method: &str, route: &str, status: u16, took: Duration) {
    let labels = [("method", method.to_owned()), ("route", route.to_owned()), ("status", status.to_string())];
    metrics::counter!("onedoor_http_requests_total", &labels).increment(1);
    metrics::histogram!("onedoor_http_request_seconds", &labels[..2]).record(took.as_secs_f64());
}

/// Failures loudly, the API's answers as usual, the console's files not at all.
fn tell(route: &str, status: u16, took: Duration) {
    let millis = took.as_millis();
    if status >= 500 {
        tracing::error!(status, millis, "answered");
    } else if route.starts_with("/api") {
        tracing::info!(status, millis, "answered");
    }
}

/// The proxy's id when it is short and harmless, else a new one.
fn request_id(headers: &HeaderMap) -> String {
    headers
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(|id| {
            (8..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
        .map_or_else(new_id, str::to_owned)
}

fn new_id() -> String {
    let mut bytes = [0u8; 8];
    store::Entropy::fill(&ambient::OsEntropy, &mut bytes);
    format!("{:016x}", u64::from_be_bytes(bytes))
}
