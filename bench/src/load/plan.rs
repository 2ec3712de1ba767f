//! When requests are meant to be sent: phases of a fixed rate each.

use std::time::Duration;

/// A while at one rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Phase {
    /// Requests a second.
    pub rate: f64,
    /// For so many seconds.
    pub seconds: f64,
}

/// Phases one after the other. Request 0 is meant for the very start.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan(Vec<Phase>);

impl Plan {
    /// One rate throughout.
    #[must_use]
    pub fn steady(rate: f64, seconds: f64) -> Plan {
        Plan(vec![Phase { rate, seconds }])
    }

    /// Several rates in turn.
    #[must_use]
    pub fn of(phases: &[(f64, f64)]) -> Plan {
        Plan(phases.iter().map(|(rate, seconds)| Phase { rate: *rate, seconds: *seconds }).collect())
    }

    /// When a request is meant to be sent, counted from the start; `None` after the last phase.
    #[must_use]
    pub fn at(&self, index: u64) -> Option<Duration> {
        #[expect(clippy::cast_precision_loss, reason = "far fewer requests than 2^52")]
        let mut left = index as f64;
        let mut begun = 0.0;
        for phase in &self.0 {
            let count = phase.rate * phase.seconds;
            if left < count {
                return Some(Duration::from_secs_f64(begun + left / phase.rate));
            }
            left -= count;
            begun += phase.seconds;
        }
        None
    }

    /// How long it takes.
    #[must_use]
    pub fn length(&self) -> Duration {
        Duration::from_secs_f64(self.0.iter().map(|phase| phase.seconds).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_plan_spaces_evenly_and_ends() {
        let plan = Plan::steady(100.0, 2.0);
        assert_eq!(plan.at(0), Some(Duration::ZERO));
        assert_eq!(plan.at(50), Some(Duration::from_millis(500)));
        assert!(plan.at(199).is_some());
        assert_eq!(plan.at(200), None);
        assert_eq!(plan.length(), Duration::from_secs(2));
    }

    #[test]
    fn phases_follow_one_another_without_a_gap() {
        let plan = Plan::of(&[(10.0, 1.0), (100.0, 1.0), (10.0, 1.0)]);
        assert_eq!(plan.at(10), Some(Duration::from_secs(1)));
        assert_eq!(plan.at(60), Some(Duration::from_millis(1_500)));
        assert_eq!(plan.at(110), Some(Duration::from_secs(2)));
        assert_eq!(plan.at(120), None);
        let all: Vec<Duration> = (0..120).map_while(|index| plan.at(index)).collect();
        assert!(all.is_sorted());
    }
}
