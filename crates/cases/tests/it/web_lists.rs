//! Desks, filters, paging.

use crate::web_kit::{self as kit, Planted};
use cases::{
    CaseError, Cases, export,
    http::dto::{
        ClockTone, Desk, DueFilter, Id, ListQuestion, SearchQuestion, SupervisionKind, SupervisionQuestion,
        TimeUnit,
    },
    queries::{self, Ask},
};
use diesel::prelude::*;
use people::{Role, scope::search_tokens};
use std::collections::BTreeSet;
use store::{
    Store, StoreError, Tx, ms,
    schema::{cards, overlays, persons, reporters, whistles},
    search::Document,
    testkit::on_both,
};

async fn ids(service: &Cases, ask: &Ask, question: ListQuestion) -> Vec<i64> {
    let page = queries::list(service, ask, question).await.expect("a list");
    page.items.iter().map(|row| row.id.0).collect()
}

fn at_desk(desk: Desk, part: Option<&str>) -> ListQuestion {
    ListQuestion { desk: Some(desk), part: part.map(ToOwned::to_owned), ..ListQuestion::default() }
}

async fn overlay(store: &Store, case: i64, kind: &'static str) {
    let written = store.write(move |tx| {
        let id = tx.id()?;
        diesel::insert_into(overlays::table)
            .values((
                overlays::id.eq(id),
                overlays::case_id.eq(case),
                overlays::kind.eq(kind),
                overlays::state.eq("open"),
                overlays::reason.eq(Vec::<u8>::new()),
                overlays::basis.eq(""),
                overlays::asked_at.eq(ms(kit::now())),
            ))
            .execute(tx.conn())?;
        Ok::<_, StoreError>(())
    });
    written.await.expect("an overlay");
}

#[expect(clippy::too_many_lines, reason = "one day, told in order")]
#[tokio::test(flavor = "multi_thread")]
async fn each_desk_shows_its_own_work_the_next_due_first() {
    on_both(async |store| {
        let service = kit::county(&store).await;
        let due = |hours| Some(ms(kit::now()) + kit::hours(hours));
        let late =
            kit::plant(&store, Planted { state: "received", next_due_at: due(-3), ..Planted::default() })
                .await;
        let still =
            kit::plant(&store, Planted { state: "received", next_due_at: None, ..Planted::default() }).await;
        let soon =
            kit::plant(&store, Planted { state: "received", next_due_at: due(2), ..Planted::default() })
                .await;
        let verified = kit::plant(&store, Planted { state: "verified", ..Planted::default() }).await;
        let returned =
            kit::plant(&store, Planted { state: "dispatched", next_due_at: due(1), ..Planted::default() })
                .await;
        overlay(&store, returned, "return_request").await;
        let whistled = kit::plant(&store, Planted { next_due_at: due(30), ..Planted::default() }).await;
        let written = store.write(move |tx| {
            let id = tx.id()?;
            diesel::insert_into(whistles::table)
                .values((
                    whistles::id.eq(id),
                    whistles::case_id.eq(whistled),
                    whistles::unit_id.eq(kit::TOWN),
                    whistles::state.eq("open"),
                    whistles::reason.eq(Vec::<u8>::new()),
                    whistles::whistled_at.eq(0),
                ))
                .execute(tx.conn())?;
            Ok::<_, StoreError>(())
        });
        written.await.expect("a whistle");
        let host = Planted {
            host: Some(kit::WATER),
            owner: kit::WATER,
            units: vec![kit::WATER],
            order_state: Some("dispatched"),
            state: "dispatched",
            next_due_at: due(5),
            ..Planted::default()
        };
        let mine = kit::plant(&store, host.clone()).await;
        let review = kit::plant(&store, Planted { state: "under_review", ..Planted::default() }).await;
        let callback = kit::plant(&store, Planted { state: "callback", ..Planted::default() }).await;
        kit::plant(&store, Planted { state: "closed", ..Planted::default() }).await;

        let steward = kit::ask(&kit::actor(201, kit::CENTRE, Role::Steward));
        assert_eq!(ids(&service, &steward, at_desk(Desk::Cleaning, None)).await, [late, soon, still]);
        assert_eq!(ids(&service, &steward, at_desk(Desk::Review, None)).await, [review]);
        let dispatcher = kit::ask(&kit::actor(202, kit::CENTRE, Role::Dispatcher));
        assert_eq!(
            ids(&service, &dispatcher, at_desk(Desk::Dispatch, None)).await,
            [returned, verified, whistled]
        );
        assert_eq!(
            ids(&service, &dispatcher, at_desk(Desk::Dispatch, Some("to_dispatch"))).await,
            [verified]
        );
        assert_eq!(ids(&service, &dispatcher, at_desk(Desk::Dispatch, Some("returns"))).await, [returned]);
        assert_eq!(ids(&service, &dispatcher, at_desk(Desk::Dispatch, Some("whistles"))).await, [whistled]);
        let liaison = kit::ask(&kit::actor(203, kit::WATER, Role::Liaison));
        assert_eq!(ids(&service, &liaison, at_desk(Desk::Unit, None)).await, [mine]);
        assert_eq!(ids(&service, &liaison, at_desk(Desk::Unit, Some("to_sign"))).await, [mine]);
        assert!(ids(&service, &liaison, at_desk(Desk::Unit, Some("in_progress"))).await.is_empty());
        let operator = kit::ask(&kit::actor(204, kit::CENTRE, Role::Operator));
        assert_eq!(ids(&service, &operator, at_desk(Desk::Callback, None)).await, [callback]);

        let refused = queries::list(&service, &liaison, at_desk(Desk::Cleaning, None)).await;
        assert!(matches!(refused, Err(CaseError::Forbidden)), "a desk that is not one's own is refused");
        let counts = queries::desks(&service, &dispatcher).await.expect("desks").desks;
        let dispatch = counts.iter().find(|count| count.desk == Desk::Dispatch).expect("the dispatch desk");
        assert_eq!((dispatch.count, dispatch.late), (3, 0));
        let parts: Vec<_> = dispatch.parts.iter().map(|part| (part.part.as_str(), part.count)).collect();
        assert_eq!(parts, [("to_dispatch", 1), ("returns", 1), ("extensions", 0), ("whistles", 1)]);
        let cleaning = queries::desks(&service, &steward).await.expect("desks").desks[0].clone();
        assert_eq!((cleaning.desk, cleaning.count, cleaning.late), (Desk::Cleaning, 3, 1));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_says_what_the_promise_bar_needs() {
    on_both(async |store| {
        let service = kit::county(&store).await;
        let started = ms(kit::now()) - kit::hours(24);
        let planted = Planted {
            next_due_at: Some(ms(kit::now()) + kit::hours(1)),
            received_at: started,
            host: Some(kit::WATER),
            owner: kit::WATER,
            units: vec![kit::WATER],
            order_state: Some("in_progress"),
            ..Planted::default()
        };
        kit::plant(&store, planted).await;
        let ask = kit::ask(&kit::actor(203, kit::WATER, Role::Liaison));
        let row =
            queries::list(&service, &ask, at_desk(Desk::Unit, None)).await.expect("a list").items.remove(0);
        assert_eq!(row.title.as_deref(), Some("村口水管漏水"));
        assert_eq!(row.promise.owner_unit.short_name, "水务局");
        assert_eq!(row.promise.next_step.as_deref(), Some("resolve"));
        assert_eq!(row.promise.tone, ClockTone::Soon);
        let left = row.promise.left.expect("something is left");
        assert_eq!((left.amount, left.unit), (60, TimeUnit::WorkingMinutes));
        assert_eq!(row.my_work_order.expect("my order").part, "host");
        assert_eq!(row.town.expect("a town").name, "永清镇");
        assert_eq!(row.host_unit.expect("a host").id, Id(kit::WATER));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_narrow_together() {
    on_both(async |store| {
        let service = kit::county(&store).await;
        let ask = kit::ask(&kit::actor(201, kit::CENTRE, Role::Supervisor));
        let here = kit::plant(&store, Planted { category: "0102", ..Planted::default() }).await;
        let elsewhere = Planted {
            place: [Some(kit::COUNTY_AREA), Some(kit::OTHER_TOWN_AREA), None, None],
            category: "",
            kind: "request",
            channel: "window",
            next_due_at: Some(ms(kit::now()) - kit::hours(1)),
            host: Some(kit::ROADS),
            received_at: ms(kit::now()) - kit::hours(24 * 20),
            ..Planted::default()
        };
        let there = kit::plant(&store, elsewhere).await;
        let over = kit::plant(&store, Planted { state: "closed", ..Planted::default() }).await;
        let list = async |question: ListQuestion| ids(&service, &ask, question).await;
        let all = ListQuestion::default();
        assert_eq!(
            list(all.clone()).await,
            [over, here, there],
            "the last received first, then the younger id"
        );
        assert_eq!(list(ListQuestion { open: Some(true), ..all.clone() }).await, [here, there]);
        assert_eq!(list(ListQuestion { state: Some("closed".into()), ..all.clone() }).await, [over]);
        assert_eq!(list(ListQuestion { town: Some(Id(kit::OTHER_TOWN_AREA)), ..all.clone() }).await, [there]);
        assert_eq!(list(ListQuestion { grid: Some(Id(kit::GRID_AREA)), ..all.clone() }).await, [over, here]);
        assert_eq!(list(ListQuestion { category: Some("01".into()), ..all.clone() }).await, [over, here]);
        assert_eq!(list(ListQuestion { category: Some("0102".into()), ..all.clone() }).await, [here]);
        assert_eq!(list(ListQuestion { category: Some("none".into()), ..all.clone() }).await, [there]);
        assert_eq!(list(ListQuestion { unit: Some(Id(kit::ROADS)), ..all.clone() }).await, [there]);
        assert_eq!(list(ListQuestion { due: Some(DueFilter::Late), ..all.clone() }).await, [there]);
        assert_eq!(list(ListQuestion { from: Some("2026-11-01".into()), ..all.clone() }).await, [over, here]);
        assert_eq!(list(ListQuestion { to: Some("2026-11-01".into()), ..all.clone() }).await, [there]);
        let both = ListQuestion { category: Some("01".into()), open: Some(true), ..all.clone() };
        assert_eq!(list(both).await, [here]);
        for (question, field) in [
            (ListQuestion { state: Some("open".into()), ..all.clone() }, "state"),
            (ListQuestion { category: Some("01%".into()), ..all.clone() }, "category"),
            (ListQuestion { category: Some(String::new()), ..all.clone() }, "category"),
            (ListQuestion { phone4: Some("12a4".into()), ..all.clone() }, "phone4"),
            (ListQuestion { from: Some("gestern".into()), ..all.clone() }, "from"),
            (ListQuestion { cursor: Some("'; --".into()), ..all.clone() }, "cursor"),
            (ListQuestion { limit: Some(0), ..all.clone() }, "limit"),
            (ListQuestion { limit: Some(201), ..all.clone() }, "limit"),
        ] {
            let Err(CaseError::Invalid(fields)) = queries::list(&service, &ask, question).await else {
                panic!("{field} must be refused");
            };
            assert_eq!(fields[0].0, field);
        }
    })
    .await;
}

/// Rows that come, go and move while one pages: what stood still is seen exactly once.
#[tokio::test(flavor = "multi_thread")]
async fn paging_never_skips_or_doubles() {
    on_both(async |store| {
        let service = kit::county(&store).await;
        let ask = kit::ask(&kit::actor(201, kit::CENTRE, Role::Steward));
        let mut still = Vec::new();
        for n in 0..23_i64 {
            // Many rows share their keys: only the id tells them apart.
            let at = ms(kit::now()) - kit::hours(n / 5);
            let due = (n % 7 != 0).then(|| ms(kit::now()) + kit::hours(n / 6));
            let planted =
                Planted { state: "received", received_at: at, next_due_at: due, ..Planted::default() };
            still.push(kit::plant(&store, planted).await);
        }
        still.sort_unstable();
        for desk in [Desk::All, Desk::Cleaning] {
            let mut seen = Vec::new();
            let mut question = ListQuestion { desk: Some(desk), limit: Some(4), ..ListQuestion::default() };
            loop {
                let page = queries::list(&service, &ask, question.clone()).await.expect("a page");
                assert!(page.items.len() <= 4);
                seen.extend(page.items.iter().map(|row| row.id.0));
                kit::plant(&store, Planted { state: "received", ..Planted::default() }).await;
                match page.next_cursor {
                    Some(cursor) => question.cursor = Some(cursor),
                    None => break,
                }
            }
            let mut of_still: Vec<i64> = seen.iter().copied().filter(|id| still.contains(id)).collect();
            of_still.sort_unstable();
            assert_eq!(of_still, still, "{desk:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn supervision_lists_what_is_soon_late_carded_and_ordered() {
    on_both(async |store| {
        let service = kit::county(&store).await;
        let ask = kit::ask(&kit::actor(201, kit::CENTRE, Role::Supervisor));
        let due = |hours| Some(ms(kit::now()) + kit::hours(hours));
        let received_at = ms(kit::now()) - kit::hours(48);
        let soon =
            kit::plant(&store, Planted { next_due_at: due(1), received_at, ..Planted::default() }).await;
        kit::plant(&store, Planted { next_due_at: due(400), received_at, ..Planted::default() }).await;
        let late =
            kit::plant(&store, Planted { next_due_at: due(-20), received_at, ..Planted::default() }).await;
        let ordered = kit::plant(&store, Planted { next_due_at: due(300), ..Planted::default() }).await;
        overlay(&store, ordered, "supervision").await;
        let closed = kit::plant(&store, Planted { state: "closed", ..Planted::default() }).await;
        for (n, case) in [late, closed].into_iter().enumerate() {
            let written = store.write(move |tx| {
                let id = tx.id()?;
                diesel::insert_into(cards::table)
                    .values((
                        cards::id.eq(id),
                        cards::case_id.eq(case),
                        cards::clock_id.eq(-1 - n as i64),
                        cards::unit_id.eq(kit::WATER),
                        cards::level.eq("yellow"),
                        cards::issued_at.eq(ms(kit::now()) - kit::hours(1)),
                    ))
                    .execute(tx.conn())?;
                Ok::<_, StoreError>(())
            });
            written.await.expect("a card");
        }
        let list = async |list| {
            let question = SupervisionQuestion { list, unit: None, cursor: None, limit: None };
            queries::supervision(&service, &ask, question).await.expect("a list")
        };
        let rows = list(SupervisionKind::Soon).await;
        assert_eq!(rows.items.iter().map(|row| row.case.id.0).collect::<Vec<_>>(), [soon]);
        assert_eq!((rows.counts.soon, rows.counts.late, rows.counts.cards, rows.counts.orders), (1, 1, 1, 1));
        let rows = list(SupervisionKind::Late).await;
        assert_eq!(rows.items.iter().map(|row| row.case.id.0).collect::<Vec<_>>(), [late]);
        assert_eq!(rows.items[0].case.promise.tone, ClockTone::Late);
        assert_eq!(rows.items[0].case.yellow_cards, 1);
        let rows = list(SupervisionKind::Cards).await;
        assert_eq!(
            rows.items.iter().map(|row| row.case.id.0).collect::<Vec<_>>(),
            [late],
            "not on what is over"
        );
        assert_eq!(rows.items[0].card.as_ref().expect("a card").level, "yellow");
        let rows = list(SupervisionKind::Orders).await;
        assert_eq!(rows.items.iter().map(|row| row.case.id.0).collect::<Vec<_>>(), [ordered]);
        assert_eq!(rows.items[0].order.as_ref().expect("an order").kind, "supervision");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn duplicates_are_near_in_place_time_and_words() {
    on_both(async |store| {
        let service = kit::county(&store).await;
        let ask = kit::ask(&kit::actor(201, kit::CENTRE, Role::Steward));
        let case = kit::plant(&store, Planted { state: "received", ..Planted::default() }).await;
        let twin = Planted {
            title: "自来水管漏水没人修".into(),
            detail: "村口自来水管漏了好几天，路面都结冰了。".into(),
            ..Planted::default()
        };
        let alike = kit::plant(&store, twin.clone()).await;
        let other =
            Planted {
                title: "广场舞扰民".into(), detail: "晚上十点还在放音乐".into(), ..twin.clone()
            };
        kit::plant(&store, Planted { category: "0901", place: [None; 4], ..other }).await;
        let long_ago = Planted { received_at: ms(kit::now()) - kit::hours(24 * 200), ..twin.clone() };
        kit::plant(&store, long_ago).await;
        kit::plant(&store, Planted { state: "merged", ..twin }).await;
        let found = queries::duplicates(&service, &ask, &case.to_string()).await.expect("duplicates").items;
        assert_eq!(found.iter().map(|row| row.case.id.0).collect::<Vec<_>>(), [alike]);
        assert!(found[0].likeness > 0.5, "{}", found[0].likeness);
        assert_eq!(found[0].reasons, ["same_grid", "same_category", "similar_words"]);
    })
    .await;
}

/// Somebody with this phone stands on a case.
async fn report(store: &Store, case: i64, phone: u8, confidential: bool) {
    let key = store.vault().new_key().expect("a key");
    let write = move |tx: &mut Tx<'_>| {
        let (person, reporter) = (tx.id()?, tx.id()?);
        tx.keep_key(&key, "person", person, kit::now())?;
        diesel::insert_into(persons::table)
            .values((
                persons::id.eq(person),
                persons::key_id.eq(key.id),
                persons::sealed.eq(vec![0]),
                persons::phone_hash.eq(vec![phone; 32]),
                persons::created_at.eq(0),
            ))
            .execute(tx.conn())?;
        diesel::insert_into(reporters::table)
            .values((
                reporters::id.eq(reporter),
                reporters::case_id.eq(case),
                reporters::origin_case_id.eq(case),
                reporters::person_id.eq(person),
                reporters::anonymous.eq(false),
                reporters::confidential.eq(confidential),
                reporters::contact.eq(true),
                reporters::joined_at.eq(0),
                reporters::attempts.eq(0),
            ))
            .execute(tx.conn())?;
        Ok::<_, StoreError>(())
    };
    store.write(write).await.expect("the reporter stands on the case");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_likeness_never_tells_who_a_confidential_reporter_is() {
    on_both(async |store| {
        let service = kit::county(&store).await;
        let planted = Planted { units: vec![kit::WATER], owner: kit::WATER, ..Planted::default() };
        let named = kit::plant(&store, planted.clone()).await;
        let hidden = kit::plant(&store, planted.clone()).await;
        let open = kit::plant(&store, planted).await;
        for (case, confidential) in [(named, false), (hidden, true), (open, false)] {
            report(&store, case, 8, confidential).await;
        }
        let same = async |role: Role, unit: i64, case: i64| {
            let ask = kit::ask(&kit::actor(203, unit, role));
            let found = queries::duplicates(&service, &ask, &case.to_string()).await.expect("duplicates");
            let same = found.items.iter().filter(|row| row.reasons.iter().any(|why| why == "same_reporter"));
            same.map(|row| row.case.id.0).collect::<BTreeSet<i64>>()
        };
        assert_eq!(same(Role::Steward, kit::CENTRE, named).await, BTreeSet::from([hidden, open]));
        assert_eq!(same(Role::Liaison, kit::WATER, named).await, BTreeSet::from([open]));
        assert_eq!(same(Role::Liaison, kit::WATER, hidden).await, BTreeSet::new());
    })
    .await;
}

/// Puts cases into the index as if this asker might find them.
async fn index(store: &Store, ask: &Ask, ids: Vec<i64>) {
    let scope = search_tokens(&ask.viewer());
    let write = move |tx: &mut Tx<'_>| {
        for case_id in &ids {
            tx.index(&Document { case_id: *case_id, text: "水管漏水".into(), scope: scope.clone() })?;
        }
        Ok::<_, StoreError>(())
    };
    store.write(write).await.expect("the documents are in the index");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_page_is_full_and_its_cursor_names_what_was_shown() {
    on_both(async |store| {
        let service = kit::county(&store).await;
        let ask = kit::ask(&kit::actor(203, kit::WATER, Role::Liaison));
        let shown = Planted { units: vec![kit::WATER], owner: kit::WATER, ..Planted::default() };
        let mut ids = Vec::new();
        for planted in [shown.clone(), shown.clone(), Planted::default(), shown, Planted::default()] {
            ids.push(kit::plant(&store, planted).await);
        }
        index(&store, &ask, ids.clone()).await;
        let question = |cursor| SearchQuestion { q: "水管".into(), cursor, limit: Some(2), total: None };
        let first = queries::search(&service, &ask, question(None)).await.expect("a page");
        assert_eq!(first.items.iter().map(|row| row.case.id.0).collect::<Vec<_>>(), [ids[3], ids[1]]);
        let cursor = first.next_cursor.expect("more follows");
        assert!(cursor.ends_with(&format!(".{}", ids[1])), "{cursor}");
        let second = queries::search(&service, &ask, question(Some(cursor))).await.expect("a page");
        assert_eq!(second.items.iter().map(|row| row.case.id.0).collect::<Vec<_>>(), [ids[0]]);
        assert_eq!(second.next_cursor, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn words_that_find_too_much_are_refused_and_not_cut() {
    on_both(async |store| {
        let service = kit::county(&store).await;
        let ask = kit::ask(&kit::actor(201, kit::CENTRE, Role::Supervisor));
        let question = ListQuestion { q: Some("水管".into()), ..ListQuestion::default() };
        index(&store, &ask, (1_000_001..=1_001_000).collect()).await;
        queries::list(&service, &ask, question.clone()).await.expect("a list");
        index(&store, &ask, vec![1_001_001]).await;
        for refused in [
            queries::list(&service, &ask, question.clone()).await.expect_err("a list would be cut"),
            export::collect(&service, &ask, question).await.expect_err("an export would be cut"),
        ] {
            assert!(matches!(&refused, CaseError::Invalid(fields) if fields[..] == [("q".to_owned(), "search.too_many")]));
        }
    })
    .await;
}
