//! Whatever is listed, searched, exported or told live is exactly what the pure rule lets be seen.

use crate::web_kit::{self as kit, Planted};
use cases::{
    Cases, export,
    follow::{Live, Step, index},
    http::dto::{Desk, ListQuestion, SearchQuestion, SupervisionKind, SupervisionQuestion},
    queries::{self, Ask},
};
use people::{
    AccountActor, Role,
    scope::{Viewer, can_see},
};
use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::select,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use std::collections::BTreeSet;
use store::{Store, events, ms, testkit::on_both};

const WORD: &str = "漏水";

fn any_unit() -> impl Strategy<Value = i64> + Clone {
    select(vec![
        kit::CENTRE,
        kit::WATER,
        kit::WATER_OFFICE,
        kit::ROADS,
        kit::TOWN,
        kit::VILLAGE,
        kit::OTHER_TOWN,
    ])
}

fn any_case() -> impl Strategy<Value = Planted> {
    let places = select(vec![
        [Some(kit::COUNTY_AREA), Some(kit::TOWN_AREA), Some(kit::VILLAGE_AREA), Some(kit::GRID_AREA)],
        [Some(kit::COUNTY_AREA), Some(kit::OTHER_TOWN_AREA), None, None],
        [Some(kit::COUNTY_AREA), None, None, None],
        [None, None, None, None],
    ]);
    let account = || option::weighted(0.3, 201..206_i64);
    (
        select(vec!["complaint", "request", "wrongdoing_report"]),
        select(vec!["open", "restricted", "sealed"]),
        select(vec!["received", "verified", "in_progress", "under_review", "callback", "closed"]),
        (vec(any_unit(), 0..3), option::of(any_unit()), any_unit(), account()),
        (any_unit(), account(), option::weighted(0.3, any_unit())),
        places,
        (-40..40_i64, option::weighted(0.9, -40..40_i64)),
    )
        .prop_map(|(kind, confidentiality, state, owners, origin, place, (received, due))| Planted {
            kind,
            confidentiality,
            state,
            units: owners.0,
            host: owners.1,
            owner: owners.2,
            owner_account: owners.3,
            registered_unit: origin.0,
            registered_by: origin.1,
            reported: origin.2,
            place,
            received_at: ms(kit::now()) - kit::hours(100) + kit::hours(received),
            next_due_at: due.map(|due| ms(kit::now()) + kit::hours(due)),
            order_state: Some("in_progress"),
            ..Planted::default()
        })
}

fn any_actor() -> impl Strategy<Value = AccountActor> {
    let area = select(vec![kit::COUNTY_AREA, kit::TOWN_AREA, kit::VILLAGE_AREA, kit::OTHER_TOWN_AREA]);
    let grant = (select(Role::ALL), option::weighted(0.5, any_unit()), option::weighted(0.2, area));
    (201..206_i64, any_unit(), vec(grant, 1..3))
        .prop_map(|(account, unit, held)| AccountActor::new(account, unit, "", &held, &kit::tree()))
}

fn samples<T: std::fmt::Debug>(strategy: impl Strategy<Value = T>, count: usize) -> Vec<T> {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    (0..count).map(|_| strategy.new_tree(&mut runner).expect("a sample").current()).collect()
}

/// The cases that the pure rule lets this viewer see.
async fn truth(store: &Store, ids: &[i64], actor: &AccountActor) -> BTreeSet<i64> {
    let (ids, viewer) = (ids.to_vec(), Viewer::from(actor));
    let seen = store.read(move |conn| {
        use diesel::prelude::*;
        let rows: Vec<cases::model::CaseRow> =
            store::schema::cases::table.filter(store::schema::cases::id.eq_any(ids)).load(conn)?;
        let facts = queries::facts(conn, &rows)?;
        let seen = rows.iter().zip(facts).filter(|(_, facts)| can_see(&viewer, facts)).map(|(row, _)| row.id);
        Ok::<BTreeSet<i64>, cases::CaseError>(seen.collect())
    });
    seen.await.expect("facts are read")
}

async fn whole_list(service: &Cases, ask: &Ask, question: ListQuestion) -> Option<Vec<i64>> {
    let mut question = ListQuestion { limit: Some(3), ..question };
    let mut ids = Vec::new();
    loop {
        let page = match queries::list(service, ask, question.clone()).await {
            Ok(page) => page,
            Err(cases::CaseError::Forbidden) => return None,
            Err(error) => panic!("{error}"),
        };
        ids.extend(page.items.iter().map(|row| row.id.0));
        match page.next_cursor {
            Some(cursor) => question.cursor = Some(cursor),
            None => return Some(ids),
        }
    }
}

async fn found(service: &Cases, ask: &Ask) -> BTreeSet<i64> {
    let mut question = SearchQuestion { q: WORD.into(), cursor: None, limit: Some(7), total: None };
    let mut ids = BTreeSet::new();
    loop {
        let page = queries::search(service, ask, question.clone()).await.expect("a search");
        for row in &page.items {
            assert!(ids.insert(row.case.id.0), "a search page doubles a case");
        }
        match page.next_cursor {
            Some(cursor) => question.cursor = Some(cursor),
            None => return ids,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_list_shows_what_the_rule_lets_be_seen() {
    on_both(async |store| {
        let service = kit::county(&store).await;
        let mut ids = Vec::new();
        for planted in samples(any_case(), 60) {
            ids.push(kit::plant(&store, planted).await);
        }
        store.sequence().await.expect("positions");
        let log = store.read(|conn| events::after(conn, 0, 1_000)).await.expect("the log");
        index(store.clone(), log).await.expect("the index");
        let mut something = 0;
        for actor in samples(any_actor(), 40) {
            let ask = kit::ask(&actor);
            let may = truth(&store, &ids, &actor).await;
            something += may.len();
            check_lists(&service, &ask, &may).await;
            check_live(&store, &ask, &may).await;
        }
        assert!(something > 200, "the sample shows too little: {something}");
    })
    .await;
}

async fn check_lists(service: &Cases, ask: &Ask, may: &BTreeSet<i64>) {
    for desk in Desk::ALL {
        let question = ListQuestion { desk: Some(*desk), ..ListQuestion::default() };
        let Some(listed) = whole_list(service, ask, question).await else { continue };
        let distinct: BTreeSet<i64> = listed.iter().copied().collect();
        assert_eq!(distinct.len(), listed.len(), "{desk:?} doubles a row");
        assert!(distinct.is_subset(may), "{desk:?} shows what must not be seen");
        if *desk == Desk::All {
            assert_eq!(&distinct, may, "the whole list is everything that may be seen");
            for due in [true, false] {
                let question = ListQuestion {
                    due: Some(if due {
                        cases::http::dto::DueFilter::Late
                    } else {
                        cases::http::dto::DueFilter::Soon
                    }),
                    ..ListQuestion::default()
                };
                let listed = whole_list(service, ask, question).await.expect("a list");
                assert!(listed.iter().all(|id| may.contains(id)));
            }
            assert_eq!(&found(service, ask).await, may, "the search finds everything that may be seen");
            let export = export::collect(service, ask, ListQuestion::default()).await.expect("an export");
            let exported: BTreeSet<i64> = export.rows.iter().map(|row| row.id.0).collect();
            assert_eq!(&exported, may, "the export is the list");
        }
    }
    for list in
        [SupervisionKind::Soon, SupervisionKind::Late, SupervisionKind::Cards, SupervisionKind::Orders]
    {
        let question = SupervisionQuestion { list, unit: None, cursor: None, limit: Some(200) };
        let page = queries::supervision(service, ask, question).await.expect("a list");
        assert!(page.items.iter().all(|row| may.contains(&row.case.id.0)));
    }
}

async fn check_live(store: &Store, ask: &Ask, may: &BTreeSet<i64>) {
    let mut listener = Live::new(store.clone()).listen(Some(0)).await.expect("a listener");
    let Some(Step::Batch(batch)) = listener.next().await.expect("a batch") else { panic!("no batch") };
    let heard: BTreeSet<i64> = batch
        .heard_by(&ask.viewer(), ask.actor.account_id)
        .map(|change| change.changes.iter().map(|case| case.case_id.0).collect())
        .unwrap_or_default();
    assert_eq!(&heard, may, "live tells of exactly what may be seen");
}

/// 检举控告: whoever belongs to the reported unit, or to one under it, meets the case nowhere.
#[tokio::test(flavor = "multi_thread")]
async fn a_report_of_wrongdoing_never_reaches_the_reported_unit() {
    on_both(async |store| {
        let service = kit::county(&store).await;
        let report = Planted {
            kind: "wrongdoing_report",
            confidentiality: "sealed",
            reported: Some(kit::WATER),
            // Even a careless hand that made it a co-handler opens nothing.
            units: vec![kit::WATER, kit::WATER_OFFICE],
            host: Some(kit::WATER),
            order_state: Some("dispatched"),
            ..Planted::default()
        };
        let id = kit::plant(&store, report).await;
        store.sequence().await.expect("positions");
        let log = store.read(|conn| events::after(conn, 0, 1_000)).await.expect("the log");
        index(store.clone(), log).await.expect("the index");
        for (unit, role) in [
            (kit::WATER, Role::Liaison),
            (kit::WATER, Role::Leader),
            (kit::WATER_OFFICE, Role::Liaison),
            (kit::WATER, Role::Supervisor),
        ] {
            let ask = kit::ask(&kit::actor(210, unit, role));
            check_lists(&service, &ask, &BTreeSet::new()).await;
            check_live(&store, &ask, &BTreeSet::new()).await;
            let page = queries::page(&service, &ask, &id.to_string()).await;
            assert!(matches!(page, Err(cases::CaseError::NotFound)), "the page must not be found");
            let desks = queries::desks(&service, &ask).await.expect("desks");
            assert!(desks.desks.iter().all(|desk| desk.count == 0), "not even counted");
        }
        let steward = kit::ask(&kit::actor(211, kit::CENTRE, Role::Steward));
        let seen = whole_list(&service, &steward, ListQuestion::default()).await.expect("a list");
        assert_eq!(seen, vec![id], "the centre's steward, whose unit owns it, does see it");
    })
    .await;
}
