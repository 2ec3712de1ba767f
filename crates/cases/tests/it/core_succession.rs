//! What becomes of cases when a unit is retired: no successor gets what it may not have.

use crate::{
    core_invariants::violations,
    core_kit::{self as kit, CENTRE, HOUSING, OFFICE, ROADS, TOWN, TOWN_2, VILLAGE, WATER, at},
    core_promise::tallies_agree,
};
use cases::{
    Cases,
    commands::{self as c, Command, Register},
    model::CaseRow,
};
use diesel::prelude::*;
use rules::words::{CaseKind, Urgency};
use store::{StoreError, schema, testkit::on_both};

async fn does<C: Command>(cases: &Cases, who: i64, case: i64, command: C) {
    cases.run(&at(who, kit::monday()), case, command).await.expect("allowed");
}

fn by_hand(host: i64, co_handlers: &[i64]) -> c::Dispatch {
    c::Dispatch {
        host: Some(host),
        co_handlers: co_handlers.to_vec(),
        resolution_class: None,
        designated: false,
        reason: "按职责".into(),
    }
}

/// A report of wrongdoing about a unit, with its host.
async fn report(cases: &Cases, about: i64, host: i64, co_handlers: &[i64]) -> i64 {
    let input = Register {
        reported_unit_id: Some(about),
        ..kit::matter(CaseKind::WrongdoingReport, &["13800000001"])
    };
    let id = cases.register(&at(201, kit::monday()), input).await.expect("registers").case_id;
    let found = kit::verified(CaseKind::WrongdoingReport, Urgency::Ordinary);
    does(cases, 203, id, c::Verify { reported_unit_id: Some(about), nobody_named: false, ..found }).await;
    does(cases, 204, id, by_hand(host, co_handlers)).await;
    id
}

/// An ordinary matter at its host.
async fn request(cases: &Cases, host: i64) -> i64 {
    let input = kit::matter(CaseKind::Request, &["13800000001"]);
    let id = cases.register(&at(201, kit::monday()), input).await.expect("registers").case_id;
    does(cases, 203, id, kit::verified(CaseKind::Request, Urgency::Ordinary)).await;
    does(cases, 204, id, by_hand(host, &[])).await;
    id
}

/// Retires a unit as `people` does, and looks at what every case has become.
async fn retire(cases: &Cases, unit: i64, successor: i64) -> usize {
    let rules = cases.rules.current();
    let job = move |tx: &mut store::Tx<'_>| {
        let moved = c::reassign(tx, &rules, c::Owned::Unit { unit, successor }, kit::monday())?;
        diesel::update(schema::units::table.find(unit))
            .set(schema::units::active.eq(false))
            .execute(tx.conn())?;
        Ok::<_, cases::CaseError>(moved)
    };
    let moved = cases.store.write(job).await.expect("hands on");
    let ids: Vec<i64> = cases
        .store
        .read(|conn| Ok::<_, StoreError>(schema::cases::table.select(schema::cases::id).load(conn)?))
        .await
        .expect("cases");
    for id in ids {
        assert_eq!(violations(cases, id).await, Vec::<String>::new());
    }
    tallies_agree(cases).await;
    moved
}

fn place(case: &CaseRow) -> (&str, i64, Option<i64>) {
    (case.state.as_str(), case.owner_unit_id, case.reported_unit_id)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_does_not_fall_to_the_unit_it_is_about() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let fresh = report(&cases, WATER, HOUSING, &[]).await;
        let answered = report(&cases, WATER, HOUSING, &[]).await;
        does(&cases, 241, answered, c::Sign { handler: None }).await;
        let suspended = report(&cases, WATER, HOUSING, &[]).await;
        does(&cases, 241, suspended, c::Sign { handler: None }).await;
        let suspend = c::Suspend { basis: "appraisal".into(), reason: "鉴定中".into(), review_at: None };
        does(&cases, 204, suspended, suspend).await;
        let answer = c::Reply { text: "已查明".into(), result: "done".into(), submit: true };
        does(&cases, 241, answered, answer).await;
        let helped = report(&cases, WATER, ROADS, &[HOUSING]).await;

        assert_eq!(retire(&cases, HOUSING, WATER).await, 4);
        for id in [fresh, answered, suspended] {
            assert_eq!(place(&kit::case(&cases, id).await), ("verified", CENTRE, Some(WATER)));
        }
        let kept = kit::case(&cases, helped).await;
        assert_eq!((kept.state.as_str(), kept.host_unit_id), ("dispatched", Some(ROADS)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reported_unit_that_is_retired_takes_its_report_along() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let led = report(&cases, ROADS, HOUSING, &[WATER]).await;
        let helped = report(&cases, ROADS, WATER, &[HOUSING]).await;
        assert_eq!(retire(&cases, ROADS, HOUSING).await, 2);
        assert_eq!(place(&kit::case(&cases, led).await), ("verified", CENTRE, Some(HOUSING)));
        let kept = kit::case(&cases, helped).await;
        assert_eq!(place(&kept), ("dispatched", CENTRE, Some(HOUSING)));
        assert_eq!(kept.host_unit_id, Some(WATER));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stands_under_the_reported_unit_or_may_not_lead_is_no_heir() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let about = report(&cases, WATER, HOUSING, &[]).await;
        assert_eq!(retire(&cases, HOUSING, OFFICE).await, 1);
        assert_eq!(place(&kit::case(&cases, about).await), ("verified", CENTRE, Some(WATER)));

        let ordinary = request(&cases, TOWN).await;
        does(&cases, 251, ordinary, c::Sign { handler: None }).await;
        assert_eq!(retire(&cases, TOWN, VILLAGE).await, 1);
        assert_eq!(place(&kit::case(&cases, ordinary).await), ("verified", CENTRE, None));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_outlives_the_unit_that_was_called() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let input = kit::matter(CaseKind::Request, &["13800000001"]);
        let id = cases.register(&at(201, kit::monday()), input).await.expect("registers").case_id;
        does(&cases, 203, id, kit::verified(CaseKind::Request, Urgency::Ordinary)).await;
        let call = c::Whistle { units: vec![ROADS, HOUSING], reason: "占道".into() };
        does(&cases, 204, id, by_hand(TOWN, &[])).await;
        does(&cases, 251, id, call).await;
        does(&cases, 204, id, c::Recall { reason: "改派".into() }).await;
        does(&cases, 207, id, c::ApproveWhistle { units: Vec::new(), reason: String::new() }).await;
        assert_eq!(retire(&cases, ROADS, WATER).await, 1, "called, without an order");
        does(&cases, 231, id, c::WhistleArrive {}).await;
        assert_eq!(retire(&cases, HOUSING, WATER).await, 1, "the successor has come already");
        does(&cases, 204, id, by_hand(TOWN_2, &[])).await;
        assert_eq!(violations(&cases, id).await, Vec::<String>::new());
    })
    .await;
}
