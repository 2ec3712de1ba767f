//! What the audit administrator takes away.

use crate::kit::{App, Browser, on_both_apps};
use http::{StatusCode, header};
use people::Role;
use serde_json::{Value, json};
use std::time::Duration;

async fn checked(browser: &mut Browser) -> Value {
    for _ in 0..200 {
        let check = browser.get("/log/verify").await.expect(StatusCode::OK).body;
        if check["state"] != "running" {
            return check;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the check does not end");
}

#[tokio::test]
async fn the_access_log_goes_out_as_a_file_and_that_stands_in_it() {
    on_both_apps(async |app: App| {
        app.account("li", app.centre, &[Role::Clerk]).await;
        let mut li = app.signed_in("li").await;
        li.post("/probe/cases", json!({})).await;
        li.get("/tokens/all").await.refused(StatusCode::FORBIDDEN, "permission.refused");
        let mut audit = app.administrator(Role::AuditAdmin).await;
        let csv = audit.get("/audit/export/csv").await.expect(StatusCode::OK);
        assert_eq!(csv.headers[header::CONTENT_TYPE], "text/csv; charset=utf-8");
        let text = csv.body.as_str().unwrap().to_owned();
        let mut lines = text.trim_start_matches('\u{feff}').split("\r\n");
        assert!(lines.next().unwrap().starts_with("\"id\",\"at\",\"account_id\""));
        assert!(
            lines.next().unwrap().contains("\"export\",\"\",\"\",\"access log\""),
            "the export itself comes first"
        );
        assert!(text.contains("\"GET /tokens/all\""));
        let jsonl = audit.get("/audit/export/jsonl?outcome=refused").await.expect(StatusCode::OK);
        // A body of one line reads as JSON at once.
        let lines: Vec<Value> = match &jsonl.body {
            Value::String(text) => text.lines().map(|line| serde_json::from_str(line).unwrap()).collect(),
            one => vec![one.clone()],
        };
        assert!(!lines.is_empty() && lines.iter().all(|line| line["outcome"] == "refused"));
        audit.get("/audit/export/xml").await.expect(StatusCode::BAD_REQUEST);
        li.get("/audit/export/csv").await.refused(StatusCode::FORBIDDEN, "permission.refused");
    })
    .await;
}

#[tokio::test]
async fn an_export_is_longer_than_a_page() {
    on_both_apps(async |app: App| {
        for _ in 0..2105 {
            let people = app.people.clone();
            let access = store::access::Access {
                at: people.now(),
                account_id: None,
                unit_id: None,
                action: "view",
                case_id: Some(5),
                subject: "case".to_owned(),
                purpose: String::new(),
                outcome: "allowed",
                address: "=cmd".to_owned(),
            };
            people
                .store()
                .write::<_, store::StoreError, _>(move |tx| tx.log_access(access.clone()))
                .await
                .unwrap();
        }
        let mut audit = app.administrator(Role::AuditAdmin).await;
        let csv = audit.get("/audit/export/csv?case=5").await.expect(StatusCode::OK);
        let text = csv.body.as_str().unwrap();
        assert_eq!(text.matches("\r\n").count(), 2106);
        assert_eq!(text.matches("\"'=cmd\"").count(), 2105, "no spreadsheet takes a cell for a formula");
    })
    .await;
}

#[tokio::test]
async fn the_log_is_checked_in_the_background() {
    on_both_apps(async |app: App| {
        let mut audit = app.administrator(Role::AuditAdmin).await;
        assert_eq!(audit.get("/log/verify").await.expect(StatusCode::OK).body["state"], "never");
        audit.get("/log/head").await.refused(StatusCode::NOT_FOUND, "log_head.not_found");
        app.people.store().sign_head().await.unwrap();
        let head = audit.get("/log/head").await.expect(StatusCode::OK).body;
        assert_eq!(head["format"], "onedoor-tree-head-1");
        audit.post("/log/verify", json!({ "head": head })).await.expect(StatusCode::ACCEPTED);
        let check = checked(&mut audit).await;
        assert_eq!((&check["state"], &check["report"]["problem"]), (&json!("done"), &Value::Null), "{check}");
        assert!(check["report"]["events"].as_i64().unwrap() > 0);
        assert!(check["report"]["accesses"].as_i64().unwrap() > 0);
        assert_eq!((&check["with_head"], &check["head"]), (&json!(true), &head));
        let mut forged = head;
        forged["size"] = json!(100_000);
        audit.post("/log/verify", json!({ "head": forged })).await.expect(StatusCode::ACCEPTED);
        assert_eq!(checked(&mut audit).await["report"]["problem"]["code"], "head.altered");
        let mut other = app.administrator(Role::SystemAdmin).await;
        other.get("/log/verify").await.refused(StatusCode::FORBIDDEN, "permission.refused");
    })
    .await;
}
