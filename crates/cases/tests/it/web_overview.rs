//! The overview: cube plus tail, the rate's denominator, and whose figures somebody sees.

use crate::web_kit::{self as kit, Planted};
use cases::{
    CaseError, Cases,
    http::dto::{GroupMeasures, OverviewQuestion},
    queries::{self, Ask},
};
use people::{AccountActor, Role};
use store::{Store, StoreError, ms, tally::Delta, testkit::on_both};

async fn count(store: &Store, day: i64, measure: &'static str, (unit, town): (i64, i64), n: i64) {
    let written = store.write(move |tx| {
        tx.tally(&Delta {
            day,
            unit_id: unit,
            town_id: town,
            channel: "hotline".into(),
            kind: "complaint".into(),
            category: "0101".into(),
            counts: [(measure, n)].into(),
        })?;
        Ok::<_, StoreError>(())
    });
    written.await.expect("a count");
}

async fn overview(service: &Cases, ask: &Ask) -> cases::http::dto::Overview {
    let question = OverviewQuestion { from: Some("2026-11-15".into()), to: Some("2026-11-16".into()) };
    queries::overview(service, ask, question).await.expect("an overview")
}

fn keys(groups: &[GroupMeasures]) -> Vec<(&str, Option<&str>, i64)> {
    groups.iter().map(|group| (group.key.as_str(), group.zh.as_deref(), group.measures.due)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rate_counts_what_is_overdue_and_not_what_still_has_time() {
    on_both(async |store| {
        let service = kit::county(&store).await;
        let ask = kit::ask(&kit::actor(201, kit::CENTRE, Role::Supervisor));
        for (unit, due, on_time) in [(kit::WATER, 4, 3), (kit::ROADS, 2, 1)] {
            count(&store, 20_261_115, "due", (unit, kit::TOWN_AREA), due).await;
            count(&store, 20_261_115, "on_time", (unit, kit::TOWN_AREA), on_time).await;
        }
        count(&store, 20_261_116, "registered", (kit::CENTRE, kit::TOWN_AREA), 5).await;
        count(&store, 20_261_114, "registered", (kit::CENTRE, kit::TOWN_AREA), 9).await;
        // Open, due at eleven today: it is ten now. The cubes count it already.
        let ahead = Planted {
            host: Some(kit::WATER),
            next_due_at: Some(ms(kit::now()) + kit::hours(1)),
            ..Planted::default()
        };
        kit::plant(&store, ahead).await;
        count(&store, 20_261_116, "due", (kit::WATER, kit::TOWN_AREA), 1).await;
        // Open and overdue since nine.
        let over = Planted {
            host: Some(kit::ROADS),
            next_due_at: Some(ms(kit::now()) - kit::hours(1)),
            ..Planted::default()
        };
        kit::plant(&store, over).await;
        count(&store, 20_261_116, "due", (kit::ROADS, kit::TOWN_AREA), 1).await;

        let seen = overview(&service, &ask).await;
        assert_eq!((seen.total.due, seen.total.on_time, seen.total.registered), (7, 4, 5));
        assert_eq!(seen.total.on_time_rate, Some(4.0 / 7.0));
        assert_eq!((seen.now.open, seen.now.late, seen.now.registered_today), (2, 1, 5));
        let days: Vec<_> = seen.by_day.iter().map(|day| (day.day.as_str(), day.measures.due)).collect();
        assert_eq!(days, [("2026-11-15", 6), ("2026-11-16", 1)]);
        assert_eq!(keys(&seen.by_unit)[1..], [("2", Some("水务局"), 4), ("4", Some("交通运输局"), 3)]);
        assert_eq!(keys(&seen.by_town), [("101", Some("永清镇"), 7)]);
        assert_eq!(keys(&seen.by_channel), [("hotline", None, 7)]);
        assert_eq!(seen.by_category[0].key, "01");
        assert!(seen.by_category[0].zh.is_some() && seen.by_category[0].en.is_some());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_sees_its_own_figures_only() {
    on_both(async |store| {
        let service = kit::county(&store).await;
        count(&store, 20_261_115, "due", (kit::WATER_OFFICE, kit::TOWN_AREA), 4).await;
        count(&store, 20_261_115, "due", (kit::ROADS, kit::TOWN_AREA), 2).await;
        let leader = kit::ask(&kit::actor(201, kit::WATER, Role::Leader));
        let seen = overview(&service, &leader).await;
        assert_eq!(seen.total.due, 4, "the unit and what stands under it");
        assert_eq!(seen.by_unit.len(), 1);
        assert!(seen.by_channel.is_empty() && seen.by_category.is_empty() && seen.by_town.is_empty());
        let of_town = AccountActor::new(
            202,
            kit::TOWN,
            "",
            &[(Role::Leader, None, Some(kit::TOWN_AREA))],
            &kit::tree(),
        );
        let seen = overview(&service, &kit::ask(&of_town)).await;
        assert_eq!(keys(&seen.by_town), [("101", Some("永清镇"), 6)], "a role held for a town sees the town");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_period_must_make_sense() {
    on_both(async |store| {
        let service = kit::county(&store).await;
        let ask = kit::ask(&kit::actor(201, kit::CENTRE, Role::Supervisor));
        for (from, to, field) in [
            ("2026-11-16", "2026-11-15", "from"),
            ("2006-01-01", "2026-11-15", "from"),
            ("x", "2026-11-15", "from"),
        ] {
            let question = OverviewQuestion { from: Some(from.into()), to: Some(to.into()) };
            let Err(CaseError::Invalid(fields)) = queries::overview(&service, &ask, question).await else {
                panic!("{from}..{to} must be refused");
            };
            assert_eq!(fields[0].0, field);
        }
        let usual = queries::overview(&service, &ask, OverviewQuestion { from: None, to: None }).await;
        let usual = usual.expect("an overview");
        assert_eq!(
            (usual.from.as_str(), usual.to.as_str(), usual.by_day.len()),
            ("2026-10-18", "2026-11-16", 30)
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn years_are_told_by_month_and_counted_as_exactly_as_days() {
    on_both(async |store| {
        let service = kit::county(&store).await;
        let ask = kit::ask(&kit::actor(201, kit::CENTRE, Role::Supervisor));
        let days = [20_220_331, 20_220_401, 20_231_231, 20_240_229, 20_260_901, 20_261_115, 20_261_116];
        for (n, day) in (1..).zip(days) {
            count(&store, day, "registered", (kit::ROADS, kit::TOWN_AREA), n).await;
        }
        let question = OverviewQuestion { from: Some("2022-04-01".into()), to: Some("2026-11-15".into()) };
        for _ in 0..2 {
            let seen = queries::overview(&service, &ask, question.clone()).await.expect("an overview");
            assert_eq!(seen.total.registered, 2 + 3 + 4 + 5 + 6, "neither the day before nor the day after");
            assert_eq!(seen.by_unit[0].measures.registered, seen.total.registered);
            assert!(seen.by_day.is_empty());
            assert_eq!(seen.by_month.len(), 56);
            let months: Vec<_> = seen.by_month.iter().filter(|month| month.measures.registered > 0).collect();
            let months: Vec<_> = months.iter().map(|m| (m.month.as_str(), m.measures.registered)).collect();
            assert_eq!(
                months,
                [("2022-04", 2), ("2023-12", 3), ("2024-02", 4), ("2026-09", 5), ("2026-11", 6)]
            );
            // The second time everything is folded.
            store.fold_tallies().await.expect("folds");
        }
    })
    .await;
}
