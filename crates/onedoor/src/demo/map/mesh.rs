//! A triangle mesh that fills an outline exactly. Areas are sets of triangles, so areas of one level never overlap and
//! leave no gap, and borders of all levels run along the same edges.

use crate::demo::dice::Dice;
use spade::{ConstrainedDelaunayTriangulation, Point2, Triangulation};
use std::collections::HashMap;

/// No triangle: the outside.
pub(super) const OUTSIDE: u32 = u32::MAX;

/// A point in kilometres east and north of the middle of the county.
pub(super) type Km = [f64; 2];

/// The mesh. Triangles run counter-clockwise.
pub(super) struct Mesh {
    /// Corners.
    pub(super) points: Vec<Km>,
    /// Which corners must stay where they are: those of the outline.
    pub(super) fixed: Vec<bool>,
    /// The corners of each triangle.
    pub(super) triangles: Vec<[u32; 3]>,
    /// Of each triangle: the triangle across the edge from corner i to corner i + 1.
    pub(super) across: Vec<[u32; 3]>,
}

/// Where the mesh is finer: a town needs smaller grids than a mountain.
pub(super) struct Fine {
    /// The middle.
    pub(super) centre: Km,
    /// How far it reaches, km.
    pub(super) radius: f64,
    /// The distance of corners there, km.
    pub(super) spacing: f64,
}

impl Mesh {
    /// Fills `outline` (a ring, not closed) with triangles of about `spacing` km.
    pub(super) fn fill(outline: &[Km], spacing: f64, fine: &Fine, dice: &mut Dice) -> Mesh {
        let border = densify(outline, spacing);
        let mut points = border.clone();
        scatter(outline, spacing, dice, |at| distance(at, fine.centre) > fine.radius, &mut points);
        scatter(outline, fine.spacing, dice, |at| distance(at, fine.centre) <= fine.radius, &mut points);
        let vertices = points.iter().map(|p| Point2::new(p[0], p[1])).collect();
        let edges = (0..border.len()).map(|i| [i, (i + 1) % border.len()]).collect();
        let net = ConstrainedDelaunayTriangulation::<Point2<f64>>::bulk_load_cdt(vertices, edges)
            .expect("the points are finite and the outline does not cross itself");
        let points: Vec<Km> = net.vertices().map(|v| [v.position().x, v.position().y]).collect();
        let triangles: Vec<[u32; 3]> = net
            .inner_faces()
            .map(|face| face.vertices().map(|v| u32::try_from(v.index()).unwrap_or(u32::MAX)))
            .filter(|corners| inside(outline, middle(&points, corners)))
            .collect();
        let mut fixed = vec![false; points.len()];
        fixed[..border.len()].fill(true);
        let across = neighbours(&triangles);
        Mesh { points, fixed, triangles, across }
    }

    /// How many triangles.
    pub(super) fn len(&self) -> usize {
        self.triangles.len()
    }

    /// The middle of a triangle.
    pub(super) fn middle(&self, triangle: usize) -> Km {
        middle(&self.points, &self.triangles[triangle])
    }

    /// The size of a triangle, km².
    pub(super) fn area(&self, triangle: usize) -> f64 {
        let [a, b, c] = self.triangles[triangle].map(|corner| self.points[corner as usize]);
        cross(a, b, c) / 2.0
    }

    /// Rounds the borders between different labels: each border corner moves halfway to the middle of its
    /// neighbours along the borders, unless a triangle would turn over. No two borders can come to cross.
    pub(super) fn smooth(&mut self, label: &[u32], rounds: u32) {
        let around = self.triangles_around();
        let mut on_border: Vec<Vec<u32>> = vec![Vec::new(); self.points.len()];
        for (triangle, corners) in self.triangles.iter().enumerate() {
            for side in 0..3 {
                let other = self.across[triangle][side];
                if other != OUTSIDE && label[other as usize] != label[triangle] {
                    on_border[corners[side] as usize].push(corners[(side + 1) % 3]);
                }
            }
        }
        for _ in 0..rounds {
            for corner in 0..self.points.len() {
                if !self.fixed[corner] && on_border[corner].len() > 1 {
                    self.relax(corner, &on_border[corner], &around[corner]);
                }
            }
        }
    }

    fn relax(&mut self, corner: usize, towards: &[u32], around: &[u32]) {
        let before = self.points[corner];
        #[expect(clippy::cast_precision_loss, reason = "a handful")]
        let share = 0.5 / towards.len() as f64;
        let mut moved = [before[0] * 0.5, before[1] * 0.5];
        for other in towards {
            let at = self.points[*other as usize];
            moved = [moved[0] + at[0] * share, moved[1] + at[1] * share];
        }
        let sizes: Vec<f64> = around.iter().map(|t| self.area(*t as usize)).collect();
        self.points[corner] = moved;
        let flipped = around.iter().zip(sizes).any(|(t, size)| self.area(*t as usize) < size * 0.2);
        if flipped {
            self.points[corner] = before;
        }
    }

    fn triangles_around(&self) -> Vec<Vec<u32>> {
        let mut around = vec![Vec::new(); self.points.len()];
        for (triangle, corners) in (0_u32..).zip(&self.triangles) {
            for corner in corners {
                around[*corner as usize].push(triangle);
            }
        }
        around
    }
}

/// The distance of two points, km.
pub(super) fn distance(a: Km, b: Km) -> f64 {
    ((a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2)).sqrt()
}

/// Twice the area of a, b, c; positive when they run counter-clockwise.
pub(super) fn cross(a: Km, b: Km, c: Km) -> f64 {
    (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
}

/// Whether a point lies in a ring.
pub(super) fn inside(ring: &[Km], at: Km) -> bool {
    let mut odd = false;
    for (index, a) in ring.iter().enumerate() {
        let b = &ring[(index + 1) % ring.len()];
        if (a[1] > at[1]) != (b[1] > at[1]) {
            let x = a[0] + (at[1] - a[1]) / (b[1] - a[1]) * (b[0] - a[0]);
            odd ^= at[0] < x;
        }
    }
    odd
}

fn middle(points: &[Km], corners: &[u32; 3]) -> Km {
    let [a, b, c] = corners.map(|corner| points[corner as usize]);
    [(a[0] + b[0] + c[0]) / 3.0, (a[1] + b[1] + c[1]) / 3.0]
}

/// Splits the sides of a ring into pieces not much longer than `spacing`; the corners stay.
fn densify(ring: &[Km], spacing: f64) -> Vec<Km> {
    let mut points = Vec::new();
    for (index, a) in ring.iter().enumerate() {
        let b = ring[(index + 1) % ring.len()];
        let pieces = (distance(*a, b) / spacing).round().max(1.0);
        let mut step = 0.0;
        while step < pieces {
            let t = step / pieces;
            points.push([a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t]);
            step += 1.0;
        }
    }
    points
}

/// Puts points on a shaken lattice, not too near the outline.
fn scatter(outline: &[Km], spacing: f64, dice: &mut Dice, wanted: impl Fn(Km) -> bool, points: &mut Vec<Km>) {
    let low = outline.iter().fold([f64::MAX; 2], |low, p| [low[0].min(p[0]), low[1].min(p[1])]);
    let high = outline.iter().fold([f64::MIN; 2], |high, p| [high[0].max(p[0]), high[1].max(p[1])]);
    let row_height = spacing * 0.866;
    let mut shifted = false;
    let mut y = low[1];
    while y < high[1] {
        let mut x = low[0] + if shifted { spacing / 2.0 } else { 0.0 };
        while x < high[0] {
            let shake = |dice: &mut Dice| dice.between(-0.33, 0.33) * spacing;
            let at = [x + shake(dice), y + shake(dice)];
            if wanted(at) && inside(outline, at) && clear_of(outline, at, spacing * 0.45) {
                points.push(at);
            }
            x += spacing;
        }
        y += row_height;
        shifted = !shifted;
    }
}

fn clear_of(ring: &[Km], at: Km, least: f64) -> bool {
    (0..ring.len()).all(|index| {
        let (a, b) = (ring[index], ring[(index + 1) % ring.len()]);
        let along = [b[0] - a[0], b[1] - a[1]];
        let length = along[0] * along[0] + along[1] * along[1];
        let t = ((at[0] - a[0]) * along[0] + (at[1] - a[1]) * along[1]) / length.max(f64::MIN_POSITIVE);
        let t = t.clamp(0.0, 1.0);
        distance(at, [a[0] + along[0] * t, a[1] + along[1] * t]) >= least
    })
}

fn neighbours(triangles: &[[u32; 3]]) -> Vec<[u32; 3]> {
    let mut side_of = HashMap::new();
    for (triangle, corners) in (0_u32..).zip(triangles) {
        for side in 0..3 {
            side_of.insert((corners[side], corners[(side + 1) % 3]), triangle);
        }
    }
    let find = |from: u32, to: u32| side_of.get(&(to, from)).copied().unwrap_or(OUTSIDE);
    triangles.iter().map(|&[a, b, c]| [find(a, b), find(b, c), find(c, a)]).collect()
}
