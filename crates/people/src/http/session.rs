//! `/session`: signing in and out, password, second factor.

use crate::{
    People, PeopleError,
    commands::{
        accounts, password,
        second_factor::{self, Enrolment},
        sign_in::{self, Attempt, NewSession},
        sign_out,
    },
    queries::{self, SessionView},
    web::{Caller, ClientAddress, Json, Problem},
};
use axum::{Extension, extract::State, response::IntoResponse};
use http::{HeaderMap, HeaderName, StatusCode, header};
use serde::Deserialize;

/// Login and password, and the second factor's code if it is at hand.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The login.
    login: String,
    /// The password.
    password: String,
    /// The second factor's code; it may also be given afterwards.
    #[serde(default)]
    code: Option<String>,
}

/// Signs in. The session's token is set as a cookie.
#[utoipa::path(post, path = "/session", tag = "people", request_body = SignIn,
    responses((status = 200, body = SessionView), (status = 401, body = Problem), (status = 429, body = Problem)))]
pub async fn sign_in(
    State(people): State<People>,
    address: Option<Extension<ClientAddress>>,
    headers: HeaderMap,
    Json(body): Json<SignIn>,
) -> Result<impl IntoResponse, Problem> {
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let attempt = Attempt {
        login: body.login,
        password: body.password,
        code: body.code.filter(|code| !code.trim().is_empty()),
        address: address.map(|Extension(address)| address.0).unwrap_or_default(),
        agent: agent.to_owned(),
    };
    let session = sign_in::sign_in(&people, attempt).await?;
    with_cookie(&people, session).await
}

/// Who is signed in.
#[utoipa::path(get, path = "/session", tag = "people",
    responses((status = 200, body = SessionView), (status = 401, body = Problem)))]
pub async fn show(State(people): State<People>, caller: Caller) -> Result<Json<SessionView>, Problem> {
    Ok(Json(view(&people, caller).await?))
}

/// Signs out.
#[utoipa::path(delete, path = "/session", tag = "people", responses((status = 204)))]
pub async fn sign_out(State(people): State<People>, caller: Caller) -> Result<impl IntoResponse, Problem> {
    sign_out::sign_out(&people, &caller).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, people.settings.cookie(""))]))
}

/// The password now and the new one.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The password as it is.
    current: String,
    /// The password to be.
    password: String,
}

/// Changes one's own password. All other sessions of the account end.
#[utoipa::path(post, path = "/session/password", tag = "people", request_body = PasswordChange,
    responses((status = 200, body = SessionView), (status = 422, body = Problem)))]
pub async fn change_password(
    State(people): State<People>,
    caller: Caller,
    Json(body): Json<PasswordChange>,
) -> Result<impl IntoResponse, Problem> {
    let session = password::change_password(&people, &caller, &body.current, &body.password).await?;
    with_cookie(&people, session).await
}

/// A language.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LanguageChange {
    /// `zh` or `en`.
    language: String,
}

/// Changes the language of one's own account.
#[utoipa::path(post, path = "/session/language", tag = "people", request_body = LanguageChange,
    responses((status = 200, body = SessionView)))]
pub async fn change_language(
    State(people): State<People>,
    caller: Caller,
    Json(body): Json<LanguageChange>,
) -> Result<Json<SessionView>, Problem> {
    accounts::change_language(&people, caller.actor.account_id, &body.language).await?;
    Ok(Json(view(&people, caller).await?))
}

/// Begins to enrol a second factor: shows its secret once.
#[utoipa::path(post, path = "/session/totp", tag = "people",
    responses((status = 200, body = Enrolment), (status = 422, body = Problem)))]
pub async fn begin_second_factor(
    State(people): State<People>,
    caller: Caller,
) -> Result<Json<Enrolment>, Problem> {
    Ok(Json(second_factor::begin(&people, &caller).await?))
}

/// A code.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// Six digits.
    code: String,
}

/// Gives the second factor's code: completes an enrolment, or the sign-in.
#[utoipa::path(post, path = "/session/totp/confirm", tag = "people", request_body = Code,
    responses((status = 200, body = SessionView), (status = 403, body = Problem)))]
pub async fn confirm_second_factor(
    State(people): State<People>,
    caller: Caller,
    Json(body): Json<Code>,
) -> Result<impl IntoResponse, Problem> {
    let session = second_factor::confirm(&people, &caller, &body.code).await?;
    with_cookie(&people, session).await
}

async fn view(people: &People, caller: Caller) -> Result<SessionView, PeopleError> {
    let service = people.clone();
    people.store.read(move |conn| queries::session_view(conn, &service.settings, &caller)).await
}

/// The new session as the answer: its view, and its token as a cookie.
async fn with_cookie(
    people: &People,
    session: NewSession,
) -> Result<([(HeaderName, String); 2], Json<SessionView>), Problem> {
    let service = people.clone();
    let (hash, address, now) = (session.row.token_hash, session.row.address, people.now());
    let view = people
        .store
        .read(move |conn| {
            let found = queries::caller_by_session(conn, &service, &hash, now, &address)?;
            let (caller, _) = found.ok_or(PeopleError::Refused("auth.session_ended"))?;
            queries::session_view(conn, &service.settings, &caller)
        })
        .await?;
    let cookie = people.settings.cookie(&session.token);
    Ok(([(header::SET_COOKIE, cookie), (header::CACHE_CONTROL, "no-store".to_owned())], Json(view)))
}
