//! Tallies: a reading equals a recount, whatever is folded already.

use std::collections::BTreeMap;
use store::{
    Store, StoreError,
    tally::{self, Cell, Cube, Delta},
    testkit::on_both,
};

const CUBES: [Cube; 6] = [Cube::Total, Cube::Unit, Cube::Town, Cube::Channel, Cube::Kind, Cube::Category];

fn deltas(count: i64, seed: i64) -> Vec<Delta> {
    (0..count)
        .map(|n| {
            let n = n + seed;
            Delta {
                day: [20261031, 20261101, 20261122, 20261130, 20261201][(n * 7 % 5) as usize],
                measure: ["registered", "closed", "due"][(n % 3) as usize],
                unit_id: n % 4,
                town_id: n % 6,
                channel: ["window", "hotline"][(n % 2) as usize].into(),
                kind: ["request", "complaint"][(n / 2 % 2) as usize].into(),
                category: ["01", "0102", "0203", "城管-a"][(n / 3 % 4) as usize].into(),
                n: if n % 9 == 0 { -1 } else { 1 },
            }
        })
        .collect()
}

fn recount(deltas: &[Delta], cube: Cube, from: i64, to: i64, month: bool) -> Vec<Cell> {
    let mut cells = BTreeMap::<(i64, String, String), i64>::new();
    for delta in deltas {
        let period = if month { delta.day / 100 } else { delta.day };
        let key = match cube {
            Cube::Total => String::new(),
            Cube::Unit => delta.unit_id.to_string(),
            Cube::Town => delta.town_id.to_string(),
            Cube::Channel => delta.channel.clone(),
            Cube::Kind => delta.kind.clone(),
            Cube::Category => delta.category.chars().take(2).collect(),
        };
        if (from..=to).contains(&period) {
            *cells.entry((period, delta.measure.to_owned(), key)).or_default() += delta.n;
        }
    }
    let cells = cells.into_iter().filter(|(_, n)| *n != 0);
    cells.map(|((period, measure, key), n)| Cell { measure, period, key, n }).collect()
}

async fn assert_exact(store: &Store, deltas: &[Delta]) {
    for cube in CUBES {
        let (days, months) = store
            .read::<_, StoreError, _>(move |conn| {
                Ok((
                    tally::by_day(conn, cube, 20261101, 20261130)?,
                    tally::by_month(conn, cube, 202610, 202611)?,
                ))
            })
            .await
            .unwrap();
        assert_eq!(days, recount(deltas, cube, 20261101, 20261130, false), "{cube:?} by day");
        assert_eq!(months, recount(deltas, cube, 202610, 202611, true), "{cube:?} by month");
    }
}

async fn add(store: &Store, deltas: Vec<Delta>) {
    store
        .write::<_, StoreError, _>(move |tx| deltas.iter().try_for_each(|delta| tx.tally(delta.clone())))
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
