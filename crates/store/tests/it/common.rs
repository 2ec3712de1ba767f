//! What several tests need.

use diesel::{Connection, PgConnection, SqliteConnection, connection::SimpleConnection};
use serde_json::json;
use store::{
    Store, StoreError, Tx,
    events::NewEvent,
    testkit::{Kit, SimClock},
};

/// An event without private parts, of something that is no case: `verify` wants the row of every case.
pub(crate) fn event(stream: i64, kind: &'static str) -> NewEvent {
    let now = store::Clock::now(&SimClock::default());
    NewEvent {
        stream,
        stream_kind: "note",
        kind,
        kind_version: 1,
        occurred_at: now,
        recorded_at: now,
        actor: Some(7),
        actor_unit: None,
        public: json!({ "n": stream }),
        parts: Vec::new(),
    }
}

/// Begins a stream with one event and returns its id.
pub(crate) fn begin_stream(tx: &mut Tx<'_>) -> Result<i64, StoreError> {
    let stream = tx.id()?;
    tx.append(event(stream, "case.registered"))?;
    Ok(stream)
}

/// Writes a history: `streams` streams of `each` events, every event in a transaction of its own, with one private part.
pub(crate) async fn history(store: &Store, streams: usize, each: usize) -> Vec<i64> {
    let mut ids = Vec::new();
    for _ in 0..streams {
        let stream = store.new_id().unwrap();
        let key = store.vault().new_key().unwrap();
        let now = store.clock().now();
        let kept = key.clone();
        store.write::<_, StoreError, _>(move |tx| tx.keep_key(&kept, "case", stream, now)).await.unwrap();
        for n in 0..each {
            let part = store.vault().seal_part(&key, "detail", format!("text {n} of {stream}").as_bytes());
            store
                .write::<_, StoreError, _>(move |tx| {
                    let public = json!({ "n": n });
                    tx.append(NewEvent { public, parts: vec![part.clone()], ..event(stream, "case.noted") })
                })
                .await
                .unwrap();
        }
        ids.push(stream);
    }
    store.sequence().await.unwrap();
    ids
}

/// Changes the database behind the store's back.
pub(crate) fn tamper(kit: &Kit, sql: &str) {
    match kit.database_url() {
        None => {
            let file = kit.folder().join("onedoor.db");
            let mut conn = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
            conn.batch_execute("PRAGMA busy_timeout = 5000").unwrap();
            conn.batch_execute(sql).unwrap();
        }
        Some(url) => PgConnection::establish(url).unwrap().batch_execute(sql).unwrap(),
    }
}
