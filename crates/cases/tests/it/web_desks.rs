//! The dispatcher's desk by what is to be decided there; search hits with the piece of the text that has the words.

use crate::core_kit::{self as kit, ROADS, WATER};
use cases::{
    Cases,
    http::dto::{CaseRow, Desk, ListQuestion, SearchQuestion},
    queries::{self, Ask},
};
use rules::words::{CaseKind, Urgency};
use serde_json::{Value, json};
use std::time::Duration;
use store::{Timestamp, testkit::on_both};

const DISPATCHER: i64 = 204;

async fn does(cases: &Cases, (who, now): (i64, Timestamp), id: i64, action: &str, body: Value) {
    assert_eq!(kit::act(cases, (who, now), id, action, body).await, Ok(()), "{action} by {who}");
}

/// What waits on the dispatcher's desk.
#[derive(Clone, Copy)]
enum Waits {
    Dispatch,
    Return,
    Extension,
    Whistle,
    /// A whistle that was taken in as a matter to be dispatched too.
    WhistleAndDispatch,
}

use Waits::{Dispatch, Extension, Return, Whistle, WhistleAndDispatch};

async fn put(cases: &Cases, now: Timestamp, waits: Waits) -> i64 {
    let request = || kit::matter(CaseKind::Request, &["13800000001"]);
    match waits {
        Waits::Dispatch => {
            let id = cases.register(&kit::at(201, now), request()).await.expect("registers").case_id;
            let verified = kit::verified(CaseKind::Request, Urgency::Ordinary);
            cases.run(&kit::at(203, now), id, verified).await.expect("verified");
            id
        }
        Waits::Return => {
            let id = kit::dispatched(cases, now, request(), (ROADS, &[])).await;
            does(cases, (221, now), id, "request_return", json!({ "reason": "不属于", "basis": "三定方案" }))
                .await;
            id
        }
        Waits::Extension => {
            let id = kit::dispatched(cases, now, request(), (ROADS, &[])).await;
            does(cases, (221, now), id, "sign", json!({})).await;
            let due = kit::case(cases, id).await.due_at.map(store::at).expect("a date");
            let until = (due + Duration::from_secs(86_400)).to_string();
            let asked = json!({ "until": until, "reason": "材料未到", "person_told": "yes" });
            does(cases, (221, now), id, "request_extension", asked).await;
            id
        }
        Waits::Whistle | Waits::WhistleAndDispatch => {
            let mut input = kit::matter(CaseKind::Whistle, &[]);
            input.units_needed = vec![ROADS, WATER];
            let id = cases.register(&kit::at(251, now), input).await.expect("registers").case_id;
            if matches!(waits, Waits::WhistleAndDispatch) {
                let verified = kit::verified(CaseKind::Whistle, Urgency::Ordinary);
                cases.run(&kit::at(203, now), id, verified).await.expect("verified");
            }
            id
        }
    }
}

/// The whole desk, three rows at a time.
async fn desk(cases: &Cases, now: Timestamp, part: Option<&str>) -> Vec<CaseRow> {
    let ask = Ask { actor: kit::actor(DISPATCHER), now };
    let desk = Some(Desk::Dispatch);
    let mut question =
        ListQuestion { desk, part: part.map(Into::into), limit: Some(3), ..ListQuestion::default() };
    let mut rows = Vec::new();
    loop {
        let page = queries::list(cases, &ask, question.clone()).await.expect("a page");
        rows.extend(page.items);
        match page.next_cursor {
            Some(cursor) => question.cursor = Some(cursor),
            None => return rows,
        }
    }
}

/// The desk's own count says how many of the nine are overdue by the clocks that are shown.
async fn counts_what_it_shows(cases: &Cases, then: Timestamp) {
    let late = desk(cases, then, None).await;
    let late = late.iter().filter(|row| row.promise.due_at.is_some_and(|due| due.0 < then)).count();
    let ask = Ask { actor: kit::actor(DISPATCHER), now: then };
    let desks = queries::desks(cases, &ask).await.expect("desks").desks;
    let told = desks.iter().find(|desk| desk.desk == Desk::Dispatch).expect("the desk");
    assert_eq!((told.count, told.late), (9, i64::try_from(late).expect("few")), "at {then}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dispatchers_desk_goes_by_the_clock_of_what_is_decided_there() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let waiting = [
            (0, Extension),
            (1, Dispatch),
            (2, Return),
            (3, Whistle),
            (4, Dispatch),
            (5, WhistleAndDispatch),
            (6, Return),
            (30, Extension),
            (31, Whistle),
        ];
        let mut put_there = Vec::new();
        for (minutes, waits) in waiting {
            let at = kit::monday() + Duration::from_secs(minutes * 60);
            put_there.push((put(&cases, at, waits).await, waits));
        }
        let now = kit::monday() + Duration::from_secs(3600);
        let rows = desk(&cases, now, None).await;
        let dues: Vec<Timestamp> = rows.iter().map(|row| row.promise.due_at.expect("a due").0).collect();
        assert!(dues.is_sorted(), "in the order of the clocks that are shown: {dues:?}");
        let mut seen: Vec<i64> = rows.iter().map(|row| row.id.0).collect();
        seen.sort_unstable();
        let mut all: Vec<i64> = put_there.iter().map(|(id, _)| *id).collect();
        all.sort_unstable();
        assert_eq!(seen, all, "each once");
        for (id, waits) in put_there {
            let promise = &rows.iter().find(|row| row.id.0 == id).expect("there").promise;
            let step = promise.next_step.as_deref();
            match waits {
                Waits::Dispatch => assert_eq!(step, Some("dispatch")),
                Waits::Return => assert_eq!(step, Some("return_decision")),
                Waits::Extension => assert_eq!(step, Some("extension_decision")),
                Waits::Whistle => assert_eq!(step, Some("whistle_review")),
                Waits::WhistleAndDispatch => {
                    assert!(matches!(step, Some("whistle_review" | "dispatch")), "{step:?}");
                }
            }
            assert_eq!(promise.owner_unit.id.0, kit::CENTRE, "the centre decides");
            assert!(promise.left.is_some() && promise.started_at.is_some());
        }
        let steps = |rows: &[CaseRow]| -> Vec<String> {
            rows.iter().filter_map(|row| row.promise.next_step.clone()).collect()
        };
        assert_eq!(steps(&desk(&cases, now, Some("extensions")).await), ["extension_decision"; 2]);
        assert_eq!(steps(&desk(&cases, now, Some("returns")).await), ["return_decision"; 2]);
        assert_eq!(steps(&desk(&cases, now, Some("to_dispatch")).await), ["dispatch"; 3]);
        for hours in [0, 4, 8, 30] {
            counts_what_it_shows(&cases, now + Duration::from_secs(hours * 3600)).await;
        }
        let ask = Ask { actor: kit::actor(DISPATCHER), now };
        let elsewhere = queries::list(&cases, &ask, ListQuestion::default()).await.expect("a list").items;
        let resolving = elsewhere.iter().filter(|row| row.promise.next_step.as_deref() == Some("resolve"));
        assert_eq!(resolving.count(), 2, "elsewhere an extension runs beside the work");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hit_that_no_title_explains_shows_where_the_words_stand() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let now = kit::monday();
        let mut input = kit::matter(CaseKind::Request, &["13800000001"]);
        input.title = "井盖缺失".into();
        input.detail = "井盖缺失，旁边一盏桥灯也不亮".into();
        let told = cases.register(&kit::at(201, now), input.clone()).await.expect("registers").case_id;
        input.detail = "没有别的".into();
        let id = kit::dispatched(&cases, now, input.clone(), (ROADS, &[])).await;
        does(&cases, (221, now), id, "sign", json!({})).await;
        let answer = json!({ "text": "井盖与桥灯均已修好", "result": "done" });
        does(&cases, (221, now), id, "reply", answer).await;
        input.title = "桥灯不亮".into();
        let named = cases.register(&kit::at(201, now), input).await.expect("registers").case_id;
        cases::follow::reindex(&store, &[told, id, named]).await.expect("indexed");

        let search = async |account: i64| {
            let question = SearchQuestion { q: "桥灯".into(), cursor: None, limit: None, total: None };
            let ask = Ask { actor: kit::actor(account), now };
            let found = queries::search(&cases, &ask, question).await.expect("a search").items;
            let mut found: Vec<_> = found.into_iter().map(|hit| (hit.case.id.0, hit.excerpt)).collect();
            found.sort();
            found
        };
        let pieces = [
            (told, Some("井盖缺失，旁边一盏桥灯也不亮".to_owned())),
            (id, Some("井盖与桥灯均已修好".to_owned())),
            (named, None),
        ];
        assert_eq!(search(203).await, pieces);
        assert_eq!(search(221).await, pieces[1..2], "of what one may not see nothing is shown");
    })
    .await;
}
