//! Extractors whose refusals are problems, and commands that a retry never doubles.

use crate::web::{Caller, Problem};
use axum::{
    RequestExt,
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request},
};
use http::{StatusCode, request::Parts};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use store::requests::ClientRequest;

/// The header that carries the id a client made for its command.
pub const CLIENT_ID_HEADER: &str = "idempotency-key";

/// A JSON body (requests and responses).
#[derive(Clone, Debug, FromRequest)]
#[from_request(via(axum::Json), rejection(Problem))]
pub struct Json<T>(pub T);

impl<T: serde::Serialize> axum::response::IntoResponse for Json<T> {
    fn into_response(self) -> axum::response::Response {
        axum::Json(self.0).into_response()
    }
}

/// The query string.
#[derive(Clone, Debug, FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Problem))]
pub struct Query<T>(pub T);

/// Path parameters.
#[derive(Clone, Debug, FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Problem))]
pub struct Path<T>(pub T);

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
    let body = Bytes::from_request(request, state).await.map_err(|rejection| {
        let too_large = rejection.status() == StatusCode::PAYLOAD_TOO_LARGE;
        Problem::new(if too_large { "request.too_large" } else { "request.body" })
    })?;
    let empty: &[u8] = b"{}";
    let text = if body.is_empty() { empty } else { &body };
    let parsed = serde_json::from_slice(text)
        .map_err(|error| Problem::new("request.body").detail(error.to_string()))?;
    Ok((client.with_body(&[route.as_bytes(), &body].concat()), parsed))
}
