//! Tallies: a reading equals a recount, whatever is folded already.

use std::collections::BTreeMap;
use store::{
    Store, StoreError,
    tally::{self, Cell, Cube, Delta},
    testkit::on_both,
};

const CUBES: [Cube; 6] = [Cube::Total, Cube::Unit, Cube::Town, Cube::Channel, Cube::Kind, Cube::Category];

/// Spans that need days only, days and months, and years too.
const SPANS: [(i64, i64); 5] = [
    (20261101, 20261122),
    (20261031, 20261201),
    (20251231, 20270205),
    (20260101, 20261231),
    (20200315, 20290110),
];

fn deltas(count: i64, seed: i64) -> Vec<Delta> {
    (0..count)
        .map(|n| {
            let n = n + seed;
            Delta {
                day: [20251231, 20261031, 20261101, 20261122, 20261130, 20261201, 20270205]
                    [(n * 5 % 7) as usize],
                unit_id: n % 4,
                town_id: n % 6,
                channel: ["window", "hotline"][(n % 2) as usize].into(),
                kind: ["request", "complaint"][(n / 2 % 2) as usize].into(),
                category: ["01", "0102", "0203", "城管-a"][(n / 3 % 4) as usize].into(),
                counts: [
                    (["registered", "closed", "due"][(n % 3) as usize], if n % 9 == 0 { -1 } else { 1 }),
                    ("reporters", n % 5 - 2),
                ]
                .into(),
            }
        })
        .collect()
}

/// The recount of the days `from..=to`, named by `period`.
fn recount(deltas: &[Delta], cube: Cube, from: i64, to: i64, period: fn(i64) -> i64) -> Vec<Cell> {
    let mut cells = BTreeMap::<(i64, String, String), i64>::new();
    for delta in deltas.iter().filter(|delta| (from..=to).contains(&delta.day)) {
        let key = match cube {
            Cube::Total => String::new(),
            Cube::Unit => delta.unit_id.to_string(),
            Cube::Town => delta.town_id.to_string(),
            Cube::Channel => delta.channel.clone(),
            Cube::Kind => delta.kind.clone(),
            Cube::Category => delta.category.chars().take(2).collect(),
        };
        for (measure, n) in &delta.counts {
            *cells.entry((period(delta.day), (*measure).to_owned(), key.clone())).or_default() += n;
        }
    }
    let cells = cells.into_iter().filter(|(_, n)| *n != 0);
    cells.map(|((period, measure, key), n)| Cell { measure, period, key, n }).collect()
}

async fn assert_exact(store: &Store, deltas: &[Delta]) {
    for cube in CUBES {
        let (days, months, wholes) = store
            .read::<_, StoreError, _>(move |conn| {
                let mut wholes = Vec::new();
                for (from, to) in SPANS {
                    let months = tally::months_of(conn, cube, from, to)?;
                    wholes.push((tally::over(conn, cube, from, to)?, months));
                }
                Ok((
                    tally::by_day(conn, cube, 20261101, 20261130)?,
                    tally::by_month(conn, cube, 202610, 202611)?,
                    wholes,
                ))
            })
            .await
            .unwrap();
        assert_eq!(days, recount(deltas, cube, 20261101, 20261130, |day| day), "{cube:?} by day");
        let by_month = recount(deltas, cube, 20261001, 20261199, |day| day / 100);
        assert_eq!(months, by_month, "{cube:?} by month");
        for ((from, to), (whole, months)) in SPANS.into_iter().zip(wholes) {
            assert_eq!(whole, recount(deltas, cube, from, to, |_| 0), "{cube:?} over {from}..={to}");
            let by_month = recount(deltas, cube, from, to, |day| day / 100);
            assert_eq!(months, by_month, "{cube:?} over {from}..={to} by month");
        }
    }
}

async fn add(store: &Store, deltas: Vec<Delta>) {
    store
        .write::<_, StoreError, _>(move |tx| deltas.iter().try_for_each(|delta| tx.tally(delta)))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_reading_equals_a_recount_before_between_and_after_folding() {
    on_both(|store| async move {
        let mut all = deltas(700, 0);
        add(&store, all.clone()).await;
        assert_exact(&store, &all).await;
        assert_eq!(store.fold_tallies().await.unwrap(), 700);
        assert_exact(&store, &all).await;
        let more = deltas(90, 5000);
        add(&store, more.clone()).await;
        all.extend(more);
        assert_exact(&store, &all).await;
        assert_eq!(store.fold_tallies().await.unwrap(), 90);
        assert_exact(&store, &all).await;
        assert_eq!(store.fold_tallies().await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn folding_while_others_write_loses_nothing() {
    on_both(|store| async move {
        let writers: Vec<_> = (0..8)
            .map(|writer| {
                let store = store.clone();
                tokio::spawn(async move {
                    for turn in 0..10 {
                        add(&store, deltas(15, writer * 1000 + turn * 15)).await;
                    }
                })
            })
            .collect();
        let folders: Vec<_> = (0..2)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move {
                    for _ in 0..20 {
                        store.fold_tallies().await.unwrap();
                        tokio::time::sleep(std::time::Duration::from_millis(3)).await;
                    }
                })
            })
            .collect();
        for task in writers.into_iter().chain(folders) {
            task.await.unwrap();
        }
        let all: Vec<_> = (0..8).flat_map(|writer| deltas(150, writer * 1000)).collect();
        assert_exact(&store, &all).await;
        store.fold_tallies().await.unwrap();
        assert_exact(&store, &all).await;
    })
    .await;
}
