//! Publishing rules: every node takes them up, one at a time, none that point to nothing.

use crate::core_kit::{self as kit, at, new_rules};
use cases::{
    Cases, Ctx,
    http::dto::{DeadlineQuestion, LimitPreview},
    queries,
    rulebook::{NewRules, RuleKind},
};
use diesel::prelude::*;
use rules::words::{CaseKind, Urgency};
use serde_json::json;
use std::time::Duration;
use store::{
    Store, StoreError,
    requests::ClientRequest,
    schema::{cases as case_table, units},
    testkit::{on_both, on_both_kits},
};

fn longer() -> String {
    RuleKind::Deadlines.shipped().replacen("resolve = \"5wd\"", "resolve = \"8wd\"", 1)
}

async fn publish(cases: &Cases, kind: RuleKind, text: impl Into<String>) -> Result<i64, String> {
    let admin = at(209, kit::monday());
    let published = cases.rules.publish(&cases.store, &admin, new_rules(kind, text)).await;
    published.map_err(|error| error.to_string())
}

/// The limit to resolve an ordinary complaint, and what people call its rule.
async fn resolve(cases: &Cases) -> LimitPreview {
    let question = json!({ "kind": "complaint", "channel": "window", "urgency": "ordinary" });
    let question: DeadlineQuestion = serde_json::from_value(question).expect("a question");
    let preview = queries::deadline_preview(cases, question, kit::monday()).await.expect("limits");
    preview.limits.into_iter().find(|limit| limit.clock == "resolve").expect("a limit to resolve")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_node_publishes_the_others_obey() {
    on_both_kits(async |kit_| {
        let here = kit::county(&kit_.store).await;
        let elsewhere = Store::open(kit_.config.clone()).await.expect("a second node");
        let there = Cases::open(elsewhere.clone()).await.expect("the rules");
        // What is published between loading and following is not missed either.
        assert_eq!(publish(&here, RuleKind::Supervision, RuleKind::Supervision.shipped()).await, Ok(1));
        let follower = tokio::spawn(there.rules.clone().follow(elsewhere));
        assert!(stands(&there, RuleKind::Supervision).await);
        assert_eq!(resolve(&there).await.limit, "5wd");

        assert_eq!(publish(&here, RuleKind::Deadlines, longer()).await, Ok(1));
        assert_eq!(resolve(&here).await.limit, "8wd", "at once where it was published");
        assert!(stands(&there, RuleKind::Deadlines).await, "and soon elsewhere");
        assert_eq!(resolve(&there).await.limit, "8wd");
        follower.abort();
    })
    .await;
}

/// Whether version 1 of a kind is in force within a while.
async fn stands(cases: &Cases, kind: RuleKind) -> bool {
    for _ in 0..400 {
        if cases.rules.current().versions[&kind] == 1 {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_that_point_to_nothing_are_not_published() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let routing = |department: &str, target: &str| {
            format!(
                "departments = {{ 03 = \"{department}\" }}\n[[rules]]\nid = \"all\"\ntarget = \"{target}\"\n"
            )
        };
        assert_eq!(publish(&cases, RuleKind::Routing, routing("roads", "unit:water")).await, Ok(1));
        let refused = publish(&cases, RuleKind::Routing, routing("nowhere", "unit:nobody")).await;
        let said = "rules: routing.unknown_unit: no active unit has the code: nobody, nowhere";
        assert_eq!(refused, Err(said.to_owned()));
        retire(&store, kit::WATER).await;
        let refused = publish(&cases, RuleKind::Routing, routing("roads", "unit:water")).await;
        assert!(refused.is_err_and(|said| said.ends_with("code: water")), "a retired unit takes nothing");

        let category = |code: &str| {
            let shipped = RuleKind::Deadlines.shipped();
            format!("{shipped}\n[[rules]]\nid = \"x\"\npriority = 40\ncategory = \"{code}\"\nlimits = {{ resolve = \"3wd\" }}\n")
        };
        let refused = publish(&cases, RuleKind::Deadlines, category("9999")).await;
        let said = "rules: deadlines.unknown_category: the catalogue has no category: 9999";
        assert_eq!(refused, Err(said.to_owned()));
        assert_eq!(publish(&cases, RuleKind::Deadlines, category("0102")).await, Ok(1));
        let refused = publish(&cases, RuleKind::Catalogue, without("0102")).await;
        assert_eq!(refused, Err(said.replace("9999", "0102")), "deadline rules name it");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_category_of_open_cases_stays_a_leaf() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let registered = cases.register(&at(201, kit::monday()), kit::matter(CaseKind::Request, &[])).await;
        let id = registered.expect("registered").case_id;
        let verified = kit::verified(CaseKind::Request, Urgency::Ordinary);
        cases.run(&at(203, kit::monday()), id, verified).await.expect("verified");

        let said = format!("rules: catalogue.in_use: open cases have the category: {}", kit::CATEGORY);
        assert_eq!(publish(&cases, RuleKind::Catalogue, without(kit::CATEGORY)).await, Err(said.clone()));
        let below = format!("  {{ code = \"{}01\", zh = \"下\", en = \"below\" }},\n]\n", kit::CATEGORY);
        let deeper = RuleKind::Catalogue.shipped().replacen("\n]\n", &format!("\n{below}"), 1);
        assert_eq!(publish(&cases, RuleKind::Catalogue, deeper).await, Err(said), "no leaf any more");
        assert_eq!(publish(&cases, RuleKind::Catalogue, without("0102")).await, Ok(1), "nobody has this one");

        let end = move |tx: &mut store::Tx<'_>| -> Result<(), StoreError> {
            diesel::update(case_table::table.find(id)).set(case_table::open.eq(false)).execute(tx.conn())?;
            Ok(())
        };
        store.write(end).await.expect("ended");
        assert_eq!(publish(&cases, RuleKind::Catalogue, without(kit::CATEGORY)).await, Ok(2));
    })
    .await;
}

/// The shipped catalogue without a category.
fn without(code: &str) -> String {
    let named = format!("  {{ code = \"{code}\"");
    let lines = RuleKind::Catalogue.shipped().lines().filter(|line| !line.starts_with(&named));
    let text: String = lines.map(|line| format!("{line}\n")).collect();
    assert!(text.len() < RuleKind::Catalogue.shipped().len(), "{code} is in the catalogue");
    text
}

async fn retire(store: &Store, unit: i64) {
    let retire = move |tx: &mut store::Tx<'_>| -> Result<(), StoreError> {
        diesel::update(units::table.find(unit)).set(units::active.eq(false)).execute(tx.conn())?;
        Ok(())
    };
    store.write(retire).await.expect("retired");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_publish_over_the_same_version_one_does() {
    on_both_kits(async |kit_| {
        let here = kit::county(&kit_.store).await;
        let elsewhere = Store::open(kit_.config.clone()).await.expect("a second node");
        let there = Cases::open(elsewhere).await.expect("the rules");
        let admin = at(209, kit::monday());
        for (from, kind) in [(0, RuleKind::Deadlines), (1, RuleKind::Deadlines), (0, RuleKind::Supervision)] {
            let new = NewRules { made_from: Some(from), ..new_rules(kind, kind.shipped()) };
            let (one, other) = tokio::join!(
                here.rules.publish(&here.store, &admin, new.clone()),
                there.rules.publish(&there.store, &admin, new.clone())
            );
            let codes = [one, other].map(|done| done.map_err(|error| error.code()));
            assert!(codes.contains(&Ok(from + 1)), "{codes:?}");
            assert!(codes.contains(&Err("version.conflict")), "{codes:?}");
        }
        // A node that has not heard of the catalogue judges by the one that stands.
        assert_eq!(publish(&here, RuleKind::Catalogue, without("0102")).await, Ok(1));
        let stale = format!(
            "{}\n[[rules]]\nid = \"x\"\npriority = 40\ncategory = \"0102\"\nlimits = {{ resolve = \"3wd\" }}\n",
            RuleKind::Deadlines.shipped()
        );
        let refused = publish(&there, RuleKind::Deadlines, stale).await;
        assert!(refused.is_err_and(|said| said.contains("deadlines.unknown_category")));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_gets_its_outcome() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let request =
            |body: u8| ClientRequest { actor: 209, client_id: "0190-b".into(), body_hash: vec![body; 32] };
        let ctx = |body| Ctx { request: Some(request(body)), ..at(209, kit::monday()) };
        let new = NewRules { made_from: Some(0), ..new_rules(RuleKind::Deadlines, longer()) };
        let publish = async |ctx: Ctx, new: NewRules| {
            cases.rules.publish(&store, &ctx, new).await.map_err(|error| error.code())
        };
        assert_eq!(publish(ctx(1), new.clone()).await, Ok(1));
        assert_eq!(publish(ctx(1), new.clone()).await, Ok(1));
        assert_eq!(publish(ctx(2), new.clone()).await, Err("request.client_id_reused"));
        let other = Ctx { request: None, ..ctx(1) };
        assert_eq!(publish(other, new).await, Err("version.conflict"));
        let versions = queries::rule_set_versions(&cases, RuleKind::Deadlines).await.expect("versions");
        assert_eq!(versions.items.len(), 2, "the shipped one and one more");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_on_the_last_loaded_day_is_set_though_its_red_card_lies_beyond() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let late = "2026-12-24T02:00:00Z".parse().expect("an instant");
        let id = kit::dispatched(&cases, late, kit::matter(CaseKind::Request, &[]), (kit::ROADS, &[])).await;
        let due = kit::case(&cases, id).await.due_at.map(store::at).map(|due| due.to_string());
        assert_eq!(
            due.as_deref(),
            Some("2026-12-31T10:00:00Z"),
            "five working days: the end of the last one"
        );
        assert_eq!(kit::act(&cases, (221, late), id, "sign", json!({})).await, Ok(()));
    })
    .await;
}
