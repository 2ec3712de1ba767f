//! The bulk seeder: complete, closed cases by the hundred thousand.
//!
//! A few hundred cases are lived through by the real commands ([`lives`]). Every row that such a case left is taken down as a mould
//! ([`mould`]); copies are stamped from it ([`stamp`]) with ids, keys, texts, people, hashes and numbers of their own, and moved in
//! time by whole weeks into weeks whose working days fall alike, so that every instant is the one the rules would have set. Counts
//! are summed up and added to the cubes at the end. A test compares a copy with a case lived through at that time.
//!
//! Left out are the outcomes kept for retries: the product forgets them after thirty days.

mod cubes;
pub mod lives;
pub mod mould;
mod pieces;
pub mod plan;
pub mod stamp;
pub mod tables;

use crate::{
    county::{Ground, Matter, Writer},
    db::{Db, Rows, Table},
};
use mould::Mould;
use onedoor::App;
use plan::{Copy, Weeks};
use stamp::{Stamper, Stamping};
use std::{
    sync::{Arc, mpsc},
    time::Duration,
};
use tokio::time::Instant;

/// Copies prepared and written at a time.
const BATCH: usize = 500;
/// Batches that may wait for the writer.
const WAITING: usize = 3;

/// What seeding came to.
#[derive(Clone, Copy, Debug)]
pub struct Seeded {
    /// Cases stamped.
    pub cases: usize,
    /// From the first row to the last index, search index and counts included; the moulds' lives apart.
    pub took: Duration,
    /// Of that, making the indexes, the search index, and folding the counts.
    pub finishing: Duration,
}

impl Seeded {
    /// Cases a second.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
    pub fn rate(&self) -> f64 {
        self.cases as f64 / self.took.as_secs_f64().max(1e-9)
    }
}

/// Stamps `count` cases from moulds into the database of the app, oldest first, over five years.
///
/// # Errors
/// In words.
pub async fn seed(
    app: &App,
    ground: &Arc<Ground>,
    moulds: &Arc<Vec<Mould>>,
    tables: &Arc<Vec<Table>>,
    count: usize,
    seed: u64,
) -> Result<Seeded, String> {
    let begun = Instant::now();
    let weeks = Weeks::of(app, moulds)?;
    let copies = plan::copies(ground, moulds, &weeks, count, seed)?;
    let (data, url) = (app.config.data.clone(), app.config.database_url.clone());
    let stamping =
        Stamping::new(app.store.clone(), Arc::clone(ground), Arc::clone(moulds), Arc::clone(tables));
    let job = {
        let (data, url, tables) = (data.clone(), url.clone(), Arc::clone(tables));
        move || write(&data, url.as_deref(), &tables, stamping, &copies, seed)
    };
    let stamped = tokio::task::spawn_blocking(job).await.map_err(|error| error.to_string())??;
    let written = begun.elapsed();
    app.store.fold_tallies().await.map_err(|error| error.to_string())?;
    app.store.grow_tree().await.map_err(|error| error.to_string())?;
    let took = begun.elapsed();
    Ok(Seeded { cases: count, took, finishing: stamped + (took - written) })
}

/// Stamps one case about a matter of the caller's and gives the range of its ids (after the first, up to the last).
///
/// # Errors
/// In words.
pub async fn stamp_one(
    app: &App,
    ground: &Arc<Ground>,
    moulds: &Arc<Vec<Mould>>,
    tables: &Arc<Vec<Table>>,
    copy: Copy,
    matter: &Matter,
) -> Result<(i64, i64), String> {
    let (data, url) = (app.config.data.clone(), app.config.database_url.clone());
    let stamping =
        Stamping::new(app.store.clone(), Arc::clone(ground), Arc::clone(moulds), Arc::clone(tables));
    let (tables, matter) = (Arc::clone(tables), matter.clone());
    let job = move || {
        let mut db = Db::open(&data, url.as_deref())?;
        let writer = Writer::new(Arc::clone(stamping.ground()), 1)?;
        let mut stamper = Stamper::new(stamping, tables::marks(&mut db)?, writer)?;
        let low = stamper.marks().next_id - 1;
        let mut rows: Vec<Rows> = tables.iter().map(|_| Rows::default()).collect();
        stamper.stamp(&copy, &matter, &mut rows)?;
        let batch: Vec<(&Table, &Rows)> = tables.iter().zip(&rows).collect();
        db.insert(&batch)?;
        finish(&mut db, &stamper, &tables, &[])?;
        Ok::<_, String>((low, stamper.marks().next_id - 1))
    };
    let range = tokio::task::spawn_blocking(job).await.map_err(|error| error.to_string())??;
    Ok(range)
}

/// One thread prepares, one writes; then indexes, numbers and cursors. Gives the time that the latter took.
fn write(
    data: &std::path::Path,
    url: Option<&str>,
    tables: &Arc<Vec<Table>>,
    stamping: Stamping,
    copies: &[Copy],
    seed: u64,
) -> Result<Duration, String> {
    let mut db = Db::open(data, url)?;
    fast(&mut db)?;
    let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
    let indexes = db.drop_indexes(&names)?;
    let start = tables::marks(&mut db)?;
    let writer = Writer::new(Arc::clone(stamping.ground()), seed ^ 0x5eed)?;
    let mut stamper = Stamper::new(stamping, start, writer)?;
    let (send, receive) = mpsc::sync_channel::<Vec<Rows>>(WAITING);
    let stamper = std::thread::scope(|scope| -> Result<Stamper, String> {
        let preparing = scope.spawn(move || {
            for batch in copies.chunks(BATCH) {
                let prepared = stamper.batch(batch)?;
                if send.send(prepared).is_err() {
                    break;
                }
            }
            Ok::<_, String>(stamper)
        });
        for rows in receive {
            let batch: Vec<(&Table, &Rows)> = tables.iter().zip(&rows).collect();
            db.insert(&batch)?;
        }
        preparing.join().map_err(|_| "the preparing thread ended".to_owned())?
    })?;
    let begun = Instant::now();
    finish(&mut db, &stamper, tables, &indexes)?;
    Ok(begun.elapsed())
}

/// What the stamping leaves to do: search index, secondary indexes, numbers, ids, cursors, counts.
fn finish(db: &mut Db, stamper: &Stamper, tables: &[Table], indexes: &[String]) -> Result<(), String> {
    if let Db::Sqlite(_) = db {
        db.run("INSERT INTO search_fts (search_fts) VALUES ('rebuild')")?;
    }
    for statement in indexes {
        db.run(statement)?;
    }
    let marks = stamper.marks();
    for (name, value) in &marks.series {
        let set = format!(
            "INSERT INTO counters (name, value) VALUES ('{name}', {value}) \
             ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        );
        db.run(&set)?;
    }
    tables::catch_up(db, marks.next_position - 1)?;
    let deltas =
        tables.iter().find(|table| table.name == tables::DELTAS).ok_or("there is no table of deltas")?;
    let rows = stamper.deltas(deltas)?;
    cubes::add(db, deltas, &rows)?;
    tables::set_ids(db, marks.next_id)?;
    match db {
        Db::Sqlite(_) => {
            db.run("PRAGMA wal_checkpoint(TRUNCATE)")?;
            db.run("PRAGMA synchronous = FULL")
        }
        Db::Postgres(_) => db.run("ANALYZE"),
    }
}

/// Nobody needs a half-seeded database: its durability is made up for at the end.
fn fast(db: &mut Db) -> Result<(), String> {
    match db {
        Db::Sqlite(_) => db.run(
            "PRAGMA synchronous = OFF; PRAGMA cache_size = -524288; PRAGMA wal_autocheckpoint = 50000; PRAGMA threads = 2",
        ),
        Db::Postgres(_) => db.run("SET synchronous_commit = off; SET maintenance_work_mem = '512MB'"),
    }
}
