//! What a county may set of the console's look: its name, emblem and main colour.

use crate::config::Config;
use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::{StatusCode, header};
use serde_json::{Map, Value};
use std::{path::Path, sync::Arc};

/// Where the emblem is served.
const EMBLEM: &str = "/county-emblem";

/// What is set; the console has its own defaults for the rest.
pub(crate) async fn brand(State(config): State<Arc<Config>>) -> Json<Value> {
    let county = &config.county;
    let mut brand = Map::new();
    let mut set = |name: &str, value: &str| {
        if !value.is_empty() {
            brand.insert(name.to_owned(), value.into());
        }
    };
    set("county_zh", &county.name);
    set("county_en", &county.name_en);
    set("color", county.color.as_deref().unwrap_or_default());
    set("emblem", county.emblem.as_ref().map_or("", |_| EMBLEM));
    Json(brand.into())
}

/// The emblem file.
pub(crate) async fn emblem(State(config): State<Arc<Config>>) -> Response {
    let Some(file) = &config.county.emblem else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match tokio::fs::read(file).await {
        Ok(bytes) => ([(header::CONTENT_TYPE, kind(file))], bytes).into_response(),
        Err(error) => {
            tracing::warn!(%error, "the emblem cannot be read");
            StatusCode::NOT_FOUND.into_response()
        }
    }
}

fn kind(file: &Path) -> &'static str {
    match file.extension().and_then(|end| end.to_str()) {
        Some("svg") => "image/svg+xml",
        Some("webp") => "image/webp",
        _ => "image/png",
    }
}
