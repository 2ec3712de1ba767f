//! Point → grid, in memory: an R-tree of rectangles over polygons that lie flat in three vectors.

use crate::{Level, Place, model::Area, shape::Shape};
use geo::{Coord, GeoNum, Kernel, Orientation};
use rstar::{AABB, RTree, RTreeObject};

type Exact = <f64 as GeoNum>::Ker;

/// Where every place lies. Immutable; a change of shapes makes a new one.
#[derive(Default)]
pub struct Locator {
    grids: Layer,
    villages: Layer,
    towns: Layer,
    counties: Layer,
}

/// One level's shapes: rectangles in the tree, rings end to end.
#[derive(Default)]
struct Layer {
    tree: RTree<Leaf>,
    /// Of shape `i`: its place, and that its rings are `rings[first..last]`.
    shapes: Vec<Entry>,
    /// Where each ring's positions begin in `points`; one more at the end.
    rings: Vec<u32>,
    points: Vec<Coord<f64>>,
}

struct Entry {
    place: Place,
    first_ring: u32,
    end_ring: u32,
}

struct Leaf {
    min: [f64; 2],
    max: [f64; 2],
    shape: u32,
}

impl RTreeObject for Leaf {
    type Envelope = AABB<[f64; 2]>;

    fn envelope(&self) -> Self::Envelope {
        AABB::from_corners(self.min, self.max)
    }
}

impl Locator {
    /// Builds the locator from areas and their shapes.
    pub fn build<'a>(areas: impl IntoIterator<Item = (&'a Area, &'a Shape)>) -> Locator {
        let mut locator = Locator::default();
        let mut leaves: [Vec<Leaf>; 4] = Default::default();
        for (area, shape) in areas {
            let Ok(level) = Level::parse(&area.level) else { continue };
            let leaf = locator.layer_mut(level).add(Place::of(area), shape);
            leaves[level as usize].push(leaf);
        }
        for (level, leaves) in Level::ALL.into_iter().zip(leaves) {
            locator.layer_mut(level).tree = RTree::bulk_load(leaves);
        }
        locator
    }

    /// The areas a WGS 84 position lies in: the grid and what it belongs to, else the smallest area that has a shape.
    /// `None` outside every shape. A position on a border that two areas share belongs to exactly one of them.
    pub fn locate(&self, lon: f64, lat: f64) -> Option<Place> {
        let point = Coord { x: lon, y: lat };
        [&self.grids, &self.villages, &self.towns, &self.counties]
            .into_iter()
            .find_map(|layer| layer.find(point))
    }

    /// How many grids have a shape.
    pub fn grid_count(&self) -> usize {
        self.grids.shapes.len()
    }

    fn layer_mut(&mut self, level: Level) -> &mut Layer {
        match level {
            Level::County => &mut self.counties,
            Level::Town => &mut self.towns,
            Level::Village => &mut self.villages,
            Level::Grid => &mut self.grids,
        }
    }
}

impl Layer {
    fn add(&mut self, place: Place, shape: &Shape) -> Leaf {
        if self.rings.is_empty() {
            self.rings.push(0);
        }
        let first_ring = index(self.rings.len() - 1);
        for polygon in shape.polygons() {
            for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
                self.points.extend_from_slice(&ring.0);
                self.rings.push(index(self.points.len()));
            }
        }
        let end_ring = index(self.rings.len() - 1);
        self.shapes.push(Entry { place, first_ring, end_ring });
        let bounds = shape.bounds();
        Leaf {
            min: [bounds.min_lon, bounds.min_lat],
            max: [bounds.max_lon, bounds.max_lat],
            shape: index(self.shapes.len() - 1),
        }
    }

    fn find(&self, point: Coord<f64>) -> Option<Place> {
        let at = AABB::from_point([point.x, point.y]);
        self.tree
            .locate_in_envelope_intersecting(at)
            .map(|leaf| &self.shapes[leaf.shape as usize])
            .find(|entry| self.contains(entry, point))
            .map(|entry| entry.place)
    }

    /// Even-odd rule over all rings, so holes and parts need no care.
    fn contains(&self, entry: &Entry, point: Coord<f64>) -> bool {
        let bounds = &self.rings[entry.first_ring as usize..=entry.end_ring as usize];
        bounds
            .windows(2)
            .map(|ends| &self.points[ends[0] as usize..ends[1] as usize])
            .flat_map(|ring| ring.windows(2))
            .filter(|edge| is_left_of(point, edge[0], edge[1]))
            .count()
            % 2
            == 1
    }
}

/// Whether the ray from `point` to the east crosses the edge. Both polygons that share an edge get the same answer
/// bit for bit, because the ends are put in order first and the orientation is computed exactly.
fn is_left_of(point: Coord<f64>, a: Coord<f64>, b: Coord<f64>) -> bool {
    if (a.y > point.y) == (b.y > point.y) || (point.x >= a.x && point.x >= b.x) {
        return false;
    }
    if point.x < a.x && point.x < b.x {
        return true;
    }
    let (low, high) = if a.y < b.y { (a, b) } else { (b, a) };
    Exact::orient2d(low, high, point) == Orientation::CounterClockwise
}

/// Shapes and positions are counted in `u32`: 4 billion of them would not fit the memory.
fn index(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{MultiPolygon, Polygon, polygon};

    fn area(id: i64, level: Level) -> Area {
        let known = |at: Level| (level >= at).then_some(10 + at as i64);
        Area {
            id,
            code: String::new(),
            level: level.as_str().into(),
            name: String::new(),
            parent_id: None,
            county_id: known(Level::County),
            town_id: known(Level::Town),
            village_id: known(Level::Village),
            urban_class: String::new(),
            households: None,
            lon: None,
            lat: None,
            valid_from: 0,
            valid_to: None,
            successor_code: None,
        }
    }

    fn square(x: f64, y: f64, side: f64) -> Polygon<f64> {
        polygon![(x: x, y: y), (x: x + side, y: y), (x: x + side, y: y + side), (x: x, y: y + side)]
    }

    fn shape(polygon: Polygon<f64>) -> Shape {
        Shape::new(MultiPolygon(vec![polygon]))
    }

    #[test]
    fn a_border_belongs_to_exactly_one_grid() {
        let side = 10_u32;
        let cells: Vec<(Area, Shape)> = (0..side * side)
            .map(|i| {
                // Neighbours have the very same corners, as an import of one file gives them.
                let [west, east, south, north] =
                    [i % side, i % side + 1, i / side, i / side + 1].map(|line| f64::from(line) / 10.0);
                let cell = polygon![(x: west, y: south), (x: east, y: south), (x: east, y: north), (x: west, y: north)];
                (area(i64::from(i), Level::Grid), shape(cell))
            })
            .collect();
        let locator = Locator::build(cells.iter().map(|(a, s)| (a, s)));
        assert_eq!(locator.grid_count(), 100);
        for step in 0..100_u32 {
            let at = f64::from(step) / 100.0;
            let hits = |x: f64, y: f64| {
                let layer = &locator.grids;
                layer.shapes.iter().filter(|e| layer.contains(e, Coord { x, y })).count()
            };
            assert_eq!(hits(at, 0.5), 1, "on a horizontal border at {at}");
            assert_eq!(hits(0.3, at), 1, "on a vertical border at {at}");
            assert_eq!(hits(at, at), 1, "on a corner at {at}");
        }
    }

    #[test]
    fn holes_are_outside_and_parts_are_inside() {
        let ring = |x: f64, side: f64| square(x, x, side).exterior().clone();
        let donut = Polygon::new(ring(0.0, 3.0), vec![ring(1.0, 1.0)]);
        let both = Shape::new(MultiPolygon(vec![donut, square(5.0, 5.0, 1.0)]));
        let grid = area(1, Level::Grid);
        let locator = Locator::build([(&grid, &both)]);
        assert!(locator.locate(0.5, 0.5).is_some());
        assert!(locator.locate(1.5, 1.5).is_none());
        assert!(locator.locate(5.5, 5.5).is_some());
        assert!(locator.locate(4.0, 4.0).is_none());
        assert!(locator.locate(f64::NAN, 1.0).is_none());
    }

    #[test]
    fn the_smallest_area_with_a_shape_is_found() {
        let (county, village, grid) = (area(1, Level::County), area(2, Level::Village), area(3, Level::Grid));
        let shapes = [square(0.0, 0.0, 9.0), square(0.0, 0.0, 3.0), square(0.0, 0.0, 1.0)].map(shape);
        let locator = Locator::build([(&county, &shapes[0]), (&village, &shapes[1]), (&grid, &shapes[2])]);
        assert_eq!(locator.locate(0.5, 0.5).unwrap().grid_id, Some(3));
        let in_village = locator.locate(2.0, 2.0).unwrap();
        assert_eq!((in_village.grid_id, in_village.village_id), (None, Some(12)));
        let in_county = locator.locate(8.0, 8.0).unwrap();
        assert_eq!(in_county, Place { county_id: Some(10), ..Place::default() });
        assert_eq!(locator.locate(20.0, 8.0), None);
    }
}
