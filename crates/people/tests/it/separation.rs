//! The three administrators share nothing, and none of them sees a case.

use crate::kit::{App, on_both_apps};
use http::{Method, StatusCode};
use people::{Permission, Role, scope::Viewer};
use serde_json::json;
use std::collections::BTreeSet;

const ADMINISTRATORS: [Role; 3] = [Role::SystemAdmin, Role::SecurityAdmin, Role::AuditAdmin];

#[test]
fn administrators_share_no_permission_with_anybody() {
    for one in ADMINISTRATORS {
        let held: BTreeSet<Permission> = one.permissions().iter().copied().collect();
        assert!(!held.is_empty());
        for other in Role::ALL.iter().filter(|other| **other != one) {
            assert!(other.permissions().iter().all(|permission| !held.contains(permission)), "{one} {other}");
        }
        let words = held.iter().map(|permission| permission.as_str());
        assert!(words.into_iter().all(|word| !word.starts_with("case.") && !word.starts_with("person.")));
    }
}

#[test]
fn every_permission_is_held_by_some_role() {
    for permission in Permission::ALL {
        let implied = matches!(permission, Permission::SessionOwn | Permission::SessionUse);
        let held = Role::ALL.iter().any(|role| role.permissions().contains(permission));
        assert!(implied || held, "{permission}");
        assert_eq!(Permission::parse(permission.as_str()), Some(*permission));
    }
}

#[tokio::test]
async fn each_administrator_is_refused_the_others_routes_and_cases() {
    on_both_apps(async |app: App| {
        let routes = [
            (Role::SystemAdmin, Method::POST, "/units"),
            (Role::SystemAdmin, Method::POST, "/accounts"),
            (Role::SystemAdmin, Method::PATCH, "/accounts/1"),
            (Role::SecurityAdmin, Method::PUT, "/accounts/1/grants"),
            (Role::SecurityAdmin, Method::POST, "/accounts/1/disable"),
            (Role::SecurityAdmin, Method::POST, "/accounts/1/reset-password"),
            (Role::SecurityAdmin, Method::GET, "/tokens/all"),
            (Role::AuditAdmin, Method::GET, "/access-log"),
        ];
        for role in ADMINISTRATORS {
            let mut browser = app.administrator(role).await;
            for (owner, method, path) in &routes {
                let body = (*method != Method::GET).then(|| json!({}));
                let answer = browser.send(method.clone(), path, body, &[]).await;
                if *owner == role {
                    assert_ne!(answer.status, StatusCode::FORBIDDEN, "{role} {method} {path}");
                } else {
                    answer.refused(StatusCode::FORBIDDEN, "permission.refused");
                }
            }
            browser
                .post("/probe/cases", json!({}))
                .await
                .refused(StatusCode::FORBIDDEN, "permission.refused");
            let id: i64 =
                browser.get("/session").await.body["account"]["id"].as_str().unwrap().parse().unwrap();
            let now = app.people.now();
            let actor =
                app.people.store().read(move |conn| people::queries::actor(conn, id, now)).await.unwrap();
            assert_eq!(Viewer::from(&actor), Viewer::Nothing);
        }
    })
    .await;
}

#[tokio::test]
async fn the_first_start_happens_once() {
    on_both_apps(async |app: App| {
        let roles: Vec<Role> = app.first.iter().map(|account| account.role).collect();
        assert_eq!(roles, ADMINISTRATORS);
        let passwords: BTreeSet<&str> = app.first.iter().map(|account| account.password.as_str()).collect();
        assert_eq!(passwords.len(), 3);
        assert!(people::bootstrap(&app.people, "另一个中心").await.unwrap().is_empty());
    })
    .await;
}
