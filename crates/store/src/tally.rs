//! Counts: commands append signed deltas; a background folder sums them into cubes by day and month.
//! A reading is cube plus tail, so it is always exact.

use crate::{
    Conn, Store, StoreError, Tx,
    schema::{cube_cells, tally_deltas},
};
use diesel::prelude::*;
use std::collections::BTreeMap;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

impl Cube {
    /// Every cube.
    const ALL: [Cube; 6] = [Cube::Total, Cube::Unit, Cube::Town, Cube::Channel, Cube::Kind, Cube::Category];

    /// Its name in `cube_cells`.
    fn name(self) -> &'static str {
        match self {
            Cube::Total => "total",
            Cube::Unit => "unit",
            Cube::Town => "town",
            Cube::Channel => "channel",
            Cube::Kind => "kind",
            Cube::Category => "category",
        }
    }

    /// The group a delta belongs to.
    fn key(self, delta: &Row) -> String {
        match self {
            Cube::Total => String::new(),
            Cube::Unit => delta.unit_id.to_string(),
            Cube::Town => delta.town_id.to_string(),
            Cube::Channel => delta.channel.clone(),
            Cube::Kind => delta.kind.clone(),
            Cube::Category => delta.category.chars().take(2).collect(),
        }
    }
}

#[derive(Queryable)]
struct Row {
    id: i64,
    day: i64,
    measure: String,
    unit_id: i64,
    town_id: i64,
    channel: String,
    kind: String,
    category: String,
    n: i64,
}

impl Tx<'_> {
    /// Appends a delta.
    pub fn tally(&mut self, delta: Delta) -> Result<(), StoreError> {
        let id = self.id()?;
        diesel::insert_into(tally_deltas::table)
            .values((
                tally_deltas::id.eq(id),
                tally_deltas::day.eq(delta.day),
                tally_deltas::measure.eq(delta.measure),
                tally_deltas::unit_id.eq(delta.unit_id),
                tally_deltas::town_id.eq(delta.town_id),
                tally_deltas::channel.eq(&delta.channel),
                tally_deltas::kind.eq(&delta.kind),
                tally_deltas::category.eq(&delta.category),
                tally_deltas::n.eq(delta.n),
            ))
            .execute(self.conn)?;
        Ok(())
    }
}

/// Deltas that one turn of the folder sums up.
const TURN: i64 = 500;

impl Store {
    /// Sums waiting deltas into the cubes, a few hundred per transaction, and returns how many there were.
    ///
    /// The background worker calls it every few seconds; readings are exact before, between and after.
    pub async fn fold_tallies(&self) -> Result<usize, StoreError> {
        let mut all = 0;
        loop {
            let folded = self.write(fold).await?;
            all += folded;
            if folded < TURN as usize {
                return Ok(all);
            }
        }
    }
}

/// One turn: takes deltas out and adds them to their cells.
fn fold(tx: &mut Tx<'_>) -> Result<usize, StoreError> {
    tx.lock_name("tally")?;
    let deltas: Vec<Row> = tally_deltas::table.order(tally_deltas::id).limit(TURN).load(tx.conn())?;
    let ids: Vec<i64> = deltas.iter().map(|delta| delta.id).collect();
    diesel::delete(tally_deltas::table.filter(tally_deltas::id.eq_any(&ids))).execute(tx.conn())?;
    let mut cells: BTreeMap<(Cube, i64, &str, String), i64> = BTreeMap::new();
    for delta in &deltas {
        for cube in Cube::ALL {
            for period in [delta.day, delta.day / 100] {
                *cells.entry((cube, period, &delta.measure, cube.key(delta))).or_default() += delta.n;
            }
        }
    }
    for ((cube, period, measure, key), n) in cells {
        if n != 0 {
            add(tx.conn(), cube, period, measure, &key, n)?;
        }
    }
    Ok(deltas.len())
}

fn add(conn: &mut Conn, cube: Cube, period: i64, measure: &str, key: &str, n: i64) -> QueryResult<usize> {
    crate::native!(conn, |conn| {
        diesel::insert_into(cube_cells::table)
            .values((
                cube_cells::cube.eq(cube.name()),
                cube_cells::period.eq(period),
                cube_cells::measure.eq(measure),
                cube_cells::key.eq(key),
                cube_cells::n.eq(n),
            ))
            .on_conflict((cube_cells::cube, cube_cells::period, cube_cells::measure, cube_cells::key))
            .do_update()
            .set(cube_cells::n.eq(cube_cells::n + n))
            .execute(conn)
    })
}

/// Reads a cube by day, `from..=to` (days as `20261122`), folded part plus tail. Cells that come to 0 are left out.
pub fn by_day(conn: &mut Conn, cube: Cube, from: i64, to: i64) -> Result<Vec<Cell>, StoreError> {
    read(conn, cube, (from, to), (from, to), |day| day)
}

/// Reads a cube by month, `from..=to` (months as `202611`), folded part plus tail. Cells that come to 0 are left out.
pub fn by_month(conn: &mut Conn, cube: Cube, from: i64, to: i64) -> Result<Vec<Cell>, StoreError> {
    read(conn, cube, (from, to), (from * 100, to * 100 + 99), |day| day / 100)
}

fn read(
    conn: &mut Conn,
    cube: Cube,
    periods: (i64, i64),
    days: (i64, i64),
    period: fn(i64) -> i64,
) -> Result<Vec<Cell>, StoreError> {
    let folded: Vec<(i64, String, String, i64)> = cube_cells::table
        .filter(cube_cells::cube.eq(cube.name()).and(cube_cells::period.between(periods.0, periods.1)))
        .select((cube_cells::period, cube_cells::measure, cube_cells::key, cube_cells::n))
        .load(conn)?;
    let tail: Vec<Row> = tally_deltas::table.filter(tally_deltas::day.between(days.0, days.1)).load(conn)?;
    let mut cells: BTreeMap<(i64, String, String), i64> = BTreeMap::new();
    for (period, measure, key, n) in folded {
        *cells.entry((period, measure, key)).or_default() += n;
    }
    for delta in tail {
        let key = cube.key(&delta);
        *cells.entry((period(delta.day), delta.measure, key)).or_default() += delta.n;
    }
    let cell = |((period, measure, key), n)| Cell { measure, period, key, n };
    Ok(cells.into_iter().filter(|(_, n)| *n != 0).map(cell).collect())
}
