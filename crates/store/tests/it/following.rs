//! The order of all events, and followers: nobody skips one.

use crate::common::{begin_stream, event, tamper};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};
use store::{
    Store, StoreError,
    events::{self, Event},
    follow::{self, Follower},
    testkit::{Engine, Kit, engines, on_both, on_both_kits},
};
use tokio_util::sync::CancellationToken;

type Seen = Arc<Mutex<Vec<Event>>>;

/// A running follower and what it has seen.
fn follow(store: &Store, name: &'static str) -> (Seen, CancellationToken, tokio::task::JoinHandle<()>) {
    let (seen, stop) = (Seen::default(), CancellationToken::new());
    let sink = Arc::clone(&seen);
    let handle = move |events: Vec<Event>| {
        sink.lock().unwrap().extend(events);
        async { Ok::<_, StoreError>(()) }
    };
    let task = tokio::spawn(Follower::new(name).batch(7).run(store.clone(), stop.clone(), handle));
    (seen, stop, task)
}

async fn until(what: &str, mut done: impl FnMut() -> bool) {
    for _ in 0..400 {
        if done() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("in vain: {what}");
}

fn assert_complete(seen: &[Event], count: usize) {
    let positions: Vec<_> = seen.iter().map(|event| event.position.unwrap()).collect();
    assert_eq!(positions, (1..=count as i64).collect::<Vec<_>>());
    let mut last = HashMap::new();
    for event in seen {
        let before = last.insert(event.stream, event.seq).unwrap_or(0);
        assert_eq!(event.seq, before + 1, "stream {} is out of order", event.stream);
    }
}

#[tokio::test]
async fn ids_committed_in_reverse_order_are_not_skipped() {
    if engines().len() < 2 {
        return;
    }
    let kit = Kit::open(Engine::Postgres).await;
    let (seen, stop, task) = follow(&kit.store, "test");
    let mut waiting = Vec::new();
    for _ in 0..5 {
        let (release, gate) = mpsc::channel::<()>();
        let gate = Mutex::new(gate);
        let (started, has_started) = tokio::sync::oneshot::channel();
        let started = Mutex::new(Some(started));
        let store = kit.store.clone();
        let write = tokio::spawn(async move {
            store
                .write::<_, StoreError, _>(move |tx| {
                    let stream = begin_stream(tx)?;
                    if let Some(started) = started.lock().unwrap().take() {
                        started.send(stream).unwrap();
                    }
                    gate.lock().unwrap().recv().unwrap();
                    Ok(stream)
                })
                .await
        });
        has_started.await.unwrap();
        waiting.push((release, write));
    }
    let mut expected = Vec::new();
    while let Some((release, write)) = waiting.pop() {
        release.send(()).unwrap();
        expected.push(write.await.unwrap().unwrap());
        let count = expected.len();
        until("the follower sees each commit", || seen.lock().unwrap().len() == count).await;
    }
    stop.cancel();
    task.await.unwrap();
    let seen = seen.lock().unwrap();
    assert_complete(&seen, 5);
    let order: Vec<_> = seen.iter().map(|event| event.stream).collect();
    assert_eq!(order, expected);
    assert!(order.windows(2).all(|pair| pair[0] > pair[1]), "ids were not committed in reverse order");
}

/// Ids come from blocks, so a later event of a stream may have a smaller one.
#[tokio::test]
async fn within_a_stream_positions_follow_the_stream_whatever_the_ids() {
    if engines().len() < 2 {
        return;
    }
    let kit = Kit::open(Engine::Postgres).await;
    for _ in 0..3 {
        let stream = kit.store.write::<_, StoreError, _>(begin_stream).await.unwrap();
        for _ in 0..4 {
            kit.store
                .write::<_, StoreError, _>(move |tx| tx.append(event(stream, "case.noted")))
                .await
                .unwrap();
        }
    }
    kit.store.sequence().await.unwrap();
    tamper(&kit, "UPDATE events SET id = 1000000000 - id, position = NULL");
    assert_eq!(kit.store.sequence().await.unwrap(), 15);
    let all = kit.store.read::<_, StoreError, _>(|conn| events::after(conn, 0, 100)).await.unwrap();
    assert_complete(&all, 15);
    assert!(all[0].id > all[1].id, "the test did not turn the ids round");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_concurrent_writers_a_follower_sees_everything_in_order() {
    on_both_kits(async |kit| {
        // A second node on PostgreSQL: its ids come from other blocks.
        let other = match kit.engine {
            Engine::Sqlite => kit.store.clone(),
            Engine::Postgres => Store::open(kit.config.clone()).await.unwrap(),
        };
        let (seen, stop, task) = follow(&kit.store, "one");
        let (also, _, late) = follow(&other, "two");
        let shared = kit.store.write::<_, StoreError, _>(begin_stream).await.unwrap();
        let writes: Vec<_> = (0..300_u64)
            .map(|n| {
                let store = if n % 2 == 0 { kit.store.clone() } else { other.clone() };
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(n * 7919 % 97)).await;
                    store
                        .write::<_, StoreError, _>(move |tx| {
                            let own = begin_stream(tx)?;
                            if store_on_turn(n) {
                                std::thread::sleep(Duration::from_millis(n * 31 % 17));
                            }
                            tx.append(event(if n % 5 == 0 { shared } else { own }, "case.noted"))?;
                            if n % 11 == 0 { Err(StoreError::Busy) } else { Ok(()) }
                        })
                        .await
                })
            })
            .collect();
        let mut kept = 0;
        for write in writes {
            kept += usize::from(write.await.unwrap().is_ok());
        }
        let count = 1 + 2 * kept;
        for seen in [&seen, &also] {
            until("the follower comes to the end", || seen.lock().unwrap().len() == count).await;
            assert_complete(&seen.lock().unwrap(), count);
        }
        stop.cancel();
        task.await.unwrap();
        late.abort();
        assert_eq!(kept, 300 - 28);
        assert!(kit.store.verify(None).await.unwrap().problem.is_none());
    })
    .await;
}

/// Whether write number `n` dawdles between its two events.
fn store_on_turn(n: u64) -> bool {
    n.is_multiple_of(3)
}

#[tokio::test]
async fn a_batch_whose_handler_failed_comes_again() {
    on_both(|store| async move {
        for _ in 0..5 {
            store.write::<_, StoreError, _>(begin_stream).await.unwrap();
        }
        let mut seen = Vec::new();
        let mut failed = false;
        let follower = Follower::new("test").batch(3);
        let mut handle = |events: Vec<Event>| {
            seen.extend(events.iter().map(|event| event.position.unwrap()));
            let fails = seen.len() > 3 && !failed;
            failed |= fails;
            async move { if fails { Err(StoreError::Busy) } else { Ok(()) } }
        };
        store.sequence().await.unwrap();
        assert_eq!(follower.step(&store, &mut handle).await.unwrap(), 3);
        assert!(follower.step(&store, &mut handle).await.is_err());
        assert_eq!(follower.step(&store, &mut handle).await.unwrap(), 2);
        assert_eq!(follower.step(&store, &mut handle).await.unwrap(), 0);
        assert_eq!(seen, [1, 2, 3, 4, 5, 4, 5]);
        let now = store.clock().now();
        let at = store
            .write::<_, StoreError, _>(move |tx| {
                tx.advance_cursor("test", 2, now)?;
                follow::position(tx.conn(), "test")
            })
            .await
            .unwrap();
        assert_eq!(at, 5, "a cursor never goes back");
    })
    .await;
}

#[tokio::test]
async fn a_follower_is_woken_within_a_second() {
    on_both(|store| async move {
        let (seen, stop, task) = follow(&store, "test");
        for n in 0..20 {
            store.write::<_, StoreError, _>(begin_stream).await.unwrap();
            let mut waited = 0;
            while seen.lock().unwrap().len() <= n {
                tokio::time::sleep(Duration::from_millis(10)).await;
                waited += 1;
                assert!(waited < 100, "a follower lags by more than a second");
            }
        }
        stop.cancel();
        task.await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_stream_is_read_in_pages() {
    on_both(|store| async move {
        let stream = store.write::<_, StoreError, _>(begin_stream).await.unwrap();
        for _ in 0..9 {
            store.write::<_, StoreError, _>(move |tx| tx.append(event(stream, "case.noted"))).await.unwrap();
        }
        let (all, page) = store
            .read::<_, StoreError, _>(move |conn| {
                Ok((events::of_stream(conn, stream)?, events::of_stream_page(conn, stream, 4, 3)?))
            })
            .await
            .unwrap();
        assert_eq!(all.iter().map(|event| event.seq).collect::<Vec<_>>(), (1..=10).collect::<Vec<_>>());
        assert_eq!(page.iter().map(|event| event.seq).collect::<Vec<_>>(), [5, 6, 7]);
        assert_eq!(all[4].hash, page[0].hash);
    })
    .await;
}
