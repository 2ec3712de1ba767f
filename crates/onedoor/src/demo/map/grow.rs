//! Areas grow from seeds over the mesh, over hills that slow them down, until each has about the size it should have.

use super::mesh::{Km, Mesh, OUTSIDE, distance};
use std::{cmp::Reverse, collections::BinaryHeap};

/// No area yet.
pub(super) const NOBODY: u32 = u32::MAX;

/// What is to be divided: the triangles with `domain[t] == part`, of the hilliness `hills[t]` (1 = flat).
pub(super) struct Land<'m> {
    /// The mesh.
    pub(super) mesh: &'m Mesh,
    /// How slow each triangle is to cross.
    pub(super) hills: &'m [f64],
    /// Which triangles belong to the land.
    pub(super) triangles: Vec<u32>,
}

/// An area to be: where it begins and how big it should become, km².
#[derive(Clone, Copy, Debug)]
pub(super) struct Seed {
    /// Where it begins.
    pub(super) at: Km,
    /// Its share; shares are brought to the size of the land.
    pub(super) weight: f64,
}

#[derive(PartialEq)]
struct Front {
    cost: f64,
    triangle: u32,
    owner: u32,
}

impl Eq for Front {}

impl Ord for Front {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.cost
            .total_cmp(&other.cost)
            .then(self.triangle.cmp(&other.triangle))
            .then(self.owner.cmp(&other.owner))
    }
}

impl PartialOrd for Front {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Land<'_> {
    /// Divides the land among `seeds` and writes each triangle's owner (an index into `seeds`) into `owners`.
    /// Every area is connected. With `wander` the seeds move to the middles of their areas first, which makes them rounder.
    pub(super) fn divide(&self, seeds: &[Seed], wander: u32, rounds: u32, owners: &mut [u32]) {
        let total: f64 = self.triangles.iter().map(|t| self.mesh.area(*t as usize)).sum();
        let weights: f64 = seeds.iter().map(|seed| seed.weight).sum();
        let targets: Vec<f64> = seeds.iter().map(|seed| total * seed.weight / weights).collect();
        let mut starts = self.nearest_starts(seeds.iter().map(|seed| seed.at));
        let mut delays = vec![0.0; seeds.len()];
        for round in 0..wander + rounds {
            self.grow(&starts, &delays, owners);
            let sizes = self.sizes(seeds.len(), owners);
            for (index, delay) in delays.iter_mut().enumerate() {
                let reach = (targets[index] / std::f64::consts::PI).sqrt();
                *delay += 0.6 * reach * ((sizes[index] / targets[index]).sqrt() - 1.0);
            }
            let least = delays.iter().copied().fold(f64::MAX, f64::min);
            delays.iter_mut().for_each(|delay| *delay -= least);
            if round < wander {
                starts = self.nearest_starts(self.middles(seeds.len(), owners).into_iter());
            }
        }
        self.grow(&starts, &delays, owners);
    }

    /// Spreads `count` seeds: each new one far from the others.
    pub(super) fn spread(&self, count: usize, first: usize) -> Vec<Km> {
        let middles: Vec<Km> = self.triangles.iter().map(|t| self.mesh.middle(*t as usize)).collect();
        let mut chosen = vec![middles[first % middles.len()]];
        let mut gaps = vec![f64::MAX; middles.len()];
        while chosen.len() < count {
            let last = chosen[chosen.len() - 1];
            let mut best = 0;
            for (index, at) in middles.iter().enumerate() {
                gaps[index] = gaps[index].min(distance(*at, last));
                if gaps[index] > gaps[best] {
                    best = index;
                }
            }
            chosen.push(middles[best]);
        }
        chosen
    }

    fn nearest_starts(&self, at: impl Iterator<Item = Km>) -> Vec<u32> {
        let mut taken = std::collections::BTreeSet::new();
        at.map(|at| {
            let free = self.triangles.iter().filter(|t| !taken.contains(*t));
            let nearest = free.min_by(|a, b| {
                let far = |t: &u32| distance(self.mesh.middle(*t as usize), at);
                far(a).total_cmp(&far(b)).then(a.cmp(b))
            });
            let start = nearest.copied().unwrap_or(OUTSIDE);
            taken.insert(start);
            start
        })
        .collect()
    }

    fn grow(&self, starts: &[u32], delays: &[f64], owners: &mut [u32]) {
        const OPEN: u32 = NOBODY - 1;
        for triangle in &self.triangles {
            owners[*triangle as usize] = OPEN;
        }
        let mut reserved = std::collections::HashMap::new();
        let mut fronts = BinaryHeap::new();
        for (owner, (triangle, cost)) in (0_u32..).zip(starts.iter().zip(delays)) {
            reserved.insert(*triangle, owner);
            fronts.push(Reverse(Front { cost: *cost, triangle: *triangle, owner }));
        }
        while let Some(Reverse(front)) = fronts.pop() {
            let here = front.triangle as usize;
            let held = reserved.get(&front.triangle).is_some_and(|owner| *owner != front.owner);
            if owners[here] != OPEN || held {
                continue;
            }
            owners[here] = front.owner;
            for next in self.mesh.across[here] {
                if next == OUTSIDE || owners[next as usize] != OPEN {
                    continue;
                }
                let step = distance(self.mesh.middle(here), self.mesh.middle(next as usize));
                let cost = front.cost + step * (self.hills[here] + self.hills[next as usize]) / 2.0;
                fronts.push(Reverse(Front { cost, triangle: next, owner: front.owner }));
            }
        }
    }

    fn sizes(&self, count: usize, owners: &[u32]) -> Vec<f64> {
        let mut sizes = vec![0.0; count];
        for triangle in &self.triangles {
            if let Some(size) = sizes.get_mut(owners[*triangle as usize] as usize) {
                *size += self.mesh.area(*triangle as usize);
            }
        }
        sizes
    }

    fn middles(&self, count: usize, owners: &[u32]) -> Vec<Km> {
        let mut sums = vec![[0.0; 3]; count];
        for triangle in &self.triangles {
            if let Some(sum) = sums.get_mut(owners[*triangle as usize] as usize) {
                let (at, size) = (self.mesh.middle(*triangle as usize), self.mesh.area(*triangle as usize));
                *sum = [sum[0] + at[0] * size, sum[1] + at[1] * size, sum[2] + size];
            }
        }
        sums.into_iter().map(|[x, y, size]| [x / size, y / size]).collect()
    }
}
