//! Keys: a master key in the data folder wraps one data key per person or case; AEAD seals texts under it.
//! Destroying a data key's row erases what it sealed, salts included; hash chains go on verifying.

use crate::{Conn, StoreError, Timestamp, Tx};

/// A data key in clear, held only while a command runs.
#[derive(Clone)]
pub struct DataKey {
    /// Its id in `data_keys`.
    pub id: i64,
    pub(crate) bytes: [u8; 32],
    pub(crate) wrapped: Vec<u8>,
}

/// One private part of an event: commitment for the hash, sealed salt and text for the table.
#[derive(Clone, Debug)]
pub struct SealedPart {
    /// Its name in the event, `detail`.
    pub name: &'static str,
    /// The key that seals it.
    pub key_id: i64,
    /// SHA-256 over salt, name and text.
    pub commitment: [u8; 32],
    /// AEAD of salt and text.
    pub sealed: Vec<u8>,
}

/// The vault.
pub struct Vault {}

impl Vault {
    /// Makes a new data key with an id taken outside any transaction; [`Tx::keep_key`] stores it.
    pub fn new_key(&self) -> Result<DataKey, StoreError> {
        todo!()
    }

    /// Unwraps a stored key (cached).
    pub fn key(&self, conn: &mut Conn, id: i64) -> Result<DataKey, StoreError> {
        let _ = (conn, id);
        todo!()
    }

    /// Seals `text` for a column; `context` (table.column) is bound as associated data.
    pub fn seal(&self, key: &DataKey, context: &str, text: &[u8]) -> Vec<u8> {
        let _ = (key, context, text);
        todo!()
    }

    /// Opens what [`Vault::seal`] sealed. An erased or altered text is [`StoreError::Unsealable`].
    pub fn open(&self, key: &DataKey, context: &str, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        let _ = (key, context, sealed);
        todo!()
    }

    /// Seals a private part of an event.
    pub fn seal_part(&self, key: &DataKey, name: &'static str, text: &[u8]) -> SealedPart {
        let _ = (key, name, text);
        todo!()
    }

    /// Opens a private part of an event.
    pub fn open_part(&self, key: &DataKey, name: &str, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        let _ = (key, name, sealed);
        todo!()
    }

    /// A keyed hash for exact lookup of a phone or document number; equal inputs give equal hashes, nothing else does.
    pub fn lookup_hash(&self, purpose: &str, value: &str) -> Vec<u8> {
        let _ = (purpose, value);
        todo!()
    }
}

impl Tx<'_> {
    /// Stores a new data key for a subject (`person` or `case`).
    pub fn keep_key(
        &mut self,
        key: &DataKey,
        subject_kind: &str,
        subject: i64,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let _ = (key, subject_kind, subject, now);
        todo!()
    }

    /// Destroys every key of a subject: what they sealed can never be opened again.
    pub fn erase_subject(&mut self, subject_kind: &str, subject: i64) -> Result<usize, StoreError> {
        let _ = (subject_kind, subject);
        todo!()
    }
}
