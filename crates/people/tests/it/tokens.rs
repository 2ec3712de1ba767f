//! API tokens: fewer rights than the account, shown once, revocable.

use crate::kit::{App, on_both_apps};
use http::{Method, StatusCode};
use people::Role;
use serde_json::json;

#[tokio::test]
async fn a_token_may_do_what_its_scopes_say_and_no_more() {
    on_both_apps(async |app: App| {
        app.account("li", app.centre, &[Role::Dispatcher]).await;
        let mut li = app.signed_in("li").await;
        let wanted = |scopes: serde_json::Value| json!({ "name": "屏幕", "scopes": scopes, "days": 30 });
        for scopes in
            [json!(["role.grant"]), json!(["case.verify"]), json!(["session.own"]), json!(["nonsense"])]
        {
            let refused = li.post("/tokens", wanted(scopes)).await;
            refused.refused(StatusCode::UNPROCESSABLE_ENTITY, "token.scope_refused");
        }
        let made = li.post("/tokens", wanted(json!(["overview.read"]))).await.expect(StatusCode::CREATED);
        let token = made.body["token"].as_str().unwrap().to_owned();
        assert!(token.starts_with("od_"));
        assert!(!li.get("/tokens").await.body.to_string().contains(&token));

        let mut program = app.browser();
        program.bearer = Some(token.clone());
        program.get("/probe").await.expect(StatusCode::OK);
        program.post("/probe/cases", json!({})).await.refused(StatusCode::FORBIDDEN, "permission.refused");
        program.get("/session").await.refused(StatusCode::FORBIDDEN, "permission.refused");
        let more = program.post("/tokens", wanted(json!(["overview.read"]))).await;
        more.refused(StatusCode::FORBIDDEN, "auth.session_required");
        let reading = li.post("/tokens", wanted(json!(["case.read"]))).await.expect(StatusCode::CREATED);
        program.bearer = reading.body["token"].as_str().map(str::to_owned);
        // No cookie, so nothing to forge: unsafe methods need no CSRF token.
        program.post("/probe/cases", json!({})).await.expect(StatusCode::OK);
        program.bearer = Some("od_wrong".to_owned());
        program.get("/probe").await.refused(StatusCode::UNAUTHORIZED, "auth.required");

        app.minutes(30 * 24 * 60);
        program.bearer = Some(token);
        program.get("/probe").await.refused(StatusCode::UNAUTHORIZED, "auth.required");
    })
    .await;
}

#[tokio::test]
async fn tokens_are_revoked_by_their_owner_or_the_security_administrator() {
    on_both_apps(async |app: App| {
        app.account("li", app.centre, &[Role::Dispatcher]).await;
        app.account("wang", app.centre, &[Role::Dispatcher]).await;
        let mut li = app.signed_in("li").await;
        let body = json!({ "name": "a", "scopes": ["case.read"], "days": 1 });
        let mut made = Vec::new();
        for _ in 0..2 {
            made.push(li.post("/tokens", body.clone()).await.expect(StatusCode::CREATED).body);
        }
        let path = |n: usize| format!("/tokens/{}", made[n]["info"]["id"].as_str().unwrap());
        let mut wang = app.signed_in("wang").await;
        let refused = wang.send(Method::DELETE, &path(0), None, &[]).await;
        refused.refused(StatusCode::NOT_FOUND, "token.not_found");
        wang.get("/tokens/all").await.refused(StatusCode::FORBIDDEN, "permission.refused");
        li.send(Method::DELETE, &path(0), None, &[]).await.expect(StatusCode::NO_CONTENT);
        let mut security = app.administrator(Role::SecurityAdmin).await;
        assert_eq!(security.get("/tokens/all").await.body["items"].as_array().unwrap().len(), 2);
        security.send(Method::DELETE, &path(1), None, &[]).await.expect(StatusCode::NO_CONTENT);
        for token in &made {
            let mut program = app.browser();
            program.bearer = token["token"].as_str().map(str::to_owned);
            program.get("/probe").await.refused(StatusCode::UNAUTHORIZED, "auth.required");
        }
    })
    .await;
}

#[tokio::test]
async fn a_token_loses_what_its_account_loses() {
    on_both_apps(async |app: App| {
        let id = app.account("li", app.centre, &[Role::Dispatcher]).await;
        let mut li = app.signed_in("li").await;
        let body = json!({ "name": "a", "scopes": ["case.read"], "days": 1 });
        let mut program = app.browser();
        program.bearer = li.post("/tokens", body).await.body["token"].as_str().map(str::to_owned);
        program.post("/probe/cases", json!({})).await.expect(StatusCode::OK);
        let mut security = app.administrator(Role::SecurityAdmin).await;
        let none = json!({ "version": 2, "grants": [] });
        security
            .send(Method::PUT, &format!("/accounts/{id}/grants"), Some(none), &[])
            .await
            .expect(StatusCode::OK);
        program.post("/probe/cases", json!({})).await.refused(StatusCode::FORBIDDEN, "permission.refused");
    })
    .await;
}

#[tokio::test]
async fn a_retry_never_makes_a_second_token() {
    on_both_apps(async |app: App| {
        app.account("li", app.centre, &[Role::Dispatcher]).await;
        let mut li = app.signed_in("li").await;
        let id = "0192f5a0-0000-7000-8000-000000000007";
        let body = json!({ "name": "屏幕", "scopes": ["overview.read"], "days": 30 });
        let lost = li.command("/tokens", id, body.clone()).await.expect(StatusCode::CREATED).body;
        let made = li.command("/tokens", id, body.clone()).await.expect(StatusCode::CREATED).body;
        assert_eq!(lost["info"]["id"], made["info"]["id"]);
        assert_eq!(li.get("/tokens").await.body["items"].as_array().unwrap().len(), 1);
        let mut program = app.browser();
        program.bearer = lost["token"].as_str().map(str::to_owned);
        program.get("/probe").await.refused(StatusCode::UNAUTHORIZED, "auth.required");
        program.bearer = made["token"].as_str().map(str::to_owned);
        program.get("/probe").await.expect(StatusCode::OK);
        // Whoever uses it holds it: it is not taken away by a late retry.
        let late = li.command("/tokens", id, body).await;
        late.refused(StatusCode::UNPROCESSABLE_ENTITY, "token.already_used");
        program.get("/probe").await.expect(StatusCode::OK);
        let other = json!({ "name": "另一个", "scopes": ["overview.read"], "days": 30 });
        let reused = li.command("/tokens", id, other).await;
        reused.refused(StatusCode::CONFLICT, "request.client_id_reused");
    })
    .await;
}

/// What no product made is nobody's: refused with its code, never an error of the server.
#[tokio::test]
async fn tokens_and_cookies_of_any_form_are_nobodys() {
    use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
    on_both_apps(async |app: App| {
        let mut runner = TestRunner::deterministic();
        let hostile =
            "(od_)?[ -~\\x80-\\xff]{0,80}|od_[A-Za-z0-9_-]{43}|od_'; DROP TABLE api_tokens;--|(od_){200}";
        let hostile = proptest::string::bytes_regex(&format!("(?-u:{hostile})")).unwrap();
        for _ in 0..150 {
            let bytes = hostile.new_tree(&mut runner).unwrap().current();
            for name in ["authorization", "cookie"] {
                let prefix: &[u8] = if name == "cookie" { b"onedoor=" } else { b"Bearer " };
                let Ok(value) = http::HeaderValue::from_bytes(&[prefix, &bytes].concat()) else { continue };
                let request = http::Request::get("/probe")
                    .header(name, value)
                    .extension(axum::extract::ConnectInfo(std::net::SocketAddr::from(([10, 0, 0, 9], 4000))))
                    .body(axum::body::Body::empty())
                    .unwrap();
                let answer = tower::ServiceExt::oneshot(app.router.clone(), request).await.unwrap();
                assert_eq!(
                    answer.status(),
                    StatusCode::UNAUTHORIZED,
                    "{name}: {}",
                    String::from_utf8_lossy(&bytes)
                );
            }
        }
    })
    .await;
}
