//! Finds out who calls.

use crate::{
    People, PeopleError, Permission, queries, secret,
    web::{Caller, Channel, Problem},
};
use axum::{
    extract::{ConnectInfo, FromRequestParts, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use diesel::prelude::*;
use http::{HeaderMap, StatusCode, header, request::Parts};
use std::net::SocketAddr;
use store::{
    Conn, Run, Timestamp,
    access::Access,
    ms,
    schema::{api_tokens, sessions},
};

/// Requests that carry this header (background polling) do not keep a session alive.
pub const BACKGROUND_HEADER: &str = "x-background";

/// How exact `last_seen_at` and `last_used_at` are kept, in milliseconds.
const TOUCH_SESSION: i64 = 60_000;
const TOUCH_TOKEN: i64 = 300_000;

/// The client's address, in the request's extensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub String);

/// Middleware: turns a session cookie or a bearer token into a [`Caller`] in the request's extensions.
/// Nobody is refused here; routes refuse ([`crate::web::Api::route`]), and what they refuse somebody who is signed
/// in is written down. Layer it around the whole API with
/// `axum::middleware::from_fn_with_state(people, authenticate)`.
pub async fn authenticate(State(people): State<People>, mut request: Request, next: Next) -> Response {
    let address = client_address(&request);
    let caller = match admit(&people, request.headers(), &address).await {
        Ok(caller) => caller,
        Err(error) => return Problem::from(error).into_response(),
    };
    request.extensions_mut().insert(ClientAddress(address));
    request.extensions_mut().insert(Standing(people.clone()));
    let Some(caller) = caller else { return next.run(request).await };
    let route = format!("{} {}", request.method(), request.uri().path());
    request.extensions_mut().insert(caller.clone());
    let response = next.run(request).await;
    if response.status() == StatusCode::FORBIDDEN
        && let Err(error) = write_refusal(&people, caller, route).await
    {
        return Problem::from(error).into_response();
    }
    response
}

/// Who calls, unless the address or the account asks faster than it may. The address counts first: what is refused
/// for it costs no query.
async fn admit(people: &People, headers: &HeaderMap, address: &str) -> Result<Option<Caller>, PeopleError> {
    people.pace.address(address)?;
    let caller = identify(people, headers, address).await?;
    if let Some(caller) = &caller {
        people.pace.account(caller.actor.account_id, address)?;
    }
    Ok(caller)
}

async fn write_refusal(people: &People, caller: Caller, route: String) -> Result<(), PeopleError> {
    let access = Access {
        at: people.now(),
        account_id: Some(caller.actor.account_id),
        unit_id: Some(caller.actor.unit_id),
        action: "refused",
        case_id: None,
        subject: route,
        purpose: String::new(),
        outcome: "refused",
        address: caller.address,
    };
    people.store.write(move |tx| Ok::<_, PeopleError>(tx.log_access(access.clone())?)).await
}

/// The address that the server put on the request (it knows which proxies to believe).
fn client_address(request: &Request) -> String {
    let info = request.extensions().get::<ConnectInfo<SocketAddr>>();
    info.map_or_else(|| "unknown".to_owned(), |info| info.0.ip().to_canonical().to_string())
}

async fn identify(
    people: &People,
    headers: &HeaderMap,
    address: &str,
) -> Result<Option<Caller>, PeopleError> {
    let now = people.now();
    if let Some(token) = bearer(headers) {
        return by_token(people, secret::token_hash(token), now, address).await;
    }
    match session_cookie(people, headers) {
        Some(token) => by_session(people, secret::token_hash(token), headers, now, address).await,
        None => Ok(None),
    }
}

async fn by_token(
    people: &People,
    hash: Vec<u8>,
    now: Timestamp,
    address: &str,
) -> Result<Option<Caller>, PeopleError> {
    let address = address.to_owned();
    let service = people.clone();
    let read = move |conn: &mut Conn| queries::caller_by_token(conn, &service, &hash, now, &address);
    let found = people.store.read(read).await?;
    let Some((caller, token)) = found else { return Ok(None) };
    if token.last_used_at.is_none_or(|used| used + TOUCH_TOKEN <= ms(now)) {
        people
            .store
            .write(move |tx| {
                store::update(api_tokens::table.find(token.id))
                    .set(api_tokens::last_used_at.eq(Some(ms(now))))
                    .run(tx.conn())?;
                Ok::<_, PeopleError>(())
            })
            .await?;
    }
    Ok(Some(caller))
}

async fn by_session(
    people: &People,
    hash: Vec<u8>,
    headers: &HeaderMap,
    now: Timestamp,
    address: &str,
) -> Result<Option<Caller>, PeopleError> {
    let (service, address, key) = (people.clone(), address.to_owned(), hash.clone());
    let found = people
        .store
        .peek(move |conn| queries::caller_by_session(conn, &service, &key, now, &address))
        .await?;
    let Some((caller, session)) = found else { return Ok(None) };
    let every = TOUCH_SESSION.min(people.settings.idle_minutes * 60_000 / 4);
    if !in_background(headers) && session.last_seen_at + every <= ms(now) {
        people
            .store
            .write(move |tx| {
                store::update(sessions::table.find(&hash))
                    .set(sessions::last_seen_at.eq(ms(now)))
                    .run(tx.conn())?;
                Ok::<_, PeopleError>(())
            })
            .await?;
    }
    Ok(Some(caller))
}

/// A page left open must not keep its session alive by itself.
fn in_background(headers: &HeaderMap) -> bool {
    let streams = |value: &http::HeaderValue| value.as_bytes().starts_with(b"text/event-stream");
    headers.contains_key(BACKGROUND_HEADER) || headers.get(header::ACCEPT).is_some_and(streams)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn session_cookie<'h>(people: &People, headers: &'h HeaderMap) -> Option<&'h str> {
    let name = people.settings.cookie_name();
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, token)| token)
}

/// Lets a stream that stays open ask again who its caller is. [`authenticate`] puts it on every request.
#[derive(Clone)]
pub struct Standing(People);

impl Standing {
    /// For this service.
    #[must_use]
    pub fn of(people: People) -> Standing {
        Standing(people)
    }

    /// The caller as it stands now, with the roles it has now; `None` when it was signed out, is idle, its token
    /// ended, its account was disabled or its session asks for something first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn of_caller(&self, caller: &Caller) -> Result<Option<Caller>, PeopleError> {
        let (people, caller, now) = (self.0.clone(), caller.clone(), self.0.now());
        let read = move |conn: &mut Conn| -> Result<Option<Caller>, PeopleError> {
            let address = &caller.address;
            let hash: Option<Vec<u8>> = match &caller.channel {
                Channel::Session { token_hash, .. } => {
                    let found = queries::caller_by_session(conn, &people, token_hash, now, address)?;
                    return Ok(found.map(|(caller, _)| caller));
                }
                Channel::Token { token_id } => {
                    api_tokens::table.find(token_id).select(api_tokens::token_hash).first(conn).optional()?
                }
            };
            let Some(hash) = hash else { return Ok(None) };
            Ok(queries::caller_by_token(conn, &people, &hash, now, address)?.map(|(caller, _)| caller))
        };
        let found = self.0.store.read(read).await?;
        Ok(found.filter(|caller| caller.may(Permission::SessionUse)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Standing {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Standing, Problem> {
        parts.extensions.get::<Standing>().cloned().ok_or_else(|| Problem::new("auth.required"))
    }
}
