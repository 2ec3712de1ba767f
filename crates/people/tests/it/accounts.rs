//! Accounts and roles.

use crate::kit::{App, PASSWORD, on_both_apps};
use http::{Method, StatusCode};
use people::{Role, UnitKind};
use serde_json::{Value, json};

const CLIENT: &str = "0192f5a0-0000-7000-8000-00000000000a";

fn role(role: &str) -> Value {
    json!({ "role": role })
}

#[tokio::test]
async fn an_account_is_made_by_one_administrator_and_given_roles_by_another() {
    on_both_apps(async |app: App| {
        let town = app.unit("town", UnitKind::Town, None).await;
        let mut system = app.administrator(Role::SystemAdmin).await;
        let body = json!({ "login": "Zhao.Li", "name": "赵丽", "unit_id": town.to_string() });
        let made = system.command("/accounts", CLIENT, body.clone()).await.expect(StatusCode::CREATED);
        let id = made.body["account"]["id"].as_str().unwrap().to_owned();
        let password = made.body["one_time_password"].as_str().unwrap().to_owned();
        assert_eq!(made.body["account"]["login"], "zhao.li");
        assert_eq!(made.headers["cache-control"], "no-store");
        let again = system.command("/accounts", CLIENT, body).await.expect(StatusCode::CREATED);
        assert_eq!(
            (&again.body["account"]["id"], &again.body["one_time_password"]),
            (&json!(id), &Value::Null)
        );

        let path = format!("/accounts/{id}/grants");
        let wanted = json!({ "version": 1, "grants": [role("liaison")] });
        let refused = system.send(Method::PUT, &path, Some(wanted.clone()), &[]).await;
        refused.refused(StatusCode::FORBIDDEN, "permission.refused");
        let mut security = app.administrator(Role::SecurityAdmin).await;
        let given = security.send(Method::PUT, &path, Some(wanted), &[]).await.expect(StatusCode::OK);
        assert_eq!(given.body["roles"], json!(["liaison"]));

        let mut zhao = app.browser();
        zhao.sign_in("zhao.li", &password).await.expect(StatusCode::OK);
        let change = json!({ "current": password, "password": PASSWORD });
        let session = zhao.post("/session/password", change).await.expect(StatusCode::OK);
        assert_eq!(session.body["roles"], json!(["liaison"]));
        zhao.post("/probe/cases", json!({})).await.expect(StatusCode::OK);
        // Others see the name, not what it signs in with.
        let seen = zhao.get(&format!("/accounts/{id}")).await.expect(StatusCode::OK).body;
        assert_eq!(seen["name"], "赵丽");
        assert!(seen.get("login").is_none() && seen.get("grants").is_none() && seen.get("phone").is_none());
        assert_eq!(zhao.get("/accounts?q=zhao").await.body["items"], json!([]));
        assert_eq!(security.get("/accounts?q=zhao").await.body["items"][0]["id"], json!(id));
    })
    .await;
}

#[tokio::test]
async fn roles_that_must_not_meet_do_not() {
    on_both_apps(async |app: App| {
        let town = app.unit("town", UnitKind::Town, None).await;
        let id = app.account("li", town, &[]).await;
        let mut security = app.administrator(Role::SecurityAdmin).await;
        let path = format!("/accounts/{id}/grants");
        let cases = [
            (json!([role("system_admin"), role("security_admin")]), "role.separated"),
            (json!([role("audit_admin"), role("clerk")]), "role.separated"),
            (json!([{ "role": "audit_admin", "unit_id": town.to_string() }]), "role.not_for_a_unit"),
            (json!([{ "role": "clerk", "expires_at": "2026-01-01T00:00:00Z" }]), "role.expired"),
            (json!([role("clerk"), role("clerk")]), "role.twice"),
            (json!([{ "role": "clerk", "unit_id": "12345678" }]), "unit.not_active"),
            (json!([{ "role": "grid_worker", "area_id": "12345678" }]), "area.unknown"),
        ];
        for (grants, code) in cases {
            let body = json!({ "version": 2, "grants": grants });
            let answer = security.send(Method::PUT, &path, Some(body), &[]).await;
            answer.refused(StatusCode::UNPROCESSABLE_ENTITY, code);
        }
        let unknown = json!({ "version": 2, "grants": [role("emperor")] });
        let answer = security.send(Method::PUT, &path, Some(unknown), &[]).await;
        answer.refused(StatusCode::BAD_REQUEST, "request.body");
    })
    .await;
}

#[tokio::test]
async fn a_role_ends_when_it_expires() {
    on_both_apps(async |app: App| {
        let id = app.account("li", app.centre, &[]).await;
        let mut security = app.administrator(Role::SecurityAdmin).await;
        let until = app.people.now() + std::time::Duration::from_secs(600);
        let grants = json!([{ "role": "clerk", "expires_at": until.to_string() }]);
        let body = json!({ "version": 2, "grants": grants });
        let path = format!("/accounts/{id}/grants");
        security.send(Method::PUT, &path, Some(body), &[]).await.expect(StatusCode::OK);
        let mut li = app.signed_in("li").await;
        li.post("/probe/cases", json!({})).await.expect(StatusCode::OK);
        app.minutes(10);
        li.post("/probe/cases", json!({})).await.refused(StatusCode::FORBIDDEN, "permission.refused");
        assert_eq!(li.get("/session").await.body["roles"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn the_last_security_administrator_stays() {
    on_both_apps(async |app: App| {
        let mut security = app.administrator(Role::SecurityAdmin).await;
        let me = security.get("/session").await.body["account"]["id"].as_str().unwrap().to_owned();
        let own = security.post(&format!("/accounts/{me}/disable"), json!({ "version": 3 })).await;
        own.refused(StatusCode::UNPROCESSABLE_ENTITY, "account.own_refused");
        let own = json!({ "version": 3, "grants": [] });
        let own = security.send(Method::PUT, &format!("/accounts/{me}/grants"), Some(own), &[]).await;
        own.refused(StatusCode::UNPROCESSABLE_ENTITY, "account.own_refused");

        // A second one may take the first away, and then is the last.
        let other = app.account("second", app.centre, &[Role::SecurityAdmin]).await;
        let mut second = app.signed_in("second").await;
        let version = second.get(&format!("/accounts/{me}")).await.body["version"].clone();
        let gone = second.post(&format!("/accounts/{me}/disable"), json!({ "version": version })).await;
        assert_eq!(gone.expect(StatusCode::OK).body["state"], "disabled");
        security.get("/session").await.refused(StatusCode::UNAUTHORIZED, "auth.required");
        let (service, change) = (app.people.clone(), people::Change::by_system(app.people.now()));
        let last = app
            .people
            .store()
            .write(move |tx| people::commands::grants::set(tx, &service, other, &[], &change))
            .await;
        assert_eq!(last.unwrap_err().code(), "role.last_security_admin");
    })
    .await;
}

#[tokio::test]
async fn a_deputy_for_a_week_cannot_remove_the_only_lasting_security_administrator() {
    on_both_apps(async |app: App| {
        let deputy = app.account("deputy", app.centre, &[]).await;
        let mut security = app.administrator(Role::SecurityAdmin).await;
        let me = security.get("/session").await.body["account"]["id"].as_str().unwrap().to_owned();
        let until = app.people.now() + std::time::Duration::from_secs(7 * 86_400);
        let grants = json!([{ "role": "security_admin", "expires_at": until.to_string() }]);
        let body = json!({ "version": 2, "grants": grants });
        let path = format!("/accounts/{deputy}/grants");
        security.send(Method::PUT, &path, Some(body), &[]).await.expect(StatusCode::OK);

        let mut deputy = app.signed_in("deputy").await;
        let version = deputy.get(&format!("/accounts/{me}")).await.body["version"].clone();
        let refused = deputy.post(&format!("/accounts/{me}/disable"), json!({ "version": version })).await;
        refused.refused(StatusCode::UNPROCESSABLE_ENTITY, "role.last_security_admin");
        let none = json!({ "version": version, "grants": [] });
        let refused = deputy.send(Method::PUT, &format!("/accounts/{me}/grants"), Some(none), &[]).await;
        refused.refused(StatusCode::UNPROCESSABLE_ENTITY, "role.last_security_admin");
    })
    .await;
}

#[tokio::test]
async fn a_disabled_account_is_out_at_once_and_may_come_back() {
    on_both_apps(async |app: App| {
        let id = app.account("li", app.centre, &[Role::Clerk]).await;
        let mut li = app.signed_in("li").await;
        let token = json!({ "name": "export", "scopes": ["case.read"], "days": 30 });
        let token = li.post("/tokens", token).await.expect(StatusCode::CREATED).body["token"].clone();
        let mut program = app.browser();
        program.bearer = token.as_str().map(str::to_owned);
        program.post("/probe/cases", json!({})).await.expect(StatusCode::OK);

        let mut security = app.administrator(Role::SecurityAdmin).await;
        let path = format!("/accounts/{id}");
        let version = security.get(&path).await.body["version"].clone();
        let disable = json!({ "version": version });
        security.post(&format!("{path}/disable"), disable.clone()).await.expect(StatusCode::OK);
        li.get("/session").await.refused(StatusCode::UNAUTHORIZED, "auth.required");
        program.post("/probe/cases", json!({})).await.refused(StatusCode::UNAUTHORIZED, "auth.required");
        app.browser().sign_in("li", PASSWORD).await.refused(StatusCode::UNAUTHORIZED, "auth.failed");
        let stale = security.post(&format!("{path}/enable"), disable).await;
        stale.refused(StatusCode::CONFLICT, "version.conflict");
        let version = security.get(&path).await.body["version"].clone();
        security.post(&format!("{path}/enable"), json!({ "version": version })).await.expect(StatusCode::OK);
        app.signed_in("li").await;
        // The token stays dead: a new one must be made.
        program.post("/probe/cases", json!({})).await.refused(StatusCode::UNAUTHORIZED, "auth.required");
    })
    .await;
}

#[tokio::test]
async fn a_reset_gives_a_one_time_password_and_takes_a_lost_second_factor_off() {
    on_both_apps(async |app: App| {
        let id = app.account("li", app.centre, &[Role::Clerk]).await;
        let mut li = app.signed_in("li").await;
        let begun = li.post("/session/totp", json!({})).await.expect(StatusCode::OK);
        let secret = people::totp::Secret::from_base32(begun.body["secret"].as_str().unwrap()).unwrap();
        let code = secret.code_at(app.people.now()).unwrap();
        li.post("/session/totp/confirm", json!({ "code": code })).await.expect(StatusCode::OK);

        let mut security = app.administrator(Role::SecurityAdmin).await;
        let path = format!("/accounts/{id}");
        let seen = security.get(&path).await.body;
        assert_eq!(seen["second_factor"], true);
        let reset = json!({ "version": seen["version"], "second_factor": true });
        let reset = security.post(&format!("{path}/reset-password"), reset).await.expect(StatusCode::OK);
        let password = reset.body["one_time_password"].as_str().unwrap();
        li.get("/session").await.refused(StatusCode::UNAUTHORIZED, "auth.required");
        app.browser().sign_in("li", PASSWORD).await.refused(StatusCode::UNAUTHORIZED, "auth.failed");
        let answer = app.browser().sign_in("li", password).await.expect(StatusCode::OK);
        assert_eq!(
            (&answer.body["second_factor"], &answer.body["next"]),
            (&json!("none"), &json!("change_password"))
        );
    })
    .await;
}
