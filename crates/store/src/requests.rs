//! Exactly once: a client's id for its command, with the hash of the body and the outcome that was given.

use crate::{StoreError, Timestamp, Tx};

/// What a client says so that a retry never doubles.
#[derive(Clone, Debug)]
pub struct ClientRequest {
    /// The account, or 0 for the portal.
    pub actor: i64,
    /// The id the client made (UUIDv7 as text).
    pub client_id: String,
    /// SHA-256 of the body.
    pub body_hash: Vec<u8>,
}

impl Tx<'_> {
    /// Looks an earlier outcome up. `Some` is to be returned as it is; the same id with another body is
    /// [`StoreError::ClientIdReused`].
    pub fn earlier_outcome(&mut self, request: &ClientRequest) -> Result<Option<String>, StoreError> {
        let _ = request;
        todo!()
    }

    /// Keeps the outcome with the command, in the same transaction.
    pub fn keep_outcome(
        &mut self,
        request: &ClientRequest,
        outcome: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let _ = (request, outcome, now);
        todo!()
    }
}
