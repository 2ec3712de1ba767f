//! Backup and restore, from either engine into either.

use crate::common::{history, tamper};
use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use store::{
    Store, StoreConfig, StoreError,
    search::{self, Document, Query},
    tally::{self, Cube, Delta},
    testkit::{Engine, Kit, engines, on_both_kits},
};

/// Puts something of everything into a store.
async fn furnish(kit: &Kit) {
    history(&kit.store, 3, 5).await;
    kit.store.sign_head().await.unwrap();
    let entry = Document { case_id: 5, text: "东关村路灯不亮".into(), scope: vec!["u17".into()] }.entry();
    kit.store
        .write::<_, StoreError, _>(move |tx| {
            tx.index_entry(&entry)?;
            tx.next_in_series("case-number/620521/20261122")?;
            tx.tally(&Delta {
                day: 20261122,
                unit_id: 3,
                town_id: 0,
                channel: "window".into(),
                kind: "request".into(),
                category: "01".into(),
                counts: [("registered", 1)].into(),
            })
        })
        .await
        .unwrap();
    // Fractions that have no short form, empty and awkward texts, flags, NULLs.
    let (yes, no) = if kit.engine == Engine::Sqlite { ("1", "0") } else { ("TRUE", "FALSE") };
    for (id, lon, name, active) in [
        (1, "106.12345678901234", "清水县", yes),
        (2, "0.1", "quo\"te \\ 'and'\nline", no),
        (3, "NULL", "", yes),
        (4, "-0.000012345678901234567", "𠮷🙂", no),
    ] {
        let name = name.replace('\'', "''");
        tamper(
            kit,
            &format!(
                "INSERT INTO service_points (id, name, kind, area_id, lon, lat, address, phone, hours, active) \
                 VALUES ({id}, '{name}', 'k', 9007199254740993, {lon}, 1.0 / 3, '', '', '', {active})"
            ),
        );
    }
}

/// A backup's lines without what differs by nature: blanks, the instant, the mark of the identifiers and so the hash.
fn body(file: &Path) -> Vec<serde_json::Value> {
    let text = fs::read_to_string(file).unwrap();
    let mut lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    // A fraction has several texts, but one value.
    for item in lines.iter_mut().filter_map(|line| line.as_array_mut()).flatten() {
        let number =
            item.as_str().filter(|text| text.contains('.')).and_then(|text| text.parse::<f64>().ok());
        if let Some(number) = number {
            *item = number.into();
        }
    }
    lines[1..lines.len() - 1].to_vec()
}

/// An empty place on an engine, with the keys of another.
async fn place(engine: Engine, keys_of: &Kit) -> (Kit, StoreConfig) {
    let kit = Kit::open(engine).await;
    let config = match engine {
        Engine::Sqlite => StoreConfig { data: kit.folder().join("restored"), ..kit.config.clone() },
        Engine::Postgres => {
            tamper(&kit, "DROP SCHEMA public CASCADE; CREATE SCHEMA public");
            StoreConfig { data: kit.folder().join("restored"), ..kit.config.clone() }
        }
    };
    let keys = config.data.join("keys");
    fs::create_dir_all(&keys).unwrap();
    for entry in fs::read_dir(keys_of.folder().join("keys")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), keys.join(entry.file_name())).unwrap();
    }
    (kit, config)
}

#[tokio::test]
async fn what_is_restored_is_what_was_saved() {
    for (from, to) in engines().into_iter().flat_map(|from| engines().into_iter().map(move |to| (from, to))) {
        let source = Kit::open(from).await;
        furnish(&source).await;
        let file = source.folder().join("backup");
        let saved = source.store.backup(&file).await.unwrap();
        let (target, config) = place(to, &source).await;
        let restored = Store::restore(&config, &file).await.unwrap();
        assert_eq!(saved, restored);
        assert!(saved.rows > 40);
        let store = Store::open(config.clone()).await.unwrap();
        let again = target.folder().join("again");
        store.backup(&again).await.unwrap();
        for (line, (saved, restored)) in body(&file).iter().zip(body(&again)).enumerate() {
            assert_eq!(*saved, restored, "line {line} from {from:?} to {to:?}");
        }

        let report = store.verify(None).await.unwrap();
        assert_eq!((report.problem, report.events, report.parts, report.heads), (None, 15, 15, 1));
        let (hits, cells) = store
            .read::<_, StoreError, _>(|conn| {
                let query =
                    Query { words: "路灯".into(), scope: vec!["u17".into()], after: None, limit: 5 };
                Ok((search::find(conn, &query)?, tally::by_day(conn, Cube::Total, 0, 99_999_999)?))
            })
            .await
            .unwrap();
        assert_eq!((hits.len(), cells.len()), (1, 1));
        // Identifiers, positions and series go on where they were.
        let last = source.store.new_id().unwrap();
        assert!(store.new_id().unwrap() > last - 1);
        history(&store, 1, 2).await;
        assert_eq!(store.sequence().await.unwrap(), 17);
        let next =
            store.write::<_, StoreError, _>(|tx| tx.next_in_series("case-number/620521/20261122")).await;
        assert_eq!(next.unwrap(), 2);
        assert!(store.verify(None).await.unwrap().problem.is_none());
        let refused = Store::restore(&config, &file).await.unwrap_err();
        assert_eq!(refused.code(), "store.config");
    }
}

#[tokio::test]
async fn a_damaged_backup_leaves_nothing_behind() {
    on_both_kits(async |kit| {
        furnish(kit).await;
        let file = kit.folder().join("backup");
        kit.store.backup(&file).await.unwrap();
        let text = fs::read_to_string(&file).unwrap();
        let cut: String = text
            .lines()
            .rev()
            .skip(3)
            .map(|line| format!("{line}\n"))
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .collect();
        let altered = text.replacen("清水县", "清水市", 1);
        let gone = text.lines().position(|line| line.starts_with('[')).unwrap();
        let without: String = text
            .lines()
            .enumerate()
            .filter(|(n, _)| *n != gone)
            .map(|(_, line)| format!("{line}\n"))
            .collect();
        let newer = text.replacen("\"schema\":\"", "\"schema\":\"9", 1);
        let (_home, config) = place(kit.engine, kit).await;
        for (n, wrong) in [cut, altered, without, newer].into_iter().enumerate() {
            assert!(wrong != text, "case {n} changes nothing");
            fs::write(&file, wrong).unwrap();
            assert!(Store::restore(&config, &file).await.is_err(), "case {n} was taken");
        }
        fs::write(&file, &text).unwrap();
        Store::restore(&config, &file).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_backup_under_load_is_one_instant() {
    on_both_kits(async |kit| {
        history(&kit.store, 2, 10).await;
        let (store, ended) = (kit.store.clone(), Arc::new(AtomicBool::new(false)));
        let (until, (begun, begins)) = (ended.clone(), tokio::sync::oneshot::channel());
        let writing = tokio::spawn(async move {
            let (mut written, mut begun) = (20, Some(begun));
            while !until.load(Ordering::Relaxed) {
                history(&store, 1, 10).await;
                written += 10;
                begun.take().map(|begun| begun.send(()));
            }
            written
        });
        begins.await.unwrap();
        let file = kit.folder().join("backup");
        kit.store.backup(&file).await.unwrap();
        ended.store(true, Ordering::Relaxed);
        let written = writing.await.unwrap();
        let (_home, config) = place(kit.engine, kit).await;
        Store::restore(&config, &file).await.unwrap();
        let store = Store::open(config).await.unwrap();
        let report = store.verify(None).await.unwrap();
        assert_eq!(report.problem, None);
        assert!((30..=written).contains(&report.events), "{} events of {written}", report.events);
    })
    .await;
}
