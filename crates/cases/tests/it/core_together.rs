//! The clocks of a host and of those who help it end together.

use crate::core_kit::{self as kit, ROADS, WATER};
use cases::Cases;
use rules::words::CaseKind;
use serde_json::json;
use std::time::Duration;
use store::{Timestamp, clocks, testkit::on_both};

const DAY: u64 = 86_400;

fn after(days: u64) -> Timestamp {
    kit::monday() + Duration::from_secs(days * DAY)
}

/// When a unit's running resolve clock ends.
async fn end(cases: &Cases, id: i64, unit: i64) -> Timestamp {
    let all = cases.store.read(move |conn| clocks::of_case(conn, id)).await.expect("clocks");
    let running = |clock: &&clocks::ClockRow| clock.spec.kind == "resolve" && clock.state == "running";
    let own = all.iter().filter(running).find(|clock| clock.spec.unit_id == Some(unit));
    own.expect("a running clock").spec.due_at
}

async fn signed(cases: &Cases, helpers: &[i64]) -> i64 {
    let input = kit::matter(CaseKind::Request, &["13800000001"]);
    let id = kit::dispatched(cases, kit::monday(), input, (ROADS, helpers)).await;
    kit::act(cases, (221, kit::monday()), id, "sign", json!({})).await.expect("signed");
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_called_in_late_ends_with_the_host() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let id = signed(&cases, &[]).await;
        let host = end(&cases, id, ROADS).await;
        let call = json!({ "unit": WATER.to_string(), "reason": "协助" });
        kit::act(&cases, (221, after(3)), id, "add_co_handler", call.clone()).await.expect("added");
        assert_eq!(end(&cases, id, WATER).await, host);
        let off = json!({ "unit": WATER.to_string(), "reason": "不用了" });
        kit::act(&cases, (221, after(3)), id, "remove_co_handler", off).await.expect("off");
        let late = host + Duration::from_secs(DAY);
        kit::act(&cases, (221, late), id, "add_co_handler", call).await.expect("added late");
        assert!(end(&cases, id, WATER).await > late, "a host who is late takes no time from a helper");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_granted_to_the_host_is_granted_to_its_helpers() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let id = signed(&cases, &[WATER]).await;
        let before = end(&cases, id, ROADS).await;
        assert_eq!(end(&cases, id, WATER).await, before);
        let until = (before + Duration::from_secs(2 * DAY)).to_string();
        let asked = json!({ "until": until, "reason": "材料未到", "person_told": "yes" });
        kit::act(&cases, (221, after(1)), id, "request_extension", asked).await.expect("asked");
        kit::act(&cases, (204, after(1)), id, "grant_extension", json!({})).await.expect("granted");
        let (host, helper) = (end(&cases, id, ROADS).await, end(&cases, id, WATER).await);
        assert!(host > before);
        assert_eq!(helper, host);
        let shown = kit::case(&cases, id).await.due_at;
        assert_eq!(shown, Some(store::ms(host)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_sent_back_gives_no_more_time_than_the_host_has() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let id = signed(&cases, &[WATER]).await;
        let host = end(&cases, id, ROADS).await;
        kit::act(&cases, (231, after(0)), id, "sign", json!({})).await.expect("signed");
        let reply = json!({ "text": "已查", "result": "done" });
        kit::act(&cases, (231, after(1)), id, "reply", reply).await.expect("answered with four days left");
        let back = json!({ "unit": WATER.to_string(), "reason": "不清楚" });
        kit::act(&cases, (221, after(4)), id, "send_back", back).await.expect("sent back with one left");
        assert_eq!(end(&cases, id, WATER).await, host);
    })
    .await;
}
