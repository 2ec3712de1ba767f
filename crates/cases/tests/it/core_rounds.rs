//! What a round counted for, it goes on counting for: handling again rewrites nothing.

use crate::{
    core_kit::{self as kit, ROADS},
    core_promise::tallies_agree,
};
use cases::{
    Cases,
    queries::{Ask, page},
};
use rules::words::CaseKind;
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};
use store::{
    Timestamp,
    tally::{Cube, by_day},
    testkit::on_both,
};

fn after(days: u64) -> Timestamp {
    kit::monday() + Duration::from_secs(days * 86_400)
}

/// Totals by measure and day.
async fn totals(cases: &Cases) -> BTreeMap<(String, i64), i64> {
    let read = |conn: &mut store::Conn| by_day(conn, Cube::Total, 10_000_000, 99_999_999);
    let cells = cases.store.read(read).await.expect("cells");
    let cells = cells.into_iter().filter(|cell| cell.n != 0);
    cells.map(|cell| ((cell.measure, cell.period), cell.n)).collect()
}

async fn sum(cases: &Cases, measure: &str) -> i64 {
    totals(cases).await.iter().filter(|((name, _), _)| name == measure).map(|(_, n)| n).sum()
}

async fn does(cases: &Cases, who: i64, now: Timestamp, id: i64, action: &str, body: Value) {
    let done = kit::act(cases, (who, now), id, action, body).await;
    assert_eq!(done, Ok(()), "{action} by {who}");
}

/// Answered on this day and passed.
async fn passed(cases: &Cases, id: i64, day: u64) {
    does(cases, 221, after(day), id, "sign", json!({})).await;
    does(cases, 221, after(day), id, "reply", json!({ "text": "已修好", "result": "done" })).await;
    does(cases, 205, after(day), id, "review_pass", json!({})).await;
}

/// The same, and called back.
async fn answered(cases: &Cases, id: i64, day: u64, said: (&str, i64)) {
    passed(cases, id, day).await;
    let said = json!({ "resolved": said.0, "satisfaction": said.1 });
    does(cases, 202, after(day), id, "callback", said).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_answer_and_a_bad_rating_stay_counted_when_it_is_handled_again() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let input = kit::matter(CaseKind::Request, &["13800000001"]);
        let id = kit::dispatched(&cases, kit::monday(), input, (ROADS, &[])).await;
        // Due on the next Monday; answered on the Thursday after.
        answered(&cases, id, 10, ("no", 5)).await;
        let before = totals(&cases).await;
        assert_eq!((sum(&cases, "due").await, sum(&cases, "on_time").await), (1, 0));
        does(&cases, 202, after(10), id, "rework", json!({ "reason": "没修好" })).await;
        let mut wanted = before.clone();
        wanted.insert(("reopened".into(), 20_260_312), 1);
        let now = totals(&cases).await;
        let missing: Vec<_> = wanted.iter().filter(|(key, n)| now.get(key) < Some(n)).collect();
        assert!(missing.is_empty(), "{missing:?} of {now:?}");
        answered(&cases, id, 11, ("yes", 1)).await;
        assert_eq!(kit::case(&cases, id).await.state, "closed");
        for (measure, n) in [
            ("registered", 1),
            ("due", 2),
            ("on_time", 1),
            ("replied", 2),
            ("callbacks", 2),
            ("resolved", 1),
            ("satisfied", 1),
            ("unsatisfied", 1),
            ("reopened", 1),
            ("closed", 1),
        ] {
            assert_eq!(sum(&cases, measure).await, n, "{measure}");
        }
        tallies_agree(&cases).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_closed_stays_counted_when_it_is_reopened() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let input = kit::matter(CaseKind::Request, &["13800000001"]);
        let id = kit::dispatched(&cases, kit::monday(), input, (ROADS, &[])).await;
        answered(&cases, id, 1, ("yes", 2)).await;
        let before = totals(&cases).await;
        assert_eq!(before.get(&("closed".to_owned(), 20_260_303)), Some(&1));
        does(&cases, 202, after(3), id, "reopen", json!({ "reason": "又坏了" })).await;
        let now = totals(&cases).await;
        assert!(before.iter().all(|(key, n)| now.get(key) >= Some(n)), "{before:?} then {now:?}");
        answered(&cases, id, 4, ("yes", 1)).await;
        assert_eq!((sum(&cases, "closed").await, sum(&cases, "ended").await), (2, 2));
        assert_eq!((sum(&cases, "registered").await, sum(&cases, "on_time").await), (1, 2));
        tallies_agree(&cases).await;
        store.fold_tallies().await.expect("folds");
        tallies_agree(&cases).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_worked_on_a_round_does_not_check_it() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let input = kit::matter(CaseKind::Request, &["13800000001"]);
        let id = kit::dispatched(&cases, kit::monday(), input, (kit::CENTRE, &[])).await;
        let now = kit::monday();
        // 206 signs for the centre; another is named and answers.
        does(&cases, 206, now, id, "sign", json!({})).await;
        does(&cases, 206, now, id, "assign_handler", json!({ "account": "202" })).await;
        let reply = json!({ "text": "已修好", "result": "done", "submit": "no" });
        cases.act(&cases::Ctx::system(now), id.into(), "reply", reply).await.expect("answered");
        cases.act(&cases::Ctx::system(now), id.into(), "submit", json!({})).await.expect("handed in");
        let pass = async |who: i64| kit::act(&cases, (who, now), id, "review_pass", json!({})).await;
        assert_eq!(pass(206).await, Err("review.own_work"), "who signed");
        assert_eq!(pass(205).await, Ok(()));
        let said = json!({ "resolved": "no", "satisfaction": 4 });
        does(&cases, 201, now, id, "callback", said).await;
        does(&cases, 201, now, id, "rework", json!({ "reason": "没修好" })).await;
        // In the next round somebody else works on it.
        for action in ["sign", "start", "reply"] {
            let body =
                if action == "reply" { json!({ "text": "修好了", "result": "done" }) } else { json!({}) };
            cases.act(&cases::Ctx::system(now), id.into(), action, body).await.expect("done");
        }
        assert_eq!(pass(206).await, Ok(()), "what was done in an earlier round does not count");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_in_vain_leaves_the_evidence_of_an_answer_that_was_told() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let input = kit::matter(CaseKind::Request, &["13800000001"]);
        let id = kit::dispatched(&cases, kit::monday(), input, (ROADS, &[])).await;
        passed(&cases, id, 1).await;
        let tell =
            |reached: bool| json!({ "channel": "phone", "reached": reached, "evidence": "接电话的是本人" });
        does(&cases, 201, after(1), id, "deliver", tell(false)).await;
        does(&cases, 201, after(1), id, "deliver", tell(true)).await;
        does(&cases, 202, after(2), id, "callback", json!({ "resolved": "unreachable" })).await;
        does(&cases, 202, after(3), id, "callback", json!({ "resolved": "unreachable" })).await;
        let ask = Ask { actor: kit::actor(204), now: after(3) };
        let page = page(&cases, &ask, &id.to_string()).await.expect("sees it");
        let mut told: Vec<_> = page.deliveries.iter().map(|row| (row.state.as_str(), row.attempts)).collect();
        told.sort_unstable();
        assert_eq!(told, [("reached", 2), ("tried", 2)], "what was told, and the attempts after it");
        let reached = page.deliveries.iter().find(|row| row.reached_at.is_some()).expect("told");
        assert_eq!(reached.evidence, "接电话的是本人");
    })
    .await;
}
