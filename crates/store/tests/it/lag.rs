//! How soon after its commit a matter is found. Run by hand, with an optimised build:
//! `cargo test --release -p store --test it lag -- --ignored --nocapture`.
#![expect(clippy::disallowed_methods, reason = "it measures")]

use crate::common::event;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use store::{
    Store, StoreError,
    events::Event,
    follow::Follower,
    search::{self, Document, Query},
    testkit::on_both_kits,
};
use tokio_util::sync::CancellationToken;

/// Who writes at the same time.
const WRITERS: usize = 200;
/// What each writes.
const EACH: usize = 20;
/// Rests between two matters of a writer: none, so that the engine is as busy as it can be, and those of a county whose
/// whole staff registers at once.
const RESTS: [Duration; 2] = [Duration::ZERO, Duration::from_secs(1)];

type Found = Arc<Mutex<HashMap<i64, Instant>>>;

/// The text of a matter, as long as usual.
fn text(stream: i64) -> String {
    format!(
        "QS20261122-{stream:06} {}",
        "永清镇东关村路灯不亮，巷子里走路看不见，已经摔了两位老人，请尽快来修。".repeat(8)
    )
}

/// Indexes what the log tells and notes when it could be found.
async fn index(store: Store, found: Found, events: Vec<Event>) -> Result<(), StoreError> {
    let streams: Vec<i64> = events.iter().map(|event| event.stream).collect();
    for chunk in streams.chunks(50) {
        let document = |stream: &i64| {
            Document { case_id: *stream, text: text(*stream), scope: vec!["all".to_owned()] }.entry()
        };
        let entries: Vec<_> = chunk.iter().map(document).collect();
        store
            .write::<_, StoreError, _>(move |tx| entries.iter().try_for_each(|entry| tx.index_entry(entry)))
            .await?;
        let now = Instant::now();
        found.lock().unwrap().extend(chunk.iter().map(|stream| (*stream, now)));
    }
    Ok(())
}

async fn writer(store: Store, rest: Duration) -> Vec<(i64, Instant)> {
    let mut written = Vec::new();
    for _ in 0..EACH {
        let stream = store.new_id().unwrap();
        store.write::<_, StoreError, _>(move |tx| tx.append(event(stream, "case.registered"))).await.unwrap();
        written.push((stream, Instant::now()));
        tokio::time::sleep(rest).await;
    }
    written
}

async fn measure(store: &Store, rest: Duration) -> String {
    let (found, stop) = (Found::default(), CancellationToken::new());
    let (indexed, sink) = (store.clone(), Arc::clone(&found));
    let handle = move |events: Vec<Event>| index(indexed.clone(), Arc::clone(&sink), events);
    let follower = tokio::spawn(Follower::new("lag").run(store.clone(), stop.clone(), handle));
    let begun = Instant::now();
    let writers: Vec<_> = (0..WRITERS).map(|_| tokio::spawn(writer(store.clone(), rest))).collect();
    let mut written = Vec::new();
    for writer in writers {
        written.extend(writer.await.unwrap());
    }
    let took = begun.elapsed();
    while written.iter().any(|(stream, _)| !found.lock().unwrap().contains_key(stream)) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    stop.cancel();
    follower.await.unwrap();
    let found = found.lock().unwrap().clone();
    let mut lags: Vec<Duration> =
        written.iter().map(|(stream, at)| found[stream].saturating_duration_since(*at)).collect();
    lags.sort_unstable();
    let (stream, count) = (written[written.len() / 2].0, written.len());
    let query = Query {
        words: format!("QS20261122-{stream:06}"),
        scope: vec!["all".to_owned()],
        after: None,
        limit: 10,
    };
    let hits = store.read::<_, StoreError, _>(move |conn| search::find(conn, &query)).await.unwrap();
    assert!(hits.iter().any(|hit| hit.case_id == stream), "what counts as findable is found");
    let at = |share: usize| lags[(lags.len() - 1) * share / 1000].as_millis();
    format!(
        "{WRITERS} writers, rest {rest:?}: {:.0} commits/s; lag p50 {} ms, p99 {} ms, longest {} ms",
        count as f64 / took.as_secs_f64(),
        at(500),
        at(990),
        at(1000)
    )
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn the_index_follows_two_hundred_writers() {
    on_both_kits(async |kit| {
        for rest in RESTS {
            eprintln!("{:?}: {}", kit.engine, measure(&kit.store, rest).await);
        }
    })
    .await;
}
