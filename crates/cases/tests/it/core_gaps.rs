//! Rules that hold whichever way a case goes: confidence, extensions, whom a red card brings in.

use crate::core_kit::{self as kit, ROADS, WATER, at};
use cases::{Cases, clocks, rulebook::RuleKind};
use diesel::prelude::*;
use rules::words::{CaseKind, Confidentiality};
use serde_json::{Value, json};
use std::time::Duration;
use store::{StoreError, schema::case_units, testkit::on_both};

async fn act(cases: &Cases, who: i64, id: i64, action: &str, body: Value) -> Result<(), &'static str> {
    kit::act(cases, (who, kit::monday()), id, action, body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_wants_to_stay_unknown_restricts_the_case_for_good() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let mut input = kit::matter(CaseKind::Request, &["13800000001"]);
        input.reporters[0].confidential = true;
        let id = kit::dispatched(&cases, kit::monday(), input, (ROADS, &[])).await;
        assert_eq!(kit::case(&cases, id).await.confidentiality, Confidentiality::Restricted.as_str());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn as_often_as_the_rules_allow_a_case_is_extended() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let shipped = RuleKind::Deadlines.shipped();
        let twice = shipped.replace("times = 1", "times = 2");
        assert_ne!(twice, shipped, "the shipped rules allow one");
        let admin = at(209, kit::monday());
        cases
            .rules
            .publish(&store, &admin, kit::new_rules(RuleKind::Deadlines, twice))
            .await
            .expect("published");
        let input = kit::matter(CaseKind::Request, &["13800000001"]);
        let id = kit::dispatched(&cases, kit::monday(), input, (ROADS, &[])).await;
        act(&cases, 221, id, "sign", json!({})).await.expect("signed");
        let extend = async || {
            let due = kit::case(&cases, id).await.due_at.map(store::at).expect("a date");
            let until = (due + Duration::from_secs(86_400)).to_string();
            let asked = json!({ "until": until, "reason": "材料未到", "person_told": "yes" });
            act(&cases, 221, id, "request_extension", asked).await?;
            act(&cases, 204, id, "grant_extension", json!({ "reason": "" })).await
        };
        assert_eq!(extend().await, Ok(()));
        assert_eq!(extend().await, Ok(()), "the rules in force allow two");
        assert_eq!(extend().await, Err("extension.used_up"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_red_card_of_a_co_handler_brings_in_the_unit_above_it() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let now = kit::monday();
        let input = kit::matter(CaseKind::Request, &["13800000001"]);
        let id = kit::dispatched(&cases, now, input, (ROADS, &[kit::OFFICE])).await;
        act(&cases, 221, id, "sign", json!({})).await.expect("the host signs, its co-handler never does");
        clocks::run_due(&cases, now + Duration::from_secs(86_400 * 4), 1000).await.expect("runs");
        let brought = move |conn: &mut store::Conn| {
            let of_case =
                case_units::table.filter(case_units::case_id.eq(id).and(case_units::part.eq("above")));
            Ok::<_, StoreError>(of_case.select(case_units::unit_id).load::<i64>(conn)?)
        };
        assert_eq!(store.read(brought).await.expect("reads"), [WATER], "not the one above the host");
    })
    .await;
}
