//! The console inside the binary: hashed files are kept for ever by browsers, the page itself is asked for anew each time.

use axum::{
    body::Body,
    extract::Request,
    response::{IntoResponse as _, Response},
};
use http::{HeaderValue, Method, StatusCode, header};
use rust_embed::RustEmbed;

/// `ui/dist` at build time; empty when the console was not built (the binary then serves the API alone).
#[derive(RustEmbed)]
#[folder = "../../ui/dist"]
#[allow_missing = true]
struct Assets;

const IMMUTABLE: &str = "public, max-age=31536000, immutable";
const REVALIDATE: &str = "no-cache";

/// Serves a file, or the console's page for its own paths.
pub(crate) async fn serve(request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let path = request.uri().path().trim_start_matches('/');
    if path.starts_with("api/") {
        return crate::edge::problems::problem(StatusCode::NOT_FOUND, "route.not_found");
    }
    let known = if path.is_empty() { None } else { Assets::get(path).map(|file| (path, file)) };
    let looks_like_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    let found = match known {
        Some(found) => Some(found),
        None if looks_like_file => None,
        None => Assets::get("index.html").map(|file| ("index.html", file)),
    };
    match found {
        Some((name, file)) => answer(name, &file, request.headers().get(header::IF_NONE_MATCH)),
        None if looks_like_file => StatusCode::NOT_FOUND.into_response(),
        None => {
            (StatusCode::NOT_FOUND, "This binary was built without the console; the API is at /api/v1.\n")
                .into_response()
        }
    }
}

fn answer(name: &str, file: &rust_embed::EmbeddedFile, known: Option<&HeaderValue>) -> Response {
    let tag = etag(&file.metadata.sha256_hash());
    let cache = if name.starts_with("assets/") { IMMUTABLE } else { REVALIDATE };
    let unchanged = known.is_some_and(|value| value.as_bytes() == tag.as_bytes());
    let body = if unchanged { Body::empty() } else { Body::from(file.data.clone().into_owned()) };
    let mut response = Response::new(body);
    if unchanged {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind(name)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

fn etag(hash: &[u8; 32]) -> String {
    let short = hash.iter().take(8).fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
    // Weak: compression may change the bytes on the way, never what they mean.
    format!("W/\"{short:016x}\"")
}

/// The content type by file name; the build makes no others.
fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "geojson" => "application/geo+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
