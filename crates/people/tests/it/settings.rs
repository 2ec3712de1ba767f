//! What a county sets for itself.

use crate::kit::{App, on_both_apps};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use http::{Method, StatusCode};
use people::Role;
use serde_json::{Value, json};

fn key(n: u32) -> String {
    format!("0192f5a0-0000-7000-8000-0000000001{n:02}")
}

fn emblem(kind: &str, bytes: &[u8]) -> Value {
    json!({ "media_type": kind, "data": BASE64.encode(bytes) })
}

const SVG: &[u8] = b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 4 4'><path d='M0 0h4v4z'/></svg>";

#[tokio::test]
async fn settings_are_changed_once_on_what_was_read() {
    on_both_apps(async |app: App| {
        let mut admin = app.administrator(Role::SystemAdmin).await;
        let usual = admin.get("/settings").await.expect(StatusCode::OK).body;
        let expected = json!({
            "version": 0, "county_name": "", "county_name_en": "", "color": "", "emblem": null,
            "grid_household_limit": 300, "reopen_days": 30, "callback_attempts": 3,
        });
        assert_eq!(usual, expected);
        let body = json!({
            "version": 0, "county_name": " 清水县 ", "color": "#8B0000", "reopen_days": 15,
            "emblem": emblem("image/svg+xml", SVG),
        });
        let (id, first) = (key(1), [("idempotency-key", key(1))]);
        let headers = [(first[0].0, id.as_str())];
        let changed = admin.send(Method::PATCH, "/settings", Some(body.clone()), &headers).await;
        let changed = changed.expect(StatusCode::OK).body;
        assert_eq!((&changed["county_name"], &changed["color"]), (&json!("清水县"), &json!("#8b0000")));
        assert_eq!((&changed["reopen_days"], &changed["version"]), (&json!(15), &json!(1)));
        let again = admin.send(Method::PATCH, "/settings", Some(body), &headers).await;
        assert_eq!(again.expect(StatusCode::OK).body, changed);
        let stale = json!({ "version": 0, "reopen_days": 20 });
        let second = key(2);
        let stale =
            admin.send(Method::PATCH, "/settings", Some(stale), &[("idempotency-key", &second)]).await;
        assert_eq!(stale.body["current"]["reopen_days"], 15);
        stale.refused(StatusCode::CONFLICT, "version.conflict");
        let without = json!({ "version": 1, "emblem": null });
        let without =
            admin.send(Method::PATCH, "/settings", Some(without), &[("idempotency-key", &second)]).await;
        assert_eq!(without.expect(StatusCode::OK).body["emblem"], Value::Null);
        app.people.store().sequence().await.unwrap();
        let told: Vec<_> = app
            .people
            .store()
            .read(|conn| store::events::after(conn, 0, 1000))
            .await
            .unwrap()
            .into_iter()
            .filter(|event| event.kind == "settings.changed")
            .map(|event| event.public)
            .collect();
        assert_eq!(told.len(), 2, "the retry and the refused change leave nothing");
        assert_eq!(told[0]["cases.reopen_days"], "15");
        assert_eq!(told[0]["county.emblem"].as_str().unwrap().len(), 64, "an emblem is told by its hash");
        assert_eq!(told[1], json!({ "county.emblem": "" }));
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_is_refused_at_its_field() {
    on_both_apps(async |app: App| {
        let mut admin = app.administrator(Role::SystemAdmin).await;
        let png = b"\x89PNG\r\n\x1a\n....";
        let script = b"<svg><script>1</script></svg>";
        let handler = b"<svg onload='1'/>";
        let elsewhere = b"<svg><image href=\"https://a.example/b.png\"/></svg>";
        let cases = [
            (json!({ "reopen_days": 0 }), "reopen_days", "field.out_of_range"),
            (json!({ "reopen_days": 3651 }), "reopen_days", "field.out_of_range"),
            (json!({ "callback_attempts": 21 }), "callback_attempts", "field.out_of_range"),
            (json!({ "grid_household_limit": -5 }), "grid_household_limit", "field.out_of_range"),
            (json!({ "color": "red" }), "color", "settings.color"),
            (json!({ "color": "#12345" }), "color", "settings.color"),
            (json!({ "county_name": "县".repeat(41) }), "county_name", "field.too_long"),
            (json!({ "emblem": emblem("image/png", SVG) }), "emblem", "settings.emblem"),
            (json!({ "emblem": emblem("text/html", png) }), "emblem", "settings.emblem"),
            (json!({ "emblem": emblem("image/svg+xml", png) }), "emblem", "settings.emblem"),
            (json!({ "emblem": emblem("image/svg+xml", script) }), "emblem", "settings.emblem"),
            (json!({ "emblem": emblem("image/svg+xml", handler) }), "emblem", "settings.emblem"),
            (json!({ "emblem": emblem("image/svg+xml", elsewhere) }), "emblem", "settings.emblem"),
            (json!({ "emblem": { "media_type": "image/png", "data": "&&" } }), "emblem", "settings.emblem"),
            (
                json!({ "emblem": emblem("image/png", &[png.as_slice(), &[0; 65536]].concat()) }),
                "emblem",
                "settings.emblem_too_large",
            ),
        ];
        for (n, (mut body, field, code)) in (0..).zip(cases) {
            body["version"] = json!(0);
            let id = key(n);
            let refused =
                admin.send(Method::PATCH, "/settings", Some(body), &[("idempotency-key", &id)]).await;
            assert_eq!(refused.body["fields"], json!([{ "field": field, "code": code }]), "{}", refused.body);
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        assert_eq!(admin.get("/settings").await.body["version"], 0);
        let fine = json!({ "version": 0, "emblem": emblem("image/png", png), "reopen_days": 1, "color": "" });
        let id = key(90);
        admin
            .send(Method::PATCH, "/settings", Some(fine), &[("idempotency-key", &id)])
            .await
            .expect(StatusCode::OK);
    })
    .await;
}
