//! A county with one account per role, and a client that speaks to the routes without a socket.

use axum::{Router, body::Body};
use http::{HeaderMap, Method, Request, StatusCode};
use onedoor::{App, Config, api, workers::supervise::Supervisor};
use people::{
    Change, PeopleError, Role, UnitKind,
    commands::{
        accounts::{self, NewAccount},
        grants::{self, NewGrant},
        units::{self, NewUnit},
    },
};
use serde_json::Value;
use store::{Store, testkit::Kit};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

pub(crate) const PASSWORD: &str = "correct horse 7 battery";

/// The program on an empty store.
pub(crate) struct House {
    pub(crate) app: App,
    pub(crate) router: Router,
}

impl House {
    pub(crate) async fn open(kit: &Kit) -> House {
        Self::with(kit.store.clone(), kit.folder().to_path_buf(), |_| {}).await
    }

    pub(crate) async fn with(store: Store, data: std::path::PathBuf, change: impl Fn(&mut Config)) -> House {
        let mut config = Config { data, people: people::Settings::weak(), ..Config::default() };
        change(&mut config);
        let app = App::on(store, config).await.expect("the rooms open on an empty store");
        let supervisor = Supervisor::new(CancellationToken::new());
        let router = api::router(&app, &supervisor).expect("the routes have a document");
        House { app, router }
    }

    /// One account for every role, named like it, all with the same password.
    pub(crate) async fn populate(&self) {
        let hash = self.app.people.hash(PASSWORD).await.expect("a password can be hashed");
        let change = Change::by_system(self.app.store.clock().now());
        let people = self.app.people.clone();
        self.app
            .store
            .write::<(), PeopleError, _>(move |tx| {
                let centre = units::create(tx, &unit("centre", UnitKind::Centre), &change)?.id;
                for role in Role::ALL {
                    let new = NewAccount {
                        login: role.as_str().to_owned(),
                        name: role.as_str().to_owned(),
                        unit_id: centre,
                        phone: String::new(),
                        language: "zh".to_owned(),
                    };
                    let account = accounts::create(tx, &new, &hash, false, &change)?;
                    let grant = NewGrant { role: *role, unit_id: None, area_id: None, expires_at: None };
                    grants::set(tx, &people, account.id, &[grant], &change)?;
                }
                Ok(())
            })
            .await
            .expect("accounts can be made");
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("the routes always answer");
        let (parts, body) = response.into_parts();
        let live = parts
            .headers
            .get("content-type")
            .is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
        let bytes = if live {
            axum::body::Bytes::new()
        } else {
            axum::body::to_bytes(body, 1 << 24).await.expect("a body")
        };
        Answer { status: parts.status, headers: parts.headers, body: bytes.to_vec() }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).expect("a request")).await
    }

    pub(crate) async fn sign_in(&self, login: &str) -> Visitor {
        let body = serde_json::json!({ "login": login, "password": PASSWORD }).to_string();
        let request = Request::post("/api/v1/session")
            .header("content-type", "application/json")
            .body(Body::from(body))
            .expect("a request");
        let answer = self.send(request).await;
        assert!(answer.status.is_success(), "{login} signs in: {} {}", answer.status, answer.text());
        let cookie = answer.headers["set-cookie"]
            .to_str()
            .expect("a cookie")
            .split(';')
            .next()
            .unwrap_or_default()
            .to_owned();
        let csrf = answer.json()["csrf"].as_str().expect("a CSRF token").to_owned();
        Visitor { cookie, csrf }
    }
}

fn unit(code: &str, kind: UnitKind) -> NewUnit {
    NewUnit {
        code: code.to_owned(),
        name: code.to_owned(),
        short_name: String::new(),
        kind,
        parent_id: None,
        area_id: None,
        phone: String::new(),
    }
}

/// Somebody signed in.
pub(crate) struct Visitor {
    cookie: String,
    csrf: String,
}

impl Visitor {
    /// A request of theirs with an empty JSON body where the method takes one.
    pub(crate) fn request(&self, method: &Method, path: &str, with_csrf: bool) -> Request<Body> {
        let mut request = bare(method, path);
        request.headers_mut().insert("cookie", self.cookie.parse().expect("a cookie"));
        if with_csrf {
            request.headers_mut().insert("x-csrf-token", self.csrf.parse().expect("a token"));
        }
        request
    }
}

/// The same request without anybody.
pub(crate) fn bare(method: &Method, path: &str) -> Request<Body> {
    let builder = Request::builder()
        .method(method)
        .uri(path)
        .header("idempotency-key", "01890000-0000-7000-8000-000000000001");
    if method.is_safe() {
        return builder.body(Body::empty()).expect("a request");
    }
    builder.header("content-type", "application/json").body(Body::from("{}")).expect("a request")
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}
