//! What comes next, as the promise bar and the list of actions say it, and how long a list is.

use crate::core_kit::{self as kit, CENTRE, ROADS, WATER};
use cases::{
    Cases,
    http::dto::{CasePage, CaseRow, ListQuestion, Promise, SearchQuestion, Total},
    queries::{self, Ask},
};
use rules::words::CaseKind;
use serde_json::{Value, json};
use store::testkit::on_both;

fn ask(account: i64) -> Ask {
    Ask { actor: kit::actor(account), now: kit::monday() }
}

async fn does(cases: &Cases, who: i64, id: i64, action: &str, body: Value) {
    let done = kit::act(cases, (who, kit::monday()), id, action, body).await;
    assert_eq!(done, Ok(()), "{action} by {who}");
}

async fn page(cases: &Cases, who: i64, id: i64) -> CasePage {
    queries::page(cases, &ask(who), &id.to_string()).await.expect("sees it")
}

async fn row(cases: &Cases, who: i64, id: i64) -> CaseRow {
    let rows = queries::list(cases, &ask(who), ListQuestion::default()).await.expect("a list").items;
    rows.into_iter().find(|row| row.id.0 == id).expect("in the list")
}

fn awaited(promise: &Promise) -> Vec<i64> {
    promise.awaiting.iter().map(|unit| unit.id.0).collect()
}

/// What the list and the page call the next step, and the action the page begins with.
async fn next(cases: &Cases, who: i64, id: i64) -> (Option<String>, String) {
    let page = page(cases, who, id).await;
    assert_eq!(row(cases, who, id).await.promise.next_step, page.promise.next_step, "the list says it too");
    let first = page.actions.first().expect("something can be done");
    assert!(first.likely && first.allowed, "{first:?}");
    (page.promise.next_step, first.action.to_string())
}

async fn to_callback(cases: &Cases, phones: &[&str]) -> i64 {
    let input = kit::matter(CaseKind::Request, phones);
    let id = kit::dispatched(cases, kit::monday(), input, (ROADS, &[])).await;
    does(cases, 221, id, "sign", json!({})).await;
    does(cases, 221, id, "reply", json!({ "text": "已修好", "result": "done" })).await;
    does(cases, 205, id, "review_pass", json!({})).await;
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_to_call_back_is_closed_next() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let id = to_callback(&cases, &[]).await;
        assert_eq!(next(&cases, 202, id).await, (Some("close".into()), "close".into()));
        does(&cases, 202, id, "close", json!({})).await;
        assert_eq!(page(&cases, 202, id).await.promise.next_step, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_can_be_called_back_is_until_everybody_was() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let id = to_callback(&cases, &["13800000001", ""]).await;
        assert_eq!(next(&cases, 202, id).await, (Some("callback".into()), "callback".into()));
        let called = page(&cases, 202, id).await.reporters.into_iter().find(|r| r.phone.is_some());
        let reporter = called.expect("one with a phone").id.0.to_string();
        let said = json!({ "reporter": reporter, "resolved": "no", "satisfaction": 5, "conclude": false });
        does(&cases, 202, id, "callback", said).await;
        assert_eq!(next(&cases, 202, id).await, (Some("rework".into()), "rework".into()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_matter_to_be_signed_says_for_whom_it_waits() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let input = kit::matter(CaseKind::Request, &["13800000001"]);
        let id = kit::dispatched(&cases, kit::monday(), input, (WATER, &[ROADS])).await;
        for promise in [row(&cases, 204, id).await.promise, page(&cases, 204, id).await.promise] {
            assert_eq!(promise.owner_unit.id.0, CENTRE);
            assert_eq!(awaited(&promise), [WATER, ROADS], "the host first, whatever its id");
            assert_eq!(promise.awaiting[0].name, "water");
        }
        does(&cases, 221, id, "sign", json!({})).await;
        assert_eq!(awaited(&row(&cases, 204, id).await.promise), [WATER]);
        does(&cases, 231, id, "sign", json!({})).await;
        assert_eq!(awaited(&row(&cases, 204, id).await.promise), Vec::<i64>::new());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_mends_the_record_comes_after_what_brings_the_matter_on() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let id = to_callback(&cases, &["13800000001"]).await;
        let mends = ["note", "correct", "change_confidentiality", "link", "hold_legally", "lift_hold"];
        let mut seen = 0;
        for who in [201, 202, 203, 204, 205] {
            let actions = page(&cases, who, id).await.actions;
            let allowed: Vec<bool> =
                actions.iter().filter(|a| a.allowed).map(|a| mends.contains(&a.action.as_str())).collect();
            assert!(allowed.is_sorted(), "{who}: {actions:?}");
            assert!(actions.iter().map(|a| !a.allowed).is_sorted(), "{who}: the refused come last");
            seen += allowed.iter().filter(|mends| **mends).count();
        }
        assert!(seen > 0, "somebody may correct it");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_page_says_how_many_match_when_asked() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        for _ in 0..5 {
            let input = kit::matter(CaseKind::Request, &["13800000001"]);
            cases.register(&kit::at(201, kit::monday()), input).await.expect("registers");
        }
        let list =
            async |question: ListQuestion| queries::list(&cases, &ask(203), question).await.expect("a list");
        let counted = Some(Total { count: 5, capped: false });
        let asked = ListQuestion { total: Some(true), ..ListQuestion::default() };
        assert_eq!(list(asked.clone()).await.total, counted, "all on one page");
        let first = list(ListQuestion { limit: Some(2), ..asked.clone() }).await;
        assert_eq!((first.items.len(), first.total), (2, counted));
        let second = list(ListQuestion { limit: Some(2), cursor: first.next_cursor, ..asked.clone() }).await;
        assert_eq!((second.items.len(), second.total), (2, None), "later pages do not count again");
        let none = list(ListQuestion { state: Some("closed".into()), ..asked }).await;
        assert_eq!(none.total, Some(Total { count: 0, capped: false }));
        assert_eq!(list(ListQuestion { limit: Some(2), ..ListQuestion::default() }).await.total, None);
        let question = SearchQuestion { q: "620521".into(), cursor: None, limit: Some(2), total: Some(true) };
        let found = queries::search(&cases, &ask(203), question).await.expect("searches");
        assert!(
            found.total.is_some_and(|total| total.count >= i64::try_from(found.items.len()).expect("few"))
        );
    })
    .await;
}
