//! The routes of all rooms under `/api/v1`, and the OpenAPI document made from them.

use crate::{App, answers, assets, brand, edge, telemetry, workers::supervise::Supervisor};
use axum::{
    Json, Router,
    extract::{Request, State},
    middleware,
    response::{IntoResponse as _, Response},
    routing::get,
};
use http::{StatusCode, header};
use people::web::{Api, Problem};
use serde_json::{Value, json};
use utoipa::openapi::{
    Components, InfoBuilder, LicenseBuilder, OpenApi, PathItem,
    security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme},
};

/// Where every route of the API stands.
const BASE: &str = "/api/v1";

fn rooms(app: &App) -> Api {
    let cases = cases::http::Web::new(app.cases.clone(), app.territory.clone(), app.files.clone());
    Api::new()
        .merge(people::http::router(app.people.clone()))
        .merge(territory::http::routes(app.territory.clone()))
        .merge(cases::http::api().with_state(cases))
}

/// The OpenAPI 3.1 document.
pub fn document(app: &App) -> OpenApi {
    let (_, document) = Api::<()>::new().nest(BASE, rooms(app)).into_parts();
    finish(document)
}

/// The document as it is committed: indented, with a newline at the end.
///
/// # Errors
/// Never for a document that the rooms made.
pub fn document_text(app: &App) -> Result<String, serde_json::Error> {
    let value: Value = serde_json::to_value(document(app))?;
    Ok(format!("{:#}\n", value))
}

fn finish(mut document: OpenApi) -> OpenApi {
    document.info = InfoBuilder::new()
        .title("OneDoor")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "One place for every matter of a county. Errors are `application/problem+json` with a stable `code`. \
             Commands carry `Idempotency-Key`; sessions carry `x-csrf-token` on unsafe methods.",
        ))
        .license(Some(LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
        .build();
    let components = document.components.get_or_insert_with(Components::new);
    components
        .add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("onedoor"))));
    components.add_security_scheme("token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    for (path, item) in &mut document.paths.paths {
        name_operations(path, item);
    }
    answers::complete(&mut document);
    document
}

/// Handlers of different rooms bear the same names; an operation is named by its method and path.
fn name_operations(path: &str, item: &mut PathItem) {
    let words: Vec<&str> = path
        .trim_start_matches(BASE)
        .split(['/', '{', '}', '.', '-'])
        .filter(|word| !word.is_empty())
        .collect();
    let operations = [
        ("get", &mut item.get),
        ("put", &mut item.put),
        ("post", &mut item.post),
        ("patch", &mut item.patch),
        ("delete", &mut item.delete),
    ];
    for (method, operation) in operations {
        if let Some(operation) = operation {
            operation.operation_id = Some(format!("{method}_{}", words.join("_")));
        }
    }
}

/// What the operational routes know.
#[derive(Clone)]
struct Operation {
    app: App,
    supervisor: Supervisor,
    document: axum::body::Bytes,
}

/// Everything the server answers, layers included.
///
/// # Errors
/// Never for a document that the rooms made.
pub fn router(app: &App, supervisor: &Supervisor) -> Result<Router, serde_json::Error> {
    let (api, _) = Api::<()>::new().nest(BASE, rooms(app)).into_parts();
    let operation =
        Operation { app: app.clone(), supervisor: supervisor.clone(), document: document_text(app)?.into() };
    let operational = Router::new()
        .route("/api/openapi.json", get(openapi))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(operation);
    let look = Router::new()
        .route("/brand.json", get(brand::brand))
        .route("/county-emblem", get(brand::emblem))
        .with_state(app.clone());
    let routes = api
        .layer(middleware::from_fn_with_state(app.people.clone(), people::web::authenticate))
        .merge(operational)
        .merge(look)
        .method_not_allowed_fallback(|| async { StatusCode::METHOD_NOT_ALLOWED })
        .fallback(assets::serve);
    Ok(edge::dress(routes, &app.config, supervisor.stopping()))
}

async fn openapi(State(operation): State<Operation>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], operation.document).into_response()
}

/// 200 when the database answers and every worker works, else 503; the body names what does not, and warns of what will
/// be missed soon.
async fn ready(State(operation): State<Operation>) -> Response {
    let database = operation.app.store.read(|_| Ok::<_, store::StoreError>(())).await.is_ok();
    let workers = operation.supervisor.health();
    let ready =
        database && workers.values().all(|health| health.state == crate::workers::supervise::State::Running);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let calendar = cases::queries::reach(
        &operation.app.cases.rules.current().calendar,
        operation.app.store.clock().now(),
    );
    let warnings: Vec<&str> = calendar.ends_soon.then_some("calendar.ends_soon").into_iter().collect();
    let body = json!({ "ready": ready, "database": database, "workers": workers, "calendar": calendar, "warnings": warnings });
    (status, Json(body)).into_response()
}

/// For this machine, or whoever knows the configured token.
async fn metrics(State(operation): State<Operation>, request: Request) -> Response {
    let here = request.extensions().get::<edge::address::FromHere>().is_some_and(|here| here.0);
    let known = operation.app.config.metrics_token.as_deref().is_some_and(|token| {
        let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        given.and_then(|value| value.strip_prefix("Bearer ")) == Some(token)
    });
    if !(here || known) {
        return Problem::new("permission.refused").into_response();
    }
    telemetry::start().map_or_else(
        || StatusCode::SERVICE_UNAVAILABLE.into_response(),
        |handle| ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], handle.render()).into_response(),
    )
}
