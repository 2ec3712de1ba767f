//! The ground of the demo: the real divisions of 清水县 and shapes made up inside its real outline.

use super::map::{DemoMap, TownPlan, draw};
use crate::Failure;
use geo::{LineString, MultiPolygon, Polygon};
use serde::Deserialize;
use serde_json::{Value, json};
use store::{Store, Timestamp};
use territory::{GridOptions, Shape, TerritoryError, commands::Actor, queries};

/// The county's code.
pub const COUNTY: &str = "620521000000";
/// Its name, as it stands beside the product's and on paper.
pub const NAME: &str = "清水县";
/// Its name for readers of English.
pub const NAME_EN: &str = "Qingshui County";

const COUNTY_TOML: &str = include_str!("../../../../data/demo/county.toml");
const TOWNS: &str = include_str!("../../../../data/divisions/620521-towns.csv");
const VILLAGES: &str = include_str!("../../../../data/divisions/620521-villages.csv");
const BOUNDARY: &str = include_str!("../../../../data/divisions/620521-boundary.geojson");

#[derive(Deserialize)]
struct CountyFile {
    seed: u64,
    urban_villages: Vec<String>,
    towns: Vec<TownAt>,
}

#[derive(Deserialize)]
struct TownAt {
    code: String,
    lon: f64,
    lat: f64,
}

/// The county before it is in a store.
pub struct County {
    /// Its outline.
    pub outline: LineString<f64>,
    /// Its towns, the seat first.
    pub towns: Vec<TownPlan>,
    /// What chance is drawn from.
    pub seed: u64,
}

impl County {
    /// Reads the shipped files.
    ///
    /// # Errors
    /// When a shipped file is not what it should be.
    pub fn shipped() -> Result<County, Failure> {
        let file: CountyFile =
            toml::from_str(COUNTY_TOML).map_err(|error| Failure::said(error.to_string()))?;
        let boundary: Value =
            serde_json::from_str(BOUNDARY).map_err(|error| Failure::said(error.to_string()))?;
        let shape = Shape::read(&boundary["geometry"], |lon, lat| (lon, lat))
            .map_err(|fault| Failure::said(fault.code()))?;
        let outline = shape.polygons().iter().next().map(|polygon| polygon.exterior().clone());
        let villages: Vec<&str> =
            VILLAGES.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
        let towns = file.towns.iter().map(|town| {
            let inside = villages.iter().filter(|code| code.starts_with(&town.code[..9]));
            let villages =
                inside.map(|code| ((*code).to_owned(), file.urban_villages.iter().any(|u| u == code)));
            TownPlan { code: town.code.clone(), at: [town.lon, town.lat], villages: villages.collect() }
        });
        let towns = towns.collect();
        Ok(County {
            outline: outline.ok_or_else(|| Failure::said("the outline is empty"))?,
            towns,
            seed: file.seed,
        })
    }

    /// Draws the shapes.
    pub fn draw(&self) -> DemoMap {
        draw(&self.outline, &self.towns, self.seed)
    }

    /// Puts the divisions, their shapes and the grids into the store.
    ///
    /// # Errors
    /// When the store cannot be written, or a shape is refused.
    pub async fn found(&self, store: &Store, now: Timestamp) -> Result<(), Failure> {
        territory::import_divisions(store, TOWNS.as_bytes(), VILLAGES.as_bytes(), now).await?;
        let map = self.draw();
        let mut shapes =
            vec![(COUNTY.to_owned(), MultiPolygon(vec![Polygon::new(self.outline.clone(), Vec::new())]))];
        shapes.extend(map.towns);
        shapes.extend(map.villages);
        put_shapes(store, shapes, now).await?;
        let features: Vec<Value> = map
            .grids
            .into_iter()
            .map(|grid| {
                json!({ "type": "Feature", "geometry": Shape::new(grid.shape).geojson(),
                    "properties": { "code": grid.code, "name": "", "households": grid.households } })
            })
            .collect();
        let collection = json!({ "type": "FeatureCollection", "features": features });
        territory::import_grids(store, Actor::default(), &collection, &GridOptions::default(), now).await?;
        Ok(())
    }
}

async fn put_shapes(
    store: &Store,
    shapes: Vec<(String, MultiPolygon<f64>)>,
    now: Timestamp,
) -> Result<(), Failure> {
    store
        .write(move |tx| -> Result<(), TerritoryError> {
            for (code, shape) in &shapes {
                let shape = Shape::new(shape.clone());
                let area = queries::area_by_code(tx.conn(), code)?.ok_or(TerritoryError::AreaNotFound)?;
                territory::commands::set_shape(tx, area.id, &shape, now)?;
            }
            Ok(())
        })
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::map::{RURAL_GRIDS, URBAN_GRIDS};
    use geo::{Area as _, BooleanOps as _, BoundingRect as _};
    use std::collections::BTreeMap;

    fn size(shape: &MultiPolygon<f64>) -> f64 {
        shape.unsigned_area()
    }

    /// What lies in `outer` is `inner`, exactly: each lies inside, and together they are as big. (So they cannot overlap either.)
    fn assert_tiled(name: &str, outer: &MultiPolygon<f64>, inner: &[&MultiPolygon<f64>]) {
        let whole = size(outer);
        let sum: f64 = inner.iter().map(|shape| size(shape)).sum();
        assert!((whole - sum).abs() < whole * 1e-6, "{name}: {whole} is not {sum}");
        for shape in inner {
            let outside = size(&shape.difference(outer));
            assert!(outside < size(shape) * 1e-6, "{name}: something lies outside");
        }
    }

    /// Drawing takes seconds without optimisation: once for all tests.
    fn map() -> &'static DemoMap {
        static MAP: std::sync::OnceLock<DemoMap> = std::sync::OnceLock::new();
        MAP.get_or_init(|| County::shipped().unwrap().draw())
    }

    #[test]
    fn the_shapes_nest_and_leave_no_gap() {
        let county = County::shipped().unwrap();
        let map = map();
        assert_eq!(
            (map.towns.len(), map.villages.len(), map.grids.len()),
            (19, 268, RURAL_GRIDS + URBAN_GRIDS)
        );
        let urban: Vec<&str> =
            county.towns[0].villages.iter().filter(|v| v.1).map(|v| v.0.as_str()).collect();
        let is_urban = |code: &str| urban.iter().any(|village| code.starts_with(village));
        assert_eq!(map.grids.iter().filter(|grid| is_urban(&grid.code)).count(), URBAN_GRIDS);

        let outline = MultiPolygon(vec![Polygon::new(county.outline.clone(), vec![])]);
        assert_tiled("county", &outline, &map.towns.values().collect::<Vec<_>>());
        let mut of_town: BTreeMap<String, Vec<&MultiPolygon<f64>>> = BTreeMap::new();
        for (code, shape) in &map.villages {
            of_town.entry(format!("{}000", &code[..9])).or_default().push(shape);
        }
        for (code, shape) in &map.towns {
            assert_tiled(code, shape, &of_town[code]);
        }
        let mut of_village: BTreeMap<&str, Vec<&MultiPolygon<f64>>> = BTreeMap::new();
        for grid in &map.grids {
            of_village.entry(&grid.code[..12]).or_default().push(&grid.shape);
        }
        for (code, shape) in &map.villages {
            assert_tiled(code, shape, &of_village[code.as_str()]);
        }
    }

    #[test]
    fn every_shape_is_sound_and_no_stripe() {
        let map = map();
        let all =
            map.towns.values().chain(map.villages.values()).chain(map.grids.iter().map(|grid| &grid.shape));
        let mut thin = 0;
        for shape in all {
            assert_eq!(Shape::new(shape.clone()).check(), Ok(()));
            let bounds = shape.bounding_rect().unwrap();
            let (wide, high) = (bounds.width() * 0.825, bounds.height());
            thin += usize::from(wide > high * 4.0 || high > wide * 4.0);
            assert_eq!(shape.0.len(), 1, "one piece");
        }
        assert!(thin < 20, "{thin} stripes");
        assert!(map.grids.iter().all(|grid| grid.households <= 300));
    }

    #[test]
    fn the_seed_draws_the_same_map_again() {
        let (once, twice) = (map(), County::shipped().unwrap().draw());
        assert!(once.grids.iter().zip(&twice.grids).all(|(a, b)| a.code == b.code && a.shape == b.shape));
    }
}
