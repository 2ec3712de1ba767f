//! Exactly once: a client's id for its command, with the hash of the body and the outcome that was given.

use crate::{Conn, Store, StoreError, Timestamp, Tx, ms, schema::requests};
use diesel::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

/// Outcomes that are forgotten in one transaction at most.
const PORTION: usize = 500;

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
    /// Runs `work` once for a client's request: a retry gets what the first one gave, and nothing is done again. Without a
    /// request it just runs.
    ///
    /// # Errors
    /// Those of `work`; [`StoreError::ClientIdReused`] for the same id with another body.
    pub fn once<T, E>(
        &mut self,
        request: Option<&ClientRequest>,
        now: Timestamp,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E>
    where
        T: Serialize + DeserializeOwned,
        E: From<StoreError>,
    {
        let Some(request) = request else { return work(self) };
        let corrupt = |error: serde_json::Error| StoreError::Corrupt {
            what: "request outcome",
            detail: error.to_string(),
        };
        if let Some(outcome) = self.earlier_outcome(request)? {
            return Ok(serde_json::from_str(&outcome).map_err(corrupt)?);
        }
        let done = work(self)?;
        let outcome = serde_json::to_string(&done).map_err(corrupt)?;
        self.keep_outcome(request, &outcome, now)?;
        Ok(done)
    }

    /// Looks an earlier outcome up. `Some` is to be returned as it is; the same id with another body is
    /// [`StoreError::ClientIdReused`].
    pub fn earlier_outcome(&mut self, request: &ClientRequest) -> Result<Option<String>, StoreError> {
        let kept = requests::table
            .find((request.actor, &request.client_id))
            .select((requests::body_hash, requests::outcome));
        let earlier: Option<(Vec<u8>, String)> =
            crate::native!(self.conn, |conn| kept.first(conn)).optional()?;
        match earlier {
            None => Ok(None),
            Some((body_hash, outcome)) if body_hash == request.body_hash => Ok(Some(outcome)),
            Some(_) => Err(StoreError::ClientIdReused),
        }
    }

    /// Keeps the outcome with the command, in the same transaction.
    ///
    /// If the same request was committed meanwhile by another transaction, this one is undone and its closure runs
    /// again: [`Tx::earlier_outcome`] then finds what the other one kept.
    pub fn keep_outcome(
        &mut self,
        request: &ClientRequest,
        outcome: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let kept = crate::native!(self.conn, |conn| {
            diesel::insert_into(requests::table)
                .values((
                    requests::actor.eq(request.actor),
                    requests::client_id.eq(&request.client_id),
                    requests::body_hash.eq(&request.body_hash),
                    requests::outcome.eq(outcome),
                    requests::at.eq(ms(now)),
                ))
                .on_conflict_do_nothing()
                .execute(conn)?
        });
        match kept {
            1 => Ok(()),
            _ if matches!(self.conn, Conn::Sqlite(_)) => Err(StoreError::ClientIdReused),
            _ => {
                self.state.again = true;
                Err(StoreError::ClientIdReused)
            }
        }
    }
}

impl Store {
    /// Forgets outcomes kept before `before` and returns how many there were: a client retries within days, not years.
    ///
    /// Deletes in portions, so that nobody who writes waits long.
    pub async fn forget_outcomes(&self, before: Timestamp) -> Result<usize, StoreError> {
        let mut forgotten = 0;
        loop {
            let portion = self.write::<_, StoreError, _>(move |tx| forget_some(tx.conn, before)).await?;
            forgotten += portion;
            if portion < PORTION {
                return Ok(forgotten);
            }
        }
    }
}

fn forget_some(conn: &mut Conn, before: Timestamp) -> Result<usize, StoreError> {
    let old: Vec<(i64, String)> = requests::table
        .filter(requests::at.lt(ms(before)))
        .limit(PORTION as i64)
        .select((requests::actor, requests::client_id))
        .load(conn)?;
    for request in &old {
        diesel::delete(requests::table.find((request.0, &request.1))).execute(conn)?;
    }
    Ok(old.len())
}
