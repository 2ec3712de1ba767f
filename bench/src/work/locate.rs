//! `locate`: which grid a point lies in, by HTTP in the county as it is, and in memory over lattices of many grids.

use super::{
    figures::{Figure, Goal},
    read::{Expect, Question, Reader},
    site::Site,
};
use crate::load::Worker;
use onedoor::demo::dice::Dice;
use people::Role;
use serde_json::json;
use territory::{Area, Locator, Shape};
use tokio::time::Instant;

/// Numbers of grids: the demo county, the biggest county of the sources, a province.
pub const GRIDS: [usize; 3] = [1_055, 4_011, 1_000_000];
/// Look-ups of one measurement.
const LOOK_UPS: usize = 1_000_000;
/// Degrees that a grid of the lattice is wide and high.
const SIDE: f64 = 0.005;

/// Readers who ask for the grids of known points.
#[must_use]
pub fn readers(site: &Site, count: usize) -> Vec<impl Worker + use<>> {
    let reader = |turn: usize| {
        let (mut dice, ground) = (site.dice(), std::sync::Arc::clone(&site.ground));
        let ask = move |_: u64| {
            let place = ground.place(dice.below(ground.spots.len()));
            let (lon, lat) = (place.lon.unwrap_or(0.0), place.lat.unwrap_or(0.0));
            Question {
                session: 0,
                path: format!("/api/v1/locate?lon={lon}&lat={lat}"),
                expect: Expect::Grid(place.grid_id.unwrap_or(0)),
            }
        };
        Reader::new(site.client(), vec![site.someone(Role::Dispatcher, turn)], ask)
    };
    (0..count).map(reader).collect()
}

/// Look-ups a second on one core, checked.
#[must_use]
pub fn in_memory(grids: usize) -> Figure {
    let cells: Vec<(Area, Shape)> = (0..grids).map(|cell| lattice_cell(grids, cell)).collect();
    let locator = Locator::build(cells.iter().map(|(area, shape)| (area, shape)));
    let mut dice = Dice::new(5, 5);
    let points: Vec<(f64, f64, i64)> = (0..LOOK_UPS).map(|_| point_in(grids, &mut dice)).collect();
    let begun = Instant::now();
    let wrong = points
        .iter()
        .filter(|(lon, lat, id)| locator.locate(*lon, *lat).and_then(|place| place.grid_id) != Some(*id))
        .count();
    let took = begun.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a million fits")]
    let rate = LOOK_UPS as f64 / took;
    let goal = match grids {
        4_011 => Some(Goal::AtLeast(1_000_000.0)),
        1_000_000 => Some(Goal::AtLeast(300_000.0)),
        _ => None,
    };
    let note = format!("{LOOK_UPS} look-ups on one core, {wrong} wrong");
    let value = if wrong == 0 { rate } else { 0.0 };
    Figure::new(format!("memory.locate.{grids}"), value, "1/s").maybe_goal(goal).note(note)
}

fn width(grids: usize) -> usize {
    let mut width = 1;
    while width * width < grids {
        width += 1;
    }
    width
}

/// A point well inside some cell, and that cell's id.
fn point_in(grids: usize, dice: &mut Dice) -> (f64, f64, i64) {
    let cell = dice.below(grids);
    let (x, y) = corner(grids, cell);
    let (dx, dy) = (dice.between(0.05, 0.95), dice.between(0.05, 0.95));
    (x + dx * SIDE, y + dy * SIDE, i64::try_from(cell).unwrap_or(0) + 1)
}

#[expect(clippy::cast_precision_loss, reason = "a thousand columns fit")]
fn corner(grids: usize, cell: usize) -> (f64, f64) {
    let width = width(grids);
    (100.0 + (cell % width) as f64 * SIDE, 25.0 + (cell / width) as f64 * SIDE)
}

/// A cell with 24 corners.
fn lattice_cell(grids: usize, cell: usize) -> (Area, Shape) {
    let (x, y) = corner(grids, cell);
    let corners: Vec<[f64; 2]> = (0..=24_u32)
        .map(|step| {
            let along = f64::from(step % 6) / 6.0 * SIDE;
            match step % 24 / 6 {
                0 => [x + along, y],
                1 => [x + SIDE, y + along],
                2 => [x + SIDE - along, y + SIDE],
                _ => [x, y + SIDE - along],
            }
        })
        .collect();
    let geometry = json!({ "type": "Polygon", "coordinates": [corners] });
    let shape = Shape::read(&geometry, |lon, lat| (lon, lat)).expect("a rectangle is a sound shape");
    let area = Area {
        id: i64::try_from(cell).unwrap_or(0) + 1,
        code: String::new(),
        level: "grid".into(),
        name: String::new(),
        parent_id: None,
        county_id: Some(1),
        town_id: Some(2),
        village_id: Some(3),
        urban_class: String::new(),
        households: None,
        lon: None,
        lat: None,
        valid_from: 0,
        valid_to: None,
        successor_code: None,
    };
    (area, shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_know_their_cell() {
        let grids = 200;
        let cells: Vec<(Area, Shape)> = (0..grids).map(|cell| lattice_cell(grids, cell)).collect();
        let locator = Locator::build(cells.iter().map(|(area, shape)| (area, shape)));
        let mut dice = Dice::new(1, 1);
        for _ in 0..500 {
            let (lon, lat, id) = point_in(grids, &mut dice);
            assert_eq!(locator.locate(lon, lat).and_then(|place| place.grid_id), Some(id));
        }
    }
}
