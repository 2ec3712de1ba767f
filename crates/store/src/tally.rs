//! Counts: commands append signed deltas; a background folder sums them into cubes by day and month.
//! A reading is cube plus tail, so it is always exact.

use crate::{
    Conn, Run, Store, StoreError, Tx, dialect,
    schema::{cube_cells, tally_deltas},
    update,
};
use diesel::prelude::*;
use serde::Serialize;
use std::collections::BTreeMap;

/// Signed changes of counts of one day and one kind of matter.
#[derive(Clone, Debug, Default)]
pub struct Delta {
    /// The local day, `20261122`.
    pub day: i64,
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
    /// By measure (`registered`, `closed`, `due`, `on_time` …): +1 or −1, or more.
    pub counts: BTreeMap<&'static str, i64>,
}

impl Delta {
    /// Whether both are of one day, unit and kind of matter.
    #[must_use]
    pub fn is_of(&self, other: &Delta) -> bool {
        let ids = |delta: &Delta| (delta.day, delta.unit_id, delta.town_id);
        ids(self) == ids(other)
            && (&self.channel, &self.kind, &self.category) == (&other.channel, &other.kind, &other.category)
    }
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

/// What is read: a cube, or some groups of it only.
#[derive(Clone, Debug)]
pub struct Wanted {
    cube: Cube,
    keys: Option<Vec<String>>,
}

impl From<Cube> for Wanted {
    fn from(cube: Cube) -> Wanted {
        Wanted { cube, keys: None }
    }
}

impl Cube {
    /// Only the groups with these keys.
    #[must_use]
    pub fn only(self, keys: Vec<String>) -> Wanted {
        Wanted { cube: self, keys: Some(keys) }
    }
}

impl Wanted {
    /// Whether the group with this key is read.
    #[must_use]
    pub fn covers(&self, key: &str) -> bool {
        self.keys.as_ref().is_none_or(|keys| keys.iter().any(|wanted| wanted == key))
    }
}

/// One row of a reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The measure.
    pub measure: String,
    /// The day (`20261122`), or the month (`202611`) when read by month, or 0 when read over a span.
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

/// Counts by measure, as a column holds them: a JSON object, `{"due":5,"registered":12}`. One row for all measures of a
/// cell keeps a reading of years to a few thousand rows.
type Counts<'t> = BTreeMap<&'t str, i64>;

fn unpack<'t>(what: &'static str, text: &'t str) -> Result<Counts<'t>, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt { what, detail: error.to_string() })
}

fn pack<K: AsRef<str> + Ord + Serialize>(counts: &BTreeMap<K, i64>) -> Result<String, StoreError> {
    serde_json::to_string(counts)
        .map_err(|error| StoreError::Defect(format!("counts cannot be written: {error}")))
}

#[derive(Queryable)]
struct Row {
    id: i64,
    day: i64,
    unit_id: i64,
    town_id: i64,
    channel: String,
    kind: String,
    category: String,
    counts: String,
}

impl Row {
    fn counts(&self) -> Result<Counts<'_>, StoreError> {
        unpack("tally delta", &self.counts)
    }
}

impl Tx<'_> {
    /// Appends a delta.
    pub fn tally(&mut self, delta: &Delta) -> Result<(), StoreError> {
        let id = self.id()?;
        diesel::insert_into(tally_deltas::table)
            .values((
                tally_deltas::id.eq(id),
                tally_deltas::day.eq(delta.day),
                tally_deltas::unit_id.eq(delta.unit_id),
                tally_deltas::town_id.eq(delta.town_id),
                tally_deltas::channel.eq(&delta.channel),
                tally_deltas::kind.eq(&delta.kind),
                tally_deltas::category.eq(&delta.category),
                tally_deltas::counts.eq(pack(&delta.counts)?),
            ))
            .run(self.conn)?;
        Ok(())
    }
}

/// Deltas that one turn of the folder sums up.
const TURN: i64 = 1000;

impl Store {
    /// Sums waiting deltas into the cubes, up to a thousand per transaction, and returns how many there were.
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

/// The periods a day is counted in: the day, its month (`202611`) and its year (`2026`).
fn periods(day: i64) -> [i64; 3] {
    [day, day / 100, day / 10_000]
}

/// One turn: takes deltas out and adds them to their cells.
fn fold(tx: &mut Tx<'_>) -> Result<usize, StoreError> {
    tx.lock_name("tally")?;
    let deltas: Vec<Row> = tally_deltas::table.order(tally_deltas::id).limit(TURN).load(tx.conn())?;
    let ids: Vec<i64> = deltas.iter().map(|delta| delta.id).collect();
    diesel::delete(tally_deltas::table.filter(tally_deltas::id.eq_any(&ids))).execute(tx.conn())?;
    let mut cells: BTreeMap<(Cube, i64, String), Counts<'_>> = BTreeMap::new();
    for delta in &deltas {
        let counts = delta.counts()?;
        for cube in Cube::ALL {
            for period in periods(delta.day) {
                let cell = cells.entry((cube, period, cube.key(delta))).or_default();
                counts.iter().for_each(|(measure, n)| *cell.entry(*measure).or_default() += n);
            }
        }
    }
    let names: Vec<Name<'_>> =
        cells.keys().map(|(cube, period, key)| (cube.name(), *period, key.as_str())).collect();
    let folded = stored(tx.conn(), &names)?;
    let mut sums = Vec::with_capacity(names.len());
    for ((name, delta), folded) in names.iter().zip(cells.values()).zip(&folded) {
        sums.push((*name, added(delta, folded.as_deref())?, folded.is_some()));
    }
    put(tx.conn(), &sums)?;
    Ok(deltas.len())
}

/// A cell's key: cube, period, group.
type Name<'t> = (&'static str, i64, &'t str);

/// The counts of a cell with a delta in them, as its column holds them.
fn added(delta: &Counts<'_>, folded: Option<&str>) -> Result<String, StoreError> {
    let mut counts = delta.clone();
    if let Some(folded) = folded {
        for (measure, n) in unpack("cube cell", folded)? {
            *counts.entry(measure).or_default() += n;
        }
    }
    counts.retain(|_, n| *n != 0);
    pack(&counts)
}

/// What the cells hold, in the order of their names; `None` for one that is not there yet.
fn stored(conn: &mut Conn, names: &[Name<'_>]) -> Result<Vec<Option<String>>, StoreError> {
    match conn {
        Conn::Sqlite(conn) => {
            let counts = |name: &Name<'_>| {
                Ok(cube_cells::table.find(*name).select(cube_cells::counts).first(conn).optional()?)
            };
            names.iter().map(counts).collect()
        }
        // One round trip for all: there are thousands.
        Conn::Postgres(conn) => dialect::postgres::cells(conn, names),
    }
}

/// Writes the counts of cells; the last of the three says whether the cell is there already. Only the folder writes cells, under
/// the lock `tally`.
fn put(conn: &mut Conn, sums: &[(Name<'_>, String, bool)]) -> Result<(), StoreError> {
    if let Conn::Postgres(conn) = conn {
        return dialect::postgres::put_cells(conn, sums);
    }
    for ((cube, period, key), counts, there) in sums {
        let counts = cube_cells::counts.eq(counts);
        if *there {
            update(cube_cells::table.find((*cube, period, *key))).set(counts).run(conn)?;
        } else {
            let (cube, period, key) =
                (cube_cells::cube.eq(*cube), cube_cells::period.eq(period), cube_cells::key.eq(*key));
            diesel::insert_into(cube_cells::table).values((cube, period, key, counts)).run(conn)?;
        }
    }
    Ok(())
}

/// What the cells of a reading are named by.
#[derive(Clone, Copy)]
enum By {
    Day,
    Month,
    Whole,
}

impl By {
    fn period(self, day: i64) -> i64 {
        match self {
            By::Day => day,
            By::Month => day / 100,
            By::Whole => 0,
        }
    }

    /// The same of a cell, which may be a month's or a year's already.
    fn folded(self, period: i64) -> i64 {
        match self {
            By::Month if period < 10_000_000 => period,
            _ => self.period(period),
        }
    }
}

/// Reads a cube by day, `from..=to` (days as `20261122`), folded part plus tail. Cells that come to 0 are left out.
pub fn by_day(conn: &mut Conn, cube: impl Into<Wanted>, from: i64, to: i64) -> Result<Vec<Cell>, StoreError> {
    // Eight digits: what has fewer is a month or a year.
    read(conn, &cube.into(), &[(from.max(10_000_000), to)], (from, to), By::Day)
}

/// Reads a cube by month, `from..=to` (months as `202611`), folded part plus tail. Cells that come to 0 are left out.
pub fn by_month(
    conn: &mut Conn,
    cube: impl Into<Wanted>,
    from: i64,
    to: i64,
) -> Result<Vec<Cell>, StoreError> {
    let months = (from.max(100_000), to.min(999_999));
    read(conn, &cube.into(), &[months], (from * 100, to * 100 + 99), By::Month)
}

/// Reads a cube over a span of days (`from..=to`, days as `20261122`) by month: the cells of its first and last month hold
/// only what lies within the span. Cells that come to 0 are left out.
pub fn months_of(
    conn: &mut Conn,
    cube: impl Into<Wanted>,
    from: i64,
    to: i64,
) -> Result<Vec<Cell>, StoreError> {
    read(conn, &cube.into(), &cover_by_month(from, to), (from, to), By::Month)
}

/// Reads a cube over a span of days as a whole (`from..=to`, days as `20261122`), folded part plus tail. Cells that come to
/// 0 are left out.
///
/// Whole years and months are read as such: the cost hardly grows with the length of the span.
pub fn over(conn: &mut Conn, cube: impl Into<Wanted>, from: i64, to: i64) -> Result<Vec<Cell>, StoreError> {
    read(conn, &cube.into(), &cover(from, to), (from, to), By::Whole)
}

/// The fewest ranges of days, months and years that make up `from..=to`. The days need not exist in the calendar: month 11
/// holds all of `20261100..=20261199`.
fn cover(from: i64, to: i64) -> Vec<(i64, i64)> {
    let mut ranges = cover_by_month(from, to);
    let Some(at) = ranges.iter().position(|(first, _)| *first < 10_000_000) else { return ranges };
    let (first, last) = ranges.swap_remove(at);
    let (years_from, years_to) = within(first, last, (1, 12), 100);
    if years_from > years_to {
        ranges.push((first, last));
    } else {
        ranges.extend([(first, years_from * 100), (years_from, years_to), (years_to * 100 + 99, last)]);
    }
    ranges.retain(|(from, to)| from <= to);
    ranges
}

/// The whole units of `from..=to`, a coarser period; what sticks out on either side is left to the finer one.
fn within(from: i64, to: i64, (first, last): (i64, i64), size: i64) -> (i64, i64) {
    let begin = if from % size <= first { from / size } else { from / size + 1 };
    let end = if to % size >= last { to / size } else { to / size - 1 };
    (begin, end)
}

/// The ranges of days and months that make up `from..=to`, as [`cover`] without the years.
fn cover_by_month(from: i64, to: i64) -> Vec<(i64, i64)> {
    let (first, last) = within(from, to, (1, 31), 100);
    if first > last {
        return vec![(from, to)];
    }
    let mut ranges = vec![(from, first * 100), (first, last), (last * 100 + 99, to)];
    ranges.retain(|(from, to)| from <= to);
    ranges
}

/// Counts by period and key.
type Sums = BTreeMap<(i64, String), BTreeMap<String, i64>>;

fn sum(sums: &mut Sums, period: i64, key: String, counts: Counts<'_>) {
    let cell = sums.entry((period, key)).or_default();
    for (measure, n) in counts {
        match cell.get_mut(measure) {
            Some(sum) => *sum += n,
            None => _ = cell.insert(measure.to_owned(), n),
        }
    }
}

/// The cells of the periods `from..=to`: period, key, counts.
fn folded(
    conn: &mut Conn,
    wanted: &Wanted,
    from: i64,
    to: i64,
) -> Result<Vec<(i64, String, String)>, StoreError> {
    let cells = cube_cells::table
        .filter(cube_cells::cube.eq(wanted.cube.name()).and(cube_cells::period.between(from, to)))
        .select((cube_cells::period, cube_cells::key, cube_cells::counts));
    Ok(match &wanted.keys {
        None => cells.load(conn)?,
        Some(keys) => cells.filter(cube_cells::key.eq_any(keys)).load(conn)?,
    })
}

/// Reads the cells of the ranges of periods and the tail of the days.
fn read(
    conn: &mut Conn,
    wanted: &Wanted,
    ranges: &[(i64, i64)],
    days: (i64, i64),
    by: By,
) -> Result<Vec<Cell>, StoreError> {
    let mut sums = Sums::new();
    for (from, to) in ranges {
        for (period, key, counts) in folded(conn, wanted, *from, *to)? {
            sum(&mut sums, by.folded(period), key, unpack("cube cell", &counts)?);
        }
    }
    let tail: Vec<Row> = tally_deltas::table.filter(tally_deltas::day.between(days.0, days.1)).load(conn)?;
    for delta in &tail {
        let key = wanted.cube.key(delta);
        if wanted.covers(&key) {
            sum(&mut sums, by.period(delta.day), key, delta.counts()?);
        }
    }
    let cells = sums.into_iter().flat_map(|((period, key), counts)| {
        counts.into_iter().map(move |(measure, n)| Cell { measure, period, key: key.clone(), n })
    });
    let mut cells: Vec<Cell> = cells.filter(|cell| cell.n != 0).collect();
    cells.sort_by(|a, b| (a.period, &a.measure, &a.key).cmp(&(b.period, &b.measure, &b.key)));
    Ok(cells)
}

#[cfg(test)]
mod tests {
    use super::cover;

    #[test]
    fn a_span_is_covered_once_by_days_months_and_years() {
        let days: Vec<i64> = (2020..2025)
            .flat_map(|year| (1..=12).flat_map(move |month| (1..=31).map(move |day| (year, month, day))))
            .map(|(year, month, day)| year * 10_000 + month * 100 + day)
            .collect();
        for from in days.iter().step_by(37) {
            for to in days.iter().step_by(41).filter(|to| *to >= from) {
                let ranges = cover(*from, *to);
                assert!(ranges.len() <= 5, "{from}..={to}: {ranges:?}");
                for day in &days {
                    let times = [*day, day / 100, day / 10_000]
                        .iter()
                        .flat_map(|period| ranges.iter().filter(move |(a, b)| (a..=b).contains(&period)))
                        .count();
                    let inside = (from..=to).contains(&day);
                    assert_eq!(times, usize::from(inside), "{day} in {from}..={to}: {ranges:?}");
                }
            }
        }
    }
}
