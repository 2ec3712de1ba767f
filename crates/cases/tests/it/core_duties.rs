//! What a steward and a registrar must say: the category's answers, whom a report is about, who whistles for whom.

use crate::core_kit::{self as kit, CENTRE, COMMITTEE, PARTNER, ROADS, TOWN, TOWN_2, VILLAGE, WATER, at};
use cases::{CaseError, Cases, commands as c, model::contexts};
use diesel::prelude::*;
use people::Actor;
use rules::words::{CaseKind, Urgency};
use serde_json::{Map, Value, json};
use store::{
    StoreError,
    schema::{case_texts, cases as table, whistle_units, whistles},
    testkit::on_both,
};

/// The fields that were refused, with their codes.
fn fields(error: &CaseError) -> Vec<(&str, &str)> {
    match error {
        CaseError::Invalid(fields) => fields.iter().map(|(field, code)| (field.as_str(), *code)).collect(),
        other => panic!("{other}"),
    }
}

fn answers(pairs: &[(&str, &str)]) -> Map<String, Value> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect()
}

/// The answers that the case holds.
async fn form(cases: &Cases, id: i64) -> Value {
    let vault = cases.store.clone();
    let read = move |conn: &mut store::Conn| {
        let key: i64 = table::table.find(id).select(table::key_id).first(conn)?;
        let sealed: Vec<u8> = case_texts::table.find(id).select(case_texts::form).first(conn)?;
        let key = vault.vault().key(conn, key)?;
        vault.vault().open(&key, contexts::FORM, &sealed)
    };
    let text = cases.store.read(read).await.expect("opens");
    serde_json::from_slice(&text).expect("JSON")
}

/// 0406, geological hazards: asks `spot`, `danger!`, `households`; 1204, falling objects: `spot`, `danger!`.
fn found(category: &str, form: Option<Map<String, Value>>) -> c::Verify {
    c::Verify { category: category.into(), form, ..kit::verified(CaseKind::Hazard, Urgency::Ordinary) }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_category_requires_is_asked_when_it_is_found() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let now = kit::monday();
        let mut input = kit::matter(CaseKind::Hazard, &["13800000001"]);
        input.category = Some("0406".into());
        input.form = answers(&[("households", "many")]);
        let error = cases.register(&at(202, now), input.clone()).await.expect_err("no number");
        assert_eq!(fields(&error), [("form.households", "field.number")]);
        input.form = answers(&[("households", "12")]);
        let id = cases.register(&at(202, now), input).await.expect("the hotline need not ask all").case_id;
        let verify = async |found: c::Verify| cases.run(&at(203, now), id, found).await;
        let error = verify(found("0406", None)).await.expect_err("danger is required");
        assert_eq!(fields(&error), [("form.danger", "field.missing")]);
        let given = answers(&[("danger", "perhaps"), ("moon", "full")]);
        let error = verify(found("0406", Some(given))).await.expect_err("both are wrong");
        assert_eq!(fields(&error), [("form.moon", "field.not_asked"), ("form.danger", "field.unreadable")]);
        assert_eq!(form(&cases, id).await, json!({ "households": "12" }), "nothing was changed");
        let given = answers(&[("danger", "true"), ("households", "12"), ("spot", "后山")]);
        verify(found("0406", Some(given))).await.expect("complete");
        // The category turns out to be another: what it knows is kept, the rest goes.
        let correct = async |category: &str| {
            let with = found(category, None);
            cases.run(&at(203, now), id, c::Correct { with, reason: "重新归类".into() }).await
        };
        correct("1204").await.expect("its answers are there");
        assert_eq!(form(&cases, id).await, json!({ "danger": "true", "spot": "后山" }));
        correct("0101").await.expect("asks nothing of it");
        let error = correct("1204").await.expect_err("gone with the category");
        assert_eq!(fields(&error), [("form.danger", "field.missing")]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_of_wrongdoing_says_whom_it_is_about() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let now = kit::monday();
        let report = || kit::matter(CaseKind::WrongdoingReport, &["13800000001"]);
        let id = cases.register(&at(201, now), report()).await.expect("registers").case_id;
        let silent =
            c::Verify { nobody_named: false, ..kit::verified(CaseKind::WrongdoingReport, Urgency::Ordinary) };
        let named = |unit| c::Verify { reported_unit_id: Some(unit), ..silent.clone() };
        let nobody = c::Verify { nobody_named: true, ..silent.clone() };
        let verify = async |found: c::Verify| cases.run(&at(203, now), id, found).await;
        let error = verify(silent.clone()).await.expect_err("says nothing");
        assert_eq!(fields(&error), [("reported_unit_id", "field.missing")]);
        let both = c::Verify { nobody_named: true, ..named(WATER) };
        assert_eq!(fields(&verify(both).await.expect_err("both")), [("nobody_named", "field.contradicts")]);
        verify(nobody.clone()).await.expect("nobody is named");
        let route = cases.propose_host(id).await.expect("a proposal");
        assert_eq!(route.unit_id, CENTRE, "not the department of the category");
        let correct = async |with: c::Verify| {
            cases.run(&at(203, now), id, c::Correct { with, reason: "更正".into() }).await.map(drop)
        };
        let about = async || kit::case(&cases, id).await.reported_unit_id;
        correct(named(WATER)).await.expect("named after all");
        assert_eq!(about().await, Some(WATER));
        correct(named(ROADS)).await.expect("wrongly: another");
        assert_eq!(about().await, Some(ROADS));
        correct(silent.clone()).await.expect("left as it is");
        assert_eq!(about().await, Some(ROADS));
        correct(nobody).await.expect("wrongly: nobody");
        assert_eq!(about().await, None);
        correct(silent).await.expect("was said before");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_report_of_wrongdoing_only_administrations_know() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let now = kit::monday();
        let input = kit::matter(CaseKind::WrongdoingReport, &["13800000001"]);
        let id = kit::dispatched(&cases, now, input, (ROADS, &[])).await;
        for unit in [VILLAGE, COMMITTEE, PARTNER] {
            let body = json!({ "unit": unit.to_string(), "reason": "协助" });
            let refused = kit::act(&cases, (204, now), id, "add_co_handler", body).await;
            assert_eq!(refused, Err("dispatch.unit_not_allowed"), "{unit}");
        }
        let body = json!({ "unit": WATER.to_string(), "reason": "协助" });
        assert_eq!(kit::act(&cases, (204, now), id, "add_co_handler", body).await, Ok(()));
        // What turns out to be one is no longer theirs whom it had called.
        let mut input = kit::matter(CaseKind::Whistle, &[]);
        input.units_needed = vec![PARTNER, WATER];
        let id = cases.register(&at(251, now), input).await.expect("whistled").case_id;
        kit::act(&cases, (204, now), id, "approve_whistle", json!({})).await.expect("approved");
        let found = kit::verified(CaseKind::WrongdoingReport, Urgency::Ordinary);
        cases.run(&at(203, now), id, found).await.expect("verified");
        assert_eq!(calls(&cases, id).await, [(WATER, "called".into()), (PARTNER, "taken_back".into())]);
    })
    .await;
}

async fn calls(cases: &Cases, id: i64) -> Vec<(i64, String)> {
    let read = move |conn: &mut store::Conn| {
        let of_case: Vec<i64> =
            whistles::table.filter(whistles::case_id.eq(id)).select(whistles::id).load(conn)?;
        let calls = whistle_units::table.filter(whistle_units::whistle_id.eq_any(of_case));
        let calls = calls.order(whistle_units::unit_id);
        Ok::<_, StoreError>(calls.select((whistle_units::unit_id, whistle_units::state)).load(conn)?)
    };
    cases.store.read(read).await.expect("reads")
}

#[tokio::test(flavor = "multi_thread")]
async fn towns_and_villages_whistle_and_who_may_act_for_them() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let now = kit::monday();
        let whistle = |by: Option<i64>, needed: &[i64]| {
            let mut input = kit::matter(CaseKind::Whistle, &[]);
            (input.whistling_unit_id, input.units_needed) = (by, needed.to_vec());
            input
        };
        let refused = async |who: i64, input: c::Register| {
            let error = cases.register(&at(who, now), input).await.expect_err("refused");
            fields(&error)
                .iter()
                .map(|(field, code)| format!("{field} {code}"))
                .collect::<Vec<_>>()
                .join(", ")
        };
        assert_eq!(refused(202, whistle(None, &[ROADS])).await, "whistling_unit whistle.not_local");
        assert_eq!(refused(202, whistle(Some(TOWN), &[ROADS])).await, "whistling_unit whistle.not_yours");
        assert_eq!(refused(251, whistle(Some(TOWN_2), &[ROADS])).await, "whistling_unit whistle.not_yours");
        assert_eq!(refused(251, whistle(Some(ROADS), &[ROADS])).await, "whistling_unit whistle.not_local");
        assert_eq!(refused(251, whistle(None, &[])).await, "units_needed field.missing");
        let mut about = whistle(None, &[ROADS, kit::OFFICE]);
        about.reported_unit_id = Some(WATER);
        assert_eq!(refused(251, about).await, "units_needed dispatch.unit_not_allowed");
        let person = cases::Ctx::of(Actor::Citizen, now);
        let error = cases.register(&person, whistle(Some(TOWN), &[ROADS])).await.expect_err("a person");
        assert_eq!(fields(&error), [("whistling_unit", "whistle.not_yours")]);
        for (who, by) in [(251, TOWN), (271, VILLAGE)] {
            let id = cases.register(&at(who, now), whistle(None, &[ROADS])).await.expect("their own").case_id;
            let read = move |conn: &mut store::Conn| {
                let row = whistles::table.filter(whistles::case_id.eq(id)).select(whistles::unit_id);
                Ok::<i64, StoreError>(row.first(conn)?)
            };
            assert_eq!(store.read(read).await.expect("reads"), by);
        }
        let system = cases::Ctx::system(now);
        cases.register(&system, whistle(Some(TOWN), &[ROADS])).await.expect("history");
    })
    .await;
}
