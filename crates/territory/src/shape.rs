//! Polygons: read from GeoJSON with every fault named, checked, written back.

use geo::{
    Area as _, BooleanOps as _, BoundingRect as _, Coord, LineString, MultiPolygon, Polygon,
    algorithm::validation::{InvalidPolygon, Validation as _},
};
use serde_json::{Value, json};

/// A fault of one polygon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShapeFault {
    /// Neither Polygon nor MultiPolygon, or not in GeoJSON's form (RFC 7946 §3.1.6).
    NotPolygon,
    /// A position that is not two finite degrees on the globe.
    BadCoordinate,
    /// A ring of fewer than four positions.
    RingShort,
    /// A ring whose last position is not its first.
    RingOpen,
    /// A ring that crosses or touches itself.
    SelfCrossing,
    /// A hole outside its polygon, or rings or parts that cross.
    RingsCross,
    /// No area at all.
    Empty,
}

impl ShapeFault {
    /// The stable code of the fault in a grid report.
    pub const fn code(self) -> &'static str {
        match self {
            ShapeFault::NotPolygon => "grid.not_polygon",
            ShapeFault::BadCoordinate => "grid.bad_coordinate",
            ShapeFault::RingShort => "grid.ring_short",
            ShapeFault::RingOpen => "grid.ring_open",
            ShapeFault::SelfCrossing => "grid.self_crossing",
            ShapeFault::RingsCross => "grid.rings_cross",
            ShapeFault::Empty => "grid.empty",
        }
    }
}

/// The shape of an area, WGS 84 degrees, longitude first.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    polygons: MultiPolygon<f64>,
}

/// The smallest upright rectangle around a shape, degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// West.
    pub min_lon: f64,
    /// South.
    pub min_lat: f64,
    /// East.
    pub max_lon: f64,
    /// North.
    pub max_lat: f64,
}

impl Bounds {
    /// Whether two rectangles share a point.
    pub fn meets(&self, other: &Bounds) -> bool {
        self.min_lon <= other.max_lon
            && other.min_lon <= self.max_lon
            && self.min_lat <= other.max_lat
            && other.min_lat <= self.max_lat
    }
}

impl Shape {
    /// A shape from polygons that are known to be sound.
    pub fn new(polygons: MultiPolygon<f64>) -> Shape {
        Shape { polygons }
    }

    /// Reads a GeoJSON geometry without judging it beyond its form; `convert` brings each position to WGS 84.
    ///
    /// # Errors
    /// The first fault of form: not a polygon, a bad coordinate, a short or open ring.
    pub fn read(geometry: &Value, convert: impl Fn(f64, f64) -> (f64, f64)) -> Result<Shape, ShapeFault> {
        let coordinates = geometry.get("coordinates").ok_or(ShapeFault::NotPolygon)?;
        let parts = match geometry.get("type").and_then(Value::as_str) {
            Some("Polygon") => vec![coordinates],
            Some("MultiPolygon") => list(coordinates)?.iter().collect(),
            Some(_) | None => return Err(ShapeFault::NotPolygon),
        };
        let polygons =
            parts.into_iter().map(|part| read_polygon(part, &convert)).collect::<Result<Vec<_>, _>>()?;
        if polygons.is_empty() {
            return Err(ShapeFault::Empty);
        }
        Ok(Shape { polygons: MultiPolygon(polygons) })
    }

    /// Judges the shape: simple rings, holes inside, parts apart, some area.
    ///
    /// # Errors
    /// The first fault found.
    pub fn check(&self) -> Result<(), ShapeFault> {
        for polygon in &self.polygons {
            match polygon.check_validation() {
                Ok(()) => {}
                Err(InvalidPolygon::TooFewPointsInRing(_)) => return Err(ShapeFault::RingShort),
                Err(InvalidPolygon::SelfIntersection(_)) => return Err(ShapeFault::SelfCrossing),
                Err(InvalidPolygon::NonFiniteCoord(..)) => return Err(ShapeFault::BadCoordinate),
                Err(
                    InvalidPolygon::InteriorRingNotContainedInExteriorRing(_)
                    | InvalidPolygon::IntersectingRingsOnALine(..)
                    | InvalidPolygon::IntersectingRingsOnAnArea(..),
                ) => return Err(ShapeFault::RingsCross),
            }
        }
        if self.polygons.0.len() > 1 && self.polygons.check_validation().is_err() {
            return Err(ShapeFault::RingsCross);
        }
        if self.area() <= 0.0 { Err(ShapeFault::Empty) } else { Ok(()) }
    }

    /// The GeoJSON geometry: a Polygon where there is one part, with positions to 10⁻⁷ degrees (1 cm).
    pub fn geojson(&self) -> Value {
        let parts: Vec<Value> = self.polygons.iter().map(write_polygon).collect();
        match <[Value; 1]>::try_from(parts) {
            Ok([only]) => json!({ "type": "Polygon", "coordinates": only }),
            Err(parts) => json!({ "type": "MultiPolygon", "coordinates": parts }),
        }
    }

    /// The rectangle around it; a point at 0, 0 for a shape without positions.
    pub fn bounds(&self) -> Bounds {
        let rect =
            self.polygons.bounding_rect().unwrap_or_else(|| geo::Rect::new(Coord::zero(), Coord::zero()));
        Bounds { min_lon: rect.min().x, min_lat: rect.min().y, max_lon: rect.max().x, max_lat: rect.max().y }
    }

    /// Its size in square degrees: only for comparing shapes near each other.
    pub fn area(&self) -> f64 {
        self.polygons.unsigned_area()
    }

    /// The size of what it shares with another, square degrees.
    pub fn shared_area(&self, other: &Shape) -> f64 {
        self.polygons.intersection(&other.polygons).unsigned_area()
    }

    /// A point inside, for a label.
    pub fn label_point(&self) -> Option<(f64, f64)> {
        use geo::InteriorPoint as _;
        self.polygons.interior_point().map(|point| (point.x(), point.y()))
    }

    /// Its polygons.
    pub fn polygons(&self) -> &MultiPolygon<f64> {
        &self.polygons
    }
}

fn list(value: &Value) -> Result<&Vec<Value>, ShapeFault> {
    value.as_array().ok_or(ShapeFault::NotPolygon)
}

fn read_polygon(
    rings: &Value,
    convert: &impl Fn(f64, f64) -> (f64, f64),
) -> Result<Polygon<f64>, ShapeFault> {
    let mut rings = list(rings)?.iter().map(|ring| read_ring(ring, convert));
    let outer = rings.next().ok_or(ShapeFault::NotPolygon)??;
    Ok(Polygon::new(outer, rings.collect::<Result<Vec<_>, _>>()?))
}

fn read_ring(ring: &Value, convert: &impl Fn(f64, f64) -> (f64, f64)) -> Result<LineString<f64>, ShapeFault> {
    let positions =
        list(ring)?.iter().map(|position| read_position(position, convert)).collect::<Result<Vec<_>, _>>()?;
    if positions.len() < 4 {
        return Err(ShapeFault::RingShort);
    }
    if positions.first() != positions.last() {
        return Err(ShapeFault::RingOpen);
    }
    Ok(LineString(positions))
}

fn read_position(
    position: &Value,
    convert: &impl Fn(f64, f64) -> (f64, f64),
) -> Result<Coord<f64>, ShapeFault> {
    let number = |index: usize| position.get(index).and_then(Value::as_f64);
    match (number(0), number(1)) {
        (Some(lon), Some(lat)) if crate::datum::check_point(lon, lat).is_ok() => {
            let (x, y) = convert(lon, lat);
            Ok(Coord { x, y })
        }
        _ => Err(ShapeFault::BadCoordinate),
    }
}

fn write_polygon(polygon: &Polygon<f64>) -> Value {
    let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
    rings.map(write_ring).collect()
}

fn write_ring(ring: &LineString<f64>) -> Value {
    let round = |degrees: f64| (degrees * 1e7).round() / 1e7;
    ring.0.iter().map(|at| json!([round(at.x), round(at.y)])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(coordinates: Value) -> Result<Shape, ShapeFault> {
        Shape::read(&json!({ "type": "Polygon", "coordinates": coordinates }), |x, y| (x, y))
    }

    #[test]
    fn a_sound_polygon_comes_back_as_it_was() {
        let ring = json!([[[106.0, 34.0], [107.0, 34.0], [107.0, 35.0], [106.0, 34.0]]]);
        let shape = read(ring.clone()).unwrap();
        assert_eq!(shape.check(), Ok(()));
        assert_eq!(shape.geojson(), json!({ "type": "Polygon", "coordinates": ring }));
        assert!((shape.area() - 0.5).abs() < 1e-12);
    }

    #[test]
    fn every_fault_has_its_own_code() {
        let fault = |coordinates: Value| match read(coordinates) {
            Ok(shape) => shape.check().unwrap_err().code(),
            Err(fault) => fault.code(),
        };
        assert_eq!(fault(json!([[[0, 0], [1, 0], [1, 1], [0, 1]]])), "grid.ring_open");
        assert_eq!(fault(json!([[[0, 0], [1, 0], [0, 0]]])), "grid.ring_short");
        assert_eq!(fault(json!([[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]])), "grid.self_crossing");
        assert_eq!(fault(json!([[[0, 0], [1, 0], [200, 1], [0, 0]]])), "grid.bad_coordinate");
        assert_eq!(fault(json!([[[0, 0], [1, 0], ["x", 1], [0, 0]]])), "grid.bad_coordinate");
        assert_eq!(fault(json!([])), "grid.not_polygon");
        assert_eq!(fault(json!("x")), "grid.not_polygon");
        let hole_outside = json!([[[0, 0], [1, 0], [1, 1], [0, 0]], [[5, 5], [6, 5], [6, 6], [5, 5]]]);
        assert_eq!(fault(hole_outside), "grid.rings_cross");
        let point = json!({ "type": "Point", "coordinates": [1, 2] });
        assert_eq!(Shape::read(&point, |x, y| (x, y)).unwrap_err(), ShapeFault::NotPolygon);
    }

    #[test]
    fn what_two_shapes_share_is_measured() {
        let square =
            |x: f64| read(json!([[[x, 0.0], [x + 1.0, 0.0], [x + 1.0, 1.0], [x, 1.0], [x, 0.0]]])).unwrap();
        assert!((square(0.0).shared_area(&square(0.75)) - 0.25).abs() < 1e-9);
        assert!(square(0.0).shared_area(&square(1.0)) < 1e-9);
        assert!(square(0.0).bounds().meets(&square(1.0).bounds()));
        assert!(!square(0.0).bounds().meets(&square(1.5).bounds()));
    }
}
