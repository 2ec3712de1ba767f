//! Every route of the API document is attacked as everybody who must be refused.

use crate::kit::{House, Visitor, bare};
use http::{Method, StatusCode};
use onedoor::api;
use people::{Permission, Role, web::PERMISSION_EXTENSION};
use serde_json::Value;
use std::collections::BTreeMap;
use store::testkit::on_both_kits;

/// What may be open to everybody. A new public route must be named here, by a person who thought about it.
const PUBLIC: [&str; 1] = ["POST /api/v1/session"];

struct Door {
    method: Method,
    path: String,
    lock: String,
}

/// Every operation of the document, its path filled with harmless values.
fn doors(document: &Value) -> Vec<Door> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let Ok(method) = method.to_uppercase().parse::<Method>() else { continue };
            if !operation.is_object() || operation.get("responses").is_none() {
                continue;
            }
            let lock = operation[PERMISSION_EXTENSION].as_str().unwrap_or("missing").to_owned();
            found.push(Door { method, path: fill(path), lock });
        }
    }
    found
}

fn fill(path: &str) -> String {
    let parts = path.split('/').map(|part| match part {
        "{action}" => "sign",
        "{kind}" => "deadlines",
        _ if part.starts_with('{') => "1",
        _ => part,
    });
    parts.collect::<Vec<_>>().join("/")
}

#[test]
fn every_route_says_who_may_open_it() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(on_both_kits(async |kit| {
        let house = House::open(kit).await;
        let document = serde_json::to_value(api::document(&house.app)).unwrap();
        let doors = doors(&document);
        assert!(doors.len() > 40, "only {} operations", doors.len());
        let mut public = Vec::new();
        for door in &doors {
            let name = format!("{} {}", door.method, door.path);
            match door.lock.as_str() {
                "public" => public.push(name),
                lock => assert!(Permission::parse(lock).is_some(), "{name}: no such permission `{lock}`"),
            }
        }
        assert_eq!(public, PUBLIC);
    }));
}

#[test]
fn nobody_passes_a_door_without_its_key() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(on_both_kits(async |kit| {
        let house = House::open(kit).await;
        house.populate().await;
        let mut visitors = BTreeMap::new();
        for role in Role::ALL {
            visitors.insert(role.as_str(), house.sign_in(role.as_str()).await);
        }
        let document = serde_json::to_value(api::document(&house.app)).unwrap();
        let mut refused = 0;
        for door in doors(&document) {
            if let Some(permission) = Permission::parse(&door.lock) {
                refused += attack(&house, &door, permission, &visitors).await;
            }
        }
        eprintln!("{refused} attacks refused");
        assert!(refused > 400, "only {refused} attacks");
    }));
}

/// Tries a door as nobody, as every role without the permission, and as a holder without the CSRF token.
async fn attack(
    house: &House,
    door: &Door,
    permission: Permission,
    visitors: &BTreeMap<&str, Visitor>,
) -> usize {
    let name = format!("{} {}", door.method, door.path);
    let nobody = house.send(bare(&door.method, &door.path)).await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED, "{name} as nobody: {}", nobody.text());
    assert_eq!(nobody.code(), "auth.required", "{name} as nobody");
    let mut refused = 1;
    for role in Role::ALL {
        let visitor = &visitors[role.as_str()];
        if !role.permissions().contains(&permission)
            && permission != Permission::SessionOwn
            && permission != Permission::SessionUse
        {
            let answer = house.send(visitor.request(&door.method, &door.path, true)).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name} as {role}: {}", answer.text());
            assert_eq!(answer.code(), "permission.refused", "{name} as {role}");
            refused += 1;
        } else if !door.method.is_safe() {
            let answer = house.send(visitor.request(&door.method, &door.path, false)).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name} as {role}, forged: {}", answer.text());
            assert_eq!(answer.code(), "csrf.refused", "{name} as {role}, forged");
            refused += 1;
        }
    }
    refused
}

#[test]
fn holders_of_the_key_get_past_the_lock() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let kit = store::testkit::Kit::open(store::testkit::Engine::Sqlite).await;
        let house = House::open(&kit).await;
        house.populate().await;
        let document = serde_json::to_value(api::document(&house.app)).unwrap();
        for door in doors(&document).iter().filter(|door| door.method.is_safe()) {
            let Some(permission) = Permission::parse(&door.lock) else { continue };
            let everybody = matches!(permission, Permission::SessionOwn | Permission::SessionUse);
            let role = Role::ALL.iter().find(|role| everybody || role.permissions().contains(&permission));
            let role = role.unwrap_or_else(|| panic!("nobody holds {permission}"));
            let visitor = house.sign_in(role.as_str()).await;
            let answer = house.send(visitor.request(&door.method, &door.path, true)).await;
            let name = format!("{} {} as {role}", door.method, door.path);
            assert_ne!(answer.status, StatusCode::UNAUTHORIZED, "{name}");
            assert_ne!(answer.code(), "permission.refused", "{name}");
            assert!(!answer.status.is_server_error(), "{name}: {} {}", answer.status, answer.text());
        }
    });
}
