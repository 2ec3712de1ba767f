//! Backups that are taken while everything moves, and copies from engine to engine.

use super::{Bout, NO_POSTGRES};
use crate::{
    check::Look,
    pg::Cluster,
    report::Row,
    server::How,
    site::{Ground, copy},
};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{BufRead as _, BufReader},
    path::Path,
};

/// Takes backups under load, restores each into an empty folder and verifies it; at the end copies everything to PostgreSQL and back
/// and compares every row.
///
/// # Errors
/// When a backup cannot be taken, restored or read.
pub async fn under_load(ground: &Ground, name: &'static str) -> Result<Row, String> {
    let site = ground.on_sqlite(name).await?;
    let how = site.how.clone();
    let mut server = how.serve().await?;
    let mut bout = Bout::begin(ground, name, site, &[how.address]).await?;
    for round in 0..ground.rounds(3, 20) {
        bout.burn(300.0, 1_200.0).await;
        let before = bout.load.ledger().cases;
        let file = ground.folder().join(format!("under_load_{round}.backup"));
        how.run_aside(&["backup", &file.to_string_lossy()]).await?;
        let restored = restored(&how, &file, &ground.folder().join(format!("restored_{round}"))).await?;
        let wrong = wrong_with(&restored, &bout, &before).await?;
        bout.row.broken += wrong.len() as u64;
        bout.row.faults.extend(wrong);
        bout.compare(true).await?;
    }
    let copied = there_and_back(ground, &how, &bout).await?;
    bout.row.notes.push(copied);
    let row = bout.end().await?;
    server.kill()?;
    Ok(row)
}

/// Restores a backup beside the keys of the original.
async fn restored(how: &How, file: &Path, data: &Path) -> Result<How, String> {
    copy(&how.data.join("keys"), &data.join("keys")).map_err(|error| error.to_string())?;
    let restored = How { data: data.to_owned(), ..how.clone() };
    restored.run_aside(&["restore", &file.to_string_lossy()]).await?;
    Ok(restored)
}

/// What is wrong with a restored backup: everything that was acknowledged before it was begun must be there, nothing half done.
async fn wrong_with(restored: &How, bout: &Bout, before: &BTreeMap<i64, i64>) -> Result<Vec<String>, String> {
    let mut wrong = Vec::new();
    if let Err(why) = restored.run_aside(&["verify-log"]).await {
        wrong.push(format!("the restored backup: {why}"));
    }
    let look = Look::open(restored).await?;
    wrong.extend(look.tallies().await?);
    let stands = look.stands(before.keys().copied().collect()).await?;
    for (case, version) in before {
        match stands.get(case) {
            Some((there, stand)) if there >= version && bout.site.calm.get(there) == Some(stand) => {}
            found => wrong.push(format!("case {case} at {version} is in the backup as {found:?}")),
        }
    }
    Ok(wrong)
}

/// Copies the database to PostgreSQL and from there to another folder, and compares every row with the original's.
async fn there_and_back(ground: &Ground, how: &How, bout: &Bout) -> Result<String, String> {
    let Some(cluster) = Cluster::start()? else {
        return Ok(format!("copies between the engines left out: {NO_POSTGRES}"));
    };
    let held = bout.load.settle().await?;
    let url = cluster.create("copied")?;
    let (here, back) = (how.data.clone(), ground.folder().join("copied_back"));
    fs::create_dir_all(&back).map_err(|error| error.to_string())?;
    let (from, to) = (format!("sqlite:{}", here.display()), format!("sqlite:{}", back.display()));
    let first = ground.folder().join("original.backup");
    how.run_aside(&["backup", &first.to_string_lossy()]).await?;
    how.run_aside(&["copy", "--from", &from, "--to", &url]).await?;
    how.run_aside(&["copy", "--from", &url, "--to", &to]).await?;
    let second = ground.folder().join("copied.backup");
    let copied = How { data: back, ..how.clone() };
    copied.run_aside(&["verify-log"]).await?;
    copied.run_aside(&["backup", &second.to_string_lossy()]).await?;
    drop(held);
    let rows = same(&first, &second)?;
    Ok(format!("copied to PostgreSQL and back: {rows} rows are the same, byte for byte"))
}

/// Compares two backups line by line, apart from the first (when it was made) and the last (its hash).
fn same(first: &Path, second: &Path) -> Result<usize, String> {
    let (first, second) = (tables(first)?, tables(second)?);
    let mut rows = 0;
    for (table, lines) in &first {
        let other = second.get(table).ok_or_else(|| format!("{table} is missing in the copy"))?;
        if let Some(line) = lines.iter().find(|line| !other.contains(*line)) {
            return Err(format!("{table}: a row is not in the copy as it was: {line}"));
        }
        if other.len() != lines.len() {
            return Err(format!("{table}: {} rows, {} in the copy", lines.len(), other.len()));
        }
        rows += lines.len();
    }
    Ok(rows)
}

/// The rows of each table. What background workers move by themselves at any moment is left out.
fn tables(file: &Path) -> Result<BTreeMap<String, std::collections::HashSet<String>>, String> {
    let mut tables = BTreeMap::new();
    let mut current = String::new();
    for line in BufReader::new(File::open(file).map_err(|error| error.to_string())?).lines().skip(1) {
        let line = line.map_err(|error| error.to_string())?;
        if line.starts_with('[') {
            let rows: &mut std::collections::HashSet<String> = tables.entry(current.clone()).or_default();
            rows.insert(line);
        } else {
            let about: serde_json::Value = serde_json::from_str(&line).map_err(|error| error.to_string())?;
            about["table"].as_str().unwrap_or("the end").clone_into(&mut current);
        }
    }
    for moving in
        ["tally_deltas", "cube_cells", "cursors", "search_docs", "tree_tiles", "tree_heads", "counters"]
    {
        tables.remove(moving);
    }
    Ok(tables)
}
