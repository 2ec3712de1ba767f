//! Several nodes on one PostgreSQL: they hear of each other's events, and share the work.

use crate::common::{begin_stream, tamper};
use diesel::{connection::SimpleConnection as _, prelude::*};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use store::{
    Conn, Store, StoreError,
    schema::cursors,
    testkit::{Engine, Kit, engines, is_listening, on_both, poll_every},
};

/// Longer than any test.
const NEVER: Duration = Duration::from_secs(3600);
/// Long enough for whatever must happen.
const LONG: Duration = Duration::from_secs(30);

async fn two_nodes() -> Option<(Kit, Store)> {
    if engines().len() < 2 {
        return None;
    }
    let kit = Kit::open(Engine::Postgres).await;
    let other = Store::open(kit.config.clone()).await.unwrap();
    Some((kit, other))
}

async fn listening(store: &Store) {
    tokio::time::timeout(LONG, async {
        while !is_listening(store) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .expect("the node listens");
}

/// Writes events on one node, one after the other; the other must hear of each.
async fn hears(speaker: &Store, hearer: &Store, count: usize) {
    let mut wakeups = hearer.wakeups();
    for _ in 0..count {
        wakeups.mark_unchanged();
        let before = *wakeups.borrow();
        speaker.write::<_, StoreError, _>(begin_stream).await.unwrap();
        let heard = tokio::time::timeout(LONG, wakeups.wait_for(|last| *last > before)).await;
        heard.expect("the other node hears of it").unwrap();
    }
}

#[tokio::test]
async fn nodes_hear_of_each_others_events_without_asking() {
    let Some((kit, other)) = two_nodes().await else { return };
    for node in [&kit.store, &other] {
        listening(node).await;
        poll_every(node, NEVER);
    }
    hears(&kit.store, &other, 20).await;
    hears(&other, &kit.store, 20).await;
}

#[tokio::test]
async fn a_node_whose_ear_was_cut_off_hears_again() {
    let Some((kit, other)) = two_nodes().await else { return };
    for node in [&kit.store, &other] {
        listening(node).await;
    }
    tamper(
        &kit,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
        WHERE datname = current_database() AND query LIKE 'LISTEN%'",
    );
    // By polling, until it listens again.
    hears(&kit.store, &other, 3).await;
    listening(&other).await;
    listening(&kit.store).await;
    poll_every(&other, NEVER);
    hears(&kit.store, &other, 10).await;
}

#[tokio::test]
async fn small_reads_and_drawn_numbers_go_on_after_the_server_cut_every_connection() {
    let Some((kit, _other)) = two_nodes().await else { return };
    let store = &kit.store;
    // A kept statement and one that is prepared each time: a dead connection fails in either at another place.
    let kept = |conn: &mut Conn| Ok::<_, StoreError>(cursors::table.count().get_result::<i64>(conn)?);
    let plain = |conn: &mut Conn| Ok::<_, StoreError>(conn.batch_execute("SELECT 1")?);
    let draw = || store.write::<i64, StoreError, _>(|tx| tx.draw_number("day/1"));
    let mut last = 0;
    for round in 0..3 {
        store.peek(kept).await.unwrap();
        store.peek(plain).await.unwrap();
        let number = draw().await.unwrap();
        assert!(number > last, "round {round}: {number} after {last}");
        last = number;
        tamper(
            &kit,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        );
        if round % 2 == 0 {
            store.peek(plain).await.unwrap();
        }
    }
    store.peek(kept).await.unwrap();
    assert!(draw().await.unwrap() > last);
    // One that dies under its own statement is no fault of the product: it may be asked again.
    let suicide = |conn: &mut Conn| {
        Ok::<_, StoreError>(conn.batch_execute("SELECT pg_terminate_backend(pg_backend_pid())")?)
    };
    let lost = store.peek(suicide).await.unwrap_err();
    assert_eq!(lost.code(), "store.unavailable", "{lost}");
    store.peek(kept).await.unwrap();
}

#[tokio::test]
async fn one_node_at_a_time_holds_a_lease_and_the_next_takes_over() {
    let Some((kit, other)) = two_nodes().await else { return };
    let mine = kit.store.lease("work").await;
    let _elsewhere = other.lease("other work").await;
    let waits = tokio::time::timeout(Duration::from_millis(1500), other.lease("work")).await;
    assert!(waits.is_err(), "two nodes hold one lease");
    drop(mine);
    let theirs = tokio::time::timeout(LONG, other.lease("work")).await.expect("given back");

    let cut = "SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_database d ON d.oid = l.database \
        WHERE l.locktype = 'advisory' AND d.datname = current_database()";
    let waiting = tokio::spawn({
        let store = kit.store.clone();
        async move { store.lease("work").await }
    });
    tamper(&kit, cut);
    tokio::time::timeout(LONG, theirs.lost()).await.expect("the node hears that it lost the lease");
    let mine = tokio::time::timeout(LONG, waiting).await.expect("the other took over").unwrap();
    drop(theirs);
    let still = tokio::time::timeout(Duration::from_millis(2500), mine.lost()).await;
    assert!(still.is_err(), "what the loser gives back is not the winner's");
}

#[tokio::test]
async fn work_moves_to_the_node_that_is_left() {
    let Some((kit, other)) = two_nodes().await else { return };
    let (at_work, begun) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let work = |store: &Store| {
        let (store, at_work, begun) = (store.clone(), Arc::clone(&at_work), Arc::clone(&begun));
        tokio::spawn(async move {
            store
                .alone("work", || async {
                    assert_eq!(at_work.fetch_add(1, Ordering::SeqCst), 0, "two at once");
                    let left = Leaving(Arc::clone(&at_work));
                    begun.fetch_add(1, Ordering::SeqCst);
                    std::future::pending::<()>().await;
                    drop(left);
                    Ok::<_, StoreError>(())
                })
                .await
        })
    };
    let until = async |count: usize| {
        tokio::time::timeout(LONG, async {
            while begun.load(Ordering::SeqCst) < count {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await
        .expect("somebody works");
    };
    let first = work(&kit.store);
    until(1).await;
    let second = work(&other);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(begun.load(Ordering::SeqCst), 1, "the second waits");
    first.abort();
    until(2).await;
    assert!(!second.is_finished());
}

struct Leaving(Arc<AtomicUsize>);

impl Drop for Leaving {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn work_that_is_done_or_fails_says_so() {
    on_both(|store| async move {
        assert_eq!(store.alone("work", || async { Ok::<_, StoreError>(7) }).await.unwrap(), 7);
        let failed = store.alone("work", || async { Err::<(), _>(StoreError::Busy) }).await;
        assert!(matches!(failed, Err(StoreError::Busy)));
    })
    .await;
}
