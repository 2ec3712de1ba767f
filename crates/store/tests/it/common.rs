//! What several tests need.

use serde_json::json;
use store::{StoreError, Tx, events::NewEvent, testkit::SimClock};

/// An event without private parts.
pub(crate) fn event(stream: i64, kind: &'static str) -> NewEvent {
    let now = store::Clock::now(&SimClock::default());
    NewEvent {
        stream,
        stream_kind: "case",
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
