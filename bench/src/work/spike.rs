//! `spike`: half of what the server can do, then ten times that for a while, then half again.

use super::{register::Registrar, site::Site};
use crate::load::{Measured, Plan, closed, open};
use std::time::Duration;

/// Goodput is judged over so many seconds at a time.
const WINDOW: u64 = 5;
/// Seconds of calm before; after it is twice as long.
const CALM: f64 = 10.0;

/// What came of it.
#[derive(Debug)]
pub struct Spike {
    /// Registrations a second, closed-loop, 32 clients.
    pub capacity: f64,
    /// The least goodput over [`WINDOW`] seconds of the spike, as a share of the capacity.
    pub goodput: f64,
    /// Of what was not answered well: the share that was refused with a word when to come again.
    pub well_refused: f64,
    /// Seconds after the spike until a second's p99 was normal again and stayed so; more than the run when it never was.
    pub recovered_after: f64,
    /// The whole run.
    pub measured: Measured,
    /// Cases that were acknowledged in the run and while the capacity was found.
    pub acknowledged: Vec<i64>,
}

/// Finds the capacity and runs the spike with so many connections.
///
/// # Errors
/// In words.
pub async fn run(site: &Site, connections: usize, probe: f64, seconds: f64) -> Result<Spike, String> {
    let (found, probes) = closed(Duration::from_secs_f64(probe), Registrar::many(site, 32)?).await;
    let mut acknowledged: Vec<i64> = probes.into_iter().flat_map(|worker| worker.acknowledged).collect();
    let capacity = found.rate();
    let plan = Plan::of(&[(capacity * 0.5, CALM), (capacity * 5.0, seconds), (capacity * 0.5, CALM * 2.0)]);
    let (measured, workers) = open(&plan, Registrar::many(site, connections)?).await;
    acknowledged.extend(workers.into_iter().flat_map(|worker| worker.acknowledged));
    Ok(judge(capacity, measured, acknowledged, seconds))
}

#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
fn judge(capacity: f64, measured: Measured, acknowledged: Vec<i64>, seconds: f64) -> Spike {
    let (begin, end) = (whole(CALM), whole(CALM + seconds));
    let mut goodput = f64::INFINITY;
    for from in (begin..end.saturating_sub(WINDOW - 1)).step_by(1) {
        let arrived: u64 =
            (from..from + WINDOW).filter_map(|at| measured.seconds.get(&at)).map(|s| s.arrived).sum();
        goodput = goodput.min(arrived as f64 / WINDOW as f64 / capacity);
    }
    let other = measured.refused + measured.bad;
    let well_refused = if other == 0 { 1.0 } else { measured.refused as f64 / other as f64 };
    Spike {
        capacity,
        goodput: if goodput.is_finite() { goodput } else { 0.0 },
        well_refused,
        recovered_after: recovery(&measured, begin, end),
        measured,
        acknowledged,
    }
}

/// The first second after the spike from which on no second's p99 is worse than twice the worst of the calm before (or 40 ms).
#[expect(clippy::cast_precision_loss, reason = "seconds of a run")]
fn recovery(measured: &Measured, begin: u64, end: u64) -> f64 {
    let p99 = |at: &u64| measured.seconds.get(at).map(|second| second.quantile(0.99));
    // The first second warms up.
    let normal = (1..begin).filter_map(|at| p99(&at)).fold(20.0, f64::max) * 2.0;
    let last = measured.seconds.keys().next_back().copied().unwrap_or(end);
    let late = (end..=last).rev().find(|at| p99(at).is_some_and(|p99| p99 > normal));
    late.map_or(0.0, |at| (at + 1 - end) as f64)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "seconds of a run")]
fn whole(seconds: f64) -> u64 {
    seconds as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::Verdict;

    /// 100 a second throughout; in the spike half of them are refused; three seconds after it are slow.
    fn run(slow: u64) -> Measured {
        let mut measured = Measured::default();
        for second in 0..40_u64 {
            for n in 0..100_u64 {
                let meant = Duration::from_millis(second * 1_000 + n * 10);
                let spike = (10..20).contains(&second);
                let slow = (20..20 + slow).contains(&second);
                let takes = if slow { 400 } else { 5 };
                let verdict = if spike && n % 2 == 0 { Verdict::Refused } else { Verdict::Good };
                measured.take(meant, meant + Duration::from_millis(takes), verdict);
            }
        }
        measured
    }

    #[test]
    fn goodput_and_recovery_are_read_off_the_seconds() {
        let spike = judge(100.0, run(3), vec![], 10.0);
        assert!((spike.goodput - 0.5).abs() < 0.02, "{}", spike.goodput);
        assert!((spike.recovered_after - 3.0).abs() < 1e-9, "{}", spike.recovered_after);
        assert!((spike.well_refused - 1.0).abs() < 1e-9);
        assert!(judge(100.0, run(0), vec![], 10.0).recovered_after < 1e-9);
    }
}
