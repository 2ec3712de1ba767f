//! Use cases that change territory, one file each.

pub mod edit_area;
pub mod import_divisions;
pub mod import_grids;
pub mod service_points;
pub mod set_posts;

pub use import_grids::put_shape as set_shape;

use crate::TerritoryError;
use serde::{Serialize, de::DeserializeOwned};
use store::{StoreError, Timestamp, Tx, events::NewEvent, requests::ClientRequest};

/// Who does it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Actor {
    /// The account; `None` for the system (an import from the command line).
    pub account_id: Option<i64>,
    /// The unit it acts for.
    pub unit_id: Option<i64>,
}

/// How a change is made: who, when, with which request of a client, and after seeing what.
#[derive(Clone, Debug)]
pub struct Change {
    /// Who does it.
    pub actor: Actor,
    /// When.
    pub now: Timestamp,
    /// The client's request, so that a retry never doubles.
    pub request: Option<ClientRequest>,
    /// The version that the editor saw; `None` takes whatever stands.
    pub seen: Option<i64>,
}

impl Change {
    /// A change without a client's request, over whatever stands.
    #[must_use]
    pub fn by(actor: Actor, now: Timestamp) -> Change {
        Change { actor, now, request: None, seen: None }
    }

    /// Does `work` once for the client's request; a retry gets what the first one gave.
    fn once<'c, T>(
        &self,
        tx: &mut Tx<'c>,
        work: impl FnOnce(&mut Tx<'c>) -> Result<T, TerritoryError>,
    ) -> Result<T, TerritoryError>
    where
        T: Serialize + DeserializeOwned,
    {
        tx.once(self.request.as_ref(), self.now, work)
    }

    /// Refuses when something else stands than the editor saw.
    fn check(&self, found: i64) -> Result<(), StoreError> {
        match self.seen {
            Some(expected) if expected != found => Err(StoreError::VersionConflict { expected, found }),
            Some(_) | None => Ok(()),
        }
    }
}

/// Appends an event to an area's stream. Everything in `public` is open: codes, names of areas, counts.
fn append(
    tx: &mut Tx<'_>,
    area_id: i64,
    kind: &'static str,
    actor: Actor,
    now: Timestamp,
    public: serde_json::Value,
) -> Result<i64, StoreError> {
    tx.append(NewEvent {
        stream: area_id,
        stream_kind: "area",
        kind,
        kind_version: 1,
        occurred_at: now,
        recorded_at: now,
        actor: actor.account_id,
        actor_unit: actor.unit_id,
        public,
        parts: Vec::new(),
    })
}
