//! A command that is sent again is not done again.

use crate::kit::{Answer, App, Browser, PASSWORD, on_both_apps};
use http::{Method, StatusCode};
use people::{Role, UnitKind};
use serde_json::{Value, json};

const KEY: &str = "0192f5a0-0000-7000-8000-0000000000";

async fn events(app: &App) -> usize {
    app.people.store().sequence().await.unwrap();
    app.people.store().read(|conn| store::events::after(conn, 0, 100_000)).await.unwrap().len()
}

async fn send(browser: &mut Browser, n: u32, (method, path): (&Method, &str), body: &Value) -> Answer {
    let key = format!("{KEY}{n:02}");
    browser.send(method.clone(), path, Some(body.clone()), &[("idempotency-key", &key)]).await
}

/// Sends a command twice with one id, and once more with another body: it is done once.
async fn once(app: &App, browser: &mut Browser, n: u32, route: (Method, &str), body: Value) -> Value {
    let route = (&route.0, route.1);
    let before = events(app).await;
    let first = send(browser, n, route, &body).await.expect(StatusCode::OK);
    let done = events(app).await;
    assert!(done > before, "{route:?}");
    let again = send(browser, n, route, &body).await.expect(StatusCode::OK);
    assert_eq!(again.body, first.body, "{route:?}");
    assert_eq!(events(app).await, done, "{route:?}: done twice");
    let mut other = body;
    other["version"] = json!(77);
    let reused = send(browser, n, route, &other).await;
    reused.refused(StatusCode::CONFLICT, "request.client_id_reused");
    first.body
}

#[tokio::test]
async fn changes_of_units_are_made_once() {
    on_both_apps(async |app: App| {
        let town = app.unit("town", UnitKind::Town, None).await;
        let next = app.unit("next", UnitKind::Town, None).await;
        let mut admin = app.administrator(Role::SystemAdmin).await;
        let path = format!("/units/{town}");
        let patch = json!({ "version": 1, "name": "永清镇" });
        let changed = once(&app, &mut admin, 1, (Method::PATCH, &path), patch).await;
        assert_eq!(changed["version"], 2);
        let retire = json!({ "version": 2, "successor_id": next.to_string() });
        let retired = once(&app, &mut admin, 2, (Method::POST, &format!("{path}/retire")), retire).await;
        assert_eq!((&retired["active"], &retired["version"]), (&json!(false), &json!(3)));
    })
    .await;
}

#[tokio::test]
async fn changes_of_accounts_are_made_once() {
    on_both_apps(async |app: App| {
        let id = app.account("li", app.centre, &[Role::Clerk]).await;
        let path = format!("/accounts/{id}");
        let mut system = app.administrator(Role::SystemAdmin).await;
        let version = system.get(&path).await.body["version"].as_i64().unwrap();
        let patch = json!({ "version": version, "name": "李小红" });
        let changed = once(&app, &mut system, 1, (Method::PATCH, &path), patch).await;
        assert_eq!(changed["name"], "李小红");
        let mut security = app.administrator(Role::SecurityAdmin).await;
        let grants = json!({ "version": version + 1, "grants": [{ "role": "operator" }] });
        let granted = once(&app, &mut security, 2, (Method::PUT, &format!("{path}/grants")), grants).await;
        assert_eq!(granted["version"], version + 2);
        let at = |version: i64| json!({ "version": version });
        let disable = format!("{path}/disable");
        let disabled = once(&app, &mut security, 3, (Method::POST, &disable), at(version + 2)).await;
        assert_eq!(disabled["state"], "disabled");
        let enable = format!("{path}/enable");
        let enabled = once(&app, &mut security, 4, (Method::POST, &enable), at(version + 3)).await;
        assert_eq!((&enabled["state"], &enabled["version"]), (&json!("active"), &json!(version + 4)));
    })
    .await;
}

/// A lost one-time password cannot be shown again: the retry sets another, until the account was used.
#[tokio::test]
async fn a_retried_reset_gives_a_password_that_works() {
    on_both_apps(async |app: App| {
        let id = app.account("li", app.centre, &[Role::Clerk]).await;
        let mut security = app.administrator(Role::SecurityAdmin).await;
        let version = security.get(&format!("/accounts/{id}")).await.body["version"].clone();
        let path = format!("/accounts/{id}/reset-password");
        let (route, body) = ((&Method::POST, path.as_str()), json!({ "version": version }));
        let lost = send(&mut security, 1, route, &body).await.expect(StatusCode::OK);
        let shown = send(&mut security, 1, route, &body).await.expect(StatusCode::OK);
        let password = |answer: &Answer| answer.body["one_time_password"].as_str().unwrap().to_owned();
        let mut li = app.browser();
        li.sign_in("li", &password(&lost)).await.refused(StatusCode::UNAUTHORIZED, "auth.failed");
        li.sign_in("li", &password(&shown)).await.expect(StatusCode::OK);
        let change = json!({ "current": password(&shown), "password": PASSWORD });
        li.post("/session/password", change).await.expect(StatusCode::OK);
        let late = send(&mut security, 1, route, &body).await;
        late.refused(StatusCode::CONFLICT, "version.conflict");
        app.signed_in("li").await;
    })
    .await;
}

#[tokio::test]
async fn a_page_has_the_size_that_was_asked_for_or_is_refused() {
    on_both_apps(async |app: App| {
        let mut audit = app.administrator(Role::AuditAdmin).await;
        let mut security = app.administrator(Role::SecurityAdmin).await;
        let lists = [("/units", 2000), ("/accounts", 500), ("/access-log", 1000), ("/tokens", 500)];
        for (list, most) in lists {
            audit.get(&format!("{list}?limit={most}")).await.expect(StatusCode::OK);
            for limit in [0, -1, most + 1] {
                let refused = audit.get(&format!("{list}?limit={limit}")).await;
                assert_eq!(refused.body["fields"], json!([{ "field": "limit", "code": "request.limit" }]));
                refused.refused(StatusCode::UNPROCESSABLE_ENTITY, "input.invalid");
            }
        }
        security
            .get("/tokens/all?limit=501")
            .await
            .refused(StatusCode::UNPROCESSABLE_ENTITY, "input.invalid");
    })
    .await;
}

#[tokio::test]
async fn tokens_come_page_by_page() {
    on_both_apps(async |app: App| {
        app.account("li", app.centre, &[Role::Clerk]).await;
        let mut li = app.signed_in("li").await;
        for n in 0..5 {
            let token = json!({ "name": format!("t{n}"), "scopes": ["case.read"], "days": 3 });
            li.post("/tokens", token).await.expect(StatusCode::CREATED);
        }
        let mut security = app.administrator(Role::SecurityAdmin).await;
        let mut names = Vec::new();
        let mut path = "/tokens/all?limit=2".to_owned();
        loop {
            let page = security.get(&path).await.expect(StatusCode::OK).body;
            names.extend(page["items"].as_array().unwrap().iter().map(|token| token["name"].clone()));
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            path = format!("/tokens/all?limit=2&cursor={cursor}");
        }
        assert_eq!(names, ["t0", "t1", "t2", "t3", "t4"]);
    })
    .await;
}
