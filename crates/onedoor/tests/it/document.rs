//! The committed API document is the one the routes make.

use crate::kit::House;
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
