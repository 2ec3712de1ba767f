//! What became of requests: latencies in histograms, counts by second.

use hdrhistogram::Histogram;
use std::{collections::BTreeMap, time::Duration};

/// What came of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Answered, and the answer is what it must be.
    Good,
    /// Refused early by an overloaded server that says when to come again (503 with Retry-After).
    Refused,
    /// Anything else: an error, a wrong body, a refusal that does not say when to come again.
    Bad(String),
}

/// One second of a run, counted from its start.
#[derive(Clone, Debug)]
pub struct Second {
    /// Requests meant for this second that were answered well.
    pub good: u64,
    /// Refused ones.
    pub refused: u64,
    /// Bad ones.
    pub bad: u64,
    /// Good answers that arrived in this second, whenever they were asked for.
    pub arrived: u64,
    latencies: Histogram<u32>,
}

impl Default for Second {
    fn default() -> Second {
        Second { good: 0, refused: 0, bad: 0, arrived: 0, latencies: histogram() }
    }
}

impl Second {
    /// A quantile of the good answers' latencies in milliseconds.
    #[must_use]
    pub fn quantile(&self, q: f64) -> f64 {
        to_ms(self.latencies.value_at_quantile(q))
    }
}

/// A measurement under way. Every worker has its own; they are merged at the end.
#[derive(Clone, Debug)]
pub struct Measured {
    latencies: Histogram<u64>,
    /// By second since the start.
    pub seconds: BTreeMap<u64, Second>,
    /// Good answers.
    pub good: u64,
    /// Early refusals.
    pub refused: u64,
    /// Bad ones.
    pub bad: u64,
    /// What was bad, and how often.
    pub faults: BTreeMap<String, u64>,
    /// How long it took altogether.
    pub took: Duration,
}

impl Default for Measured {
    fn default() -> Measured {
        Measured {
            latencies: histogram(),
            seconds: BTreeMap::new(),
            good: 0,
            refused: 0,
            bad: 0,
            faults: BTreeMap::new(),
            took: Duration::ZERO,
        }
    }
}

/// Microseconds up to ten minutes; the error of a value is below a thousandth.
fn histogram<T: hdrhistogram::Counter>() -> Histogram<T> {
    Histogram::new_with_bounds(1, 600_000_000, 3).expect("these bounds are allowed")
}

impl Measured {
    /// Takes a request in: when it was meant to be sent and when its answer was complete, both since the start.
    pub fn take(&mut self, meant: Duration, done: Duration, verdict: Verdict) {
        let latency = micros(done.saturating_sub(meant));
        let second = self.seconds.entry(meant.as_secs()).or_default();
        match verdict {
            Verdict::Good => {
                second.good += 1;
                second.latencies.saturating_record(latency);
                self.seconds.entry(done.as_secs()).or_default().arrived += 1;
                self.latencies.saturating_record(latency);
                self.good += 1;
            }
            Verdict::Refused => {
                second.refused += 1;
                self.refused += 1;
            }
            Verdict::Bad(why) => {
                second.bad += 1;
                self.bad += 1;
                *self.faults.entry(why).or_default() += 1;
            }
        }
        self.took = self.took.max(done);
    }

    /// Adds another worker's measurement of the same run.
    pub fn merge(&mut self, other: &Measured) {
        self.latencies.add(&other.latencies).expect("both have the same bounds");
        for (at, theirs) in &other.seconds {
            let ours = self.seconds.entry(*at).or_default();
            ours.good += theirs.good;
            ours.refused += theirs.refused;
            ours.bad += theirs.bad;
            ours.arrived += theirs.arrived;
            ours.latencies.add(&theirs.latencies).expect("both have the same bounds");
        }
        for (why, times) in &other.faults {
            *self.faults.entry(why.clone()).or_default() += times;
        }
        self.good += other.good;
        self.refused += other.refused;
        self.bad += other.bad;
        self.took = self.took.max(other.took);
    }

    /// A quantile of the good answers' latencies in milliseconds.
    #[must_use]
    pub fn quantile(&self, q: f64) -> f64 {
        to_ms(self.latencies.value_at_quantile(q))
    }

    /// Good answers a second.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
    pub fn rate(&self) -> f64 {
        if self.took.is_zero() { 0.0 } else { self.good as f64 / self.took.as_secs_f64() }
    }

    /// `12,345 good, 3 refused, 0 bad`, with the commonest fault.
    #[must_use]
    pub fn counts(&self) -> String {
        let worst = self.faults.iter().max_by_key(|(_, times)| **times);
        let why = worst.map(|(why, times)| format!(" ({times} × {why})")).unwrap_or_default();
        format!("{} good, {} refused, {} bad{why}", self.good, self.refused, self.bad)
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX).max(1)
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of ten minutes fit")]
fn to_ms(micros: u64) -> f64 {
    micros as f64 / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    #[test]
    fn merging_gives_what_one_recorder_would_have_seen() {
        let (mut whole, mut parts) = (Measured::default(), [Measured::default(), Measured::default()]);
        for n in 0..2_000_u64 {
            let (meant, done) = (ms(n), ms(n + 1 + n % 97));
            let verdict = match n % 50 {
                7 => Verdict::Refused,
                9 => Verdict::Bad("500".into()),
                _ => Verdict::Good,
            };
            whole.take(meant, done, verdict.clone());
            parts[usize::from(n % 3 == 0)].take(meant, done, verdict);
        }
        let mut merged = Measured::default();
        parts.iter().for_each(|part| merged.merge(part));
        assert_eq!((merged.good, merged.refused, merged.bad), (whole.good, whole.refused, whole.bad));
        assert_eq!(merged.faults, whole.faults);
        assert_eq!(merged.took, whole.took);
        for q in [0.5, 0.9, 0.99, 0.999, 1.0] {
            assert!((merged.quantile(q) - whole.quantile(q)).abs() < f64::EPSILON);
        }
        for (second, counts) in &whole.seconds {
            assert_eq!(merged.seconds[second].good, counts.good);
            assert_eq!(merged.seconds[second].arrived, counts.arrived);
            assert!((merged.seconds[second].quantile(0.99) - counts.quantile(0.99)).abs() < f64::EPSILON);
        }
    }

    #[test]
    fn quantiles_are_exact_to_a_thousandth() {
        let mut measured = Measured::default();
        for n in 1..=1_000 {
            measured.take(Duration::ZERO, ms(n), Verdict::Good);
        }
        assert!((measured.quantile(0.5) - 500.0).abs() <= 0.5);
        assert!((measured.quantile(0.99) - 990.0).abs() <= 1.0);
    }

    #[test]
    fn refusals_do_not_make_the_latency_look_better() {
        let mut measured = Measured::default();
        measured.take(Duration::ZERO, ms(100), Verdict::Good);
        for _ in 0..99 {
            measured.take(Duration::ZERO, ms(1), Verdict::Refused);
        }
        assert!(measured.quantile(0.5) > 99.0);
    }
}
