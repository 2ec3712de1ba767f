//! A router on which no route can forget to say who may call it.

use crate::{
    Permission,
    web::{Caller, Channel, Problem},
};
use axum::{extract::Request, middleware::Next, response::Response};
use subtle::ConstantTimeEq;
use utoipa::openapi::{
    OpenApi,
    extensions::Extensions,
    path::{Operation, PathItem},
};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

/// Where an operation of the OpenAPI document says which permission it needs, or `public`.
pub const PERMISSION_EXTENSION: &str = "x-permission";

/// The header that repeats the session's CSRF token on unsafe methods.
pub const CSRF_HEADER: &str = "x-csrf-token";

/// A router over [`OpenApiRouter`]. There is no way to add a route without saying who may call it.
#[derive(Clone)]
pub struct Api<S = ()>(OpenApiRouter<S>);

impl<S: Clone + Send + Sync + 'static> Default for Api<S> {
    fn default() -> Api<S> {
        Api::new()
    }
}

impl<S: Clone + Send + Sync + 'static> Api<S> {
    /// An empty router.
    pub fn new() -> Api<S> {
        Api(OpenApiRouter::default())
    }

    /// Adds `routes!(handler, …)` for callers who may do this.
    #[must_use]
    pub fn route(self, routes: UtoipaMethodRouter<S>, permission: Permission) -> Api<S> {
        let (schemas, mut paths, methods) = routes;
        mark(&mut paths.paths, permission.as_str());
        let guard =
            axum::middleware::from_fn(move |request: Request, next: Next| guard(permission, request, next));
        Api(self.0.routes((schemas, paths, methods.layer(guard))))
    }

    /// Adds `routes!(handler, …)` for everybody.
    #[must_use]
    pub fn public(self, routes: UtoipaMethodRouter<S>) -> Api<S> {
        let (schemas, mut paths, methods) = routes;
        mark(&mut paths.paths, "public");
        Api(self.0.routes((schemas, paths, methods)))
    }

    /// Takes another router's routes in.
    #[must_use]
    pub fn merge(self, other: Api<S>) -> Api<S> {
        Api(self.0.merge(other.0))
    }

    /// Puts another router's routes under a path.
    #[must_use]
    pub fn nest(self, path: &str, other: Api<S>) -> Api<S> {
        Api(self.0.nest(path, other.0))
    }

    /// Gives the handlers their state.
    pub fn with_state<S2: Clone + Send + Sync + 'static>(self, state: S) -> Api<S2> {
        Api(self.0.with_state(state))
    }

    /// The axum router and the OpenAPI document of its routes.
    pub fn into_parts(self) -> (axum::Router<S>, OpenApi) {
        self.0.split_for_parts()
    }
}

fn mark<'a>(items: impl IntoIterator<Item = (&'a String, &'a mut PathItem)>, who: &str) {
    for (_, item) in items {
        let operations = [
            &mut item.get,
            &mut item.put,
            &mut item.post,
            &mut item.delete,
            &mut item.options,
            &mut item.head,
            &mut item.patch,
            &mut item.trace,
        ];
        for operation in operations.into_iter().flatten() {
            mark_operation(operation, who);
        }
    }
}

fn mark_operation(operation: &mut Operation, who: &str) {
    let extensions = operation.extensions.get_or_insert_with(Extensions::default);
    extensions.insert(PERMISSION_EXTENSION.to_owned(), who.into());
}

/// Refuses who is not signed in, a forged request, and who may not do this.
async fn guard(permission: Permission, request: Request, next: Next) -> Result<Response, Problem> {
    let caller = request.extensions().get::<Caller>().ok_or_else(|| Problem::new("auth.required"))?;
    if let Channel::Session { csrf, .. } = &caller.channel
        && !request.method().is_safe()
    {
        let given = request.headers().get(CSRF_HEADER).map(|value| value.as_bytes()).unwrap_or_default();
        if !bool::from(given.ct_eq(csrf.as_bytes())) {
            return Err(Problem::new("csrf.refused"));
        }
    }
    if !caller.may(permission) {
        return Err(Problem::new("permission.refused").detail(permission.as_str()));
    }
    Ok(next.run(request).await)
}
