//! Places where matters happen: a point in a grid, with the names people use for it.

use super::{county::COUNTY, dice::Dice};
use crate::Failure;
use cases::commands::Place;
use std::collections::BTreeMap;
use territory::{Level, Territory, queries};

/// A grid as a place of matters.
#[derive(Clone, Debug)]
pub struct Spot {
    /// The grid.
    pub grid: i64,
    /// Its code.
    pub code: String,
    /// The village.
    pub village_id: i64,
    /// What people call the village.
    pub village: String,
    /// The town.
    pub town_id: i64,
    /// The town's name.
    pub town: String,
    /// The county.
    pub county_id: i64,
    /// Whether it lies in the county seat.
    pub urban: bool,
    lon: f64,
    lat: f64,
}

impl Spot {
    /// A place for tests of texts.
    #[cfg(test)]
    pub fn for_tests() -> Spot {
        Spot {
            grid: 1,
            code: "620521100205001".into(),
            village_id: 2,
            village: "西关村".into(),
            town_id: 3,
            town: "永清镇".into(),
            county_id: 4,
            urban: true,
            lon: 106.1,
            lat: 34.7,
        }
    }

    /// A point near the middle of the grid, in it.
    pub fn place(&self, territory: &Territory, text: String, dice: &mut Dice) -> Place {
        let reach = if self.urban { 0.0012 } else { 0.005 };
        let shaken = (self.lon + dice.between(-reach, reach), self.lat + dice.between(-reach, reach));
        let inside =
            territory.locator().locate(shaken.0, shaken.1).is_some_and(|at| at.grid_id == Some(self.grid));
        let (lon, lat) = if inside { shaken } else { (self.lon, self.lat) };
        let round = |degrees: f64| (degrees * 1e6).round() / 1e6;
        Place {
            text,
            county_id: Some(self.county_id),
            town_id: Some(self.town_id),
            village_id: Some(self.village_id),
            grid_id: Some(self.grid),
            lon: Some(round(lon)),
            lat: Some(round(lat)),
        }
    }
}

/// Every grid of the county as a place.
///
/// # Errors
/// When the store cannot be read.
pub async fn spots(territory: &Territory) -> Result<Vec<Spot>, Failure> {
    let areas = territory
        .store()
        .read(|conn| {
            let limit = 10_000;
            queries::list(conn, &queries::AreaFilter { limit, ..queries::AreaFilter::default() })
        })
        .await?;
    let names: BTreeMap<i64, &str> = areas.iter().map(|area| (area.id, area.name.as_str())).collect();
    let county = areas.iter().find(|area| area.code == COUNTY).map_or(0, |area| area.id);
    let spots = areas.iter().filter(|area| area.level == Level::Grid.as_str()).filter_map(|area| {
        let (village_id, town_id) = (area.village_id?, area.town_id?);
        Some(Spot {
            grid: area.id,
            code: area.code.clone(),
            village_id,
            village: spoken(names.get(&village_id)?),
            town_id,
            town: (*names.get(&town_id)?).replace("清水县", ""),
            county_id: county,
            urban: area.households.is_some_and(|count| count >= 180),
            lon: area.lon?,
            lat: area.lat?,
        })
    });
    Ok(spots.collect())
}

/// What people call a village whose office has this name.
pub fn spoken(office: &str) -> String {
    let office = office.replace("清水县", "").replace("虚拟社区", "社区");
    for (ending, word) in [("村民委员会", "村"), ("居民委员会", "社区")] {
        if let Some(name) = office.strip_suffix(ending) {
            return format!("{name}{word}");
        }
    }
    office
}

#[cfg(test)]
mod tests {
    use super::spoken;

    #[test]
    fn offices_are_called_by_their_village() {
        assert_eq!(spoken("西关村民委员会"), "西关村");
        assert_eq!(spoken("北城居民委员会"), "北城社区");
        assert_eq!(spoken("上邽社区"), "上邽社区");
    }
}
