//! What a bulk seeder needs to write rows byte for byte as the engine would: keys with ids of its own, hashes, tokens.

use crate::{
    StoreError, events,
    vault::{DataKey, SealedPart, Vault},
};

/// The cells of an event that its hash covers.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "named after the columns")]
pub struct EventCells<'e> {
    pub id: i64,
    pub stream: i64,
    pub seq: i64,
    pub kind: &'e str,
    pub kind_version: i64,
    pub occurred_at: i64,
    pub recorded_at: i64,
    pub actor: Option<i64>,
    pub actor_unit: Option<i64>,
    pub public: &'e str,
    pub commitments: &'e [u8],
    pub prev_hash: &'e [u8],
}

impl EventCells<'_> {
    /// The hash.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        events::Hashed {
            id: self.id,
            stream: self.stream,
            seq: self.seq,
            kind: self.kind.as_bytes(),
            kind_version: self.kind_version,
            occurred_at: self.occurred_at,
            recorded_at: self.recorded_at,
            actor: self.actor,
            actor_unit: self.actor_unit,
            public: self.public.as_bytes(),
            commitments: self.commitments,
            prev_hash: self.prev_hash,
        }
        .hash()
    }
}

/// What stands for the predecessor of a stream's first event.
#[must_use]
pub fn genesis(stream: i64, kind: &str) -> [u8; 32] {
    events::genesis(stream, kind.as_bytes())
}

/// The column `commitments` of an event with these parts.
#[must_use]
pub fn commitments(parts: &[SealedPart]) -> Vec<u8> {
    events::encode_commitments(parts)
}

/// The names of the parts in a column `commitments`, in order; `None` when it is none.
#[must_use]
pub fn committed_names(bytes: &[u8]) -> Option<Vec<String>> {
    let parts = events::decode_commitments(bytes)?;
    parts.into_iter().map(|(name, _)| String::from_utf8(name.to_vec()).ok()).collect()
}

/// A new data key with an id of the caller's.
///
/// # Errors
/// When the vault has no master key.
pub fn key(vault: &Vault, id: i64) -> Result<DataKey, StoreError> {
    vault.make_key(id)
}

/// The columns `master_key` and `wrapped` of a data key.
#[must_use]
pub fn wrapped(key: &DataKey) -> (&str, &[u8]) {
    (&key.master, &key.wrapped)
}

/// A search document's `body`, and the `tsvector` of scope and body.
#[must_use]
pub fn document(scope: &str, text: &str) -> (String, String) {
    crate::search::raw(scope, text)
}
