//! The access log: sealed purposes, one chain, nothing ever changed, and `verify` finds whatever was.

use crate::common::tamper;
use diesel::prelude::*;
use store::{
    Store, StoreError,
    access::{Access, purposes},
    schema::access_log,
    testkit::{Kit, on_both, on_both_kits},
    verify::Problem,
};

fn access(store: &Store, case_id: Option<i64>, purpose: &str) -> Access {
    Access {
        at: store.clock().now(),
        account_id: Some(7),
        unit_id: None,
        action: "unmask",
        case_id,
        subject: "reporters".into(),
        purpose: purpose.into(),
        outcome: "allowed",
        address: "127.0.0.1".into(),
    }
}

async fn write(store: &Store, access: Access) {
    store.write::<_, StoreError, _>(move |tx| tx.log_access(access.clone())).await.unwrap();
}

/// `count` accesses, every second one with a purpose.
async fn some(store: &Store, count: i64) {
    for n in 0..count {
        let purpose = if n % 2 == 0 { format!("purpose {n}") } else { String::new() };
        write(store, access(store, Some(n), &purpose)).await;
    }
}

async fn stated(store: &Store) -> Vec<Option<String>> {
    let vault = store.clone();
    store
        .read::<_, StoreError, _>(move |conn| {
            let ids: Vec<i64> = access_log::table.order(access_log::id).select(access_log::id).load(conn)?;
            let mut found = purposes(conn, vault.vault(), &ids)?;
            Ok(ids.iter().map(|id| found.remove(id).unwrap_or_else(|| Some(String::new()))).collect())
        })
        .await
        .unwrap()
}

async fn problem(store: &Store) -> Option<Problem> {
    store.verify(None).await.unwrap().problem
}

/// What somebody with the database's password does first.
fn unlock(kit: &Kit) {
    match kit.database_url() {
        None => tamper(kit, "DROP TRIGGER access_log_stays; DROP TRIGGER access_log_stands"),
        Some(_) => tamper(kit, "ALTER TABLE access_log DISABLE TRIGGER USER"),
    }
}

#[tokio::test]
async fn an_access_is_written_down_and_its_purpose_sealed() {
    on_both(|store| async move {
        write(&store, access(&store, Some(9), "callback")).await;
        write(&store, access(&store, None, "")).await;
        assert_eq!(stated(&store).await, [Some("callback".to_owned()), Some(String::new())]);
        let sealed: Vec<Vec<u8>> = store
            .read::<_, StoreError, _>(|conn| {
                Ok(access_log::table.order(access_log::id).select(access_log::purpose).load(conn)?)
            })
            .await
            .unwrap();
        assert!(!sealed[0].windows(8).any(|at| at == b"callback"));
        assert!(sealed[1].is_empty());
        let report = store.verify(None).await.unwrap();
        assert_eq!((report.problem, report.accesses, report.erased), (None, 2, 0));
    })
    .await;
}

#[tokio::test]
async fn purposes_of_a_case_can_be_erased_and_the_chain_still_holds() {
    on_both(|store| async move {
        write(&store, access(&store, Some(9), "asked for Mr Wang")).await;
        write(&store, access(&store, Some(10), "another")).await;
        write(&store, access(&store, Some(9), "again")).await;
        store.write::<_, StoreError, _>(|tx| tx.erase_purposes(9)).await.unwrap();
        assert_eq!(stated(&store).await, [None, Some("another".to_owned()), None]);
        let report = store.verify(None).await.unwrap();
        assert_eq!((report.problem, report.accesses, report.erased), (None, 3, 2));
    })
    .await;
}

#[tokio::test]
async fn many_at_once_stand_in_one_chain() {
    on_both(|store| async move {
        let mut writes = tokio::task::JoinSet::new();
        for n in 0..200 {
            let (store, access) = (store.clone(), access(&store, Some(n), "many"));
            writes.spawn(async move { write(&store, access).await });
        }
        writes.join_all().await;
        let report = store.verify(None).await.unwrap();
        assert_eq!((report.problem, report.accesses), (None, 200));
    })
    .await;
}

#[tokio::test]
async fn the_database_refuses_to_change_or_delete_an_entry() {
    on_both_kits(async |kit| {
        some(&kit.store, 3).await;
        kit.store.sequence().await.unwrap();
        for sql in [
            "DELETE FROM access_log",
            "UPDATE access_log SET subject = 'nothing'",
            "UPDATE access_log SET account_id = NULL",
            "UPDATE access_log SET seq = NULL, hash = NULL",
            "UPDATE access_log SET hash = purpose",
        ] {
            let refused = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| tamper(kit, sql)));
            assert!(refused.is_err(), "{sql}");
        }
        assert_eq!(problem(&kit.store).await, None);
    })
    .await;
}

#[tokio::test]
async fn whatever_was_altered_is_found() {
    on_both_kits(async |kit| {
        some(&kit.store, 6).await;
        assert_eq!(problem(&kit.store).await, None);
        unlock(kit);
        tamper(kit, "CREATE TABLE kept AS SELECT * FROM access_log");
        let changes = [
            ("UPDATE access_log SET at = at + 1 WHERE seq = 3", "access.altered"),
            ("UPDATE access_log SET account_id = 8 WHERE seq = 3", "access.altered"),
            ("UPDATE access_log SET unit_id = 8 WHERE seq = 3", "access.altered"),
            ("UPDATE access_log SET action = 'view' WHERE seq = 3", "access.altered"),
            ("UPDATE access_log SET case_id = NULL WHERE seq = 3", "access.altered"),
            ("UPDATE access_log SET subject = '' WHERE seq = 3", "access.altered"),
            ("UPDATE access_log SET outcome = 'refused' WHERE seq = 3", "access.altered"),
            ("UPDATE access_log SET address = '' WHERE seq = 3", "access.altered"),
            ("UPDATE access_log SET purpose = commitment WHERE seq = 3", "access.altered"),
            ("UPDATE access_log SET commitment = purpose WHERE seq = 3", "access.altered"),
            ("UPDATE access_log SET purpose = hash WHERE seq = 4", "access.altered"),
            (
                "UPDATE access_log SET purpose = (SELECT purpose FROM kept WHERE seq = 5), \
                 key_id = (SELECT key_id FROM kept WHERE seq = 5) WHERE seq = 3",
                "access.altered",
            ),
            ("DELETE FROM access_log WHERE seq = 3", "access.missing"),
            ("DELETE FROM access_log WHERE seq > 4", "access.truncated"),
            ("DELETE FROM access_log", "access.truncated"),
        ];
        for (sql, code) in changes {
            tamper(kit, sql);
            let found = problem(&kit.store).await.unwrap_or_else(|| panic!("{sql} was not found"));
            assert_eq!(found.code, code, "{sql}: {found:?}");
            tamper(kit, "DELETE FROM access_log; INSERT INTO access_log SELECT * FROM kept");
            assert_eq!(problem(&kit.store).await, None);
        }
    })
    .await;
}

#[tokio::test]
async fn a_tail_cut_off_before_more_is_written_leaves_a_gap() {
    on_both_kits(async |kit| {
        some(&kit.store, 4).await;
        kit.store.sequence().await.unwrap();
        unlock(kit);
        tamper(kit, "DELETE FROM access_log WHERE seq > 2");
        some(&kit.store, 2).await;
        assert_eq!(problem(&kit.store).await.unwrap().code, "access.missing");
    })
    .await;
}

/// Who cuts the tail off and puts the counter back is found by what a signed head covers.
#[tokio::test]
async fn a_signed_head_covers_the_log() {
    on_both_kits(async |kit| {
        some(&kit.store, 4).await;
        let head = kit.store.sign_head().await.unwrap().expect("the access log is in the tree");
        let again = kit.store.sign_head().await.unwrap();
        assert_eq!(again.map(|again| again.size), Some(head.size), "nothing new, nothing to anchor");
        unlock(kit);
        tamper(kit, "DELETE FROM access_log WHERE seq > 2");
        tamper(kit, "UPDATE counters SET value = 2 WHERE name = 'access_log'");
        let report = kit.store.verify(Some(head)).await.unwrap();
        assert_eq!(report.problem.unwrap().code, "access.truncated");
    })
    .await;
}

#[tokio::test]
async fn a_chain_rewritten_with_fresh_hashes_is_found_by_what_was_signed() {
    on_both_kits(async |kit| {
        some(&kit.store, 4).await;
        kit.store.sign_head().await.unwrap();
        unlock(kit);
        tamper(kit, "UPDATE access_log SET account_id = 8, seq = NULL, hash = NULL");
        tamper(kit, "UPDATE counters SET value = 0 WHERE name = 'access_log'");
        // The next access makes the chain anew.
        some(&kit.store, 1).await;
        assert_eq!(problem(&kit.store).await.unwrap().code, "access.rewritten");
    })
    .await;
}
