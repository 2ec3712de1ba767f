//! Extractors whose refusals are problems, and commands that a retry never doubles.

use crate::{
    PeopleError,
    web::{Caller, Problem},
};
use axum::{
    RequestExt,
    body::{Body, Bytes},
    extract::{FromRequest, FromRequestParts, Request},
};
use http::{StatusCode, Uri, request::Parts};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use store::requests::ClientRequest;

/// The header that carries the id a client made for its command.
pub const CLIENT_ID_HEADER: &str = "idempotency-key";

/// A JSON body (requests and responses).
#[derive(Clone, Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Json<T>, Problem> {
        let (parts, body) = request.into_parts();
        let mut reading = Request::new(body);
        // The limit of a body's size stands there.
        *reading.extensions_mut() = parts.extensions.clone();
        let body = whole(reading, state).await?;
        let request = Request::from_parts(parts, Body::from(body));
        let axum::Json(body) = axum::Json::<T>::from_request(request, state).await?;
        Ok(Json(body))
    }
}

impl<T: serde::Serialize> axum::response::IntoResponse for Json<T> {
    fn into_response(self) -> axum::response::Response {
        axum::Json(self.0).into_response()
    }
}

/// The query string.
#[derive(Clone, Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + 'static, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Query<T>, Problem> {
        refuse_nul(&parts.uri)?;
        let axum::extract::Query(query) = axum::extract::Query::from_request_parts(parts, state).await?;
        Ok(Query(query))
    }
}

/// Path parameters.
#[derive(Clone, Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send + 'static, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Path<T>, Problem> {
        refuse_nul(&parts.uri)?;
        let axum::extract::Path(path) = axum::extract::Path::from_request_parts(parts, state).await?;
        Ok(Path(path))
    }
}

/// No text may hold U+0000: PostgreSQL stores none, so neither engine is given one.
fn refuse_nul(uri: &Uri) -> Result<(), PeopleError> {
    if uri.path_and_query().is_some_and(|text| text.as_str().contains("%00")) {
        return Err(PeopleError::Refused("request.nul"));
    }
    Ok(())
}

/// Whether a JSON text has U+0000 in a string, where it can only stand escaped.
fn has_nul(json: &[u8]) -> bool {
    const ESCAPE: &[u8] = b"u0000";
    let mut rest = json;
    while let Some(place) = rest.iter().position(|byte| *byte == b'\\') {
        rest = &rest[place + 1..];
        if rest.starts_with(ESCAPE) {
            return true;
        }
        // What is escaped here may itself be a backslash.
        rest = rest.get(1..).unwrap_or_default();
    }
    false
}

/// Reads a body of JSON to its end.
async fn whole<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    let body = Bytes::from_request(request, state).await.map_err(|rejection| {
        let too_large = rejection.status() == StatusCode::PAYLOAD_TOO_LARGE;
        Problem::new(if too_large { "request.too_large" } else { "request.body" })
    })?;
    if has_nul(&body) {
        return Err(Problem::new("request.nul"));
    }
    Ok(body)
}

/// The id a client made for its command (`Idempotency-Key`, a UUID), with the account it belongs to.
#[derive(Clone, Debug)]
pub struct ClientId {
    /// The account, or 0 for the portal.
    pub actor: i64,
    /// The id.
    pub id: String,
}

impl ClientId {
    /// Binds it to a body (already read by the handler, for instance of an upload).
    pub fn with_body(&self, body: &[u8]) -> ClientRequest {
        ClientRequest {
            actor: self.actor,
            client_id: self.id.clone(),
            body_hash: Sha256::digest(body).to_vec(),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ClientId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<ClientId, Problem> {
        let header = parts.headers.get(CLIENT_ID_HEADER).and_then(|value| value.to_str().ok());
        let header = header.ok_or_else(|| Problem::new("request.client_id_missing"))?;
        let id = uuid::Uuid::parse_str(header).map_err(|_| Problem::new("request.client_id_invalid"))?;
        let actor = parts.extensions.get::<Caller>().map_or(0, |caller| caller.actor.account_id);
        Ok(ClientId { actor, id: id.to_string() })
    }
}

/// A command's JSON body together with its client id, bound to method, path and body.
#[derive(Clone, Debug)]
pub struct Command<T> {
    /// For `Tx::earlier_outcome` and `Tx::keep_outcome`.
    pub request: ClientRequest,
    /// The body.
    pub body: T,
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Command<T> {
    type Rejection = Problem;

    async fn from_request(mut request: Request, state: &S) -> Result<Command<T>, Problem> {
        let client = request.extract_parts_with_state::<ClientId, S>(state).await?;
        let (request, body) = bound(client, request, state).await?;
        Ok(Command { request, body })
    }
}

/// As [`Command`], for routes on which the client id may be left out: where it is given, a retry never doubles.
#[derive(Clone, Debug)]
pub struct Retriable<T> {
    /// For `Tx::earlier_outcome` and `Tx::keep_outcome`.
    pub request: Option<ClientRequest>,
    /// The body.
    pub body: T,
}

impl<T: DeserializeOwned + 'static, S: Send + Sync> FromRequest<S> for Retriable<T> {
    type Rejection = Problem;

    async fn from_request(mut request: Request, state: &S) -> Result<Retriable<T>, Problem> {
        if request.headers().contains_key(CLIENT_ID_HEADER) {
            let client = request.extract_parts_with_state::<ClientId, S>(state).await?;
            let (request, body) = bound(client, request, state).await?;
            return Ok(Retriable { request: Some(request), body });
        }
        let Json(body) = Json::<T>::from_request(request, state).await?;
        Ok(Retriable { request: None, body })
    }
}

/// Reads a body and binds the client id to method, path and body.
async fn bound<T: DeserializeOwned, S: Send + Sync>(
    client: ClientId,
    request: Request,
    state: &S,
) -> Result<(ClientRequest, T), Problem> {
    let route = format!("{} {}\n", request.method(), request.uri().path());
    let body = whole(request, state).await?;
    let empty: &[u8] = b"{}";
    let text = if body.is_empty() { empty } else { &body };
    let parsed = serde_json::from_slice(text)
        .map_err(|error| Problem::new("request.body").detail(error.to_string()))?;
    Ok((client.with_body(&[route.as_bytes(), &body].concat()), parsed))
}

#[cfg(test)]
mod tests {
    use super::has_nul;

    #[test]
    fn an_escaped_nul_is_found_and_a_written_backslash_is_none() {
        assert!(has_nul(br#"{"name":"a\u0000b"}"#));
        assert!(has_nul(br#"["\\\u0000"]"#), "a backslash, then U+0000");
        assert!(!has_nul(br#"["\\u0000"]"#), "a backslash, then the letters");
        assert!(!has_nul(br#"["\u00001"]"#.get(..4).expect("shorter than the escape")));
        assert!(!has_nul(b"{}"));
    }
}
