//! At night, after a day on which somebody was erased: the database is rewritten, so that nothing of them stays in its
//! files. Writers wait for as long as that takes, therefore at night.

use jiff::{Timestamp, tz::Offset};
use std::time::Duration;
use store::{Conn, Store, StoreError, follow};

/// The cursor of what was rewritten.
const CURSOR: &str = "compaction";
/// How often the hour is looked at.
const HOURLY: Duration = Duration::from_secs(3600);
/// The hours of the night, in China.
const NIGHT: std::ops::Range<i8> = 1..5;

/// Works until it fails.
pub(super) async fn run(store: Store) -> Result<(), String> {
    loop {
        let now = store.clock().now();
        if is_night(now) {
            turn(&store).await.map_err(|error| error.to_string())?;
        }
        tokio::time::sleep(HOURLY).await;
    }
}

fn is_night(now: Timestamp) -> bool {
    NIGHT.contains(&Offset::constant(8).to_datetime(now).hour())
}

/// Rewrites the database if somebody was erased since the last time.
async fn turn(store: &Store) -> Result<bool, StoreError> {
    let last = store.read(erased_since).await?;
    let Some(last) = last else { return Ok(false) };
    store.compact().await?;
    let now = store.clock().now();
    store.write::<_, StoreError, _>(move |tx| tx.advance_cursor(CURSOR, last, now)).await?;
    tracing::info!("the database was rewritten after an erasure");
    Ok(true)
}

/// The position of the last erasure that the files may still hold.
fn erased_since(conn: &mut Conn) -> Result<Option<i64>, StoreError> {
    use diesel::prelude::*;
    use store::schema::events;
    let done = follow::position(conn, CURSOR)?;
    let last: Option<Option<i64>> = events::table
        .filter(events::position.gt(done).and(events::kind.eq("case.person_erased")))
        .order(events::position.desc())
        .select(events::position)
        .first(conn)
        .optional()?;
    Ok(last.flatten())
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::{events::NewEvent, testkit::on_both_kits};

    async fn append(store: &Store, kind: &'static str) {
        let now = store.clock().now();
        let event = move |stream| NewEvent {
            stream,
            stream_kind: "test",
            kind,
            kind_version: 1,
            occurred_at: now,
            recorded_at: now,
            actor: None,
            actor_unit: None,
            public: serde_json::json!({}),
            parts: Vec::new(),
        };
        let id = store.new_id().unwrap();
        store.write::<_, StoreError, _>(move |tx| tx.append(event(id))).await.unwrap();
        store.sequence().await.unwrap();
    }

    #[tokio::test]
    async fn the_database_is_rewritten_once_after_an_erasure() {
        on_both_kits(async |kit| {
            append(&kit.store, "case.registered").await;
            assert!(!turn(&kit.store).await.unwrap(), "nobody was erased");
            append(&kit.store, "case.person_erased").await;
            append(&kit.store, "case.registered").await;
            assert!(turn(&kit.store).await.unwrap());
            assert!(!turn(&kit.store).await.unwrap(), "once is enough");
        })
        .await;
    }

    #[test]
    fn night_is_night_in_china() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert!(is_night(at("2026-03-01T18:00:00Z")), "two in the morning");
        assert!(!is_night(at("2026-03-01T03:00:00Z")), "eleven");
    }
}
