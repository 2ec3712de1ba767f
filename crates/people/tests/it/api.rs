//! The edge: every route says who may call it; errors are problems; nothing of the inside is shown.

use crate::kit::{App, on_both_apps};
use http::{Method, StatusCode};
use people::{Permission, Role, web::Problem};
use serde_json::{Value, json};

fn operations(document: &Value) -> Vec<(Method, String, String)> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let who = operation["x-permission"].as_str().unwrap_or("MISSING").to_owned();
            all.push((method, path.replace("{id}", "1"), who));
        }
    }
    all
}

#[tokio::test]
async fn every_route_names_a_permission_or_is_public() {
    on_both_apps(async |app: App| {
        let all = operations(&app.document);
        assert!(all.len() >= 27, "{}", all.len());
        for (method, path, who) in &all {
            assert!(who == "public" || Permission::parse(who).is_some(), "{method} {path}: {who}");
        }
        let public: Vec<&str> =
            all.iter().filter(|(_, _, who)| who == "public").map(|(_, path, _)| path.as_str()).collect();
        assert_eq!(public, ["/session"]);
    })
    .await;
}

#[tokio::test]
async fn every_route_refuses_strangers_and_every_role_that_may_not() {
    on_both_apps(async |app: App| {
        let all = operations(&app.document);
        let mut stranger = app.browser();
        for (method, path, who) in &all {
            if who != "public" {
                let answer = stranger.send(method.clone(), path, Some(json!({})), &[]).await;
                answer.refused(StatusCode::UNAUTHORIZED, "auth.required");
            }
        }
        for role in Role::ALL {
            let login = role.as_str().replace('_', "-");
            app.account(&login, app.centre, &[*role]).await;
            let mut browser = app.signed_in(&login).await;
            for (method, path, who) in &all {
                let Some(permission) = Permission::parse(who) else { continue };
                let implied = [Permission::SessionOwn, Permission::SessionUse].contains(&permission);
                if implied || role.permissions().contains(&permission) {
                    continue;
                }
                let answer = browser.send(method.clone(), path, Some(json!({})), &[]).await;
                answer.refused(StatusCode::FORBIDDEN, "permission.refused");
            }
        }
    })
    .await;
}

#[test]
fn codes_have_their_status() {
    let statuses = [
        ("auth.required", 401),
        ("auth.failed", 401),
        ("auth.locked", 429),
        ("csrf.refused", 403),
        ("permission.refused", 403),
        ("case.not_found", 404),
        ("not_found", 404),
        ("version.conflict", 409),
        ("request.client_id_reused", 409),
        ("request.body", 400),
        ("request.too_large", 413),
        ("attachment.media_type", 415),
        ("transition.not_allowed", 422),
        ("store.busy", 503),
        ("store.database", 500),
        ("internal.argon2", 500),
    ];
    for (code, status) in statuses {
        assert_eq!(Problem::new(code).status, status, "{code}");
    }
}

#[tokio::test]
async fn bad_input_is_a_problem_with_a_code() {
    on_both_apps(async |app: App| {
        let mut admin = app.administrator(Role::SystemAdmin).await;
        admin.post("/units", json!({})).await.refused(StatusCode::BAD_REQUEST, "request.client_id_missing");
        let bad = admin.command("/units", "no-uuid", json!({})).await;
        bad.refused(StatusCode::BAD_REQUEST, "request.client_id_invalid");
        let id = "0192f5a0-0000-7000-8000-000000000001";
        admin
            .command("/units", id, json!({ "code": 1 }))
            .await
            .refused(StatusCode::BAD_REQUEST, "request.body");
        admin.get("/units/abc").await.refused(StatusCode::BAD_REQUEST, "request.path");
        admin.get("/units?limit=abc").await.refused(StatusCode::BAD_REQUEST, "request.query");
        let unit = json!({ "code": "x", "name": " ", "kind": "department" });
        let answer = admin.command("/units", id, unit).await;
        assert_eq!(answer.body["fields"], json!([{ "field": "name", "code": "field.required" }]));
        answer.refused(StatusCode::UNPROCESSABLE_ENTITY, "field.required");
    })
    .await;
}

#[tokio::test]
async fn refusals_and_administrative_acts_are_written_down() {
    on_both_apps(async |app: App| {
        app.account("li", app.centre, &[Role::Clerk]).await;
        let mut li = app.signed_in("li").await;
        li.get("/access-log").await.refused(StatusCode::FORBIDDEN, "permission.refused");
        let mut audit = app.administrator(Role::AuditAdmin).await;
        let refused = audit.get("/access-log?outcome=refused").await.expect(StatusCode::OK).body;
        assert_eq!(refused["items"][0]["subject"], "GET /access-log");
        assert_eq!(refused["items"][0]["account_name"], "名字 li");
        let acts = audit.get("/access-log?action=admin&limit=1000").await.body;
        let subjects: Vec<&str> =
            acts["items"].as_array().unwrap().iter().map(|e| e["subject"].as_str().unwrap()).collect();
        assert!(subjects.iter().any(|s| s.starts_with("unit ") && s.ends_with(" created")), "{subjects:?}");
        assert!(subjects.iter().any(|s| s.contains("set: clerk")), "{subjects:?}");
        // Ids in a subject come with their names.
        let of = |part: &str| {
            let entries = acts["items"].as_array().unwrap();
            entries.iter().find(|e| e["subject"].as_str().unwrap().contains(part)).unwrap()["subject_names"]
                .clone()
        };
        let named = of("set: clerk");
        assert_eq!(named.as_object().unwrap().values().collect::<Vec<_>>(), ["名字 li"]);
        assert_eq!(of(" created").as_object().unwrap().len(), 1);
        let counted = audit.get("/access-log?limit=1&total=true").await.body;
        assert!(counted["total"]["count"].as_i64().unwrap() > 3, "{counted}");
        assert_eq!(counted["total"]["capped"], false);
        let none = audit.get("/access-log?outcome=refused&action=export&total=true").await.body;
        assert_eq!(none["total"]["count"], 0);
        // Reading the log stands in the log.
        let readings = audit.get("/access-log?action=audit").await.body;
        assert!(readings["items"].as_array().unwrap().len() >= 3);
        let page = audit.get("/access-log?limit=1").await.body;
        let next = page["next_cursor"].as_str().unwrap();
        let second = audit.get(&format!("/access-log?limit=1&cursor={next}")).await.body;
        assert_ne!(page["items"][0]["id"], second["items"][0]["id"]);
    })
    .await;
}

#[tokio::test]
async fn no_password_token_or_secret_stands_in_log_or_events() {
    on_both_apps(async |app: App| {
        app.account("li", app.centre, &[Role::Clerk]).await;
        let li = app.signed_in("li").await;
        let token = li.cookie.unwrap().split('=').nth(1).unwrap().to_owned();
        let vault = app.people.store().clone();
        app.people.store().sequence().await.unwrap();
        let texts = app
            .people
            .store()
            .read(move |conn| {
                let events = store::events::after(conn, 0, 1000)?;
                let log = people::queries::access_log(
                    conn,
                    vault.vault(),
                    &people::queries::LogFilter { limit: 1000, ..Default::default() },
                )?;
                Ok::<_, people::PeopleError>(format!("{events:?} {}", serde_json::to_string(&log).unwrap()))
            })
            .await
            .unwrap();
        assert!(texts.contains("account.created"));
        for secret in [crate::kit::PASSWORD, &token, "argon2", "13900000000"] {
            assert!(!texts.contains(secret), "{secret}");
        }
    })
    .await;
}
