//! Use cases that change territory, one file each.

pub mod edit_area;
pub mod import_divisions;
pub mod import_grids;
pub mod service_points;
pub mod set_posts;

pub use import_grids::put_shape as set_shape;

use store::{StoreError, Timestamp, Tx, events::NewEvent};

/// Who does it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Actor {
    /// The account; `None` for the system (an import from the command line).
    pub account_id: Option<i64>,
    /// The unit it acts for.
    pub unit_id: Option<i64>,
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
