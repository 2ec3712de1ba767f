//! Imports the tree of counties, towns and villages from two tables, as often as one likes.
//!
//! What is new is opened. What is gone is closed (`valid_to`). What was renamed or got a new code keeps its id; a closed
//! row with an id of its own keeps what it was called before, with the code that took over.

use super::{Actor, append};
use crate::{Area, AreaCode, Level, TerritoryError};
use diesel::prelude::*;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    io::Read,
};
use store::{Store, Timestamp, Tx, ms, schema::areas};

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct DivisionReport {
    /// Areas in the tables (counties, towns, villages).
    pub read: usize,
    /// Areas opened.
    pub opened: usize,
    /// Areas with a new name.
    pub renamed: usize,
    /// Areas with a new code, grids of theirs included.
    pub recoded: usize,
    /// Areas closed, grids of theirs included.
    pub closed: usize,
}

impl DivisionReport {
    fn add(&mut self, other: DivisionReport) {
        self.read += other.read;
        self.opened += other.opened;
        self.renamed += other.renamed;
        self.recoded += other.recoded;
        self.closed += other.closed;
    }
}

#[derive(Debug, serde::Deserialize)]
struct TownRow {
    town_code: String,
    town: String,
    county_code: String,
    county: String,
}

#[derive(Debug, serde::Deserialize)]
struct VillageRow {
    village_code: String,
    village: String,
    town_code: String,
    #[serde(default)]
    urban_class: String,
}

/// An area as the tables want it.
#[derive(Clone, Debug)]
struct Wanted {
    code: AreaCode,
    level: Level,
    name: String,
    urban_class: String,
}

/// Imports `towns` (columns `town_code, town, county_code, county`) and `villages` (`village_code, village, town_code`,
/// optionally `urban_class`); further columns are ignored. Only the counties named in `towns` are touched. Each county is
/// one transaction; importing the same tables again changes nothing.
///
/// # Errors
/// [`TerritoryError::BadTable`] names the line; nothing is written then.
pub async fn import_divisions(
    store: &Store,
    towns: impl Read,
    villages: impl Read,
    now: Timestamp,
) -> Result<DivisionReport, TerritoryError> {
    let counties = read_tables(towns, villages)?;
    let mut report = DivisionReport::default();
    for (county, wanted) in counties {
        report.add(store.write(move |tx| import_county(tx, &county, &wanted, now)).await?);
    }
    Ok(report)
}

fn read_tables(
    towns: impl Read,
    villages: impl Read,
) -> Result<BTreeMap<AreaCode, Vec<Wanted>>, TerritoryError> {
    let mut counties: BTreeMap<AreaCode, Vec<Wanted>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for_each_row(towns, |row: TownRow| {
        let (county, town) = (AreaCode::parse(&row.county_code)?, AreaCode::parse(&row.town_code)?);
        require_within(&town, Level::Town, &county)?;
        let entry = counties.entry(county.clone()).or_insert_with(|| {
            vec![Wanted { code: county, level: Level::County, name: row.county, urban_class: String::new() }]
        });
        require_new(&mut seen, &town)?;
        entry.push(Wanted { code: town, level: Level::Town, name: row.town, urban_class: String::new() });
        Ok(())
    })?;
    for_each_row(villages, |row: VillageRow| {
        let (town, village) = (AreaCode::parse(&row.town_code)?, AreaCode::parse(&row.village_code)?);
        require_within(&village, Level::Village, &town)?;
        if !seen.contains(&town) {
            return Err(TerritoryError::Invalid { field: "town_code", code: "divisions.unknown_town" });
        }
        require_new(&mut seen, &village)?;
        let county = town.parent().and_then(|county| counties.get_mut(&county));
        let entry = county.ok_or_else(|| TerritoryError::BadCode(town.to_string()))?;
        entry.push(Wanted {
            code: village,
            level: Level::Village,
            name: row.village,
            urban_class: row.urban_class,
        });
        Ok(())
    })?;
    Ok(counties)
}

fn for_each_row<R: serde::de::DeserializeOwned>(
    table: impl Read,
    mut each: impl FnMut(R) -> Result<(), TerritoryError>,
) -> Result<(), TerritoryError> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(table);
    let headers = reader.headers().map_err(|error| bad_table(1, &error))?.clone();
    let mut record = csv::StringRecord::new();
    loop {
        let line = reader.position().line();
        match reader.read_record(&mut record) {
            Ok(false) => return Ok(()),
            Ok(true) => {
                let row = record.deserialize(Some(&headers)).map_err(|error| bad_table(line, &error))?;
                each(row).map_err(|error| bad_table(line, &error))?;
            }
            Err(error) => return Err(bad_table(line, &error)),
        }
    }
}

fn bad_table(line: u64, detail: &impl ToString) -> TerritoryError {
    TerritoryError::BadTable { line, detail: detail.to_string() }
}

fn require_within(code: &AreaCode, level: Level, above: &AreaCode) -> Result<(), TerritoryError> {
    if code.level() == Some(level) && code.parent().as_ref() == Some(above) {
        Ok(())
    } else {
        Err(TerritoryError::Invalid { field: "code", code: "divisions.code_outside_parent" })
    }
}

fn require_new(seen: &mut BTreeSet<AreaCode>, code: &AreaCode) -> Result<(), TerritoryError> {
    if seen.insert(code.clone()) {
        Ok(())
    } else {
        Err(TerritoryError::Invalid { field: "code", code: "divisions.duplicate_code" })
    }
}

/// How the areas that stand become the ones wanted.
#[derive(Default)]
struct Plan {
    /// Index of the wanted area → the area that it is.
    same: HashMap<usize, Area>,
    /// Areas that are wanted no more.
    gone: Vec<Area>,
}

fn import_county(
    tx: &mut Tx<'_>,
    county: &AreaCode,
    wanted: &[Wanted],
    now: Timestamp,
) -> Result<DivisionReport, TerritoryError> {
    let standing: Vec<Area> = areas::table
        .filter(areas::code.like(format!("{}%", county.prefix())))
        .filter(areas::valid_to.is_null())
        .order(areas::code)
        .select(Area::as_select())
        .load(tx.conn())?;
    let (grids, standing): (Vec<Area>, Vec<Area>) =
        standing.into_iter().partition(|area| area.level == Level::Grid.as_str());
    let plan = plan(&standing, wanted);
    let mut writer =
        Writer { now, report: DivisionReport { read: wanted.len(), ..DivisionReport::default() } };
    let mut ids: HashMap<&str, i64> = HashMap::new();
    for (index, want) in wanted.iter().enumerate() {
        let id = match plan.same.get(&index) {
            Some(area) => {
                writer.keep(tx, area, want, &ids, &grids)?;
                area.id
            }
            None => writer.open(tx, want, &ids)?,
        };
        ids.insert(want.code.as_str(), id);
    }
    for area in &plan.gone {
        writer.close(tx, area, successor_of(area, &plan, wanted), &grids)?;
    }
    let report = writer.report;
    if let Some(county_id) = ids.get(county.as_str())
        && report != (DivisionReport { read: report.read, ..DivisionReport::default() })
    {
        let public = serde_json::json!({ "code": county.as_str(), "opened": report.opened,
            "renamed": report.renamed, "recoded": report.recoded, "closed": report.closed });
        append(tx, *county_id, "area.divisions_imported", Actor::default(), now, public)?;
    }
    Ok(report)
}

/// Finds each wanted area among the standing ones: by its code; else by its name under the same parent; else by a name
/// that stands alone among what is left of its level.
fn plan(standing: &[Area], wanted: &[Wanted]) -> Plan {
    let mut plan = Plan::default();
    let mut left: Vec<&Area> = standing.iter().collect();
    for (index, want) in wanted.iter().enumerate() {
        if let Some(at) = left.iter().position(|area| area.code == want.code.as_str()) {
            plan.same.insert(index, left.swap_remove(at).clone());
        }
    }
    let index_of: HashMap<&AreaCode, usize> = wanted.iter().enumerate().map(|(i, w)| (&w.code, i)).collect();
    for by_parent in [true, false] {
        for (index, want) in wanted.iter().enumerate() {
            if plan.same.contains_key(&index) {
                continue;
            }
            let parent = want.code.parent().and_then(|code| index_of.get(&code).copied());
            let parent_id = parent.and_then(|parent| plan.same.get(&parent)).map(|area| area.id);
            let fits = |area: &Area| {
                area.level == want.level.as_str()
                    && area.name == want.name
                    && (!by_parent || (parent_id.is_some() && area.parent_id == parent_id))
            };
            let mut candidates = left.iter().enumerate().filter(|(_, area)| fits(area)).map(|(at, _)| at);
            if let (Some(at), None) = (candidates.next(), candidates.next()) {
                plan.same.insert(index, left.swap_remove(at).clone());
            }
        }
    }
    plan.gone = left.into_iter().cloned().collect();
    plan
}

/// The code that took over from an area that is gone: for a town whose villages all went to one town, that town's.
fn successor_of<'w>(area: &Area, plan: &Plan, wanted: &'w [Wanted]) -> Option<&'w str> {
    let moved: BTreeSet<AreaCode> = plan
        .same
        .iter()
        .filter(|(_, former)| former.parent_id == Some(area.id))
        .filter_map(|(index, _)| wanted[*index].code.parent())
        .collect();
    let mut towns = moved.iter();
    let (only, None) = (towns.next()?, towns.next()) else { return None };
    wanted.iter().find(|want| want.code == *only).map(|want| want.code.as_str())
}

struct Writer {
    now: Timestamp,
    report: DivisionReport,
}

impl Writer {
    fn open(
        &mut self,
        tx: &mut Tx<'_>,
        want: &Wanted,
        ids: &HashMap<&str, i64>,
    ) -> Result<i64, TerritoryError> {
        let id = tx.id()?;
        let (parent_id, county_id, town_id) = above(want, id, ids);
        diesel::insert_into(areas::table)
            .values((
                areas::id.eq(id),
                areas::code.eq(want.code.as_str()),
                areas::level.eq(want.level.as_str()),
                areas::name.eq(&want.name),
                areas::parent_id.eq(parent_id),
                areas::county_id.eq(county_id),
                areas::town_id.eq(town_id),
                areas::village_id.eq((want.level == Level::Village).then_some(id)),
                areas::urban_class.eq(&want.urban_class),
                areas::valid_from.eq(ms(self.now)),
            ))
            .execute(tx.conn())?;
        self.report.opened += 1;
        Ok(id)
    }

    fn keep(
        &mut self,
        tx: &mut Tx<'_>,
        area: &Area,
        want: &Wanted,
        ids: &HashMap<&str, i64>,
        grids: &[Area],
    ) -> Result<(), TerritoryError> {
        let recoded = area.code != want.code.as_str();
        if !recoded && area.name == want.name {
            return self.reclassify(tx, area, want);
        }
        self.remember(tx, area, recoded.then_some(want.code.as_str()))?;
        let (parent_id, county_id, town_id) = above(want, area.id, ids);
        diesel::update(areas::table.find(area.id))
            .set((
                areas::code.eq(want.code.as_str()),
                areas::name.eq(&want.name),
                areas::parent_id.eq(parent_id),
                areas::county_id.eq(county_id),
                areas::town_id.eq(town_id),
                areas::valid_from.eq(ms(self.now)),
            ))
            .execute(tx.conn())?;
        if recoded {
            self.report.recoded += 1;
        } else {
            self.report.renamed += 1;
        }
        if recoded && want.level == Level::Village {
            for grid in grids.iter().filter(|grid| grid.parent_id == Some(area.id)) {
                self.recode_grid(tx, grid, want, county_id, town_id)?;
            }
        }
        Ok(())
    }

    /// A class that the table tells is taken over; it is no reason for a new version.
    fn reclassify(&mut self, tx: &mut Tx<'_>, area: &Area, want: &Wanted) -> Result<(), TerritoryError> {
        if !want.urban_class.is_empty() && want.urban_class != area.urban_class {
            diesel::update(areas::table.find(area.id))
                .set(areas::urban_class.eq(&want.urban_class))
                .execute(tx.conn())?;
        }
        Ok(())
    }

    fn recode_grid(
        &mut self,
        tx: &mut Tx<'_>,
        grid: &Area,
        village: &Wanted,
        county_id: Option<i64>,
        town_id: Option<i64>,
    ) -> Result<(), TerritoryError> {
        let code = format!("{}{}", village.code, grid.code.get(12..).unwrap_or_default());
        self.remember(tx, grid, Some(&code))?;
        diesel::update(areas::table.find(grid.id))
            .set((
                areas::code.eq(&code),
                areas::county_id.eq(county_id),
                areas::town_id.eq(town_id),
                areas::valid_from.eq(ms(self.now)),
            ))
            .execute(tx.conn())?;
        self.report.recoded += 1;
        Ok(())
    }

    fn close(
        &mut self,
        tx: &mut Tx<'_>,
        area: &Area,
        successor: Option<&str>,
        grids: &[Area],
    ) -> Result<(), TerritoryError> {
        let grids = grids.iter().filter(|grid| grid.parent_id == Some(area.id)).map(|grid| grid.id);
        for id in grids.chain([area.id]) {
            diesel::update(areas::table.find(id))
                .set((
                    areas::valid_to.eq(ms(self.now)),
                    areas::successor_code.eq(successor.filter(|_| id == area.id)),
                ))
                .execute(tx.conn())?;
            self.report.closed += 1;
        }
        Ok(())
    }

    fn remember(&self, tx: &mut Tx<'_>, area: &Area, successor: Option<&str>) -> Result<(), TerritoryError> {
        remember(tx, area, successor, self.now)
    }
}

/// Keeps what an area was until now as a closed row with an id of its own.
pub(super) fn remember(
    tx: &mut Tx<'_>,
    area: &Area,
    successor: Option<&str>,
    now: Timestamp,
) -> Result<(), TerritoryError> {
    let id = tx.id()?;
    diesel::insert_into(areas::table)
        .values((
            areas::id.eq(id),
            areas::code.eq(&area.code),
            areas::level.eq(&area.level),
            areas::name.eq(&area.name),
            areas::parent_id.eq(area.parent_id),
            areas::county_id.eq(area.county_id),
            areas::town_id.eq(area.town_id),
            areas::village_id.eq(area.village_id),
            areas::urban_class.eq(&area.urban_class),
            areas::households.eq(area.households),
            areas::lon.eq(area.lon),
            areas::lat.eq(area.lat),
            areas::valid_from.eq(area.valid_from),
            areas::valid_to.eq(ms(now)),
            areas::successor_code.eq(successor),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// Parent, county and town of a wanted area with the id `id`.
fn above(want: &Wanted, id: i64, ids: &HashMap<&str, i64>) -> (Option<i64>, Option<i64>, Option<i64>) {
    let of = |code: Option<AreaCode>| code.and_then(|code| ids.get(code.as_str()).copied());
    match want.level {
        Level::County => (None, Some(id), None),
        Level::Town => {
            let county = of(want.code.parent());
            (county, county, Some(id))
        }
        Level::Village | Level::Grid => {
            let town = want.code.parent();
            let county = of(town.as_ref().and_then(AreaCode::parent));
            let town = of(town);
            (town, county, town)
        }
    }
}
