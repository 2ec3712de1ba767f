//! The import itself, on an open county.

use super::{
    entry::{Entry, Reader},
    known,
    map::Map,
    rejects::Reject,
    replay,
    table::Table,
    take,
};
use crate::{App, Failure};
use cases::{clocks::Ran, commands::Place};
use indicatif::ProgressBar;
use std::collections::{HashMap, HashSet};

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Rows of the file.
    pub rows: usize,
    /// Left out as the mapping says.
    pub skipped: usize,
    /// Known from an earlier import.
    pub known: usize,
    /// Registered now.
    pub taken: usize,
    /// Ended now.
    pub closed: usize,
    /// Reminders sent.
    pub reminders: usize,
    /// Yellow cards given.
    pub yellow: usize,
    /// Red cards given.
    pub red: usize,
    /// Rows that could not be taken.
    pub rejects: Vec<Reject>,
}

impl Outcome {
    pub(super) fn add(&mut self, ran: Ran) {
        self.reminders += ran.reminders;
        self.yellow += ran.yellow;
        self.red += ran.red;
    }
}

/// Takes the rows of a table; `replay` re-lives their history.
///
/// # Errors
/// A mapping that does not fit the file; a store that fails.
pub async fn run(
    app: &App,
    map: &Map,
    table: &Table,
    replay: bool,
    bar: &ProgressBar,
) -> Result<Outcome, Failure> {
    map.check(table)?;
    let (mut entries, mut outcome) = read(app, map, table)?;
    locate(app, &mut entries, &mut outcome.rejects).await?;
    let known = known::of_system(&app.store, &map.system).await?;
    outcome.known = entries.iter().filter(|entry| known.contains_key(&entry.number)).count();
    let now = app.store.clock().now();
    let mut done = if replay {
        replay::run(&app.cases, &entries, &known, now, bar).await?
    } else {
        take::run(&app.cases, &entries, &known, now, bar).await?
    };
    outcome.rejects.extend(std::mem::take(&mut done.rejects));
    outcome.rejects.sort_by_key(|reject| reject.line);
    let Outcome { rows, skipped, known, rejects, .. } = outcome;
    Ok(Outcome { rows, skipped, known, rejects, ..done })
}

fn read(app: &App, map: &Map, table: &Table) -> Result<(Vec<Entry>, Outcome), Failure> {
    let rules = app.cases.rules.current();
    let reader = Reader::new(map, table, &rules.catalogue).map_err(Failure::said)?;
    let mut outcome = Outcome { rows: table.rows.len(), ..Outcome::default() };
    let mut entries: Vec<Entry> = Vec::new();
    let mut numbers = HashSet::new();
    for row in &table.rows {
        if map.skips(table, row) {
            outcome.skipped += 1;
            continue;
        }
        let entry = reader.entry(row).and_then(|entry| {
            let first = numbers.insert(entry.number.clone());
            if first { Ok(entry) } else { Err("the number stands twice".to_owned()) }
        });
        match entry {
            Ok(entry) => entries.push(entry),
            Err(reason) => {
                outcome.rejects.push(Reject { line: row.line, number: reader.number_of(row), reason });
            }
        }
    }
    Ok((entries, outcome))
}

/// Finds the areas of the division codes that rows name, of the point where they name none. A row with an unknown code is
/// a reject; a point outside every known shape keeps its coordinates and has no area.
async fn locate(app: &App, entries: &mut Vec<Entry>, rejects: &mut Vec<Reject>) -> Result<(), Failure> {
    let codes: HashSet<String> = entries.iter().filter_map(|entry| entry.area_code.clone()).collect();
    let places: HashMap<String, territory::Place> = app
        .store
        .read::<_, territory::TerritoryError, _>(move |conn| {
            let mut places = HashMap::new();
            for code in codes {
                if let Some(area) = territory::queries::area_by_code(conn, &code)? {
                    places.insert(code, territory::Place::of(&area));
                }
            }
            Ok(places)
        })
        .await?;
    let locator = app.territory.locator();
    entries.retain_mut(|entry| {
        let Some(code) = &entry.area_code else {
            let point = entry.register.place.lon.zip(entry.register.place.lat);
            if let Some(place) = point.and_then(|(lon, lat)| locator.locate(lon, lat)) {
                put(&place, &mut entry.register.place);
                put(&place, &mut entry.verify.place);
            }
            return true;
        };
        let Some(place) = places.get(code) else {
            let reason = format!("no area has the code {code}");
            rejects.push(Reject { line: entry.line, number: entry.number.clone(), reason });
            return false;
        };
        put(place, &mut entry.register.place);
        put(place, &mut entry.verify.place);
        true
    });
    Ok(())
}

fn put(from: &territory::Place, to: &mut Place) {
    to.county_id = from.county_id;
    to.town_id = from.town_id;
    to.village_id = from.village_id;
    to.grid_id = from.grid_id;
}
