//! The vault, and erasure: the text is gone from the files, the log still holds.

use crate::common::event;
use diesel::prelude::*;
use std::{collections::BTreeMap, path::Path};
use store::{
    Store, StoreError,
    events::{self, NewEvent},
    schema::data_keys,
    search::{self, Document, Query},
    testkit::{Engine, Kit, on_both, on_both_kits},
    vault::DataKey,
};

/// Tells of a matter under a key of its own: an event with a private part, and a document in the index.
async fn tell(store: &Store, subject: i64, text: &'static str) -> (i64, DataKey) {
    let key = store.vault().new_key().unwrap();
    let (stream, now) = (store.new_id().unwrap(), store.clock().now());
    let part = store.vault().seal_part(&key, "detail", text.as_bytes());
    let entry = Document { case_id: stream, text: text.into(), scope: vec!["all".into()] }.entry();
    let kept = key.clone();
    let id = store
        .write::<_, StoreError, _>(move |tx| {
            tx.keep_key(&kept, "person", subject, now)?;
            tx.index_entry(&entry)?;
            tx.append(NewEvent { parts: vec![part.clone()], ..event(stream, "case.registered") })
        })
        .await
        .unwrap();
    (id, key)
}

async fn open_part(store: &Store, event_id: i64) -> Result<Vec<u8>, StoreError> {
    let this = store.clone();
    store
        .read(move |conn| {
            let (name, key_id, sealed) = events::parts(conn, event_id)?.remove(0);
            let key = this.vault().key(conn, key_id)?;
            this.vault().open_part(&key, &name, &sealed)
        })
        .await
}

async fn erase(store: &Store, subject: i64, event_id: i64) {
    let erased = store
        .write::<_, StoreError, _>(move |tx| {
            let case = events::get(tx.conn(), event_id)?.stream;
            tx.unindex(case)?;
            tx.erase_subject("person", subject)
        })
        .await
        .unwrap();
    assert_eq!(erased, 1);
}

/// How often each needle stands in the database's files.
fn count(folder: &Path, needles: &[&[u8]]) -> Vec<usize> {
    let mut counts = vec![0; needles.len()];
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if !path.is_file() {
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        for (count, needle) in counts.iter_mut().zip(needles) {
            *count += bytes.windows(needle.len()).filter(|at| at == needle).count();
        }
    }
    counts
}

#[tokio::test]
async fn nothing_of_an_erased_person_is_left_in_the_files() {
    let kit = Kit::open(Engine::Sqlite).await;
    let text = "龘靐齉爩家的墙塌了，电话13800138000";
    let (id, key) = tell(&kit.store, 41, text).await;
    for n in 0..30 {
        tell(&kit.store, 100 + n, "路灯不亮").await;
    }
    let wrapped: Vec<u8> = kit
        .store
        .read::<_, StoreError, _>(move |conn| {
            Ok(data_keys::table.find(key.id).select(data_keys::wrapped).first(conn)?)
        })
        .await
        .unwrap();
    let needles: Vec<&[u8]> = vec!["龘靐".as_bytes(), "爩家".as_bytes(), b"13800138000", &wrapped];
    let before = count(kit.folder(), &needles);
    assert!(before.iter().all(|count| *count > 0), "the test looks for what was never there: {before:?}");
    erase(&kit.store, 41, id).await;
    kit.store.compact().await.unwrap();
    assert_eq!(count(kit.folder(), &needles), [0; 4]);
    assert_eq!(kit.store.verify(None).await.unwrap().problem, None);
}

#[tokio::test]
async fn after_an_erasure_the_chain_holds_and_others_are_untouched() {
    on_both(|store| async move {
        let (gone, key) = tell(&store, 41, "龘靐齉爩家的墙塌了").await;
        let (kept, _) = tell(&store, 42, "龘靐齉爩家的路灯").await;
        assert_eq!(open_part(&store, gone).await.unwrap(), "龘靐齉爩家的墙塌了".as_bytes());
        let head = store.sign_head().await.unwrap();
        erase(&store, 41, gone).await;
        store.compact().await.unwrap();
        assert!(matches!(open_part(&store, gone).await, Err(StoreError::Unsealable)));
        assert_eq!(open_part(&store, kept).await.unwrap(), "龘靐齉爩家的路灯".as_bytes());
        let query = Query { words: "龘靐".into(), scope: vec!["all".into()], after: None, limit: 10 };
        let hits = store.read::<_, StoreError, _>(move |conn| search::find(conn, &query)).await.unwrap();
        assert_eq!(hits.len(), 1);
        let report = store.verify(head).await.unwrap();
        assert_eq!((report.problem, report.parts, report.erased), (None, 1, 1));
        let keys = store
            .read::<_, StoreError, _>({
                let this = store.clone();
                move |conn| this.vault().keys(conn, &[key.id])
            })
            .await
            .unwrap();
        assert!(keys.is_empty());
    })
    .await;
}

#[tokio::test]
async fn sealed_texts_open_only_in_their_place_and_unaltered() {
    on_both(|store| async move {
        let vault = store.vault();
        let (key, other) = (vault.new_key().unwrap(), vault.new_key().unwrap());
        let sealed = vault.seal(&key, "cases.title", "路灯".as_bytes());
        assert_eq!(vault.open(&key, "cases.title", &sealed).unwrap(), "路灯".as_bytes());
        assert_ne!(vault.seal(&key, "cases.title", "路灯".as_bytes()), sealed);
        assert!(vault.open(&key, "cases.place", &sealed).is_err());
        assert!(vault.open(&other, "cases.title", &sealed).is_err());
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert!(matches!(vault.open(&key, "cases.title", &altered), Err(StoreError::Unsealable)));
        }
        assert!(vault.open(&key, "cases.title", &[]).is_err());
        let part = vault.seal_part(&key, "detail", b"text");
        assert_eq!(vault.open_part(&key, "detail", &part.sealed).unwrap(), b"text");
        assert!(vault.open_part(&key, "reply", &part.sealed).is_err());
        let hash = vault.lookup_hash("phone", "13800138000");
        assert_eq!(hash, vault.lookup_hash("phone", "13800138000"));
        assert_ne!(hash, vault.lookup_hash("document", "13800138000"));
        assert_eq!(format!("{key:?}"), format!("DataKey({})", key.id), "a key's bytes are never shown");
    })
    .await;
}

#[tokio::test]
async fn a_database_without_its_keys_is_refused() {
    on_both_kits(async |kit| {
        tell(&kit.store, 41, "路灯").await;
        let keys = kit.folder().join("keys");
        let mut saved = BTreeMap::new();
        for entry in std::fs::read_dir(&keys).unwrap() {
            let path = entry.unwrap().path();
            saved.insert(path.clone(), std::fs::read(&path).unwrap());
        }
        for gone in ["master-0001.key", "lookup.key"] {
            std::fs::remove_file(keys.join(gone)).unwrap();
            let refused = Store::open(kit.config.clone()).await.err().expect("keys are missing");
            assert_eq!(refused.code(), "store.config");
            saved.iter().for_each(|(path, bytes)| std::fs::write(path, bytes).unwrap());
        }
        assert!(Store::open(kit.config.clone()).await.is_ok());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(keys.join("tree-0001.key")).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    })
    .await;
}

#[tokio::test]
async fn a_newer_master_key_wraps_new_keys_and_old_ones_still_open() {
    on_both_kits(async |kit| {
        let (old, _) = tell(&kit.store, 41, "路灯").await;
        std::fs::write(kit.folder().join("keys/master-0002.key"), "5a".repeat(32)).unwrap();
        let store = Store::open(kit.config.clone()).await.unwrap();
        let (new, key) = tell(&store, 42, "工资").await;
        assert_eq!(open_part(&store, old).await.unwrap(), "路灯".as_bytes());
        assert_eq!(open_part(&store, new).await.unwrap(), "工资".as_bytes());
        let master: String = store
            .read::<_, StoreError, _>(move |conn| {
                Ok(data_keys::table.find(key.id).select(data_keys::master_key).first(conn)?)
            })
            .await
            .unwrap();
        assert_eq!(master, "master-0002");
    })
    .await;
}
