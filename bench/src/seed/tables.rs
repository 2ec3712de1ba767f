//! Which tables a case's rows lie in, and the marks that stamped rows go on from.

use crate::db::{Db, Table};
use std::collections::BTreeMap;

/// The table of waiting counts: summed up over all copies instead of stamped.
pub const DELTAS: &str = "tally_deltas";

/// Tables that hold nothing of one case, or nothing that is copied: the county itself, marks, outcomes for retries, logs of
/// accesses, what followers have got through.
const NOT_OF_A_CASE: &[&str] = &[
    "access_log",
    "account_preferences",
    "accounts",
    "api_tokens",
    "area_shapes",
    "areas",
    "counters",
    "cube_cells",
    "cursors",
    "grants",
    "grid_posts",
    "preferences",
    "requests",
    "rule_sets",
    "service_points",
    "sessions",
    "settings",
    "tree_heads",
    "tree_tiles",
    "units",
];

/// The tables that a case writes. A new table is copied too; when it is of no case, say so above.
///
/// # Errors
/// A table whose rows cannot be told apart by case.
pub fn of_a_case(db: &mut Db) -> Result<Vec<Table>, String> {
    let mut tables = db.tables()?;
    tables.retain(|table| !NOT_OF_A_CASE.contains(&table.name.as_str()));
    for table in &tables {
        key(table).ok_or_else(|| {
            format!("{}: has neither id, case_id nor event_id; say in the seeder how to copy it", table.name)
        })?;
    }
    if let Db::Postgres(_) = db {
        let columns = vec!["case_id".to_owned(), "tokens".to_owned()];
        tables.push(Table { name: "search_fts".into(), columns });
    }
    Ok(tables)
}

/// The column whose value is an id that was made with the row or its case.
pub(super) fn key(table: &Table) -> Option<&str> {
    ["id", "case_id", "event_id", "whistle_id"].into_iter().find(|key| table.columns.iter().any(|c| c == key))
}

/// Where ids, positions and running numbers go on.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    /// The next free id.
    pub next_id: i64,
    /// The next position of the log.
    pub next_position: i64,
    /// The last number of each series of case numbers.
    pub series: BTreeMap<String, i64>,
}

/// The first id that nobody has and nobody will be given.
///
/// # Errors
/// In words.
pub fn first_free_id(db: &mut Db) -> Result<i64, String> {
    let ids = match db {
        Db::Sqlite(_) => "SELECT value FROM counters WHERE name = 'ids'",
        // The step of the sequence: a whole block may be in somebody's hands.
        Db::Postgres(_) => "SELECT last_value + 256 FROM ids",
    };
    Ok(db.query(ids, &[])?.first().and_then(|row| row[0].int()).unwrap_or(0) + 1)
}

pub(super) fn marks(db: &mut Db) -> Result<Marks, String> {
    let next_id = first_free_id(db)?;
    let last = db.query("SELECT max(position) FROM events", &[])?[0][0].int().unwrap_or(0);
    let rows = db.query("SELECT name, value FROM counters WHERE name LIKE 'case-number/%'", &[])?;
    let series = rows.iter().filter_map(|row| Some((row[0].text()?.to_owned(), row[1].int()?))).collect();
    Ok(Marks { next_id, next_position: last + 1, series })
}

pub(super) fn set_ids(db: &mut Db, next: i64) -> Result<(), String> {
    match db {
        Db::Sqlite(_) => db.run(&format!("UPDATE counters SET value = {} WHERE name = 'ids'", next - 1)),
        Db::Postgres(_) => db.run(&format!("SELECT setval('ids', {next}, false)")),
    }
}

/// Followers of the log need not do again what the seeder did. The tree's own cursor moves when the tree grows.
pub(super) fn catch_up(db: &mut Db, position: i64) -> Result<(), String> {
    db.run(&format!("UPDATE cursors SET position = {position} WHERE name <> 'tree'"))?;
    let index = cases::follow::INDEX;
    db.run(&format!(
        "INSERT INTO cursors (name, position, updated_at) SELECT '{index}', {position}, 0 \
         WHERE NOT EXISTS (SELECT 1 FROM cursors WHERE name = '{index}')"
    ))
}
