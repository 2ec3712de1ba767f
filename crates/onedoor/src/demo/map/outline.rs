//! From sets of triangles to polygons.

use super::mesh::{Km, Mesh, OUTSIDE};
use geo::{Coord, LineString, MultiPolygon, Polygon};
use std::collections::{BTreeMap, HashMap};

/// The polygon of every label, in degrees; `project` brings a corner there. Areas that meet share their corners exactly.
pub(super) fn outlines(
    mesh: &Mesh,
    label: &[u32],
    project: impl Fn(Km) -> Coord<f64>,
) -> BTreeMap<u32, MultiPolygon<f64>> {
    let mut borders: BTreeMap<u32, Vec<(u32, u32)>> = BTreeMap::new();
    for (triangle, corners) in mesh.triangles.iter().enumerate() {
        for side in 0..3 {
            let other = mesh.across[triangle][side];
            if other == OUTSIDE || label[other as usize] != label[triangle] {
                borders.entry(label[triangle]).or_default().push((corners[side], corners[(side + 1) % 3]));
            }
        }
    }
    borders.into_iter().map(|(label, edges)| (label, assemble(mesh, &edges, &project))).collect()
}

/// Joins directed edges (the area on their left) to rings and the rings to polygons.
fn assemble(mesh: &Mesh, edges: &[(u32, u32)], project: &impl Fn(Km) -> Coord<f64>) -> MultiPolygon<f64> {
    let mut leaving: HashMap<u32, Vec<u32>> = HashMap::new();
    for (from, to) in edges {
        leaving.entry(*from).or_default().push(*to);
    }
    let (mut outer, mut holes) = (Vec::new(), Vec::new());
    for (from, _) in edges {
        while let Some(ring) = trace(mesh, *from, &mut leaving) {
            let line = LineString(ring.iter().map(|corner| project(mesh.points[*corner as usize])).collect());
            if is_outer(mesh, &ring) { outer.push(line) } else { holes.push(line) }
        }
    }
    let mut polygons: Vec<Polygon<f64>> =
        outer.into_iter().map(|ring| Polygon::new(ring, Vec::new())).collect();
    if let [only] = polygons.as_mut_slice() {
        holes.into_iter().for_each(|hole| only.interiors_push(hole));
    } else {
        for hole in holes {
            use geo::Contains as _;
            if let Some(around) = polygons.iter_mut().find(|p| p.contains(&hole)) {
                around.interiors_push(hole);
            }
        }
    }
    MultiPolygon(polygons)
}

fn trace(mesh: &Mesh, start: u32, leaving: &mut HashMap<u32, Vec<u32>>) -> Option<Vec<u32>> {
    let first = leaving.get_mut(&start)?.pop()?;
    let mut ring = vec![start, first];
    let (mut before, mut here) = (start, first);
    while here != start {
        let choices = leaving.get_mut(&here)?;
        let best = (0..choices.len()).min_by(|a, b| {
            let turn = |choice: &usize| turn(mesh, here, before, choices[*choice]);
            turn(a).total_cmp(&turn(b))
        })?;
        let next = choices.swap_remove(best);
        (before, here) = (here, next);
        ring.push(here);
    }
    Some(ring)
}

/// How far one turns counter-clockwise at `here` from the way to `before` to the way to `next`, from 0 to 4 (not an angle,
/// but in the same order). The smallest turn keeps to the outside, so an area that touches itself in a corner gets
/// rings that touch, never one that crosses itself.
fn turn(mesh: &Mesh, here: u32, before: u32, next: u32) -> f64 {
    let at = |corner: u32| mesh.points[corner as usize];
    let (here, before, next) = (at(here), at(before), at(next));
    let back = [before[0] - here[0], before[1] - here[1]];
    let on = [next[0] - here[0], next[1] - here[1]];
    let along = back[0] * on[0] + back[1] * on[1];
    let left = back[0] * on[1] - back[1] * on[0];
    let share = left / (along.abs() + left.abs()).max(f64::MIN_POSITIVE);
    match (along >= 0.0, left >= 0.0) {
        (true, true) => share,
        (false, _) => 2.0 - share,
        (true, false) => 4.0 + share,
    }
}

fn is_outer(mesh: &Mesh, ring: &[u32]) -> bool {
    let area: f64 = ring
        .windows(2)
        .map(|edge| {
            let (a, b) = (mesh.points[edge[0] as usize], mesh.points[edge[1] as usize]);
            a[0] * b[1] - b[0] * a[1]
        })
        .sum();
    area > 0.0
}
