//! Failures that no handler speaks of (no such route, wrong method, too large, a panic) in the same form as all others.

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use serde_json::json;
use std::any::Any;

/// A problem (RFC 9457) with a stable code; the words come from the client's locale files.
pub fn problem(status: StatusCode, code: &str) -> Response {
    let title = status.canonical_reason().unwrap_or("Error");
    let body = json!({ "type": "about:blank", "title": title, "status": status.as_u16(), "code": code });
    let mut response = (status, Body::from(body.to_string())).into_response();
    let form = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(header::CONTENT_TYPE, form);
    response
}

/// Turns plain-text failures under `/api` into problems and leaves problems as they are.
pub async fn uniform(request: Request, next: Next) -> Response {
    let api = request.uri().path().starts_with("/api/");
    let response = next.run(request).await;
    let status = response.status();
    let plain = !response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"application/problem+json"));
    if !(api && plain && (status.is_client_error() || status.is_server_error())) {
        return response;
    }
    let mut uniform = problem(status, code_of(status));
    for name in [header::ALLOW, header::RETRY_AFTER, header::WWW_AUTHENTICATE] {
        if let Some(value) = response.headers().get(&name) {
            uniform.headers_mut().insert(name, value.clone());
        }
    }
    uniform
}

/// The code of a failure that only has a status.
fn code_of(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 | 422 => "request.body",
        401 => "auth.required",
        403 => "permission.refused",
        404 => "route.not_found",
        405 => "route.method_not_allowed",
        408 | 504 => "request.timeout",
        411 | 413 => "request.too_large",
        415 => "request.media_type",
        429 => "auth.throttled",
        503 => "store.unavailable",
        _ => "server.error",
    }
}

/// A panic in a handler: logged where it happened, answered with 500, the server goes on.
pub fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    problem(StatusCode::INTERNAL_SERVER_ERROR, "server.error")
}
