//! What a county may set of the console's look: its name, emblem and main colour. What an administrator set in the
//! console goes before the configuration file.

use crate::{App, config::Config};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::{StatusCode, header};
use people::{PeopleError, county};
use serde_json::{Map, Value};
use std::path::Path;

/// Where the emblem is served.
const EMBLEM: &str = "/county-emblem";
/// What an emblem may do when it is opened by itself: be seen.
const INERT: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/// What is set; the console has its own defaults for the rest.
pub(crate) async fn brand(State(app): State<App>) -> Json<Value> {
    let config = &app.config.county;
    let set = chosen(&app).await;
    let version = set.as_ref().map_or(0, |set| set.version);
    let own = |own: Option<&String>, file: &str| match own {
        Some(own) if !own.is_empty() => own.clone(),
        Some(_) | None => file.to_owned(),
    };
    let emblem = set.as_ref().is_some_and(|set| set.emblem.is_some()) || config.emblem.is_some();
    let values = [
        ("county_zh", own(set.as_ref().map(|set| &set.county_name), &config.name)),
        ("county_en", own(set.as_ref().map(|set| &set.county_name_en), &config.name_en)),
        ("color", own(set.as_ref().map(|set| &set.color), config.color.as_deref().unwrap_or_default())),
        // Another address with every change: browsers keep the picture.
        ("emblem", if emblem { format!("{EMBLEM}?v={version}") } else { String::new() }),
    ];
    let given = values.into_iter().filter(|(_, value)| !value.is_empty());
    Json(Value::Object(given.map(|(name, value)| (name.to_owned(), value.into())).collect::<Map<_, _>>()))
}

/// What was set in the console; nothing when the database does not answer: the look is no reason to fail.
async fn chosen(app: &App) -> Option<county::CountySettings> {
    match app.store.read(county::load).await {
        Ok(set) => Some(set),
        Err(error) => {
            tracing::warn!(%error, "the county's settings cannot be read");
            None
        }
    }
}

/// The emblem file.
pub(crate) async fn emblem(State(app): State<App>) -> Response {
    if let Some(set) = chosen(&app).await.and_then(|set| set.emblem) {
        let media_type = set.media_type.clone();
        return match set.bytes() {
            Ok(bytes) => picture(media_type, bytes),
            Err(error) => unreadable(&error),
        };
    }
    from_file(&app.config).await
}

async fn from_file(config: &Config) -> Response {
    let Some(file) = &config.county.emblem else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match tokio::fs::read(file).await {
        Ok(bytes) => picture(kind(file).to_owned(), bytes),
        Err(error) => unreadable(&PeopleError::Store(error.into())),
    }
}

fn picture(media_type: String, bytes: Vec<u8>) -> Response {
    let headers = [(header::CONTENT_TYPE, media_type), (header::CONTENT_SECURITY_POLICY, INERT.to_owned())];
    (headers, bytes).into_response()
}

fn unreadable(error: &PeopleError) -> Response {
    tracing::warn!(%error, "the emblem cannot be read");
    StatusCode::NOT_FOUND.into_response()
}

fn kind(file: &Path) -> &'static str {
    match file.extension().and_then(|end| end.to_str()) {
        Some("svg") => "image/svg+xml",
        Some("webp") => "image/webp",
        _ => "image/png",
    }
}
