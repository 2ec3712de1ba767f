//! The write path: group commit, rollback alone, retries, ids, exactly once.

use crate::common::{begin_stream, event};
use diesel::connection::SimpleConnection;
use jiff::SignedDuration;
use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};
use store::{
    StoreError, events, expect_version,
    requests::ClientRequest,
    testkit::{on_both, on_both_kits},
};

#[tokio::test]
async fn a_failing_and_a_panicking_closure_roll_back_alone() {
    on_both(|store| async move {
        let writes: Vec<_> = (0..60)
            .map(|n| {
                let store = store.clone();
                tokio::spawn(async move {
                    store
                        .write::<i64, StoreError, _>(move |tx| {
                            let stream = begin_stream(tx)?;
                            match n % 3 {
                                0 => Ok(stream),
                                1 => Err(StoreError::NotFound("wanted failure")),
                                _ => panic!("wanted panic"),
                            }
                        })
                        .await
                })
            })
            .collect();
        let mut kept = HashSet::new();
        for (n, write) in writes.into_iter().enumerate() {
            match (n % 3, write.await.unwrap()) {
                (0, Ok(stream)) => assert!(kept.insert(stream)),
                (1, Err(StoreError::NotFound("wanted failure"))) => {}
                (2, Err(StoreError::Defect(text))) => assert_eq!(text, "wanted panic"),
                (_, other) => panic!("write {n} gave {other:?}"),
            }
        }
        assert_eq!(store.sequence().await.unwrap(), 20);
        let all = store.read::<_, StoreError, _>(|conn| events::after(conn, 0, 100)).await.unwrap();
        assert_eq!(all.iter().map(|event| event.stream).collect::<HashSet<_>>(), kept);
        let positions: Vec<_> = all.iter().map(|event| event.position.unwrap()).collect();
        assert_eq!(positions, (1..=20).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test]
async fn ids_grow_and_are_never_given_twice() {
    on_both_kits(async |kit| {
        let store = &kit.store;
        let mut last = store.new_id().unwrap();
        let failed = Arc::new(std::sync::Mutex::new(0));
        let seen = Arc::clone(&failed);
        let _ = store
            .write::<(), StoreError, _>(move |tx| {
                *seen.lock().unwrap() = tx.id()?;
                Err(StoreError::Busy)
            })
            .await;
        for id in [*failed.lock().unwrap(), store.new_id().unwrap()] {
            assert!(id > last);
            last = id;
        }
        let again = store::Store::open(kit.config.clone()).await.unwrap();
        assert!(again.new_id().unwrap() > last);
    })
    .await;
}

#[tokio::test]
async fn one_closure_may_take_more_ids_than_a_block_holds() {
    on_both(|store| async move {
        let taken = store
            .write::<_, StoreError, _>(|tx| (0..100_000).map(|_| tx.id()).collect::<Result<HashSet<_>, _>>())
            .await
            .unwrap();
        assert_eq!(taken.len(), 100_000);
        let outside: HashSet<_> = (0..100_000).map(|_| store.new_id().unwrap()).collect();
        assert_eq!(outside.len(), 100_000);
        assert!(outside.is_disjoint(&taken));
    })
    .await;
}

#[tokio::test]
async fn a_series_has_no_gaps_under_concurrency_and_failures() {
    on_both(|store| async move {
        let writes: Vec<_> = (0..40)
            .map(|n| {
                let store = store.clone();
                tokio::spawn(async move {
                    store
                        .write::<i64, StoreError, _>(move |tx| {
                            let number = tx.next_in_series("case-number/620521/20261122")?;
                            if n % 4 == 0 { Err(StoreError::Busy) } else { Ok(number) }
                        })
                        .await
                })
            })
            .collect();
        let mut numbers = Vec::new();
        for write in writes {
            numbers.extend(write.await.unwrap());
        }
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=30).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test]
async fn drawn_numbers_are_never_given_twice_and_leave_no_more_gaps_than_failures() {
    on_both(|store| async move {
        let writes: Vec<_> = (0..64)
            .map(|n| {
                let store = store.clone();
                tokio::spawn(async move {
                    store
                        .write::<i64, StoreError, _>(move |tx| {
                            let series = ["day/1", "day/2"][n % 2];
                            let number = tx.draw_number(series)?;
                            if n % 4 == 0 {
                                Err(StoreError::Busy)
                            } else {
                                Ok(number * 2 + i64::from(n % 2 == 1))
                            }
                        })
                        .await
                })
            })
            .collect();
        let mut numbers = Vec::new();
        for write in writes {
            numbers.extend(write.await.unwrap());
        }
        let distinct: HashSet<_> = numbers.iter().collect();
        assert_eq!((distinct.len(), numbers.len()), (48, 48));
        let next = store.write::<i64, StoreError, _>(|tx| tx.draw_number("day/1")).await.unwrap();
        let last = numbers.iter().filter(|n| *n % 2 == 0).max().unwrap() / 2;
        assert!(last <= 32 && next > 16, "{last} {next}");
        assert!(!numbers.contains(&(next * 2)), "{next}");
    })
    .await;
}

#[tokio::test]
async fn a_request_sent_many_times_at_once_is_done_once() {
    on_both(|store| async move {
        let request = ClientRequest { actor: 7, client_id: "0190-a".into(), body_hash: vec![1; 32] };
        let writes: Vec<_> = (0..16)
            .map(|_| {
                let (store, request) = (store.clone(), request.clone());
                let now = store.clock().now();
                tokio::spawn(async move {
                    store
                        .write::<String, StoreError, _>(move |tx| {
                            if let Some(outcome) = tx.earlier_outcome(&request)? {
                                return Ok(outcome);
                            }
                            let outcome = begin_stream(tx)?.to_string();
                            tx.keep_outcome(&request, &outcome, now)?;
                            Ok(outcome)
                        })
                        .await
                })
            })
            .collect();
        let mut outcomes = HashSet::new();
        for write in writes {
            outcomes.insert(write.await.unwrap().unwrap());
        }
        assert_eq!(outcomes.len(), 1);
        assert_eq!(store.sequence().await.unwrap(), 1);

        let other = ClientRequest { body_hash: vec![2; 32], ..request };
        let refused =
            store.write::<_, StoreError, _>(move |tx| tx.earlier_outcome(&other)).await.unwrap_err();
        assert_eq!(refused.code(), "request.client_id_reused");
    })
    .await;
}

#[tokio::test]
async fn old_outcomes_are_forgotten_in_portions() {
    on_both_kits(async |kit| {
        let store = &kit.store;
        let request =
            |n: i64| ClientRequest { actor: 7, client_id: format!("0190-{n}"), body_hash: vec![1; 32] };
        let now = store.clock().now();
        store
            .write::<_, StoreError, _>(move |tx| {
                (0..1200).try_for_each(|n| {
                    tx.keep_outcome(&request(n), "done", now - SignedDuration::from_mins(n))
                })
            })
            .await
            .unwrap();
        let kept = SignedDuration::from_mins(100);
        assert_eq!(store.forget_outcomes(now - kept).await.unwrap(), 1099);
        assert_eq!(store.forget_outcomes(now - kept).await.unwrap(), 0);
        for (n, outcome) in [(100, Some("done".to_owned())), (101, None)] {
            let found =
                store.write::<_, StoreError, _>(move |tx| tx.earlier_outcome(&request(n))).await.unwrap();
            assert_eq!(found, outcome, "{n}");
        }
    })
    .await;
}

#[tokio::test]
async fn deadlocks_are_retried() {
    on_both(|store| async move {
        let streams =
            store.write::<_, StoreError, _>(|tx| Ok((begin_stream(tx)?, begin_stream(tx)?))).await.unwrap();
        let runs = Arc::new(AtomicU32::new(0));
        let writes: Vec<_> = (0..20)
            .map(|n| {
                let (store, runs) = (store.clone(), Arc::clone(&runs));
                let (first, second) = if n % 2 == 0 { streams } else { (streams.1, streams.0) };
                tokio::spawn(async move {
                    store
                        .write::<_, StoreError, _>(move |tx| {
                            runs.fetch_add(1, Ordering::Relaxed);
                            tx.append(event(first, "case.noted"))?;
                            std::thread::sleep(std::time::Duration::from_millis(5));
                            tx.append(event(second, "case.noted"))
                        })
                        .await
                })
            })
            .collect();
        for write in writes {
            write.await.unwrap().unwrap();
        }
        assert_eq!(store.sequence().await.unwrap(), 42);
        if store.on_postgres() {
            assert!(runs.load(Ordering::Relaxed) > 20, "the test provoked no deadlock");
        }
    })
    .await;
}

#[tokio::test]
async fn too_many_waiting_writes_are_refused() {
    on_both(|store| async move {
        let (release, gate) = std::sync::mpsc::channel::<()>();
        let gate = Arc::new(std::sync::Mutex::new(gate));
        let holders: Vec<_> = (0..8)
            .map(|_| {
                let (store, gate) = (store.clone(), Arc::clone(&gate));
                tokio::spawn(async move {
                    store
                        .write::<_, StoreError, _>(move |_| {
                            let _ = gate.lock().unwrap().recv();
                            Ok(())
                        })
                        .await
                })
            })
            .collect();
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        let writes: Vec<_> = (0..1100)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move { store.write::<_, StoreError, _>(begin_stream).await })
            })
            .collect();
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        drop(release);
        for holder in holders {
            holder.await.unwrap().unwrap();
        }
        let (mut kept, mut busy) = (0, 0);
        for write in writes {
            match write.await.unwrap() {
                Ok(_) => kept += 1,
                Err(StoreError::Busy) => busy += 1,
                Err(other) => panic!("{other:?}"),
            }
        }
        assert!((60..200).contains(&busy), "{busy} were refused");
        assert_eq!(store.sequence().await.unwrap(), kept);
    })
    .await;
}

/// What a full disk does: SQLite gives the whole transaction up under our feet.
#[tokio::test]
async fn a_lost_transaction_fails_its_group_alone() {
    let kit = store::testkit::Kit::open(store::testkit::Engine::Sqlite).await;
    let store = &kit.store;
    for _ in 0..3 {
        store.write::<_, StoreError, _>(begin_stream).await.unwrap();
        let lost = store
            .write::<_, StoreError, _>(|tx| {
                begin_stream(tx)?;
                if let store::Conn::Sqlite(conn) = tx.conn() {
                    conn.batch_execute("ROLLBACK")?;
                }
                Ok(())
            })
            .await;
        assert!(matches!(lost, Err(StoreError::Unavailable(_))), "{lost:?}");
    }
    store.write::<_, StoreError, _>(begin_stream).await.unwrap();
    let report = store.verify(None).await.unwrap();
    assert_eq!((report.problem, report.events), (None, 4));
}

/// A command-line tool beside the running server, two nodes on one database.
#[tokio::test]
async fn two_stores_on_one_database_write_in_turns_and_hear_of_each_other() {
    on_both_kits(async |kit| {
        let one = &kit.store;
        let two = store::Store::open(kit.config.clone()).await.unwrap();
        let mut heard = one.wakeups();
        for _ in 0..3 {
            one.write::<_, StoreError, _>(begin_stream).await.unwrap();
            two.write::<_, StoreError, _>(begin_stream).await.unwrap();
            two.write::<_, StoreError, _>(begin_stream).await.unwrap();
        }
        let all = heard.wait_for(|last| *last == 9);
        tokio::time::timeout(std::time::Duration::from_secs(10), all).await.expect("told").unwrap();
        assert_eq!(one.sequence().await.unwrap(), 9);
        let events = two.read::<_, StoreError, _>(|conn| events::after(conn, 0, 100)).await.unwrap();
        let positions: Vec<_> = events.iter().filter_map(|event| event.position).collect();
        assert_eq!(positions, (1..=9).collect::<Vec<_>>());
        assert_eq!(one.verify(None).await.unwrap().problem, None);
    })
    .await;
}

#[test]
fn a_version_that_moved_on_is_refused() {
    assert!(expect_version(3, 3).is_ok());
    let refused = expect_version(3, 4).unwrap_err();
    assert_eq!(refused.code(), "version.conflict");
}
