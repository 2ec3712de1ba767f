//! The committed API document is the one the routes make.

use crate::kit::House;
use http::Method;
use onedoor::api;
use store::testkit::{Engine, Kit};

#[tokio::test]
async fn the_committed_document_is_current() {
    let kit = Kit::open(Engine::Sqlite).await;
    let house = House::open(&kit).await;
    let made = api::document_text(&house.app).unwrap();
    let committed = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi/onedoor.json");
    let kept = std::fs::read_to_string(committed).unwrap();
    assert!(made == kept, "run: cargo run -p onedoor -- openapi openapi/onedoor.json");
}

#[tokio::test]
async fn every_operation_has_a_name_of_its_own_and_a_summary() {
    let kit = Kit::open(Engine::Sqlite).await;
    let house = House::open(&kit).await;
    let document = serde_json::to_value(api::document(&house.app)).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut names = std::collections::BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        assert!(path.starts_with("/api/v1/"), "{path}");
        for (method, operation) in item.as_object().unwrap() {
            let Some(name) = operation["operationId"].as_str() else { continue };
            assert!(names.insert(name.to_owned()), "{method} {path}: the name {name} is taken");
            let told = ["summary", "description"]
                .iter()
                .any(|key| operation[key].as_str().is_some_and(|text| !text.is_empty()));
            assert!(told, "{method} {path}: says nothing about itself");
        }
    }
}

/// Commands that need no id of the client's, each for a reason: what signs in and out or shows a secret of one's own is
/// never done for somebody twice; revoking twice revokes once; the rest changes nothing but the access log.
const WITHOUT_CLIENT_ID: [&str; 13] = [
    "DELETE /api/v1/session",
    "DELETE /api/v1/tokens/{id}",
    "POST /api/v1/attachments/{id}/remove",
    "POST /api/v1/cases/{id}/reporters/{reporter}/erase",
    "POST /api/v1/cases/{id}/unmask",
    "POST /api/v1/deadline-preview",
    "POST /api/v1/log/verify",
    "POST /api/v1/persons/lookup",
    "POST /api/v1/session",
    "POST /api/v1/session/language",
    "POST /api/v1/session/password",
    "POST /api/v1/session/totp",
    "POST /api/v1/session/totp/confirm",
];

#[tokio::test]
async fn every_command_can_be_sent_again() {
    let kit = Kit::open(Engine::Sqlite).await;
    let house = House::open(&kit).await;
    let document = serde_json::to_value(api::document(&house.app)).unwrap();
    let mut without = std::collections::BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let Ok(method) = method.to_uppercase().parse::<Method>() else { continue };
            if method.is_safe() || operation.get("responses").is_none() {
                continue;
            }
            let named = operation["parameters"].as_array().is_some_and(|all| {
                let client_id = |one: &serde_json::Value| {
                    let name = one["name"].as_str().unwrap_or_default();
                    one["in"] == "header" && name.eq_ignore_ascii_case("idempotency-key")
                };
                all.iter().any(client_id)
            });
            if !named {
                without.insert(format!("{method} {path}"));
            }
        }
    }
    assert_eq!(without.iter().map(String::as_str).collect::<Vec<_>>(), WITHOUT_CLIENT_ID);
}

/// Permissions that stand at no route, because commands ask for them.
const ASKED_BY_COMMANDS: [&str; 13] = [
    "case.archive",
    "case.callback",
    "case.close",
    "case.decide",
    "case.dispatch",
    "case.handle",
    "case.merge",
    "case.reopen",
    "case.review",
    "case.seal",
    "case.supervise",
    "case.verify",
    "case.whistle",
];

#[tokio::test]
async fn every_permission_opens_something() {
    let kit = Kit::open(Engine::Sqlite).await;
    let house = House::open(&kit).await;
    let document = serde_json::to_string(&api::document(&house.app)).unwrap();
    let at_no_route = people::Permission::ALL.iter().map(|permission| permission.as_str());
    let at_no_route: std::collections::BTreeSet<&str> = at_no_route
        .filter(|word| !document.contains(&format!("\"{}\":\"{word}\"", people::web::PERMISSION_EXTENSION)))
        .collect();
    assert_eq!(at_no_route.into_iter().collect::<Vec<_>>(), ASKED_BY_COMMANDS);
}
