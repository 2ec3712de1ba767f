//! The counts of everything stamped, added to the cubes at once: the product's folder would take longer for them than all the rows
//! took. A test holds the cubes against a recount of the cases.

use super::mould::column;
use crate::db::{Db, Rows, Table, Value};
use std::collections::BTreeMap;

/// Cube, period, measure, key.
type Cell = (String, i64, String, String);

/// Adds deltas (rows of `deltas`) to the cells, by day and by month.
pub(super) fn add(db: &mut Db, deltas: &Table, rows: &Rows) -> Result<(), String> {
    let mut cells: BTreeMap<Cell, i64> = BTreeMap::new();
    for row in db.query("SELECT cube, period, measure, key, n FROM cube_cells", &[])? {
        let text = |at: usize| row[at].text().unwrap_or_default().to_owned();
        let number = |at: usize| row[at].int().unwrap_or(0);
        cells.insert((text(0), number(1), text(2), text(3)), number(4));
    }
    let at = |name| column(deltas, name);
    let (day, n, measure) = (at("day")?, at("n")?, at("measure")?);
    let keys = [at("unit_id")?, at("town_id")?, at("channel")?, at("kind")?, at("category")?];
    for row in &rows.rows {
        let measure = row[measure].text().unwrap_or_default();
        let (day, n) = (row[day].int().unwrap_or(0), row[n].int().unwrap_or(0));
        for (cube, key) in groups(row, keys) {
            for period in [day, day / 100] {
                *cells.entry((cube.to_owned(), period, measure.to_owned(), key.clone())).or_default() += n;
            }
        }
    }
    let columns = ["cube", "period", "measure", "key", "n"].map(str::to_owned).to_vec();
    let table = Table { name: "cube_cells".into(), columns };
    let cell = |((cube, period, measure, key), n): (Cell, i64)| {
        vec![Value::Text(cube), Value::Int(period), Value::Text(measure), Value::Text(key), Value::Int(n)]
    };
    let rows = Rows { rows: cells.into_iter().filter(|(_, n)| *n != 0).map(cell).collect() };
    db.run("DELETE FROM cube_cells")?;
    db.insert(&[(&table, &rows)])
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
