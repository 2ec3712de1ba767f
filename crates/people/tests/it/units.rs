//! Units: made, changed, retired with a successor.

use crate::kit::{App, grant, on_both_apps};
use http::{Method, StatusCode};
use people::{
    Change, Ownership, PeopleError, Role, Settings, UnitKind, UnitTree,
    commands::{grants, units},
};
use serde_json::json;
use std::sync::{Arc, Mutex};
use store::{Tx, testkit::on_both_kits};

const CLIENT: &str = "0192f5a0-0000-7000-8000-000000000001";

#[tokio::test]
async fn a_unit_is_made_once_however_often_it_is_sent() {
    on_both_apps(async |app: App| {
        let mut admin = app.administrator(Role::SystemAdmin).await;
        let body = json!({ "code": "water", "name": "县水务局", "kind": "department" });
        let made = admin.command("/units", CLIENT, body.clone()).await.expect(StatusCode::CREATED);
        assert_eq!(made.body["short_name"], "县水务局");
        let again = admin.command("/units", CLIENT, body.clone()).await.expect(StatusCode::CREATED);
        assert_eq!(again.body["id"], made.body["id"]);
        let other = json!({ "code": "water2", "name": "县水务局", "kind": "department" });
        let reused = admin.command("/units", CLIENT, other).await;
        reused.refused(StatusCode::CONFLICT, "request.client_id_reused");
        let second = "0192f5a0-0000-7000-8000-000000000002";
        admin.command("/units", second, body).await.refused(StatusCode::CONFLICT, "unit.taken");
        let centre = json!({ "code": "c2", "name": "二中心", "kind": "centre" });
        let refused = admin.command("/units", second, centre).await;
        refused.refused(StatusCode::UNPROCESSABLE_ENTITY, "unit.centre_exists");
        let listed = admin.get("/units?q=%E6%B0%B4%E5%8A%A1&kind=department").await.expect(StatusCode::OK);
        assert_eq!(listed.body["items"].as_array().unwrap().len(), 1);
        // A percent sign is a percent sign, not a wildcard.
        assert_eq!(admin.get("/units?q=%25").await.body["items"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn pages_follow_each_other_without_gap() {
    on_both_apps(async |app: App| {
        for n in 0..5 {
            app.unit(&format!("u{n}"), UnitKind::Department, None).await;
        }
        let mut browser = app.administrator(Role::AuditAdmin).await;
        let mut codes = Vec::new();
        let mut path = "/units?limit=2".to_owned();
        loop {
            let page = browser.get(&path).await.expect(StatusCode::OK).body;
            codes.extend(
                page["items"].as_array().unwrap().iter().map(|u| u["code"].as_str().unwrap().to_owned()),
            );
            match page["next_cursor"].as_str() {
                Some(cursor) => path = format!("/units?limit=2&cursor={cursor}"),
                None => break,
            }
        }
        assert_eq!(codes, ["centre", "u0", "u1", "u2", "u3", "u4"]);
    })
    .await;
}

#[tokio::test]
async fn of_two_changes_the_later_one_is_shown_how_it_stands() {
    on_both_apps(async |app: App| {
        let town = app.unit("town", UnitKind::Town, None).await;
        let village = app.unit("village", UnitKind::Village, Some(town)).await;
        let mut admin = app.administrator(Role::SystemAdmin).await;
        let path = format!("/units/{town}");
        let change = json!({ "version": 1, "name": "永清镇", "phone": "0938-1" });
        let changed = admin.send(Method::PATCH, &path, Some(change), &[]).await.expect(StatusCode::OK);
        assert_eq!((&changed.body["version"], &changed.body["name"]), (&json!(2), &json!("永清镇")));
        let stale = admin.send(Method::PATCH, &path, Some(json!({ "version": 1, "name": "x" })), &[]).await;
        assert_eq!(stale.body["current"]["name"], "永清镇");
        stale.refused(StatusCode::CONFLICT, "version.conflict");
        let circle = json!({ "version": 2, "parent_id": village.to_string() });
        let refused = admin.send(Method::PATCH, &path, Some(circle), &[]).await;
        refused.refused(StatusCode::UNPROCESSABLE_ENTITY, "unit.circle");
        let none = json!({ "version": 1, "parent_id": null });
        let path = format!("/units/{village}");
        let freed = admin.send(Method::PATCH, &path, Some(none), &[]).await.expect(StatusCode::OK);
        assert_eq!(freed.body["parent_id"], json!(null));
        let unknown = admin.send(Method::PATCH, "/units/9999999", Some(json!({ "version": 1 })), &[]).await;
        unknown.refused(StatusCode::NOT_FOUND, "unit.not_found");
    })
    .await;
}

#[derive(Default)]
struct Handed(Mutex<Vec<(i64, i64)>>);

impl Ownership for Handed {
    fn hand_over_unit(&self, _: &mut Tx<'_>, unit: i64, to: i64, _: &Change) -> Result<(), PeopleError> {
        self.0.lock().unwrap().push((unit, to));
        Ok(())
    }

    fn release_account(
        &self,
        _: &mut Tx<'_>,
        account: i64,
        unit: i64,
        _: &Change,
    ) -> Result<(), PeopleError> {
        self.0.lock().unwrap().push((account, unit));
        Ok(())
    }
}

#[tokio::test]
async fn a_retired_unit_leaves_everything_to_its_successor() {
    on_both_kits(async |kit| {
        let hooks = Arc::new(Handed::default());
        let app = App::open_with(kit, Settings::weak(), hooks.clone()).await;
        let old = app.unit("old", UnitKind::Town, None).await;
        let below = app.unit("below", UnitKind::Village, Some(old)).await;
        let new = app.unit("new", UnitKind::Town, None).await;
        let li = app.account("li", old, &[Role::Liaison]).await;
        let wang = app.account("wang", app.centre, &[]).await;
        let (service, change) = (app.people.clone(), Change::by_system(app.people.now()));
        let seconded = grants::NewGrant { unit_id: Some(old), ..grant(Role::Liaison) };
        app.people
            .store()
            .write(move |tx| grants::set(tx, &service, wang, std::slice::from_ref(&seconded), &change))
            .await
            .unwrap();

        let mut admin = app.administrator(Role::SystemAdmin).await;
        let path = format!("/units/{old}/retire");
        let own = admin.post(&path, json!({ "version": 1, "successor_id": old.to_string() })).await;
        own.refused(StatusCode::UNPROCESSABLE_ENTITY, "unit.own_successor");
        let done = admin.post(&path, json!({ "version": 1, "successor_id": new.to_string() })).await;
        let done = done.expect(StatusCode::OK);
        assert_eq!(
            (&done.body["active"], &done.body["successor_id"]),
            (&json!(false), &json!(new.to_string()))
        );
        assert_eq!(*hooks.0.lock().unwrap(), [(old, new)]);

        let now = app.people.now();
        let (tree, li, wang, current) = app
            .people
            .store()
            .read(move |conn| {
                let li = people::queries::actor(conn, li, now)?;
                let wang = people::queries::actor(conn, wang, now)?;
                Ok::<_, PeopleError>((UnitTree::load(conn)?, li, wang, units::current(conn, old)?))
            })
            .await
            .unwrap();
        assert_eq!((li.unit_id, wang.unit_id, current), (new, app.centre, new));
        assert_eq!(wang.grants[0].unit_id, new);
        assert_eq!(tree.get(below).unwrap().parent, Some(new));
        let centre = format!("/units/{}/retire", app.centre);
        let refused = admin.post(&centre, json!({ "version": 1, "successor_id": new.to_string() })).await;
        refused.refused(StatusCode::UNPROCESSABLE_ENTITY, "unit.centre_stays");
        let again = admin.post(&path, json!({ "version": 2, "successor_id": new.to_string() })).await;
        again.refused(StatusCode::UNPROCESSABLE_ENTITY, "unit.retired");
    })
    .await;
}

struct Refusing;

impl Ownership for Refusing {
    fn hand_over_unit(&self, _: &mut Tx<'_>, _: i64, _: i64, _: &Change) -> Result<(), PeopleError> {
        Err(PeopleError::Refused("case.busy"))
    }

    fn release_account(&self, _: &mut Tx<'_>, _: i64, _: i64, _: &Change) -> Result<(), PeopleError> {
        Err(PeopleError::Refused("case.busy"))
    }
}

#[tokio::test]
async fn what_cannot_be_handed_over_keeps_its_owner() {
    on_both_kits(async |kit| {
        let app = App::open_with(kit, Settings::weak(), Arc::new(Refusing)).await;
        let old = app.unit("old", UnitKind::Town, None).await;
        let new = app.unit("new", UnitKind::Town, None).await;
        let li = app.account("li", old, &[Role::Liaison]).await;
        let mut admin = app.administrator(Role::SystemAdmin).await;
        let body = json!({ "version": 1, "successor_id": new.to_string() });
        let refused = admin.post(&format!("/units/{old}/retire"), body).await;
        refused.refused(StatusCode::UNPROCESSABLE_ENTITY, "case.busy");
        assert_eq!(admin.get(&format!("/units/{old}")).await.body["active"], true);
        let mut security = app.administrator(Role::SecurityAdmin).await;
        let refused = security.post(&format!("/accounts/{li}/disable"), json!({ "version": 2 })).await;
        refused.refused(StatusCode::UNPROCESSABLE_ENTITY, "case.busy");
        assert_eq!(security.get(&format!("/accounts/{li}")).await.body["state"], "active");
    })
    .await;
}
