//! Looking a person up by the full number.

use crate::web_kit as kit;
use axum::{
    Extension, Router,
    body::Body,
    http::{Method, Request, StatusCode},
};
use cases::{
    attachments::Files,
    http::{Web, api},
};
use people::{
    AccountActor, Role,
    web::{Caller, Channel},
};
use serde_json::{Value, json};
use store::{Store, schema::access_log, testkit::on_both};
use tower::ServiceExt;
use uuid::Uuid;

struct Door {
    router: Router,
    store: Store,
}

impl Door {
    async fn open(store: &Store) -> Door {
        let service = kit::county(store).await;
        let territory = territory::Territory::open(store.clone()).await.expect("the shapes");
        let web = Web::new(service, territory, Files::in_memory());
        let (router, _) = api().with_state::<()>(web).into_parts();
        Door { router, store: store.clone() }
    }

    async fn post(&self, actor: &AccountActor, path: &str, body: Value, n: u128) -> (StatusCode, Value) {
        let caller = Caller {
            actor: actor.clone(),
            address: "10.0.0.9".into(),
            channel: Channel::Token { token_id: 1 },
        };
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header("content-type", "application/json")
            .header("idempotency-key", Uuid::from_u128(n).to_string())
            .body(Body::from(body.to_string()))
            .expect("a request");
        let router = self.router.clone().layer(Extension(caller));
        let response = router.oneshot(request).await.expect("an answer");
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.expect("a body");
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    async fn register(&self, phone: &str, confidential: bool, n: u128) -> String {
        let operator = kit::actor(204, kit::CENTRE, Role::Operator);
        let matter = json!({
            "kind": "complaint", "channel": "hotline", "title": "村口水管漏水", "detail": "漏了三天，没人修。",
            "place": { "text": "村口老槐树下", "area_id": kit::GRID_AREA.to_string() },
            "reporters": [{ "name": "王小明", "phone": phone, "confidential": confidential }],
        });
        let (status, done) = self.post(&operator, "/cases", matter, n).await;
        assert_eq!(status, StatusCode::CREATED, "{done}");
        done["id"].as_str().expect("an id").to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_found_by_the_full_number_with_a_purpose_alone() {
    on_both(async |store| {
        use diesel::prelude::*;
        let door = Door::open(&store).await;
        let first = door.register("13893800001", false, 1).await;
        let second = door.register("+86 138 9380 0001", false, 2).await;
        let third = door.register("13893800001", true, 3).await;
        door.register("13893800002", false, 4).await;
        let steward = kit::actor(201, kit::CENTRE, Role::Steward);
        let ask = |phone: &str, purpose: &str| json!({ "phone": phone, "purpose": purpose });
        let (status, found) =
            door.post(&steward, "/persons/lookup", ask("13893800001", "核对重复来件"), 5).await;
        assert_eq!(status, StatusCode::OK, "{found}");
        let ids: Vec<&str> =
            found["items"].as_array().expect("items").iter().filter_map(|item| item["id"].as_str()).collect();
        assert_eq!(ids, [third.as_str(), &second, &first]);
        assert!(!found.to_string().contains("王小明"));
        for (body, field) in [
            (ask("13893800001", " "), "purpose"),
            (ask("138", "核对重复来件"), "phone"),
            (json!({ "purpose": "核对重复来件" }), "phone"),
            (json!({ "document": "620521199001010000", "purpose": "核对重复来件" }), "document"),
        ] {
            let (status, refused) = door.post(&steward, "/persons/lookup", body, 6).await;
            let at = (status, refused["fields"][0]["field"].as_str());
            assert_eq!(at, (StatusCode::UNPROCESSABLE_ENTITY, Some(field)), "{refused}");
        }
        let operator = kit::actor(204, kit::CENTRE, Role::Operator);
        let (status, _) =
            door.post(&operator, "/persons/lookup", ask("13893800001", "核对重复来件"), 7).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let vault = door.store.clone();
        let told: Vec<(i64, String)> = store
            .read(move |conn| {
                let of_kind = access_log::table.filter(access_log::action.eq("lookup"));
                let rows: Vec<(i64, String)> =
                    of_kind.select((access_log::id, access_log::subject)).load(conn)?;
                let ids: Vec<i64> = rows.iter().map(|row| row.0).collect();
                let purposes = store::access::purposes(conn, vault.vault(), &ids)?;
                assert_eq!(purposes[&ids[0]].as_deref(), Some("核对重复来件"));
                Ok::<_, store::StoreError>(rows)
            })
            .await
            .expect("reads");
        assert_eq!(told.iter().map(|row| row.1.as_str()).collect::<Vec<_>>(), ["person by phone: 3 cases"]);
    })
    .await;
}
