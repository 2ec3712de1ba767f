//! Counts: commands append signed deltas; a background folder sums them into cubes by day and month.
//! A reading is cube plus tail, so it is always exact.

use crate::{Conn, StoreError, Tx};

/// One signed change of a count.
#[derive(Clone, Debug)]
pub struct Delta {
    /// The local day, `20261122`.
    pub day: i64,
    /// What is counted: `registered`, `closed`, `due`, `on_time` …
    pub measure: &'static str,
    /// The unit, 0 for none.
    pub unit_id: i64,
    /// The town, 0 for none.
    pub town_id: i64,
    /// The channel.
    pub channel: String,
    /// The case kind.
    pub kind: String,
    /// The category code.
    pub category: String,
    /// +1 or −1, or more.
    pub n: i64,
}

/// The named cubes: which dimension a reading is grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cube {
    /// One total per day and measure.
    Total,
    /// By unit.
    Unit,
    /// By town.
    Town,
    /// By channel.
    Channel,
    /// By case kind.
    Kind,
    /// By top-level category (the first two characters of its code).
    Category,
}

/// One row of a reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The measure.
    pub measure: String,
    /// The day (`20261122`), or the month (`202611`) when read by month.
    pub period: i64,
    /// The group: unit id, town id, channel … as text; empty for the total.
    pub key: String,
    /// The count.
    pub n: i64,
}

impl Tx<'_> {
    /// Appends a delta.
    pub fn tally(&mut self, delta: Delta) -> Result<(), StoreError> {
        let _ = delta;
        todo!()
    }
}

/// Reads a cube by day, `from..=to` (days as `20261122`), folded part plus tail.
pub fn by_day(conn: &mut Conn, cube: Cube, from: i64, to: i64) -> Result<Vec<Cell>, StoreError> {
    let _ = (conn, cube, from, to);
    todo!()
}

/// Reads a cube by month, `from..=to` (months as `202611`), folded part plus tail.
pub fn by_month(conn: &mut Conn, cube: Cube, from: i64, to: i64) -> Result<Vec<Cell>, StoreError> {
    let _ = (conn, cube, from, to);
    todo!()
}
