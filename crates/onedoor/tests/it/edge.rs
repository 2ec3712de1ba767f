//! What surrounds the routes.

use crate::kit::House;
use axum::body::Body;
use http::{Request, StatusCode};
use onedoor::edge::address::Peer;
use std::net::SocketAddr;
use store::testkit::{Engine, Kit};

async fn house() -> (Kit, House) {
    let kit = Kit::open(Engine::Sqlite).await;
    let house = House::open(&kit).await;
    (kit, house)
}

#[tokio::test]
async fn failures_are_problems_with_codes() {
    let (_kit, house) = house().await;
    let missing = house.get("/api/v1/no-such-thing").await;
    assert_eq!((missing.status, missing.code().as_str()), (StatusCode::NOT_FOUND, "route.not_found"));
    assert_eq!(missing.headers["content-type"], "application/problem+json");
    let wrong = Request::put("/api/v1/session").body(Body::empty()).unwrap();
    let wrong = house.send(wrong).await;
    assert_eq!(
        (wrong.status, wrong.code().as_str()),
        (StatusCode::METHOD_NOT_ALLOWED, "route.method_not_allowed")
    );
    assert!(wrong.headers.contains_key("allow"));
    let garbage = Request::post("/api/v1/session")
        .header("content-type", "application/json")
        .body(Body::from("{nonsense"))
        .unwrap();
    let garbage = house.send(garbage).await;
    assert_eq!(garbage.status, StatusCode::BAD_REQUEST);
    assert!(garbage.code().starts_with("request."), "{}", garbage.text());
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused() {
    let kit = Kit::open(Engine::Sqlite).await;
    let house =
        House::with(kit.store.clone(), kit.folder().to_path_buf(), |config| config.limits.body_bytes = 1000)
            .await;
    let big = Request::post("/api/v1/session")
        .header("content-type", "application/json")
        .body(Body::from(format!("{{\"login\":\"{}\"}}", "x".repeat(2000))))
        .unwrap();
    let answer = house.send(big).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "request.too_large"));
}

#[tokio::test]
async fn every_answer_carries_the_security_headers_and_an_id() {
    let (_kit, house) = house().await;
    for path in ["/", "/api/v1/session", "/healthz", "/api/openapi.json"] {
        let answer = house.get(path).await;
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("script-src 'self';"), "no inline scripts: {policy}");
        assert!(policy.contains("frame-ancestors 'none'"));
        assert_eq!(answer.headers["x-content-type-options"], "nosniff", "{path}");
        assert!(!answer.headers["x-request-id"].is_empty());
    }
    assert_eq!(house.get("/api/v1/session").await.headers["cache-control"], "no-store");
}

#[tokio::test]
async fn metrics_are_for_this_machine_or_the_token() {
    let kit = Kit::open(Engine::Sqlite).await;
    let house = House::with(kit.store.clone(), kit.folder().to_path_buf(), |config| {
        config.metrics_token = Some("tell-me".into())
    })
    .await;
    let from = |address: &str, token: Option<&str>, proxy: bool| {
        let mut request = Request::get("/metrics");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if proxy {
            request = request.header("x-forwarded-for", "203.0.113.9");
        }
        let mut request = request.body(Body::empty()).unwrap();
        request.extensions_mut().insert(Peer(address.parse::<SocketAddr>().unwrap()));
        request
    };
    let status = async |request| house.send(request).await.status;
    assert_ne!(status(from("127.0.0.1:1", None, false)).await, StatusCode::FORBIDDEN);
    assert_eq!(status(from("127.0.0.1:1", None, true)).await, StatusCode::FORBIDDEN, "through a proxy");
    assert_eq!(status(from("203.0.113.9:1", None, false)).await, StatusCode::FORBIDDEN);
    assert_eq!(status(from("203.0.113.9:1", Some("guess"), false)).await, StatusCode::FORBIDDEN);
    assert_ne!(status(from("203.0.113.9:1", Some("tell-me"), false)).await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_server_says_when_it_is_ready() {
    let (_kit, house) = house().await;
    assert_eq!(house.get("/healthz").await.text(), "ok\n");
    let ready = house.get("/readyz").await;
    assert_eq!(ready.status, StatusCode::OK);
    assert_eq!(ready.json()["database"], true);
}

#[tokio::test]
async fn readiness_warns_before_the_working_calendar_ends() {
    let (kit, house) = house().await;
    for (now, left, warned) in [("2026-11-01", 60, false), ("2026-11-02", 59, true), ("2027-01-02", -2, true)]
    {
        kit.clock.set(format!("{now}T02:00:00Z").parse().expect("an instant"));
        let ready = house.get("/readyz").await;
        assert_eq!(ready.status, StatusCode::OK, "{now}: a warning is no failure");
        let said = ready.json();
        assert_eq!(
            (&said["calendar"]["loaded_until"], &said["calendar"]["days_left"]),
            (&"2026-12-31".into(), &left.into())
        );
        let warnings = said["warnings"].as_array().expect("warnings");
        assert_eq!(warnings.contains(&"calendar.ends_soon".into()), warned, "{now}");
    }
}

/// What everybody sends never becomes a line of the log, nor a colour or a key of the terminal that shows it.
#[tokio::test]
async fn nothing_sent_makes_a_line_of_the_log() {
    use std::sync::{Arc, Mutex};
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);
    impl std::io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let (_kit, house) = house().await;
    house.populate().await;
    let evil = "x\n2026-01-01T00:00:00Z ERROR forged: money gone\u{1b}[2J\r\u{8}";
    let coded = "x%0A2026-01-01T00:00:00Z%20ERROR%20forged%1B%5B2J%0D";
    for json in [false, true] {
        let kept = Kept::default();
        let writer = kept.clone();
        let base = tracing_subscriber::fmt()
            .with_env_filter("debug")
            .with_ansi(false)
            .with_writer(move || writer.clone());
        let _guard = if json {
            tracing::subscriber::set_default(base.json().flatten_event(true).finish())
        } else {
            tracing::subscriber::set_default(base.finish())
        };
        for path in
            [format!("/api/v1/cases/{coded}"), format!("/{coded}"), format!("/api/v1/search?q={coded}")]
        {
            let asked = Request::get(path)
                .header("x-request-id", "abcdefgh\u{1b}[31m")
                .header("user-agent", "evil\u{9b}31m")
                .body(Body::empty());
            if let Ok(asked) = asked {
                house.send(asked).await;
            }
            house.get(&format!("/api/v1/cases/{coded}")).await;
        }
        for login in [evil, "clerk"] {
            let body = serde_json::json!({ "login": login, "password": evil, "code": evil }).to_string();
            let asked = Request::post("/api/v1/session")
                .header("content-type", "application/json")
                .body(Body::from(body))
                .unwrap();
            house.send(asked).await;
        }
        let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        assert!(text.lines().count() > 3, "the log says something: {text}");
        for line in text.lines() {
            let begins =
                if json { line.starts_with('{') } else { line.starts_with("20") && line.contains("T") };
            assert!(begins && !line.starts_with("2026-01-01T00:00:00Z ERROR forged"), "{line:?}");
            assert!(!line.chars().any(char::is_control), "{line:?}");
        }
    }
}
