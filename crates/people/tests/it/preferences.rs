//! What a person set for themselves: the same at every window, nobody else's, never silently overwritten.

use crate::kit::{Answer, App, Browser, on_both_apps};
use http::{Method, StatusCode};
use people::Role;
use serde_json::{Value, json};

const PATH: &str = "/session/preferences";

async fn put(browser: &mut Browser, id: u8, version: i64, values: Value) -> Answer {
    let id = format!("00000000-0000-4000-8000-0000000000{id:02}");
    let body = json!({ "version": version, "values": values });
    browser.send(Method::PUT, PATH, Some(body), &[("idempotency-key", &id)]).await
}

#[tokio::test]
async fn preferences_follow_the_account_to_another_window() {
    on_both_apps(async |app: App| {
        app.account("li", app.centre, &[Role::Clerk]).await;
        app.account("wang", app.centre, &[Role::Clerk]).await;
        let (mut here, mut there) = (app.signed_in("li").await, app.signed_in("li").await);
        let nothing = here.get(PATH).await.expect(StatusCode::OK);
        assert_eq!(nothing.body, json!({ "version": 0, "values": {} }));

        let views = json!({ "views": { "cases": [{ "name": "永清镇", "filters": { "open": true } }] } });
        let kept = put(&mut here, 1, 0, views.clone()).await.expect(StatusCode::OK);
        assert_eq!(kept.body, json!({ "version": 1, "values": views }));
        assert_eq!(there.get(PATH).await.body["values"], views);
        let mut wang = app.signed_in("wang").await;
        assert_eq!(wang.get(PATH).await.body["version"], 0, "one's own and nobody else's");

        // A retry whose answer was lost changes nothing.
        put(&mut here, 1, 0, views.clone()).await.expect(StatusCode::OK);
        assert_eq!(there.get(PATH).await.body["version"], 1);
        let late = put(&mut there, 2, 0, json!({})).await;
        assert_eq!(late.body["current"]["values"], views, "the other window's stand in the refusal");
        late.refused(StatusCode::CONFLICT, "version.conflict");
        put(&mut there, 3, 1, json!({})).await.expect(StatusCode::OK);
        assert_eq!(here.get(PATH).await.body, json!({ "version": 2, "values": {} }));
    })
    .await;
}

#[tokio::test]
async fn preferences_are_small_and_an_object() {
    on_both_apps(async |app: App| {
        app.account("li", app.centre, &[Role::Clerk]).await;
        let mut li = app.signed_in("li").await;
        let large = put(&mut li, 1, 0, json!({ "x": "a".repeat(33 * 1024) })).await;
        assert_eq!(large.body["fields"][0], json!({ "field": "values", "code": "field.too_long" }));
        let list = put(&mut li, 2, 0, json!(["a"])).await;
        assert_eq!(list.status, StatusCode::BAD_REQUEST, "{}", list.body);
        assert_eq!(li.get(PATH).await.body["version"], 0);
        app.browser().get(PATH).await.refused(StatusCode::UNAUTHORIZED, "auth.required");
    })
    .await;
}
