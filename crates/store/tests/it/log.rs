//! `verify`: what it finds, and that it names the first broken event.

use crate::common::{event, history, tamper};
use diesel::prelude::*;
use store::{
    Store, StoreError,
    events::NewEvent,
    schema::events,
    testkit::{Engine, Kit, on_both, on_both_kits},
    tree::TreeHead,
    verify::Problem,
};

async fn problem(store: &Store, exported: Option<TreeHead>) -> Problem {
    store.verify(exported).await.unwrap().problem.expect("something is wrong")
}

async fn id_at(store: &Store, position: i64) -> i64 {
    store
        .read::<_, StoreError, _>(move |conn| {
            Ok(events::table.filter(events::position.eq(position)).select(events::id).first(conn)?)
        })
        .await
        .unwrap()
}

#[tokio::test]
async fn a_whole_log_is_well() {
    on_both(|store| async move {
        history(&store, 5, 60).await;
        let head = store.sign_head().await.unwrap();
        history(&store, 2, 5).await;
        let report = store.verify(head).await.unwrap();
        assert_eq!(report.problem, None);
        assert_eq!((report.events, report.streams, report.parts, report.heads), (310, 7, 310, 2));
    })
    .await;
}

#[tokio::test]
async fn an_altered_event_is_named() {
    let changes = [
        "public = '{\"n\":99}'",
        "kind = 'case.closed'",
        "kind_version = 2",
        "occurred_at = occurred_at + 1",
        "recorded_at = recorded_at - 1",
        "actor = NULL",
        "actor_unit = 3",
        "alg = 'sm3'",
        "hash = prev_hash",
        "prev_hash = hash",
        "commitments = hash",
        "stream = stream + 1",
        "seq = seq + 1000",
    ];
    on_both_kits(async |kit| {
        history(&kit.store, 3, 8).await;
        let broken = id_at(&kit.store, 13).await;
        tamper(kit, "CREATE TABLE kept AS SELECT * FROM events WHERE position = 13");
        for change in changes {
            tamper(kit, &format!("UPDATE events SET {change} WHERE position = 13"));
            let found = problem(&kit.store, None).await;
            assert_eq!((found.event_id, found.position), (Some(broken), Some(13)), "{change}: {found:?}");
            tamper(kit, "DELETE FROM events WHERE position = 13; INSERT INTO events SELECT * FROM kept");
            assert_eq!(kit.store.verify(None).await.unwrap().problem, None);
        }
    })
    .await;
}

/// Flips one bit in every byte of one event's record in the file, headers included.
#[tokio::test]
async fn a_flipped_bit_in_the_file_is_named() {
    let kit = Kit::open(Engine::Sqlite).await;
    history(&kit.store, 3, 8).await;
    let broken = id_at(&kit.store, 13).await;
    let commitments: Vec<u8> = kit
        .store
        .read::<_, StoreError, _>(|conn| {
            Ok(events::table.filter(events::position.eq(13)).select(events::commitments).first(conn)?)
        })
        .await
        .unwrap();
    tamper(&kit, "PRAGMA wal_checkpoint(TRUNCATE)");
    let bytes = std::fs::read(kit.folder().join("onedoor.db")).unwrap();
    let at = |needle: &[u8]| {
        let mut places = (0..bytes.len() - needle.len()).filter(|at| bytes[*at..].starts_with(needle));
        (places.next().unwrap(), places.count())
    };
    let (place, others) = at(&commitments);
    assert_eq!(others, 0);
    // The record: 2 bytes of lengths, 16 of header, 40 of small columns, 40 of commitments, two hashes.
    for flip in place - 58..place + 40 + 64 {
        let mut flipped = bytes.clone();
        flipped[flip] ^= 1 << (flip % 8);
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("onedoor.db"), &flipped).unwrap();
        copy_keys(kit.folder(), folder.path());
        let config = store::StoreConfig { data: folder.path().to_owned(), ..kit.config.clone() };
        let found = problem(&Store::open(config).await.unwrap(), None).await;
        let named = found.event_id == Some(broken) || found.position == Some(13);
        assert!(named, "byte {} from the commitments: {found:?}", flip as i64 - place as i64);
    }
}

fn copy_keys(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir(to.join("keys")).unwrap();
    for entry in std::fs::read_dir(from.join("keys")).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join("keys").join(entry.file_name())).unwrap();
    }
}

#[tokio::test]
async fn an_altered_missing_or_swapped_private_part_is_named() {
    on_both_kits(async |kit| {
        history(&kit.store, 2, 6).await;
        let (broken, other) = (id_at(&kit.store, 5).await, id_at(&kit.store, 6).await);
        tamper(kit, "CREATE TABLE kept AS SELECT * FROM event_parts");
        let swap = format!(
            "UPDATE event_parts SET sealed = (SELECT sealed FROM event_parts WHERE event_id = {other}) \
             WHERE event_id = {broken}"
        );
        let cut = format!("DELETE FROM event_parts WHERE event_id = {broken}");
        let add = format!(
            "INSERT INTO event_parts SELECT event_id, 'note', key_id, sealed FROM event_parts WHERE event_id = {broken}"
        );
        for (sql, code) in [(swap, "part.altered"), (cut, "part.missing"), (add, "part.altered")] {
            tamper(kit, &sql);
            let found = problem(&kit.store, None).await;
            assert_eq!((found.code, found.event_id), (code, Some(broken)));
            tamper(kit, "DELETE FROM event_parts; INSERT INTO event_parts SELECT * FROM kept");
        }
        assert_eq!(kit.store.verify(None).await.unwrap().problem, None);
    })
    .await;
}

#[tokio::test]
async fn a_truncated_tail_is_found() {
    on_both_kits(async |kit| {
        let streams = history(&kit.store, 3, 4).await;
        let head = kit.store.sign_head().await.unwrap();
        // The careless: events are gone, everything else stands.
        tamper(kit, "CREATE TABLE kept AS SELECT * FROM events");
        tamper(kit, "DELETE FROM events WHERE position > 10");
        assert_eq!(problem(&kit.store, None).await.code, "log.truncated");
        // The careful: the stream, tiles and heads say so as well. Only a head in other hands shows it.
        tamper(
            kit,
            &format!(
                "UPDATE streams SET seq = 2, head = (SELECT hash FROM events WHERE position = 10) WHERE id = {}; \
                 DELETE FROM tree_heads; DELETE FROM tree_tiles; DELETE FROM cursors; \
                 DELETE FROM event_parts WHERE event_id NOT IN (SELECT id FROM events)",
                streams[2]
            ),
        );
        assert_eq!(kit.store.verify(None).await.unwrap().problem, None);
        let found = problem(&kit.store, head).await;
        assert_eq!((found.code, found.position), ("log.truncated", Some(11)));
    })
    .await;
}

#[tokio::test]
async fn a_deleted_case_is_found() {
    on_both_kits(async |kit| {
        let streams = history(&kit.store, 4, 3).await;
        let case = streams[1];
        let sql = format!("DELETE FROM events WHERE stream = {case}; DELETE FROM streams WHERE id = {case}");
        let head = kit.store.sign_head().await.unwrap();
        tamper(kit, &sql);
        let found = problem(&kit.store, None).await;
        assert_eq!((found.code, found.position), ("event.missing", Some(4)));
        // Whoever closes the gap changes the order, and so the tree.
        tamper(
            kit,
            "UPDATE events SET position = -position WHERE position > 6; \
             UPDATE events SET position = -position - 3 WHERE position < 0; DELETE FROM cursors; \
             DELETE FROM tree_heads; DELETE FROM tree_tiles; \
             DELETE FROM event_parts WHERE event_id NOT IN (SELECT id FROM events)",
        );
        assert_eq!(kit.store.verify(None).await.unwrap().problem, None);
        let found = problem(&kit.store, head).await;
        assert_eq!(found.code, "log.truncated");
    })
    .await;
}

/// The careless way to get rid of a case: its rows go, its events stay. And the other way round.
#[tokio::test]
async fn a_case_without_its_row_or_without_its_stream_is_found() {
    on_both_kits(async |kit| {
        let streams = history(&kit.store, 2, 2).await;
        let case = kit
            .store
            .write::<_, StoreError, _>(|tx| {
                let case = tx.id()?;
                tx.append(NewEvent { stream_kind: "case", ..event(case, "case.registered") })?;
                Ok(case)
            })
            .await
            .unwrap();
        kit.store.sequence().await.unwrap();
        let found = problem(&kit.store, None).await;
        assert_eq!((found.code, found.stream), ("case.missing", Some(case)));
        plant_case(kit, case);
        assert_eq!(kit.store.verify(None).await.unwrap().problem, None);
        // A stream of another kind does not stand for a case.
        for foreign in [streams[0], 9_000_000] {
            plant_case(kit, foreign);
            let found = problem(&kit.store, None).await;
            assert_eq!((found.code, found.stream), ("case.unrecorded", Some(foreign)));
            tamper(kit, &format!("DELETE FROM cases WHERE id = {foreign}"));
        }
        assert_eq!(kit.store.verify(None).await.unwrap().problem, None);
    })
    .await;
}

/// Puts a case's row into the database behind the store's back.
fn plant_case(kit: &Kit, id: i64) {
    let nothing = match kit.engine {
        Engine::Sqlite => "x''",
        Engine::Postgres => "''",
    };
    tamper(
        kit,
        &format!(
            "INSERT INTO cases (id, number, kind, channel, state, open, urgency, resolution_class, confidentiality, \
             category, key_id, title, owner_unit_id, first_unit_id, registered_unit_id, designated, anonymous, \
             head_count, reporter_count, round, version, suspended, supervision, occurred_at, received_at, \
             reopened_count, rule_version, rule_chosen, check_code_hash, legal_hold, updated_at) \
             VALUES ({id}, '{id}', 'request', 'window', 'received', true, 'ordinary', 'prompt', 'open', \
             '01', 1, {nothing}, 1, 1, 1, false, false, 1, 0, 1, 1, false, 'none', 0, 0, 0, 1, '', {nothing}, false, 0)"
        ),
    );
}

#[tokio::test]
async fn a_chain_rewritten_with_fresh_hashes_is_found() {
    let (kit, forger) = (Kit::open(Engine::Sqlite).await, Kit::open(Engine::Sqlite).await);
    history(&kit.store, 3, 8).await;
    let head = kit.store.sign_head().await.unwrap();
    // The same history with other texts, all hashes made anew by the same code.
    forger.store.entropy().fill(&mut [0; 32]);
    history(&forger.store, 2, 8).await;
    history(&forger.store, 1, 9).await;
    assert_eq!(forger.store.verify(None).await.unwrap().problem, None);
    let found = problem(&forger.store, head).await;
    assert_eq!((found.code, found.position), ("head.altered", Some(24)));
    // Only the events are replaced, the tree is left as it was: the event itself is named.
    let forged = forger.folder().join("onedoor.db");
    tamper(
        &kit,
        &format!(
            "ATTACH '{}' AS forged; DELETE FROM main.events; DELETE FROM main.streams; DELETE FROM main.event_parts; \
             INSERT INTO main.events SELECT * FROM forged.events; INSERT INTO main.streams SELECT * FROM forged.streams; \
             INSERT INTO main.event_parts SELECT * FROM forged.event_parts; DELETE FROM main.data_keys; \
             INSERT INTO main.data_keys SELECT * FROM forged.data_keys",
            forged.display()
        ),
    );
    let found = problem(&kit.store, None).await;
    assert_eq!((found.code, found.position), ("event.rewritten", Some(1)));
}

#[tokio::test]
async fn forged_heads_and_tiles_are_found() {
    on_both_kits(async |kit| {
        history(&kit.store, 2, 150).await;
        kit.store.sign_head().await.unwrap();
        tamper(kit, "CREATE TABLE heads AS SELECT * FROM tree_heads");
        tamper(kit, "CREATE TABLE tiles AS SELECT * FROM tree_tiles");
        for (sql, code) in [
            ("UPDATE tree_heads SET signed_at = signed_at + 1", "head.altered"),
            ("UPDATE tree_heads SET size = size - 1", "head.altered"),
            ("UPDATE tree_heads SET root = (SELECT hash FROM events WHERE position = 1)", "head.altered"),
            ("UPDATE tree_tiles SET hashes = (SELECT hash FROM events WHERE position = 1) WHERE level = 1", "tile.altered"),
            ("UPDATE tree_tiles SET hashes = (SELECT hash FROM events WHERE position = 1) WHERE level = 0 AND idx = 1", "event.rewritten"),
        ] {
            tamper(kit, sql);
            assert_eq!(problem(&kit.store, None).await.code, code, "{sql}");
            tamper(kit, "DELETE FROM tree_heads; INSERT INTO tree_heads SELECT * FROM heads");
            tamper(kit, "DELETE FROM tree_tiles; INSERT INTO tree_tiles SELECT * FROM tiles");
        }
        // A head by somebody else's key.
        let stranger = Kit::open(Engine::Sqlite).await;
        let other = store::StoreConfig {
            entropy: std::sync::Arc::new(store::testkit::SeededEntropy::new(2)),
            data: stranger.folder().join("other"),
            ..stranger.config.clone()
        };
        let forger = Store::open(other).await.unwrap();
        history(&forger, 1, 3).await;
        let head = forger.sign_head().await.unwrap().unwrap();
        tamper(kit, &format!("UPDATE tree_heads SET key_id = '{}'", head.key_id));
        assert_eq!(problem(&kit.store, None).await.code, "head.altered");
        assert_eq!(problem(&kit.store, Some(head)).await.code, "head.altered");
    })
    .await;
}
