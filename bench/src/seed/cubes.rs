//! The counts of everything stamped, added to the cubes at once: the product's folder would take longer for them than all the rows
//! took. A test holds the cubes against a recount of the cases.

use super::mould::column;
use crate::db::{Db, Rows, Table, Value};
use std::collections::BTreeMap;

/// Cube, period, key.
type Cell = (String, i64, String);
/// Counts by measure.
pub(super) type Counts = BTreeMap<String, i64>;

/// Adds deltas (rows of `deltas`) to the cells, by day, month and year.
pub(super) fn add(db: &mut Db, deltas: &Table, rows: &Rows) -> Result<(), String> {
    let mut cells: BTreeMap<Cell, Counts> = BTreeMap::new();
    for row in db.query("SELECT cube, period, key, counts FROM cube_cells", &[])? {
        let text = |at: usize| row[at].text().unwrap_or_default().to_owned();
        cells.insert((text(0), row[1].int().unwrap_or(0), text(2)), counts(&row[3])?);
    }
    let at = |name| column(deltas, name);
    let (day, packed) = (at("day")?, at("counts")?);
    let keys = [at("unit_id")?, at("town_id")?, at("channel")?, at("kind")?, at("category")?];
    for row in &rows.rows {
        let (day, delta) = (row[day].int().unwrap_or(0), counts(&row[packed])?);
        for (cube, key) in groups(row, keys) {
            for period in [day, day / 100, day / 10_000] {
                let cell = cells.entry((cube.to_owned(), period, key.clone())).or_default();
                for (measure, n) in &delta {
                    *cell.entry(measure.clone()).or_default() += n;
                }
            }
        }
    }
    let columns = ["cube", "period", "key", "counts"].map(str::to_owned).to_vec();
    let table = Table { name: "cube_cells".into(), columns };
    let cell = |((cube, period, key), mut counts): (Cell, Counts)| {
        counts.retain(|_, n| *n != 0);
        let counts = serde_json::to_string(&counts).map_err(|error| error.to_string())?;
        Ok(vec![Value::Text(cube), Value::Int(period), Value::Text(key), Value::Text(counts)])
    };
    let rows = Rows { rows: cells.into_iter().map(cell).collect::<Result<_, String>>()? };
    db.run("DELETE FROM cube_cells")?;
    db.insert(&[(&table, &rows)])
}

/// Reads a column of counts.
pub(super) fn counts(packed: &Value) -> Result<Counts, String> {
    serde_json::from_str(packed.text().unwrap_or_default()).map_err(|error| error.to_string())
}

/// The cubes and the group of each that a delta belongs to.
fn groups(row: &[Value], [unit, town, channel, kind, category]: [usize; 5]) -> [(&'static str, String); 6] {
    let id = |at: usize| row[at].int().unwrap_or(0).to_string();
    let word = |at: usize| row[at].text().unwrap_or_default().to_owned();
    let top = word(category).chars().take(2).collect();
    [
        ("total", String::new()),
        ("unit", id(unit)),
        ("town", id(town)),
        ("channel", word(channel)),
        ("kind", word(kind)),
        ("category", top),
    ]
}
