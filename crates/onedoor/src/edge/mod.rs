//! What surrounds every route: request ids, log lines, metrics, deadlines, size limits, security headers, uniform problems.

pub mod address;
pub mod deadline;
pub mod headers;
pub mod observe;
pub mod problems;

use crate::config::Config;
use axum::{Router, extract::DefaultBodyLimit, middleware};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};

/// Puts the layers around the routes; the last named is the outermost.
pub fn dress(routes: Router, config: &Config, stopping: CancellationToken) -> Router {
    let proxies = Arc::new(config.trusted_proxies.clone());
    let deadline = deadline::Deadline::new(config.limits.request_seconds);
    let tls = config.secure_cookies();
    routes
        .layer(DefaultBodyLimit::max(config.limits.body_bytes))
        .layer(middleware::from_fn_with_state(deadline, deadline::within))
        .layer(CatchPanicLayer::custom(problems::panicked))
        .layer(middleware::from_fn(problems::uniform))
        .layer(middleware::from_fn_with_state(stopping, deadline::end_streams))
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn_with_state(tls, headers::secure))
        .layer(middleware::from_fn(observe::observe))
        .layer(middleware::from_fn_with_state(proxies, address::resolve))
}
