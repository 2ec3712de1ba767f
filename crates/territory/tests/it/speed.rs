//! How fast a point finds its grid.
#![expect(clippy::disallowed_methods, reason = "it measures")]

use std::time::Instant;
use territory::{Area, Locator, Shape};

/// 4,011 grids (the biggest of the source counties) as wobbling cells of a lattice, 24 corners each.
fn cells() -> Vec<(Area, Shape)> {
    let side = 0.01;
    (0..4011_u32)
        .map(|i| {
            let (x, y) = (f64::from(i % 64) * side, f64::from(i / 64) * side);
            let corners: Vec<serde_json::Value> = (0..=24)
                .map(|step| {
                    let t = f64::from(step % 24) / 6.0;
                    let along = t.fract() * side;
                    let (dx, dy) = match step % 24 / 6 {
                        0 => (along, 0.0),
                        1 => (side, along),
                        2 => (side - along, side),
                        _ => (0.0, side - along),
                    };
                    serde_json::json!([106.0 + x + dx, 34.0 + y + dy])
                })
                .collect();
            let geometry = serde_json::json!({ "type": "Polygon", "coordinates": [corners] });
            let area = Area {
                id: i64::from(i) + 1,
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
            (area, Shape::read(&geometry, |x, y| (x, y)).unwrap())
        })
        .collect()
}

/// Every point finds the one cell it lies in. With optimisation, one core must do 1,000,000 look-ups a second.
#[test]
fn a_million_points_a_second_find_their_grid() {
    let cells = cells();
    let locator = Locator::build(cells.iter().map(|(area, shape)| (area, shape)));
    let rounds: u32 = if cfg!(debug_assertions) { 20_000 } else { 2_000_000 };
    let mut seed = 1_u32;
    let mut draw = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(seed) / f64::from(u32::MAX)
    };
    let points: Vec<(f64, f64)> =
        (0..rounds).map(|_| (106.0 + draw() * 0.64, 34.0 + draw() * 0.62)).collect();
    let started = Instant::now();
    let found: i64 =
        points.iter().filter_map(|at| locator.locate(at.0, at.1)).filter_map(|place| place.grid_id).sum();
    let took = started.elapsed();
    let expected: i64 = points
        .iter()
        .map(|at| {
            #[expect(clippy::cast_possible_truncation, reason = "at most 64")]
            let cell = |offset: f64| (offset / 0.01) as i64;
            let id = cell(at.1 - 34.0) * 64 + cell(at.0 - 106.0) + 1;
            if id <= 4011 { id } else { 0 }
        })
        .sum();
    let wrong = (found - expected).abs();
    assert!(wrong <= 64 * 64, "look-ups at borders apart, sums agree: {found} {expected}");
    eprintln!("{rounds} look-ups in {took:?}");
    if !cfg!(debug_assertions) {
        assert!(took.as_secs_f64() < f64::from(rounds) / 1e6, "{rounds} look-ups took {took:?}");
    }
}
