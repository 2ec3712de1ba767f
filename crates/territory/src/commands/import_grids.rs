//! Imports grids from a GeoJSON feature collection: read, judged as a whole, written only when nothing is wrong.

use super::{Actor, Change, append};
use crate::{Area, AreaCode, Datum, Level, Shape, TerritoryError, shape::Bounds};
use diesel::prelude::*;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use store::{
    Store, StoreError, Timestamp, Tx, ms,
    schema::{area_shapes, areas},
};

/// How to judge and what to do.
#[derive(Clone, Debug)]
pub struct GridOptions {
    /// The datum of the file.
    pub datum: Datum,
    /// Households from which a grid is too big: a warning (清水县: 300).
    pub household_limit: i64,
    /// The share of a grid's surface that may lie outside its village, or in another grid, before it is a fault;
    /// borders drawn by hand never meet exactly.
    pub tolerance: f64,
    /// Close the grids of the named villages that the file does not name.
    pub replace: bool,
    /// Judge only.
    pub dry_run: bool,
}

impl Default for GridOptions {
    fn default() -> Self {
        GridOptions {
            datum: Datum::Wgs84,
            household_limit: 300,
            tolerance: 0.01,
            replace: false,
            dry_run: false,
        }
    }
}

/// How grave a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The file is refused.
    Error,
    /// The file is taken.
    Warning,
}

/// A problem of one feature.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct GridProblem {
    /// The feature's index in the file, from 0.
    pub feature: usize,
    /// What is wrong: a stable code, `grid.overlap`.
    pub code: &'static str,
    /// How grave it is.
    pub severity: Severity,
    /// What it concerns: the other grid's code, the number of households; empty if nothing more is to say.
    pub about: String,
}

/// What the import found and did.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct GridReport {
    /// Features in the file.
    pub features: usize,
    /// Grids opened.
    pub opened: usize,
    /// Grids whose shape, name or size was changed.
    pub changed: usize,
    /// Grids as they were.
    pub unchanged: usize,
    /// Grids closed.
    pub closed: usize,
    /// Everything found, in the order of the file.
    pub problems: Vec<GridProblem>,
}

impl GridReport {
    /// How many problems stand against taking the file.
    pub fn errors(&self) -> usize {
        self.problems.iter().filter(|problem| problem.severity == Severity::Error).count()
    }

    fn push(&mut self, feature: usize, code: &'static str, severity: Severity, about: impl Into<String>) {
        self.problems.push(GridProblem { feature, code, severity, about: about.into() });
    }
}

/// A grid as the file wants it.
#[derive(Clone, Debug)]
struct Wanted {
    feature: usize,
    code: AreaCode,
    village: AreaCode,
    name: String,
    households: Option<i64>,
    shape: Shape,
    bounds: Bounds,
}

/// What stands of one village.
#[derive(Clone)]
struct Village {
    area: Area,
    shape: Option<Shape>,
    grids: Vec<(Area, Option<Shape>)>,
}

/// Imports the features of `collection`. Each has a Polygon or MultiPolygon and the properties `code` (15 digits: the village's
/// 12 and a number), `name` (may be empty) and `households`.
///
/// # Errors
/// [`TerritoryError::BadGeoJson`] when it is no feature collection, [`TerritoryError::BadGrids`] with the report when
/// a grid is refused: nothing is written then.
pub async fn import_grids(
    store: &Store,
    actor: Actor,
    collection: &Value,
    options: &GridOptions,
    now: Timestamp,
) -> Result<GridReport, TerritoryError> {
    let features = collection
        .get("features")
        .and_then(Value::as_array)
        .filter(|_| collection.get("type").and_then(Value::as_str) == Some("FeatureCollection"))
        .ok_or_else(|| TerritoryError::BadGeoJson("not a FeatureCollection".into()))?;
    let mut report = GridReport { features: features.len(), ..GridReport::default() };
    let wanted = read_features(features, options, &mut report);
    let villages = load_villages(store, &wanted).await?;
    judge(&wanted, &villages, options, &mut report);
    report.problems.sort_by_key(|problem| problem.feature);
    if report.errors() > 0 && !options.dry_run {
        return Err(TerritoryError::BadGrids(Box::new(report)));
    }
    if options.dry_run {
        return Ok(report);
    }
    write_all(store, actor, wanted, villages, options.replace, report, now).await
}

fn read_features(features: &[Value], options: &GridOptions, report: &mut GridReport) -> Vec<Wanted> {
    let mut codes = BTreeSet::new();
    let mut wanted = Vec::new();
    for (feature, value) in features.iter().enumerate() {
        let text = |name: &str| value.pointer(&format!("/properties/{name}")).and_then(Value::as_str);
        let code = match AreaCode::parse(text("code").unwrap_or_default()) {
            Ok(code) if code.level() == Some(Level::Grid) => code,
            Ok(_) | Err(_) => {
                report.push(feature, "grid.bad_code", Severity::Error, text("code").unwrap_or_default());
                continue;
            }
        };
        if !codes.insert(code.clone()) {
            report.push(feature, "grid.duplicate_code", Severity::Error, code.as_str());
            continue;
        }
        let households = value.pointer("/properties/households").filter(|found| !found.is_null());
        if households.is_some_and(|found| found.as_i64().is_none_or(|count| count < 0)) {
            report.push(feature, "grid.bad_households", Severity::Error, "");
        }
        let datum = options.datum;
        let shape = Shape::read(value.get("geometry").unwrap_or(&Value::Null), |x, y| datum.to_wgs84(x, y));
        match (shape.and_then(|shape| shape.check().map(|()| shape)), code.parent()) {
            (Ok(shape), Some(village)) => wanted.push(Wanted {
                feature,
                village,
                name: text("name").unwrap_or_default().trim().to_owned(),
                households: households.and_then(Value::as_i64),
                bounds: shape.bounds(),
                shape,
                code,
            }),
            (Err(fault), _) => report.push(feature, fault.code(), Severity::Error, ""),
            (Ok(_), None) => report.push(feature, "grid.bad_code", Severity::Error, code.as_str()),
        }
    }
    wanted
}

async fn load_villages(
    store: &Store,
    wanted: &[Wanted],
) -> Result<HashMap<AreaCode, Village>, TerritoryError> {
    let codes: BTreeSet<AreaCode> = wanted.iter().map(|grid| grid.village.clone()).collect();
    store
        .read(move |conn| {
            let mut villages = HashMap::new();
            for code in codes {
                let Some(area) = crate::queries::area_by_code(conn, code.as_str())? else { continue };
                let shape = crate::queries::shape_of(conn, area.id)?;
                let grids = crate::queries::grids_of(conn, area.id)?;
                villages.insert(code, Village { area, shape, grids });
            }
            Ok(villages)
        })
        .await
}

fn judge(
    wanted: &[Wanted],
    villages: &HashMap<AreaCode, Village>,
    options: &GridOptions,
    report: &mut GridReport,
) {
    let mut of_village: BTreeMap<&AreaCode, Vec<&Wanted>> = BTreeMap::new();
    for grid in wanted {
        of_village.entry(&grid.village).or_default().push(grid);
        if let Some(count) = grid.households.filter(|count| *count > options.household_limit) {
            report.push(grid.feature, "grid.too_many_households", Severity::Warning, count.to_string());
        }
    }
    for (code, grids) in of_village {
        let Some(village) = villages.get(code) else {
            for grid in grids {
                report.push(grid.feature, "grid.no_village", Severity::Error, code.as_str());
            }
            continue;
        };
        judge_inside(&grids, village, options.tolerance, report);
        judge_overlaps(&grids, village, options, report);
    }
}

fn judge_inside(grids: &[&Wanted], village: &Village, tolerance: f64, report: &mut GridReport) {
    for grid in grids {
        let Some(outline) = &village.shape else {
            report.push(grid.feature, "grid.village_without_shape", Severity::Warning, &village.area.code);
            continue;
        };
        let inside = grid.shape.shared_area(outline);
        if inside < grid.shape.area() * (1.0 - tolerance) {
            report.push(grid.feature, "grid.outside_village", Severity::Error, &village.area.code);
        }
    }
}

fn judge_overlaps(grids: &[&Wanted], village: &Village, options: &GridOptions, report: &mut GridReport) {
    let named: BTreeSet<&str> = grids.iter().map(|grid| grid.code.as_str()).collect();
    let staying = village
        .grids
        .iter()
        .filter(|(area, _)| !options.replace && !named.contains(area.code.as_str()))
        .filter_map(|(area, shape)| shape.as_ref().map(|shape| (area.code.as_str(), shape, shape.bounds())));
    let mut others: Vec<(&str, &Shape, Bounds)> = staying.collect();
    for grid in grids {
        for (code, shape, bounds) in others.iter().filter(|(_, _, bounds)| bounds.meets(&grid.bounds)) {
            let allowed = grid.shape.area().min(shape.area()) * options.tolerance;
            debug_assert!(bounds.meets(&grid.bounds));
            if grid.shape.shared_area(shape) > allowed {
                report.push(grid.feature, "grid.overlap", Severity::Error, *code);
            }
        }
        others.push((grid.code.as_str(), &grid.shape, grid.bounds));
    }
}

/// As [`import_grids`], once for the change's request: a retry gets the report of the first.
///
/// # Errors
/// As [`import_grids`], and [`StoreError::ClientIdReused`].
pub async fn import_grids_once(
    store: &Store,
    change: Change,
    collection: &Value,
    options: &GridOptions,
) -> Result<Value, TerritoryError> {
    let known = change.clone();
    let earlier = store
        .write(move |tx| -> Result<Option<String>, TerritoryError> {
            let earlier = known.request.as_ref().map(|request| tx.earlier_outcome(request)).transpose()?;
            Ok(earlier.flatten())
        })
        .await?;
    let corrupt =
        |error: serde_json::Error| StoreError::Corrupt { what: "request outcome", detail: error.to_string() };
    if let Some(earlier) = earlier {
        return Ok(serde_json::from_str(&earlier).map_err(corrupt)?);
    }
    let report = import_grids(store, change.actor, collection, options, change.now).await?;
    let report = serde_json::to_value(report).map_err(corrupt)?;
    store.write(move |tx| change.once(tx, |_| Ok(report.clone()))).await
}

/// Writes village by village, each in a transaction of its own: a village's grids change together.
async fn write_all(
    store: &Store,
    actor: Actor,
    wanted: Vec<Wanted>,
    mut villages: HashMap<AreaCode, Village>,
    replace: bool,
    mut report: GridReport,
    now: Timestamp,
) -> Result<GridReport, TerritoryError> {
    let mut of_village: BTreeMap<AreaCode, Vec<Wanted>> = BTreeMap::new();
    for grid in wanted {
        of_village.entry(grid.village.clone()).or_default().push(grid);
    }
    for (code, grids) in of_village {
        let village = villages.remove(&code).ok_or(TerritoryError::AreaNotFound)?;
        let job = Job { village, grids, actor, replace, now };
        let done = store.write(move |tx| job.run(tx)).await?;
        report.opened += done.opened;
        report.changed += done.changed;
        report.unchanged += done.unchanged;
        report.closed += done.closed;
    }
    Ok(report)
}

struct Job {
    village: Village,
    grids: Vec<Wanted>,
    actor: Actor,
    replace: bool,
    now: Timestamp,
}

impl Job {
    fn run(&self, tx: &mut Tx<'_>) -> Result<GridReport, TerritoryError> {
        self.require_unchanged(tx)?;
        let mut report = GridReport::default();
        for grid in &self.grids {
            match self.village.grids.iter().find(|(area, _)| area.code == grid.code.as_str()) {
                Some((area, shape)) => self.change(tx, area, shape.as_ref(), grid, &mut report)?,
                None => self.open(tx, grid, &mut report)?,
            }
        }
        if self.replace {
            self.close_others(tx, &mut report)?;
        }
        if report.opened + report.changed + report.closed > 0 {
            let public = serde_json::json!({ "code": self.village.area.code, "opened": report.opened,
                "changed": report.changed, "closed": report.closed });
            append(tx, self.village.area.id, "area.grids_imported", self.actor, self.now, public)?;
        }
        Ok(report)
    }

    /// The judgement was made on what was read before; somebody else's import in between makes it void.
    fn require_unchanged(&self, tx: &mut Tx<'_>) -> Result<(), TerritoryError> {
        let stand = |grids: &[(Area, Option<Shape>)]| -> BTreeSet<(i64, i64)> {
            grids.iter().map(|(area, _)| (area.id, area.valid_from)).collect()
        };
        let now = crate::queries::grids_of(tx.conn(), self.village.area.id)?;
        if stand(&now) == stand(&self.village.grids) {
            return Ok(());
        }
        let count = |grids: &[(Area, Option<Shape>)]| i64::try_from(grids.len()).unwrap_or(i64::MAX);
        Err(StoreError::VersionConflict { expected: count(&self.village.grids), found: count(&now) }.into())
    }

    fn open(&self, tx: &mut Tx<'_>, grid: &Wanted, report: &mut GridReport) -> Result<(), TerritoryError> {
        let id = tx.id()?;
        let point = grid.shape.label_point();
        let village = &self.village.area;
        diesel::insert_into(areas::table)
            .values((
                areas::id.eq(id),
                areas::code.eq(grid.code.as_str()),
                areas::level.eq(Level::Grid.as_str()),
                areas::name.eq(self.name_of(grid)),
                areas::parent_id.eq(village.id),
                areas::county_id.eq(village.county_id),
                areas::town_id.eq(village.town_id),
                areas::village_id.eq(village.id),
                areas::urban_class.eq(&village.urban_class),
                areas::households.eq(grid.households),
                areas::lon.eq(point.map(|(lon, _)| lon)),
                areas::lat.eq(point.map(|(_, lat)| lat)),
                areas::valid_from.eq(ms(self.now)),
            ))
            .execute(tx.conn())?;
        put_shape(tx, id, &grid.shape, self.now)?;
        report.opened += 1;
        Ok(())
    }

    fn change(
        &self,
        tx: &mut Tx<'_>,
        area: &Area,
        shape: Option<&Shape>,
        grid: &Wanted,
        report: &mut GridReport,
    ) -> Result<(), TerritoryError> {
        let name = self.name_of(grid);
        let same_shape = shape.is_some_and(|shape| shape.geojson() == grid.shape.geojson());
        if same_shape && area.name == name && area.households == grid.households {
            report.unchanged += 1;
            return Ok(());
        }
        if area.name != name {
            super::import_divisions::remember(tx, area, None, self.now)?;
        }
        let point = grid.shape.label_point();
        diesel::update(areas::table.find(area.id))
            .set((
                areas::name.eq(&name),
                areas::households.eq(grid.households),
                areas::lon.eq(point.map(|(lon, _)| lon)),
                areas::lat.eq(point.map(|(_, lat)| lat)),
                areas::valid_from.eq(ms(self.now)),
            ))
            .execute(tx.conn())?;
        if !same_shape {
            put_shape(tx, area.id, &grid.shape, self.now)?;
        }
        report.changed += 1;
        Ok(())
    }

    fn close_others(&self, tx: &mut Tx<'_>, report: &mut GridReport) -> Result<(), TerritoryError> {
        let named: BTreeSet<&str> = self.grids.iter().map(|grid| grid.code.as_str()).collect();
        for (area, _) in self.village.grids.iter().filter(|(area, _)| !named.contains(area.code.as_str())) {
            diesel::update(areas::table.find(area.id))
                .set(areas::valid_to.eq(ms(self.now)))
                .execute(tx.conn())?;
            report.closed += 1;
        }
        Ok(())
    }

    fn name_of(&self, grid: &Wanted) -> String {
        if grid.name.is_empty() {
            let number = grid.code.as_str().get(12..).unwrap_or_default().trim_start_matches('0');
            format!("{}第{number}网格", self.village.area.name)
        } else {
            grid.name.clone()
        }
    }
}

/// Sets the shape of an area (also of villages, towns and counties), with a version that counts up; an area without a point
/// gets one inside the shape.
///
/// # Errors
/// When the store fails.
pub fn put_shape(tx: &mut Tx<'_>, area_id: i64, shape: &Shape, now: Timestamp) -> Result<(), TerritoryError> {
    let bounds = shape.bounds();
    let geojson = shape.geojson().to_string();
    if let Some((lon, lat)) = shape.label_point() {
        diesel::update(areas::table.find(area_id).filter(areas::lon.is_null()))
            .set((areas::lon.eq(lon), areas::lat.eq(lat)))
            .execute(tx.conn())?;
    }
    let columns = (
        area_shapes::geojson.eq(&geojson),
        area_shapes::min_lon.eq(bounds.min_lon),
        area_shapes::min_lat.eq(bounds.min_lat),
        area_shapes::max_lon.eq(bounds.max_lon),
        area_shapes::max_lat.eq(bounds.max_lat),
        area_shapes::updated_at.eq(ms(now)),
    );
    let changed = diesel::update(area_shapes::table.find(area_id))
        .set((columns, area_shapes::version.eq(area_shapes::version + 1)))
        .execute(tx.conn())?;
    if changed == 0 {
        diesel::insert_into(area_shapes::table)
            .values((area_shapes::area_id.eq(area_id), columns, area_shapes::version.eq(1)))
            .execute(tx.conn())?;
    }
    Ok(())
}
