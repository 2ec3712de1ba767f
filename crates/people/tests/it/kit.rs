//! A whole API in memory, and a browser that keeps cookies.

use axum::{Router, body::Body, extract::ConnectInfo, http::Request};
use http::{Method, StatusCode, header};
use people::{
    Change, FirstAccount, NoHooks, Ownership, People, Permission, Role, Settings, UnitKind,
    commands::{
        accounts::{self, NewAccount},
        grants::{self, NewGrant},
        units::{self, NewUnit},
    },
    web::{Api, authenticate},
};
use serde_json::{Value, json};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use store::testkit::{Kit, SimClock, on_both_kits};
use tower::ServiceExt;
use utoipa_axum::routes;

pub(crate) const PASSWORD: &str = "Stone-bridge-2026";

/// The API over one store.
pub(crate) struct App {
    pub(crate) people: People,
    pub(crate) router: Router,
    pub(crate) document: Value,
    pub(crate) clock: SimClock,
    pub(crate) first: Vec<FirstAccount>,
    pub(crate) centre: i64,
}

/// A route that stands for everything a complete session may do.
#[utoipa::path(get, path = "/probe", responses((status = 200)))]
async fn probe() -> &'static str {
    "in"
}

/// A route of a case permission.
#[utoipa::path(post, path = "/probe/cases", responses((status = 200)))]
async fn probe_cases() -> &'static str {
    "in"
}

impl App {
    pub(crate) async fn open(kit: &Kit, settings: Settings) -> App {
        App::open_with(kit, settings, Arc::new(NoHooks)).await
    }

    pub(crate) async fn open_with(kit: &Kit, settings: Settings, hooks: Arc<dyn Ownership>) -> App {
        let people = People::new(kit.store.clone(), settings, hooks);
        let first = people::bootstrap(&people, "清水县社会治理中心").await.unwrap();
        let probes: Api = Api::new()
            .route(routes!(probe), Permission::SessionUse)
            .route(routes!(probe_cases), Permission::CaseRead);
        let (router, document) = people::http::router(people.clone()).merge(probes).into_parts();
        let layer = axum::middleware::from_fn_with_state(people.clone(), authenticate);
        let centre = kit
            .store
            .read(|conn| {
                people::queries::units(conn, &people::queries::UnitFilter { limit: 1, ..Default::default() })
            })
            .await
            .unwrap()[0]
            .id;
        App {
            router: router.layer(layer),
            document: serde_json::to_value(document).unwrap(),
            clock: kit.clock.clone(),
            people,
            first,
            centre,
        }
    }

    /// An account with the usual password and these roles.
    pub(crate) async fn account(&self, login: &str, unit: i64, roles: &[Role]) -> i64 {
        let hash = self.people.hash(PASSWORD).await.unwrap();
        let change = Change::by_system(self.people.now());
        let (service, login, roles) = (self.people.clone(), login.to_owned(), roles.to_vec());
        self.people
            .store()
            .write(move |tx| {
                let new = NewAccount {
                    login: login.clone(),
                    name: format!("名字 {login}"),
                    unit_id: unit,
                    phone: "13900000000".to_owned(),
                    language: "zh".to_owned(),
                };
                let row = accounts::create(tx, &new, &hash, false, &change)?;
                let held: Vec<NewGrant> = roles.iter().map(|role| grant(*role)).collect();
                grants::set(tx, &service, row.id, &held, &change)?;
                Ok::<_, people::PeopleError>(row.id)
            })
            .await
            .unwrap()
    }

    pub(crate) async fn unit(&self, code: &str, kind: UnitKind, parent: Option<i64>) -> i64 {
        let change = Change::by_system(self.people.now());
        let new = NewUnit {
            code: code.to_owned(),
            name: format!("单位 {code}"),
            short_name: String::new(),
            kind,
            parent_id: parent,
            area_id: None,
            phone: String::new(),
        };
        self.people.store().write(move |tx| units::create(tx, &new, &change)).await.unwrap().id
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser {
            router: self.router.clone(),
            cookie: None,
            csrf: None,
            bearer: None,
            address: "10.0.0.1:4000".parse().unwrap(),
        }
    }

    /// A browser signed in with the usual password.
    pub(crate) async fn signed_in(&self, login: &str) -> Browser {
        let mut browser = self.browser();
        browser.sign_in(login, PASSWORD).await.expect(StatusCode::OK);
        browser
    }

    /// A browser of one of the first administrators, the one-time password changed.
    pub(crate) async fn administrator(&self, role: Role) -> Browser {
        let account = self.first.iter().find(|account| account.role == role).unwrap();
        let mut browser = self.browser();
        let answer = browser.sign_in(&account.login, &account.password).await;
        if answer.status == StatusCode::OK {
            assert_eq!(answer.body["must_change_password"], true);
            let change = json!({ "current": account.password, "password": PASSWORD });
            browser.post("/session/password", change).await.expect(StatusCode::OK);
            return browser;
        }
        self.signed_in(&account.login).await
    }

    pub(crate) fn minutes(&self, minutes: u64) {
        self.clock.advance(Duration::from_secs(minutes * 60));
    }
}

pub(crate) fn grant(role: Role) -> NewGrant {
    NewGrant { role, unit_id: None, area_id: None, expires_at: None }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
    pub(crate) cookie: Option<String>,
    pub(crate) headers: http::HeaderMap,
}

impl Answer {
    #[track_caller]
    pub(crate) fn expect(self, status: StatusCode) -> Answer {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }

    #[track_caller]
    pub(crate) fn refused(self, status: StatusCode, code: &str) -> Answer {
        assert_eq!((self.status, self.body["code"].as_str()), (status, Some(code)), "{}", self.body);
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/problem+json");
        self
    }
}

/// Keeps the session cookie and the CSRF token, as the console does.
#[derive(Clone)]
pub(crate) struct Browser {
    router: Router,
    pub(crate) cookie: Option<String>,
    pub(crate) csrf: Option<String>,
    pub(crate) bearer: Option<String>,
    pub(crate) address: SocketAddr,
}

impl Browser {
    pub(crate) async fn sign_in(&mut self, login: &str, password: &str) -> Answer {
        self.post("/session", json!({ "login": login, "password": password })).await
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, None, &[]).await
    }

    pub(crate) async fn post(&mut self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body), &[]).await
    }

    pub(crate) async fn command(&mut self, path: &str, client_id: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body), &[("idempotency-key", client_id)]).await
    }

    pub(crate) async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path).extension(ConnectInfo(self.address));
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, format!("other=1; {cookie}"));
        }
        if let Some(csrf) = &self.csrf {
            request = request.header("x-csrf-token", csrf);
        }
        if let Some(token) = &self.bearer {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = match body {
            Some(body) => {
                request.header(header::CONTENT_TYPE, "application/json").body(Body::from(body.to_string()))
            }
            None => request.body(Body::empty()),
        };
        let answer = self.router.clone().oneshot(request.unwrap()).await.unwrap();
        self.take(answer).await
    }

    async fn take(&mut self, answer: axum::response::Response) -> Answer {
        let (parts, body) = answer.into_parts();
        let bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        let body: Value = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        let cookie = parts.headers.get(header::SET_COOKIE).map(|value| value.to_str().unwrap().to_owned());
        if let Some(cookie) = &cookie {
            let pair = cookie.split(';').next().unwrap();
            self.cookie = (!pair.ends_with('=')).then(|| pair.to_owned());
            self.csrf = body["csrf"].as_str().map(str::to_owned);
        }
        Answer { status: parts.status, body, cookie, headers: parts.headers }
    }
}

/// Runs a test on both engines with weak hashing.
pub(crate) async fn on_both_apps(test: impl AsyncFn(App)) {
    on_both_kits(async |kit| test(App::open(kit, Settings::weak()).await).await).await;
}
