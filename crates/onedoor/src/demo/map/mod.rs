//! The demo county's towns, villages and grids: made up inside the county's real outline, the same on every machine.
//!
//! No outlines below the county are public. They are made at the first start from the seed (well under a second) rather than
//! shipped, because the program is smaller than the 1,342 polygons it draws and the test then judges what users get.
//!
//! How: the outline is filled with triangles ([`mesh`]); towns grow over them from where they roughly lie, villages inside
//! towns, grids inside villages ([`grow`]); the triangles of each make its polygon ([`outline`]). One mesh serves
//! all levels, so grids tile villages, villages tile towns and towns tile the county, to the last digit.

mod grow;
mod mesh;
mod outline;

use super::dice::Dice;
use geo::{Coord, LineString, MultiPolygon};
use grow::{Land, NOBODY, Seed};
use mesh::{Fine, Km, Mesh};
use std::collections::BTreeMap;

/// Grids in the countryside.
pub const RURAL_GRIDS: usize = 985;
/// Grids in the county seat.
pub const URBAN_GRIDS: usize = 70;

/// A town of the demo county before it has a shape.
#[derive(Clone, Debug)]
pub struct TownPlan {
    /// Its code (12 digits).
    pub code: String,
    /// About where it lies: longitude and latitude.
    pub at: [f64; 2],
    /// Its villages' codes, and whether each belongs to the county seat.
    pub villages: Vec<(String, bool)>,
}

/// A grid with its shape.
#[derive(Clone, Debug)]
pub struct GridPlan {
    /// Its code: the village's and its number, west to east and north to south.
    pub code: String,
    /// How many households.
    pub households: i64,
    /// Its shape.
    pub shape: MultiPolygon<f64>,
}

/// All shapes of the demo county.
#[derive(Clone, Debug)]
pub struct DemoMap {
    /// By town code.
    pub towns: BTreeMap<String, MultiPolygon<f64>>,
    /// By village code.
    pub villages: BTreeMap<String, MultiPolygon<f64>>,
    /// By grid code.
    pub grids: Vec<GridPlan>,
}

/// Kilometres from the middle of the county and back. The numbers stand for 34.75° north.
struct Projection {
    middle: [f64; 2],
}

const KM_PER_LON: f64 = 91.56;
const KM_PER_LAT: f64 = 110.94;
/// Distance of the mesh's corners in the countryside and in the county seat, km; how far the county seat reaches.
const SPACING: f64 = 0.30;
const FINE_SPACING: f64 = 0.11;
const SEAT_RADIUS: f64 = 1.95;

impl Projection {
    fn km(&self, at: [f64; 2]) -> Km {
        [(at[0] - self.middle[0]) * KM_PER_LON, (at[1] - self.middle[1]) * KM_PER_LAT]
    }

    /// Rounded to 10⁻⁷ degrees, about 1 cm, as shapes are stored.
    fn degrees(&self, at: Km) -> Coord<f64> {
        let round = |degrees: f64| (degrees * 1e7).round() / 1e7;
        Coord { x: round(self.middle[0] + at[0] / KM_PER_LON), y: round(self.middle[1] + at[1] / KM_PER_LAT) }
    }
}

/// Draws the county: `county` is its outline, `towns` what is to lie in it. The first town is the county seat.
pub fn draw(county: &LineString<f64>, towns: &[TownPlan], seed: u64) -> DemoMap {
    let projection = Projection { middle: towns[0].at };
    let mut ring: Vec<Km> = county.0.iter().map(|c| projection.km([c.x, c.y])).collect();
    ring.pop();
    if ring.iter().zip(ring.iter().cycle().skip(1)).map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum::<f64>() < 0.0
    {
        ring.reverse();
    }
    let fine = Fine { centre: [0.0, 0.0], radius: SEAT_RADIUS * 1.75, spacing: FINE_SPACING };
    let mut mesh = Mesh::fill(&ring, SPACING, &fine, &mut Dice::new(seed, 1));
    let hills = hills(&mesh, &mut Dice::new(seed, 2));
    let counts = grid_counts(towns, &mut Dice::new(seed, 3));
    let layers =
        Divider { mesh: &mesh, hills: &hills, dice: Dice::new(seed, 4) }.all(&projection, towns, &counts);
    mesh.smooth(&layers.grid, 4);
    collect(&mesh, &layers, towns, &counts, &projection, seed)
}

/// How many grids each village of each town has: 70 in the seat, shared evenly; the rest by chance between 2 and 6.
fn grid_counts(towns: &[TownPlan], dice: &mut Dice) -> Vec<Vec<usize>> {
    let seat = towns.iter().flat_map(|town| &town.villages).filter(|(_, urban)| *urban).count().max(1);
    let mut counts: Vec<Vec<usize>> = Vec::new();
    let (mut urban_seen, mut rural) = (0, Vec::new());
    for (t, town) in towns.iter().enumerate() {
        counts.push(Vec::new());
        for (v, (_, urban)) in town.villages.iter().enumerate() {
            if *urban {
                counts[t].push(URBAN_GRIDS / seat + usize::from(urban_seen < URBAN_GRIDS % seat));
                urban_seen += 1;
            } else {
                counts[t].push(2 + dice.weighted([2.0, 4.0, 3.0, 1.0].into_iter()));
                rural.push((t, v));
            }
        }
    }
    let mut total: usize = rural.iter().map(|&(t, v)| counts[t][v]).sum();
    while total != RURAL_GRIDS && !rural.is_empty() {
        let (t, v) = *dice.pick(&rural);
        if total < RURAL_GRIDS && counts[t][v] < 8 {
            counts[t][v] += 1;
            total += 1;
        } else if total > RURAL_GRIDS && counts[t][v] > 1 {
            counts[t][v] -= 1;
            total -= 1;
        }
    }
    counts
}

/// Hills: random heights on a coarse lattice, bent smoothly between, on three scales. They make borders wander.
fn hills(mesh: &Mesh, dice: &mut Dice) -> Vec<f64> {
    const SIDE: usize = 64;
    let scales = [(6.0, 1.1), (2.2, 0.9), (0.7, 0.7)];
    let heights: Vec<Vec<f64>> =
        scales.iter().map(|_| (0..SIDE * SIDE).map(|_| dice.unit()).collect()).collect();
    let height = |at: Km, layer: usize| {
        let (scale, share) = scales[layer];
        let (x, y) = (at[0] / scale + 1000.0, at[1] / scale + 1000.0);
        let bend = |t: f64| t * t * (3.0 - 2.0 * t);
        let (u, v) = (bend(x.fract()), bend(y.fract()));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "about 1000")]
        let (i, j) = (x as usize, y as usize);
        let get = |i: usize, j: usize| heights[layer][i % SIDE * SIDE + j % SIDE];
        let low = get(i, j) * (1.0 - u) + get(i + 1, j) * u;
        let high = get(i, j + 1) * (1.0 - u) + get(i + 1, j + 1) * u;
        share * (low * (1.0 - v) + high * v)
    };
    (0..mesh.len()).map(|t| 0.5 + (0..3).map(|layer| height(mesh.middle(t), layer)).sum::<f64>()).collect()
}

/// Which town, village and grid each triangle belongs to; villages and grids are counted through the whole county.
struct Layers {
    town: Vec<u32>,
    village: Vec<u32>,
    grid: Vec<u32>,
}

struct Divider<'m> {
    mesh: &'m Mesh,
    hills: &'m [f64],
    dice: Dice,
}

impl Divider<'_> {
    fn all(mut self, projection: &Projection, towns: &[TownPlan], counts: &[Vec<usize>]) -> Layers {
        let size = self.mesh.len();
        let mut layers =
            Layers { town: vec![NOBODY; size], village: vec![NOBODY; size], grid: vec![NOBODY; size] };
        let seeds: Vec<Seed> = towns
            .iter()
            .enumerate()
            .map(|(t, town)| Seed { at: projection.km(town.at), weight: rural_weight(town, &counts[t]) })
            .collect();
        self.land(|_| true).divide(&seeds, 0, 16, &mut layers.town);
        let (mut village, mut grid) = (0, 0);
        for (t, town) in (0_u32..).zip(towns) {
            let counts = &counts[t as usize];
            self.villages(t, town, counts, village, &mut layers);
            for (v, count) in (village..).zip(counts) {
                self.grids(v, *count, grid, &mut layers);
                grid += u32::try_from(*count).unwrap_or(0);
            }
            village += u32::try_from(town.villages.len()).unwrap_or(0);
        }
        layers
    }

    fn land(&self, belongs: impl Fn(usize) -> bool) -> Land<'_> {
        let triangles = (0_u32..).take(self.mesh.len()).filter(|t| belongs(*t as usize)).collect();
        Land { mesh: self.mesh, hills: self.hills, triangles }
    }

    fn villages(&self, t: u32, town: &TownPlan, counts: &[usize], first: u32, layers: &mut Layers) {
        for urban in [true, false] {
            let wanted: Vec<usize> =
                (0..town.villages.len()).filter(|v| town.villages[*v].1 == urban).collect();
            if wanted.is_empty() {
                continue;
            }
            let has_seat = town.villages.iter().any(|(_, urban)| *urban);
            let is_seat = |triangle: usize| has_seat && in_seat(self.mesh.middle(triangle));
            let land = self.land(|triangle| layers.town[triangle] == t && is_seat(triangle) == urban);
            let at = land.spread(wanted.len(), usize::try_from(t).unwrap_or(0) * 37);
            let seeds: Vec<Seed> =
                wanted.iter().zip(at).map(|(v, at)| Seed { at, weight: weight(counts[*v]) }).collect();
            land.divide(&seeds, 4, 6, &mut layers.village);
            for triangle in &land.triangles {
                let owner = &mut layers.village[*triangle as usize];
                *owner = first + u32::try_from(wanted[*owner as usize]).unwrap_or(0);
            }
        }
    }

    fn grids(&mut self, village: u32, count: usize, first: u32, layers: &mut Layers) {
        let first_seed = self.dice.below(1000);
        let weights: Vec<f64> = (0..count).map(|_| self.dice.between(0.75, 1.25)).collect();
        let land = self.land(|triangle| layers.village[triangle] == village);
        let at = land.spread(count, first_seed);
        let seeds: Vec<Seed> = at.into_iter().zip(weights).map(|(at, weight)| Seed { at, weight }).collect();
        land.divide(&seeds, 4, 4, &mut layers.grid);
        for triangle in &land.triangles {
            layers.grid[*triangle as usize] += first;
        }
    }
}

/// Whether a point lies in the built-up county seat: longer than wide, as the valley is, with a ragged edge.
fn in_seat(at: Km) -> bool {
    let [along, across] = [at[0] * 0.93 + at[1] * 0.37, at[1] * 0.93 - at[0] * 0.37];
    let [x, y] = [along / 1.4, across / 0.75];
    let far = (x * x + y * y).sqrt();
    if far < SEAT_RADIUS * 0.5 {
        return true;
    }
    let [c, s] = [x / far, y / far];
    let (c2, s2) = (c * c - s * s, 2.0 * c * s);
    let (c3, s3) = (c2 * c - s2 * s, s2 * c + c2 * s);
    far < SEAT_RADIUS * (1.0 + 0.10 * c3 - 0.07 * s2 + 0.06 * (c3 * c2 - s3 * s2))
}

#[expect(clippy::cast_precision_loss, reason = "at most some hundreds")]
fn weight(count: usize) -> f64 {
    count as f64
}

fn rural_weight(town: &TownPlan, counts: &[usize]) -> f64 {
    let sizes = town.villages.iter().zip(counts);
    let rural: f64 = sizes.filter(|((_, urban), _)| !urban).map(|(_, count)| weight(*count)).sum();
    let seat = town.villages.iter().any(|(_, urban)| *urban);
    rural + if seat { 6.0 } else { 0.0 }
}

fn collect(
    mesh: &Mesh,
    layers: &Layers,
    towns: &[TownPlan],
    counts: &[Vec<usize>],
    projection: &Projection,
    seed: u64,
) -> DemoMap {
    let shapes = |label: &[u32]| outline::outlines(mesh, label, |at| projection.degrees(at));
    let codes: Vec<&String> =
        towns.iter().flat_map(|town| town.villages.iter().map(|(code, _)| code)).collect();
    let name = |label: u32| codes[label as usize].clone();
    let town_shapes = shapes(&layers.town).into_iter().map(|(t, s)| (towns[t as usize].code.clone(), s));
    let village_shapes = shapes(&layers.village).into_iter().map(|(v, s)| (name(v), s));
    let mut grid_shapes: Vec<MultiPolygon<f64>> = shapes(&layers.grid).into_values().collect();
    let mut dice = Dice::new(seed, 5);
    let mut grids = Vec::new();
    let villages = towns.iter().flat_map(|town| &town.villages).zip(counts.iter().flatten());
    for ((code, urban), count) in villages {
        let mut of_village: Vec<MultiPolygon<f64>> = grid_shapes.drain(..*count).collect();
        of_village.sort_by(|a, b| order(a).total_cmp(&order(b)));
        for (number, shape) in (1..).zip(of_village) {
            let households = if *urban { dice.between(180.0, 299.0) } else { dice.between(25.0, 140.0) };
            #[expect(clippy::cast_possible_truncation, reason = "at most 299")]
            let households = households as i64;
            grids.push(GridPlan { code: format!("{code}{number:03}"), households, shape });
        }
    }
    DemoMap { towns: town_shapes.collect(), villages: village_shapes.collect(), grids }
}

/// Numbers run from the north-west to the south-east.
fn order(shape: &MultiPolygon<f64>) -> f64 {
    use geo::Centroid as _;
    shape.centroid().map_or(0.0, |at| at.x() - at.y())
}
