//! The event log: append, hash chain per stream, follow.

use crate::{Conn, Store, StoreError, Timestamp, Tx, vault::SealedPart};

/// What a command says has happened.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// What the stream is about: the case id, account id, unit id … (ids are unique in the whole database).
    pub stream: i64,
    /// The kind of stream, used when it begins: `case`, `account`, `unit`, `rules` …
    pub stream_kind: &'static str,
    /// The event's type, `case.registered`; areas register theirs.
    pub kind: &'static str,
    /// The version of this type's form.
    pub kind_version: i64,
    /// When it happened (offline reports and replays: earlier than when it was recorded).
    pub occurred_at: Timestamp,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// The account that did it; `None` for the system or a citizen.
    pub actor: Option<i64>,
    /// The unit it was done for.
    pub actor_unit: Option<i64>,
    /// The public part: no personal data, no free text.
    pub public: serde_json::Value,
    /// Private parts, sealed before the transaction; the hash covers their salted commitments.
    pub parts: Vec<SealedPart>,
}

/// An event as it stands in the log.
#[derive(Clone, Debug)]
pub struct Event {
    /// Its id.
    pub id: i64,
    /// Its place in the order of all events; `None` until the sequencer has given it.
    pub position: Option<i64>,
    /// What it is about.
    pub stream: i64,
    /// Its number in the stream, from 1.
    pub seq: i64,
    /// Its type.
    pub kind: String,
    /// The version of the type's form.
    pub kind_version: i64,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Who did it.
    pub actor: Option<i64>,
    /// For which unit.
    pub actor_unit: Option<i64>,
    /// The public part.
    pub public: serde_json::Value,
    /// The hash.
    pub hash: Vec<u8>,
}

impl Tx<'_> {
    /// Appends an event to its stream's chain and returns its id.
    pub fn append(&mut self, event: NewEvent) -> Result<i64, StoreError> {
        let _ = event;
        todo!()
    }
}

/// All events of a stream, oldest first.
pub fn of_stream(conn: &mut Conn, stream: i64) -> Result<Vec<Event>, StoreError> {
    let _ = (conn, stream);
    todo!()
}

/// Up to `limit` events after `position`, in order.
pub fn after(conn: &mut Conn, position: i64, limit: i64) -> Result<Vec<Event>, StoreError> {
    let _ = (conn, position, limit);
    todo!()
}

/// The sealed parts of an event by name: open them with the vault.
pub fn parts(conn: &mut Conn, event_id: i64) -> Result<Vec<(String, i64, Vec<u8>)>, StoreError> {
    let _ = (conn, event_id);
    todo!()
}

impl Store {
    /// A receiver that is woken (coalesced) whenever new events have positions; read them with [`after`].
    pub fn wakeups(&self) -> tokio::sync::watch::Receiver<i64> {
        todo!()
    }
}
