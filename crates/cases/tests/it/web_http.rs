//! The routes: what a console does in a day, through the router.

use crate::web_kit::{self as kit, Planted};
use axum::{
    Extension, Router,
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use cases::{
    attachments::Files,
    follow,
    http::{Web, api},
};
use diesel::prelude::*;
use futures::StreamExt;
use image::{DynamicImage, ImageFormat, RgbImage};
use people::{
    AccountActor, NoHooks, People, Role, Settings,
    web::{Caller, Channel, Standing},
};
use serde_json::{Value, json};
use std::{io::Cursor, sync::Arc, time::Duration};
use store::{
    Store, StoreError, events, ms,
    schema::{access_log, api_tokens, grants},
    testkit::{on_both, on_both_kits},
};
use tower::ServiceExt;
use uuid::Uuid;

struct Door {
    router: Router,
    standing: Standing,
    store: Store,
}

impl Door {
    async fn open(store: &Store) -> Door {
        let service = kit::county(store).await;
        let territory = territory::Territory::open(store.clone()).await.expect("the shapes");
        let web = Web::new(service, territory, Files::in_memory());
        let (router, _) = api().with_state::<()>(web).into_parts();
        let people = People::new(store.clone(), Settings::weak(), Arc::new(NoHooks));
        Door { router, standing: Standing::of(people), store: store.clone() }
    }

    async fn send(
        &self,
        actor: &AccountActor,
        request: Request<Body>,
    ) -> (StatusCode, axum::response::Response) {
        let caller = Caller {
            actor: actor.clone(),
            address: "192.0.2.7".into(),
            channel: Channel::Token { token_id: 1 },
        };
        let router = self.router.clone().layer(Extension(caller)).layer(Extension(self.standing.clone()));
        let response = router.oneshot(request).await.expect("an answer");
        (response.status(), response)
    }

    async fn json(
        &self,
        actor: &AccountActor,
        method: Method,
        path: &str,
        body: Value,
    ) -> (StatusCode, Value) {
        self.json_as(actor, method, path, body, number(path)).await
    }

    async fn json_as(
        &self,
        actor: &AccountActor,
        method: Method,
        path: &str,
        body: Value,
        client: u128,
    ) -> (StatusCode, Value) {
        let get = method == Method::GET;
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", Uuid::from_u128(client).to_string())
            .body(if get { Body::empty() } else { Body::from(body.to_string()) })
            .expect("a request");
        let (status, response) = self.send(actor, request).await;
        let bytes = axum::body::to_bytes(response.into_body(), 10_000_000).await.expect("a body");
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    async fn get(&self, actor: &AccountActor, path: &str) -> Value {
        let (status, body) = self.json(actor, Method::GET, path, Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }

    async fn accesses(&self) -> Vec<(String, String, String)> {
        let vault = self.store.clone();
        let rows = self.store.read(move |conn| {
            let rows: Vec<(i64, String, String)> = access_log::table
                .order(access_log::id)
                .select((access_log::id, access_log::action, access_log::outcome))
                .load(conn)?;
            let ids: Vec<i64> = rows.iter().map(|row| row.0).collect();
            let mut purposes = store::access::purposes(conn, vault.vault(), &ids)?;
            let mut stated = |id| purposes.remove(&id).flatten().unwrap_or_default();
            let told = rows.into_iter().map(|(id, action, outcome)| (action, stated(id), outcome));
            Ok::<_, StoreError>(told.collect())
        });
        rows.await.expect("the access log")
    }
}

/// A client id from a path: stable within a test.
fn number(path: &str) -> u128 {
    path.bytes().fold(1, |sum, byte| (sum * 31 + u128::from(byte)) % (1 << 60))
}

fn matter() -> Value {
    json!({
        "kind": "complaint", "channel": "hotline", "title": "村口水管漏水", "detail": "漏了三天，没人修。",
        "place": { "text": "村口老槐树下", "area_id": kit::GRID_AREA.to_string() },
        "reporters": [{ "name": "王小明", "phone": "13893800001" }], "head_count": 3
    })
}

#[expect(clippy::too_many_lines, reason = "one day, told in order")]
#[tokio::test(flavor = "multi_thread")]
async fn a_matter_is_registered_seen_verified_and_found() {
    on_both(async |store| {
        let door = Door::open(&store).await;
        let operator = kit::actor(204, kit::CENTRE, Role::Operator);
        let (status, done) = door.json_as(&operator, Method::POST, "/cases", matter(), 7).await;
        assert_eq!(status, StatusCode::CREATED, "{done}");
        let id = done["id"].as_str().expect("an id as text").to_owned();
        let (status, again) = door.json_as(&operator, Method::POST, "/cases", matter(), 7).await;
        assert_eq!((status, &again["id"]), (StatusCode::CREATED, &done["id"]), "a retry never doubles");
        let mut other = matter();
        other["title"] = json!("另一件");
        let (status, refused) = door.json_as(&operator, Method::POST, "/cases", other, 7).await;
        assert_eq!((status, &refused["code"]), (StatusCode::CONFLICT, &json!("request.client_id_reused")));

        let steward = kit::actor(201, kit::CENTRE, Role::Steward);
        let page =
            door.get(&steward, &format!("/cases/{}", done["number"].as_str().expect("a number"))).await;
        assert_eq!(page["case"]["title"], "村口水管漏水");
        assert_eq!(page["case"]["areas"].as_array().expect("areas").len(), 4);
        assert_eq!(page["promise"]["next_step"], "verify");
        assert_eq!(page["reporters"][0]["phone"], "138****0001");
        assert_ne!(page["reporters"][0]["name"], "王小明", "masked");
        assert_eq!(page["timeline"][0]["kind"], "case.registered");
        assert_eq!(page["timeline"][0]["actor_name"], "账户204");
        assert_eq!(page["timeline"][0]["params"]["town_id"], "永清镇", "ids are names");
        assert_eq!(page["suggested_categories"].as_array().map(Vec::len).unwrap_or(0).min(1), 1);
        let actions = page["actions"].as_array().expect("actions");
        assert_eq!(actions[0]["action"], "verify", "the likely one first");
        assert_eq!(actions[0]["allowed"], true);

        let version = page["case"]["version"].as_i64().expect("a version");
        let leaf = door.get(&steward, "/catalogue").await["categories"]
            .as_array()
            .expect("categories")
            .iter()
            .find(|category| {
                category["leaf"] == true && category["fields"].as_array().is_none_or(Vec::is_empty)
            })
            .expect("a leaf without a form")["code"]
            .clone();
        let verify = json!({
            "version": version, "kind": "complaint", "category": leaf, "urgency": "ordinary",
            "confidentiality": "open", "title": "村口自来水管漏水",
            "place": { "text": "村口老槐树下", "area_id": kit::VILLAGE_AREA.to_string() }
        });
        let path = format!("/cases/{id}/actions/verify");
        let (status, verified) = door.json(&steward, Method::POST, &path, verify.clone()).await;
        assert_eq!((status, &verified["state"]), (StatusCode::OK, &json!("verified")), "{verified}");
        let (status, conflict) = door.json_as(&steward, Method::POST, &path, verify, 99).await;
        assert_eq!(
            (status, &conflict["code"]),
            (StatusCode::CONFLICT, &json!("version.conflict")),
            "{conflict}"
        );
        assert_eq!(conflict["current"]["case"]["title"], "村口自来水管漏水", "both sides can be compared");

        store.sequence().await.expect("positions");
        let log = store.read(|conn| events::after(conn, 0, 1_000)).await.expect("the log");
        follow::index(store.clone(), log).await.expect("the index");
        let found = door.get(&steward, "/search?q=%E6%B0%B4%E7%AE%A1").await;
        assert_eq!(found["items"][0]["case"]["id"], done["id"]);
        let listed = door.get(&steward, "/cases?q=%E8%80%81%E6%A7%90%E6%A0%91&phone4=0001").await;
        assert_eq!(listed["items"][0]["id"], done["id"]);
        assert!(
            door.get(&steward, "/cases?phone4=0002").await["items"].as_array().expect("items").is_empty()
        );
        let overview = door.get(&steward, "/overview").await;
        assert_eq!(overview["now"]["open"], 1, "{overview}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_at_the_field() {
    on_both(async |store| {
        let door = Door::open(&store).await;
        let operator = kit::actor(204, kit::CENTRE, Role::Operator);
        let mut body = matter();
        body["reporters"][0]["phone"] = json!("13x");
        let (status, problem) = door.json_as(&operator, Method::POST, "/cases", body, 1).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(problem["fields"][0]["field"], "reporters.0.phone", "{problem}");
        let mut body = matter();
        body["place"] = json!({ "area_id": "999" });
        let (_, problem) = door.json_as(&operator, Method::POST, "/cases", body, 2).await;
        assert_eq!(problem["fields"][0], json!({ "field": "place.area_id", "code": "area.unknown" }));
        let mut body = matter();
        body["colour"] = json!("red");
        let (status, problem) = door.json_as(&operator, Method::POST, "/cases", body, 3).await;
        assert_eq!((status, &problem["code"]), (StatusCode::BAD_REQUEST, &json!("request.body")));
        let (status, problem) = door.json(&operator, Method::GET, "/cases?colour=red", Value::Null).await;
        assert_eq!((status, &problem["code"]), (StatusCode::BAD_REQUEST, &json!("request.query")));
        let (status, problem) = door.json(&operator, Method::GET, "/cases/12345", Value::Null).await;
        assert_eq!((status, &problem["code"]), (StatusCode::NOT_FOUND, &json!("case.not_found")));
        let (status, problem) = door.json(&operator, Method::GET, "/cases/export.csv", Value::Null).await;
        assert_eq!((status, &problem["code"]), (StatusCode::FORBIDDEN, &json!("permission.refused")));
        let (status, problem) = door.json(&operator, Method::GET, "/cases?desk=cleaning", Value::Null).await;
        assert_eq!((status, &problem["code"]), (StatusCode::FORBIDDEN, &json!("permission.refused")));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn views_searches_unmaskings_and_exports_are_written_down() {
    on_both(async |store| {
        let door = Door::open(&store).await;
        let operator = kit::actor(204, kit::CENTRE, Role::Operator);
        let (_, done) = door.json_as(&operator, Method::POST, "/cases", matter(), 7).await;
        let path = format!("/cases/{}", done["id"].as_str().expect("an id"));
        let supervisor = kit::actor(202, kit::CENTRE, Role::Supervisor);
        door.get(&supervisor, &path).await;
        door.get(&supervisor, "/search?q=水").await;
        let (status, clear) = door
            .json(&supervisor, Method::POST, &format!("{path}/unmask"), json!({ "purpose": "回访核实" }))
            .await;
        assert_eq!((status, &clear["reporters"][0]["name"]), (StatusCode::OK, &json!("王小明")));
        let (status, _) =
            door.json(&supervisor, Method::POST, &format!("{path}/unmask"), json!({ "purpose": " " })).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "no purpose, no names");
        let request = Request::get("/cases/export.xlsx").body(Body::empty()).expect("a request");
        let (status, response) = door.send(&supervisor, request).await;
        assert_eq!(status, StatusCode::OK);
        assert!(response.headers()[header::CONTENT_DISPOSITION].to_str().expect("text").ends_with(".xlsx\""));
        let actions: Vec<String> = door.accesses().await.into_iter().map(|row| row.0).collect();
        assert_eq!(actions, ["view", "search", "unmask", "export"]);
        assert_eq!(door.accesses().await[2], ("unmask".into(), "回访核实".into(), "allowed".into()));
    })
    .await;
}

fn form(name: &str, bytes: &[u8]) -> Request<Body> {
    let mut body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/html\r\n\r\n"
    )
    .into_bytes();
    body.extend(bytes);
    body.extend(b"\r\n--b--\r\n");
    Request::post("/placeholder")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b")
        .header("idempotency-key", Uuid::from_u128(5).to_string())
        .body(Body::from(body))
        .expect("a request")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_comes_back_as_a_harmless_download() {
    on_both(async |store| {
        let door = Door::open(&store).await;
        let case = kit::plant(&store, Planted::default()).await;
        let steward = kit::actor(201, kit::CENTRE, Role::Steward);
        let mut png = Vec::new();
        DynamicImage::ImageRgb8(RgbImage::new(800, 400))
            .write_to(&mut Cursor::new(&mut png), ImageFormat::Png)
            .expect("a PNG");
        let to = format!("/cases/{case}/attachments");
        let mut request = form("现场.html", &png);
        *request.uri_mut() = to.parse().expect("a path");
        let (status, response) = door.send(&steward, request).await;
        let bytes = axum::body::to_bytes(response.into_body(), 100_000).await.expect("a body");
        let added: Value = serde_json::from_slice(&bytes).expect("JSON");
        assert_eq!((status, &added["media_type"]), (StatusCode::CREATED, &json!("image/png")), "{added}");
        let path = format!("/attachments/{}", added["id"].as_str().expect("an id"));
        let (status, response) =
            door.send(&steward, Request::get(&path).body(Body::empty()).expect("a request")).await;
        assert_eq!(status, StatusCode::OK);
        let head = |name| response.headers()[name].to_str().expect("text").to_owned();
        assert_eq!(head(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
        assert_eq!(head(header::CONTENT_DISPOSITION), "attachment; filename*=UTF-8''%E7%8E%B0%E5%9C%BA.html");
        assert_eq!(head(header::CONTENT_SECURITY_POLICY), "default-src 'none'; sandbox");
        let request = Request::get(format!("{path}/thumbnail")).body(Body::empty()).expect("a request");
        let (status, response) = door.send(&steward, request).await;
        assert_eq!(
            (status, &response.headers()[header::CONTENT_TYPE]),
            (StatusCode::OK, &"image/jpeg".parse().expect("a type"))
        );
        assert_eq!(door.accesses().await.len(), 2, "the file and its thumbnail are written down");
        let page = door.get(&steward, &format!("/cases/{case}")).await;
        assert_eq!(page["attachments"][0]["name"], "现场.html");
        for (bytes, code, want) in [
            (&b"<html>"[..], "attachment.media_type", StatusCode::UNSUPPORTED_MEDIA_TYPE),
            (&b""[..], "attachment.empty", StatusCode::UNPROCESSABLE_ENTITY),
            (&vec![0; 21 * 1024 * 1024][..], "attachment.too_large", StatusCode::PAYLOAD_TOO_LARGE),
        ] {
            let mut request = form("x", bytes);
            *request.uri_mut() = to.parse().expect("a path");
            let (status, response) = door.send(&steward, request).await;
            let bytes = axum::body::to_bytes(response.into_body(), 100_000).await.expect("a body");
            let problem: Value = serde_json::from_slice(&bytes).expect("JSON");
            assert_eq!((status, &problem["code"]), (want, &json!(code)));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn live_messages_carry_the_position_to_resume_from() {
    on_both(async |store| {
        let door = Door::open(&store).await;
        let steward = kit::actor(201, kit::CENTRE, Role::Steward);
        let case = kit::plant(&store, Planted::default()).await;
        store.sequence().await.expect("positions");
        let request =
            Request::get("/live").header("last-event-id", "0").body(Body::empty()).expect("a request");
        let (status, response) = door.send(&steward, request).await;
        assert_eq!(status, StatusCode::OK);
        let mut body = response.into_body().into_data_stream();
        let mut text = String::new();
        while !text.contains("event: changes") {
            let chunk = tokio::time::timeout(Duration::from_secs(20), body.next()).await.expect("in time");
            text.push_str(std::str::from_utf8(&chunk.expect("a chunk").expect("bytes")).expect("UTF-8"));
        }
        assert!(text.starts_with("event: hello\nid: 0\n"), "{text}");
        assert!(text.contains(&format!("\"case_id\":\"{case}\"")), "{text}");
        assert!(text.contains("\nid: 1\n"), "{text}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_read_checked_and_published() {
    on_both(async |store| {
        let door = Door::open(&store).await;
        let admin = kit::actor(206, kit::CENTRE, Role::SystemAdmin);
        for kind in ["deadlines", "routing", "calendar", "catalogue", "supervision"] {
            let set = door.get(&admin, &format!("/rule-sets/{kind}")).await;
            assert_eq!((&set["version"], &set["in_force"]), (&json!(0), &json!(true)), "{kind}");
            assert_eq!(set["reach"].is_object(), kind == "calendar", "{kind}");
            let mut publish = json!({ "version": 0, "body": set["body"], "note": "照原样发布" });
            if kind == "routing" {
                in_this_county(&mut publish["body"]);
            }
            let path = format!("/rule-sets/{kind}");
            let (status, head) = door.json(&admin, Method::POST, &path, publish.clone()).await;
            assert_eq!((status, &head["version"]), (StatusCode::CREATED, &json!(1)), "{kind}: {head}");
            let after = door.get(&admin, &path).await;
            assert_eq!(after["body"]["rules"], publish["body"]["rules"], "{kind}: the same rules");
            let (status, again) = door.json(&admin, Method::POST, &path, publish.clone()).await;
            assert_eq!((status, again), (StatusCode::CREATED, head), "{kind}: a retry gets its outcome");
            let (status, conflict) = door.json_as(&admin, Method::POST, &path, publish, 12).await;
            assert_eq!((status, &conflict["code"]), (StatusCode::CONFLICT, &json!("version.conflict")));
            assert_eq!(conflict["current"]["version"], 1);
            let versions = door.get(&admin, &format!("{path}/versions")).await;
            assert_eq!(versions["items"].as_array().expect("versions").len(), 2);
        }
        let wrong = json!({ "version": 1, "text": "[[rules]]\nid = \"x\"", "note": "错误" });
        let (status, problem) = door.json_as(&admin, Method::POST, "/rule-sets/deadlines", wrong, 13).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(problem["fields"][0]["field"], "body");
        assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "it says what is wrong");
        let clerk = kit::actor(207, kit::CENTRE, Role::Clerk);
        let (status, _) = door.json_as(&clerk, Method::POST, "/rule-sets/deadlines", json!({}), 14).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
    })
    .await;
}

/// Routing rules without the units that the county of these tests has not.
fn in_this_county(body: &mut Value) {
    body["departments"] = json!({ "02": "u2" });
    let rules = body["rules"].as_array_mut().expect("rules");
    rules.retain(|rule| rule["target"].as_str().is_some_and(|target| !target.starts_with("unit:")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_calendar_says_how_far_it_reaches_and_what_is_provisional() {
    on_both_kits(async |kit_| {
        kit_.clock.set(kit::now());
        let door = Door::open(&kit_.store).await;
        let admin = kit::actor(206, kit::CENTRE, Role::SystemAdmin);
        let reach = door.get(&admin, "/rule-sets/calendar").await["reach"].clone();
        let said = json!({ "loaded_until": "2026-12-31", "days_left": 45, "ends_soon": true, "provisional_years": [] });
        assert_eq!(reach, said);
        kit_.clock.set("2026-11-01T15:59:59Z".parse().expect("an instant"));
        let reach = door.get(&admin, "/rule-sets/calendar").await["reach"].clone();
        assert_eq!((&reach["days_left"], &reach["ends_soon"]), (&json!(60), &json!(false)));

        let text = "office_hours,09:00-12:00,13:00-17:00\nprovisional,2027\n2027-01-01,holiday,元旦\n";
        let publish = json!({ "version": 0, "text": text, "note": "预估" });
        let (status, head) = door.json(&admin, Method::POST, "/rule-sets/calendar", publish).await;
        assert_eq!(status, StatusCode::CREATED, "{head}");
        let set = door.get(&admin, "/rule-sets/calendar").await;
        assert_eq!(set["reach"]["loaded_until"], "2027-12-31");
        assert_eq!(set["reach"]["provisional_years"], json!([2027]));

        // Edited as data it keeps its hours and its marks.
        let edited = json!({ "version": 1, "body": set["body"], "note": "照原样" });
        let (status, head) = door.json_as(&admin, Method::POST, "/rule-sets/calendar", edited, 21).await;
        assert_eq!(status, StatusCode::CREATED, "{head}");
        let after = door.get(&admin, "/rule-sets/calendar").await;
        assert_eq!((&after["body"], &after["reach"]), (&set["body"], &set["reach"]));
        assert_eq!(after["body"]["office_hours"], json!(["09:00-12:00", "13:00-17:00"]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_says_the_limits_and_the_unit() {
    on_both(async |store| {
        let door = Door::open(&store).await;
        let clerk = kit::actor(207, kit::CENTRE, Role::Clerk);
        let question = json!({
            "urgency": "ordinary", "kind": "complaint", "channel": "hotline",
            "area_id": kit::VILLAGE_AREA.to_string(), "at": kit::now().to_string()
        });
        let (status, preview) = door.json(&clerk, Method::POST, "/deadline-preview", question).await;
        assert_eq!(status, StatusCode::OK, "{preview}");
        let limits = preview["limits"].as_array().expect("limits");
        let resolve = limits.iter().find(|limit| limit["clock"] == "resolve").expect("a limit to resolve");
        let due: jiff::Timestamp =
            resolve["due_at"].as_str().expect("an instant").parse().expect("an instant");
        assert!(ms(due) > ms(kit::now()));
        let name = json!({ "id": "base", "zh": "通用时限", "en": "General limits" });
        assert_eq!(resolve["rule"], name, "a rule that people can read");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_unmasking_is_written_down_even_out_of_sight() {
    on_both(async |store| {
        let door = Door::open(&store).await;
        let hidden = kit::plant(&store, Planted::default()).await;
        let liaison = kit::actor(203, kit::ROADS, Role::Liaison);
        for id in [hidden, 12_345] {
            let path = format!("/cases/{id}/unmask");
            let (status, problem) =
                door.json(&liaison, Method::POST, &path, json!({ "purpose": "想看看" })).await;
            assert_eq!((status, &problem["code"]), (StatusCode::NOT_FOUND, &json!("case.not_found")));
        }
        let written = door.accesses().await;
        assert_eq!(written.len(), 2);
        assert!(written.iter().all(|(action, _, outcome)| action == "unmask" && outcome == "refused"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reporter_is_erased_after_it_was_said_what_goes() {
    on_both(async |store| {
        let door = Door::open(&store).await;
        let clerk = kit::actor(201, kit::CENTRE, Role::Steward);
        let supervisor = kit::actor(202, kit::CENTRE, Role::Supervisor);
        let (_, registered) = door.json(&clerk, Method::POST, "/cases", matter()).await;
        let id = registered["id"].as_str().expect("an id").to_owned();
        let mut request = form("证件.pdf", b"%PDF-1.7\n1 0 obj");
        *request.uri_mut() = format!("/cases/{id}/attachments").parse().expect("a path");
        door.send(&clerk, request).await;
        let page = door.get(&clerk, &format!("/cases/{id}")).await;
        let reporter = page["reporters"][0]["id"].as_str().expect("an id").to_owned();
        let path = format!("/cases/{id}/reporters/{reporter}/erase");
        let ask = async |body: Value| door.json(&supervisor, Method::POST, &path, body).await;
        let (status, problem) = ask(json!({})).await;
        assert_eq!(problem["code"], "person.case_open", "{status}");
        let body = json!({ "version": page["case"]["version"], "text": "已说明", "told_by": "spoken" });
        let (status, done) =
            door.json(&clerk, Method::POST, &format!("/cases/{id}/actions/answer"), body).await;
        assert_eq!(status, StatusCode::OK, "{done}");

        let (status, planned) = ask(json!({})).await;
        let expected = json!({ "done": false, "cases": 1, "texts": 1, "files": 1 });
        assert_eq!((status, planned), (StatusCode::OK, expected));
        let (_, kept) = ask(json!({ "texts": false })).await;
        assert_eq!((&kept["texts"], &kept["files"]), (&json!(0), &json!(0)));
        let page = door.get(&clerk, &format!("/cases/{id}")).await;
        assert_eq!(page["reporters"][0]["erased"], false, "asking changes nothing");
        let (_, problem) = ask(json!({ "confirmed": true })).await;
        assert_eq!(problem["fields"][0]["field"], "purpose");
        let (status, done) = ask(json!({ "confirmed": true, "purpose": "本人要求" })).await;
        let expected = json!({ "done": true, "cases": 1, "texts": 1, "files": 1 });
        assert_eq!((status, done), (StatusCode::OK, expected));
        let page = door.get(&clerk, &format!("/cases/{id}")).await;
        assert_eq!(page["reporters"][0]["erased"], true);
        assert_eq!((&page["case"]["title"], &page["attachments"]), (&Value::Null, &json!([])));
        let written = door.accesses().await;
        let erased: Vec<_> = written.iter().filter(|(action, ..)| action == "erase").collect();
        let expected = ("erase".to_owned(), "本人要求".to_owned(), "allowed".to_owned());
        assert_eq!(erased, [&expected]);
        let planned: Vec<&str> = written
            .iter()
            .filter(|(action, ..)| action == "plan_erasure")
            .map(|(.., outcome)| outcome.as_str())
            .collect();
        assert_eq!(planned, ["refused", "allowed", "allowed"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_taken_off_over_http() {
    on_both(async |store| {
        let door = Door::open(&store).await;
        let case = kit::plant(&store, Planted::default()).await;
        let steward = kit::actor(201, kit::CENTRE, Role::Steward);
        let mut request = form("证件.pdf", b"%PDF-1.7\n1 0 obj");
        *request.uri_mut() = format!("/cases/{case}/attachments").parse().expect("a path");
        door.send(&steward, request).await;
        let listed = door.get(&steward, &format!("/cases/{case}/attachments")).await;
        assert_eq!(listed[0]["removable"], true);
        let file = listed[0]["id"].as_str().expect("an id");
        let path = format!("/attachments/{file}/remove");
        let (_, problem) = door.json(&steward, Method::POST, &path, json!({ "reason": "" })).await;
        assert_eq!(problem["fields"][0]["field"], "reason");
        let (status, _) = door.json(&steward, Method::POST, &path, json!({ "reason": "传错了" })).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        assert_eq!(door.get(&steward, &format!("/cases/{case}/attachments")).await, json!([]));
        let (status, _) =
            door.json(&steward, Method::GET, &format!("/attachments/{file}"), Value::Null).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    })
    .await;
}

/// A token and a role for the account of the callers here, so that they can be asked for again.
async fn enrol(store: &Store, account: i64) {
    let write = move |tx: &mut store::Tx<'_>| {
        diesel::insert_into(api_tokens::table)
            .values((
                api_tokens::id.eq(1),
                api_tokens::token_hash.eq(vec![7; 32]),
                api_tokens::account_id.eq(account),
                api_tokens::name.eq("屏幕"),
                api_tokens::scopes.eq("case.read"),
                api_tokens::created_at.eq(0),
            ))
            .execute(tx.conn())?;
        diesel::insert_into(grants::table)
            .values((
                grants::id.eq(1),
                grants::account_id.eq(account),
                grants::role.eq(Role::Steward.as_str()),
                grants::granted_at.eq(0),
            ))
            .execute(tx.conn())?;
        Ok::<_, StoreError>(())
    };
    store.write(write).await.expect("the token is there");
}

/// Reads a stream until a text comes (true) or the stream ends (false).
async fn comes(body: &mut axum::body::BodyDataStream, text: &str) -> bool {
    let mut heard = String::new();
    while !heard.contains(text) {
        let chunk = tokio::time::timeout(Duration::from_secs(18), body.next()).await.expect("in time");
        let Some(chunk) = chunk else { return false };
        heard.push_str(std::str::from_utf8(&chunk.expect("bytes")).expect("UTF-8"));
    }
    true
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_out_or_loses_the_role_hears_nothing_more() {
    on_both_kits(async |kit_| {
        let store = kit_.store.clone();
        let door = Door::open(&store).await;
        enrol(&store, 201).await;
        let steward = kit::actor(201, kit::CENTRE, Role::Steward);
        for loss in ["role", "token"] {
            let request = Request::get("/live").body(Body::empty()).expect("a request");
            let mut body = door.send(&steward, request).await.1.into_body().into_data_stream();
            assert!(comes(&mut body, "event: hello").await);
            kit_.clock.advance(Duration::from_secs(6));
            kit::plant(&store, Planted::default()).await;
            store.sequence().await.expect("positions");
            assert!(comes(&mut body, "event: changes").await, "{loss}: who still may hears");
            let lose = move |tx: &mut store::Tx<'_>| {
                if loss == "role" {
                    let role = grants::role.eq(Role::SystemAdmin.as_str());
                    diesel::update(grants::table).set(role).execute(tx.conn())?;
                } else {
                    diesel::update(api_tokens::table).set(api_tokens::revoked_at.eq(1)).execute(tx.conn())?;
                }
                Ok::<_, StoreError>(())
            };
            store.write(lose).await.expect("it is lost");
            kit_.clock.advance(Duration::from_secs(6));
            kit::plant(&store, Planted::default()).await;
            store.sequence().await.expect("positions");
            assert!(!comes(&mut body, "event: changes").await, "{loss}: the stream ends");
            let back = grants::role.eq(Role::Steward.as_str());
            let give = move |tx: &mut store::Tx<'_>| {
                diesel::update(grants::table).set(back).execute(tx.conn())?;
                Ok::<_, StoreError>(())
            };
            store.write(give).await.expect("it is given back");
        }
    })
    .await;
}

/// A picture so many points wide.
fn png_of(width: u32) -> Vec<u8> {
    let mut png = Vec::new();
    DynamicImage::ImageRgb8(RgbImage::new(width, 8))
        .write_to(&mut Cursor::new(&mut png), ImageFormat::Png)
        .expect("a PNG");
    png
}

#[tokio::test(flavor = "multi_thread")]
async fn a_files_name_never_leaves_its_header() {
    on_both(|store| async move {
        let door = Door::open(&store).await;
        let case = kit::plant(&store, Planted::default()).await;
        let steward = kit::actor(201, kit::CENTRE, Role::Steward);
        let names = [
            "a\r\nSet-Cookie: onedoor=x\r\n.png",
            "a\\\"; filename=evil.html; x=\\\".png",
            "../../../etc/passwd",
            "..\\..\\boot.ini",
            "/etc/cron.d/x.png",
            "gnp.\u{202e}exe",
            "名 字;%0d%0aX: y.png",
            "\u{0}\u{1b}[31m.png",
            "",
            "长".repeat(400).leak(),
        ];
        let mut taken = 0;
        for (index, name) in names.into_iter().enumerate() {
            let mut request = form(name, &png_of(8 + u32::try_from(index).expect("few")));
            *request.uri_mut() = format!("/cases/{case}/attachments").parse().expect("a path");
            let (status, response) = door.send(&steward, request).await;
            assert!(status == StatusCode::CREATED || status.is_client_error(), "{name:?}: {status}");
            if status != StatusCode::CREATED {
                continue;
            }
            taken += 1;
            let bytes = axum::body::to_bytes(response.into_body(), 100_000).await.expect("a body");
            let added: Value = serde_json::from_slice(&bytes).expect("JSON");
            let kept = added["name"].as_str().unwrap_or_default();
            assert!(
                !kept.contains(['/', '\\', '\r', '\n', '\u{202e}', '\u{1b}']),
                "{name:?} kept as {kept:?}"
            );
            let path = format!("/attachments/{}", added["id"].as_str().expect("an id"));
            let request = Request::get(&path).body(Body::empty()).expect("a request");
            let (_, response) = door.send(&steward, request).await;
            let told: Vec<_> = response.headers().get_all(header::CONTENT_DISPOSITION).iter().collect();
            assert_eq!(told.len(), 1, "{name:?}");
            let told = told[0].to_str().expect("ASCII");
            let file = told.strip_prefix("attachment; filename*=UTF-8''").expect("a download");
            let plain = |b: u8| b.is_ascii_alphanumeric() || b".-_%".contains(&b);
            assert!(file.bytes().all(plain) && !file.contains("%0D") && !file.contains("%0A"), "{told}");
            assert!(!response.headers().contains_key(header::SET_COOKIE));
            assert_eq!(response.headers()[header::CONTENT_TYPE], "image/png");
        }
        assert!(taken >= 5, "{taken} of the names were taken");
        for path in [
            "/attachments/..%2f..%2fetc%2fpasswd",
            "/attachments/1%00",
            "/attachments/-1",
            "/attachments/9e9",
        ] {
            let request = Request::get(path).body(Body::empty()).expect("a request");
            let (status, _) = door.send(&steward, request).await;
            assert!(status.is_client_error(), "{path}: {status}");
        }
    })
    .await;
}
