//! The routes, as the interface calls them.

use crate::support::{TOWNS, VILLAGES, area, collection, import, put_square, square};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use diesel::prelude::*;
use people::{
    AccountActor, Role, UnitTree,
    web::{Caller, Channel, PERMISSION_EXTENSION},
};
use serde_json::{Value, json};
use store::{Store, StoreError, schema::settings, testkit::on_both};
use territory::Territory;
use tower::ServiceExt as _;

struct Client {
    router: Router,
    caller: Option<Caller>,
}

impl Client {
    async fn new(store: &Store, role: Option<Role>) -> Client {
        let territory = Territory::open(store.clone()).await.unwrap();
        let (router, _) = territory::http::routes(territory).into_parts();
        let caller = role.map(|role| Caller {
            actor: AccountActor::new(7, 8, "测试", &[(role, None, None)], &UnitTree::default()),
            address: String::new(),
            channel: Channel::Token { token_id: 1 },
        });
        Client { router, caller }
    }

    async fn send(&self, method: &str, uri: &str, body: Option<Value>) -> (StatusCode, Value) {
        let key = (method == "POST").then_some("0192f3c1-7a5e-7b7e-8000-000000000001");
        self.send_as(key, method, uri, body).await
    }

    /// Sends a command with this id.
    async fn send_as(
        &self,
        key: Option<&str>,
        method: &str,
        uri: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let mut request = Request::builder().method(method).uri(uri);
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let mut request = request.body(body).unwrap();
        if let Some(caller) = &self.caller {
            request.extensions_mut().insert(caller.clone());
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = to_bytes(response.into_body(), 1 << 24).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    async fn get(&self, uri: &str) -> Value {
        let (status, body) = self.send("GET", uri, None).await;
        assert_eq!(status, StatusCode::OK, "{uri}: {body}");
        body
    }
}

#[tokio::test]
async fn areas_posts_and_points_over_http() {
    on_both(|store| async move {
        import(&store, TOWNS, VILLAGES, 0).await;
        let client = Client::new(&store, Some(Role::SystemAdmin)).await;
        let page = client.get("/areas?level=town&limit=10").await;
        assert_eq!(page["items"].as_array().unwrap().len(), 10);
        let next = page["next_cursor"].as_str().unwrap();
        let rest = client.get(&format!("/areas?level=town&limit=10&cursor={next}")).await;
        assert_eq!((rest["items"].as_array().unwrap().len(), &rest["next_cursor"]), (9, &Value::Null));

        let id = page["items"][0]["id"].as_str().unwrap().to_owned();
        let version = &page["items"][0]["version"];
        let edit = json!({ "version": version, "households": 9000 });
        let (status, edited) = client.send("PATCH", &format!("/areas/{id}"), Some(edit.clone())).await;
        assert_eq!((status, &edited["households"]), (StatusCode::OK, &json!(9000)));
        let stale = json!({ "version": 1, "households": 1 });
        let (status, problem) = client.send("PATCH", &format!("/areas/{id}"), Some(stale)).await;
        assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("version.conflict")));
        assert_eq!(problem["current"]["households"], 9000);

        let seen = client.get(&format!("/areas/{id}/posts")).await["version"].clone();
        let posts =
            json!({ "posts": [{ "post": "lead", "name": "马志远", "phone": "13800000000" }], "version": seen });
        let (status, _) = client.send("PUT", &format!("/areas/{id}/posts"), Some(posts)).await;
        assert_eq!(status, StatusCode::OK);
        let standing = client.get(&format!("/areas/{id}/posts")).await;
        assert_eq!(standing["items"][0]["name"], "马志远");
        let put = |name: &str| json!({ "posts": [{ "post": "lead", "name": name }], "version": standing["version"] });
        let (status, _) = client.send("PUT", &format!("/areas/{id}/posts"), Some(put("王建国"))).await;
        assert_eq!(status, StatusCode::OK);
        let (status, conflict) = client.send("PUT", &format!("/areas/{id}/posts"), Some(put("李小红"))).await;
        assert_eq!((status, &conflict["code"]), (StatusCode::CONFLICT, &json!("version.conflict")));
        assert_eq!(conflict["current"]["items"][0]["name"], "王建国", "both sides can be compared");

        let point =
            json!({ "name": "便民服务中心", "kind": "town_hall", "area_id": id, "lon": 106.1, "lat": 34.7 });
        for _ in 0..2 {
            let (status, _) = client.send("POST", "/service-points", Some(point.clone())).await;
            assert_eq!(status, StatusCode::OK);
        }
        let points = client.get(&format!("/service-points?area={id}")).await;
        assert_eq!(points["items"].as_array().unwrap().len(), 1);
        let seen = &points["items"][0];
        let path = format!("/service-points/{}", seen["id"].as_str().unwrap());
        let mut edit = point.clone();
        (edit["version"], edit["hours"]) = (seen["version"].clone(), json!("工作日"));
        let (status, edited) = client.send("PATCH", &path, Some(edit.clone())).await;
        assert_eq!((status, &edited["hours"]), (StatusCode::OK, &json!("工作日")));
        edit["hours"] = json!("全天");
        let (status, conflict) = client.send("PATCH", &path, Some(edit)).await;
        assert_eq!((status, &conflict["current"]["hours"]), (StatusCode::CONFLICT, &json!("工作日")));
        let (status, problem) = client.send("PATCH", &path, Some(point)).await;
        assert_eq!((status, &problem["fields"][0]["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("version")));
        for limit in ["0", "-1", "501", "100000"] {
            for list in ["/areas", "/service-points"] {
                let (status, problem) = client.send("GET", &format!("{list}?limit={limit}"), None).await;
                assert_eq!((status, &problem["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("input.invalid")));
                assert_eq!(problem["fields"], json!([{ "field": "limit", "code": "request.limit" }]));
            }
        }
        let (status, problem) = client.send("GET", "/areas/9007199254740991", None).await;
        assert_eq!((status, &problem["code"]), (StatusCode::NOT_FOUND, &json!("area.not_found")));
    })
    .await;
}

#[tokio::test]
async fn every_change_is_made_once_however_often_it_is_sent() {
    on_both(|store| async move {
        import(&store, TOWNS, VILLAGES, 0).await;
        let village = area(&store, "620521100205").await;
        put_square(&store, village.id, 106.1, 34.7, 0.02).await;
        let client = Client::new(&store, Some(Role::SystemAdmin)).await;
        let point = json!({ "name": "便民服务中心", "kind": "town_hall", "area_id": village.id.to_string() });
        let (_, opened) = client.send("POST", "/service-points", Some(point.clone())).await;
        let mut closed = point;
        (closed["version"], closed["active"]) = (opened["version"].clone(), json!(false));
        let grid =
            |side: f64| json!({ "geojson": collection([square("620521100205001", 106.1, 34.7, side)]) });
        let posts = |name: &str| json!({ "posts": [{ "post": "lead", "name": name }], "version": 0 });
        let commands = [
            (
                "PATCH",
                format!("/areas/{}", village.id),
                json!({ "version": village.valid_from, "households": 412 }),
                json!({ "version": village.valid_from, "households": 413 }),
            ),
            ("PUT", format!("/areas/{}/posts", village.id), posts("马志远"), posts("王建国")),
            (
                "PATCH",
                format!("/service-points/{}", opened["id"].as_str().unwrap()),
                closed.clone(),
                json!({ "name": "x", "kind": "other", "area_id": "1", "version": 1 }),
            ),
            ("POST", "/grids/import".to_owned(), grid(0.02), grid(0.01)),
        ];
        for (n, (method, path, body, other)) in commands.into_iter().enumerate() {
            let key = format!("0192f3c1-7a5e-7b7e-8000-00000000010{n}");
            let mut body = body;
            if path.ends_with("/posts") {
                body["version"] = client.get(&path).await["version"].clone();
            }
            let events = count_events(&store).await;
            let first = client.send_as(Some(&key), method, &path, Some(body.clone())).await;
            assert_eq!(first.0, StatusCode::OK, "{method} {path}: {}", first.1);
            assert_eq!(count_events(&store).await, events + 1, "{method} {path}");
            let again = client.send_as(Some(&key), method, &path, Some(body)).await;
            assert_eq!(again, first, "{method} {path}");
            assert_eq!(count_events(&store).await, events + 1, "{method} {path}: done twice");
            let (status, problem) = client.send_as(Some(&key), method, &path, Some(other)).await;
            let reused = (StatusCode::CONFLICT, &json!("request.client_id_reused"));
            assert_eq!((status, &problem["code"]), reused, "{method} {path}");
        }
    })
    .await;
}

async fn count_events(store: &Store) -> usize {
    store.sequence().await.unwrap();
    store.read(|conn| store::events::after(conn, 0, 100_000)).await.unwrap().len()
}

#[tokio::test]
async fn grids_come_in_over_http_and_a_click_on_the_map_finds_them() {
    on_both(|store| async move {
        import(&store, TOWNS, VILLAGES, 0).await;
        let village = area(&store, "620521100205").await;
        put_square(&store, village.id, 106.1, 34.7, 0.02).await;
        let client = Client::new(&store, Some(Role::SystemAdmin)).await;
        let bad = json!({ "geojson": collection([square("620521100205001", 107.0, 34.7, 0.02)]) });
        let (status, problem) = client.send("POST", "/grids/import", Some(bad)).await;
        assert_eq!((status, &problem["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("grid.refused")));
        assert_eq!(problem["fields"], json!([{ "field": "features.0", "code": "grid.outside_village" }]));
        let good = json!({ "geojson": collection([square("620521100205001", 106.1, 34.7, 0.02)]) });
        let (status, report) = client.send("POST", "/grids/import", Some(good)).await;
        assert_eq!((status, &report["opened"]), (StatusCode::OK, &json!(1)));

        assert_eq!(report["problems"], json!([]), "120 households are fewer than 300");
        store
            .write::<_, StoreError, _>(|tx| {
                let row = (settings::name.eq("grids.household_limit"), settings::value.eq("100"));
                diesel::insert_into(settings::table)
                    .values((row, settings::updated_at.eq(0)))
                    .execute(tx.conn())?;
                Ok(())
            })
            .await
            .unwrap();
        let again =
            json!({ "geojson": collection([square("620521100205001", 106.1, 34.7, 0.02)]), "dry_run": true });
        let (_, report) = client.send_as(None, "POST", "/grids/import", Some(again)).await;
        assert_eq!(report["problems"][0]["code"], "grid.too_many_households", "the county's own limit");

        let (lon, lat) = territory::Datum::Gcj02.from_wgs84(106.111, 34.711);
        let place = client.get(&format!("/locate?lon={lon}&lat={lat}&datum=gcj02")).await;
        assert_eq!(place["grid"]["code"], "620521100205001");
        assert_eq!(
            (&place["village"]["name"], &place["county"]["name"]),
            (&json!("西关村民委员会"), &json!("清水县"))
        );
        assert!((place["lon"].as_f64().unwrap() - 106.111).abs() < 1e-6);
        assert_eq!(client.get("/locate?lon=0&lat=0").await["county"], Value::Null);

        let town = village.town_id.unwrap();
        let map = client.get(&format!("/grids.geojson?town={town}")).await;
        assert_eq!(map["features"].as_array().unwrap().len(), 1);
        assert_eq!(map["features"][0]["properties"]["code"], "620521100205001");
        assert_eq!(client.get("/villages.geojson").await["features"][0]["geometry"]["type"], "Polygon");
        assert_eq!(client.get("/boundary.geojson").await["features"], json!([]));
        for (query, code) in
            [("lon=200&lat=1", "place.bad_point"), ("lon=1&lat=1&datum=mars", "place.bad_datum")]
        {
            let (status, problem) = client.send("GET", &format!("/locate?{query}"), None).await;
            assert_eq!((status, &problem["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(code)));
        }
    })
    .await;
}

#[tokio::test]
async fn every_route_refuses_who_may_not_use_it() {
    on_both(|store| async move {
        let territory = Territory::open(store.clone()).await.unwrap();
        let (_, document) = territory::http::routes(territory).into_parts();
        let document = serde_json::to_value(document).unwrap();
        let nobody = Client::new(&store, None).await;
        let clerk = Client::new(&store, Some(Role::Clerk)).await;
        let mut seen = 0;
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let method = method.to_uppercase();
                let uri = path.replace("{id}", "5");
                let (status, _) = nobody.send(&method, &uri, Some(json!({}))).await;
                assert_eq!(status, StatusCode::UNAUTHORIZED, "{method} {path}");
                if operation[PERMISSION_EXTENSION] == "territory.manage" {
                    let (status, _) = clerk.send(&method, &uri, Some(json!({}))).await;
                    assert_eq!(status, StatusCode::FORBIDDEN, "{method} {path}");
                } else {
                    assert_eq!(operation[PERMISSION_EXTENSION], "session.use", "{method} {path}");
                }
                seen += 1;
            }
        }
        assert_eq!(seen, 13);
    })
    .await;
}
