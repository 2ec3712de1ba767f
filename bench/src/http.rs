//! A browser's part: one connection kept alive, a session's cookie and CSRF token on every request.

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::{net::SocketAddr, time::Duration};
use tokio::net::TcpStream;
use uuid::Uuid;

/// Nothing may take longer than the server's own deadline and a little.
const PATIENCE: Duration = Duration::from_secs(40);

/// A signed-in account.
#[derive(Clone, Debug)]
pub struct Session {
    cookie: String,
    csrf: String,
    /// The account's login.
    pub login: String,
}

impl Session {
    /// Nobody: for a server that asks for no session.
    #[must_use]
    pub fn nobody() -> Session {
        Session { cookie: String::new(), csrf: String::new(), login: String::new() }
    }
}

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// Whether it says when to come again.
    pub retry_after: bool,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// The body as JSON; `null` when it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// Whether it is an early refusal as it must be: 503 and when to come again.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        self.status == StatusCode::SERVICE_UNAVAILABLE && self.retry_after
    }

    /// Status and code, for counting faults.
    #[must_use]
    pub fn fault(&self) -> String {
        let code = self.json()["code"].as_str().unwrap_or("no code").to_owned();
        format!("{} {code}", self.status.as_u16())
    }
}

/// A connection to the server, made anew when it was closed.
pub struct Client {
    address: SocketAddr,
    sender: Option<SendRequest<Full<Bytes>>>,
}

impl Client {
    /// A client that will connect with its first request.
    #[must_use]
    pub fn new(address: SocketAddr) -> Client {
        Client { address, sender: None }
    }

    /// Signs in as the console does.
    ///
    /// # Errors
    /// In words.
    pub async fn sign_in(&mut self, login: &str, password: &str) -> Result<Session, String> {
        let body = json!({ "login": login, "password": password }).to_string();
        let request = Request::post("/api/v1/session").header(header::CONTENT_TYPE, "application/json");
        let (answer, cookie) = self.exchange(request, body.into()).await?;
        let csrf = answer.json()["csrf"].as_str().unwrap_or_default().to_owned();
        if answer.status != StatusCode::OK || csrf.is_empty() {
            return Err(format!("{login} cannot sign in: {}", answer.fault()));
        }
        let cookie = cookie.ok_or("the sign-in gave no cookie")?;
        Ok(Session { cookie, csrf, login: login.to_owned() })
    }

    /// Reads.
    ///
    /// # Errors
    /// When no answer came.
    pub async fn get(&mut self, session: &Session, path: &str) -> Result<Answer, String> {
        let request = Request::get(path).header(header::COOKIE, &session.cookie);
        Ok(self.exchange(request, Bytes::new()).await?.0)
    }

    /// Commands, with an id of the client's own so that a retry never doubles.
    ///
    /// # Errors
    /// When no answer came.
    pub async fn post(
        &mut self,
        session: &Session,
        path: &str,
        key: Uuid,
        body: &Value,
    ) -> Result<Answer, String> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(header::COOKIE, &session.cookie)
            .header(header::CONTENT_TYPE, "application/json")
            .header("x-csrf-token", &session.csrf)
            .header("idempotency-key", key.to_string());
        Ok(self.exchange(request, body.to_string().into()).await?.0)
    }

    async fn exchange(
        &mut self,
        request: http::request::Builder,
        body: Bytes,
    ) -> Result<(Answer, Option<String>), String> {
        let request = request.header(header::HOST, self.address.to_string()).body(Full::new(body));
        let request = request.map_err(|error| error.to_string())?;
        let exchanged = tokio::time::timeout(PATIENCE, self.talk(request)).await;
        let outcome = exchanged.unwrap_or_else(|_| Err("no answer in time".into()));
        if outcome.is_err() {
            self.sender = None;
        }
        outcome
    }

    async fn talk(&mut self, request: Request<Full<Bytes>>) -> Result<(Answer, Option<String>), String> {
        let sender = self.connected().await?;
        let response = sender.send_request(request).await.map_err(|error| format!("sending: {error}"))?;
        let (parts, body) = response.into_parts();
        let body = body.collect().await.map_err(|error| format!("reading: {error}"))?.to_bytes();
        let cookie = parts.headers.get(header::SET_COOKIE).and_then(|value| value.to_str().ok());
        let cookie = cookie.and_then(|value| value.split(';').next()).map(str::to_owned);
        let retry_after = parts.headers.contains_key(header::RETRY_AFTER);
        Ok((Answer { status: parts.status, retry_after, body }, cookie))
    }

    async fn connected(&mut self) -> Result<&mut SendRequest<Full<Bytes>>, String> {
        let open = match self.sender.take() {
            Some(mut sender) => sender.ready().await.is_ok().then_some(sender),
            None => None,
        };
        let sender = match open {
            Some(sender) => sender,
            None => connect(self.address).await?,
        };
        Ok(self.sender.insert(sender))
    }
}

/// Opens a connection that lives until its sender is dropped.
///
/// # Errors
/// When nobody listens.
pub async fn connect(address: SocketAddr) -> Result<SendRequest<Full<Bytes>>, String> {
    let stream = TcpStream::connect(address).await.map_err(|error| format!("connecting: {error}"))?;
    stream.set_nodelay(true).map_err(|error| error.to_string())?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    tokio::spawn(connection);
    Ok(sender)
}

/// The request that opens the stream of live changes.
///
/// # Errors
/// Never for a session that the server gave.
pub fn live_request(address: SocketAddr, session: &Session) -> Result<Request<Full<Bytes>>, String> {
    Request::get("/api/v1/live")
        .header(header::COOKIE, &session.cookie)
        .header(header::ACCEPT, "text/event-stream")
        .header(header::HOST, address.to_string())
        .body(Full::new(Bytes::new()))
        .map_err(|error| error.to_string())
}
