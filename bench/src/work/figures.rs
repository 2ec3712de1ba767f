//! What a workload tells: figures with their limits and goals.

use crate::load::Measured;

/// What a figure must reach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    /// At least so much.
    AtLeast(f64),
    /// At most so much.
    AtMost(f64),
}

impl Goal {
    /// Whether a value reaches it.
    #[must_use]
    pub fn met(self, value: f64) -> bool {
        match self {
            Goal::AtLeast(least) => value >= least,
            Goal::AtMost(most) => value <= most,
        }
    }

    /// `≥ 3000`.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Goal::AtLeast(least) => format!("≥ {least}"),
            Goal::AtMost(most) => format!("≤ {most}"),
        }
    }
}

/// A measured figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Engine, size and what it is, `sqlite.10000.register.rate`.
    pub name: String,
    /// The value.
    pub value: f64,
    /// Its unit.
    pub unit: &'static str,
    /// What limits it, measured in the same run: name and value.
    pub limit: Option<(String, f64)>,
    /// What it must reach.
    pub goal: Option<Goal>,
    /// Conditions and counts, for people.
    pub note: String,
    /// False when answers were wrong or none came: the value then says nothing, and no goal is met.
    pub sound: bool,
}

impl Figure {
    /// A figure without limit and goal.
    #[must_use]
    pub fn new(name: impl Into<String>, value: f64, unit: &'static str) -> Figure {
        Figure { name: name.into(), value, unit, limit: None, goal: None, note: String::new(), sound: true }
    }

    /// With a goal.
    #[must_use]
    pub fn goal(self, goal: Goal) -> Figure {
        Figure { goal: Some(goal), ..self }
    }

    /// With a goal where there is one for this size.
    #[must_use]
    pub fn maybe_goal(self, goal: Option<Goal>) -> Figure {
        Figure { goal, ..self }
    }

    /// With a limit.
    #[must_use]
    pub fn limit(self, name: &str, value: f64) -> Figure {
        Figure { limit: Some((name.to_owned(), value)), ..self }
    }

    /// With conditions and counts.
    #[must_use]
    pub fn note(self, note: impl Into<String>) -> Figure {
        Figure { note: note.into(), ..self }
    }

    /// Taken from a run: no goal is met by wrong answers.
    #[must_use]
    pub fn of(self, run: &Measured) -> Figure {
        Figure { sound: self.sound && run.bad == 0 && run.good > 0, ..self }
    }

    /// Whether it reaches its goal; `None` without one.
    #[must_use]
    pub fn met(&self) -> Option<bool> {
        self.goal.map(|goal| self.sound && goal.met(self.value))
    }

    /// Value ÷ limit.
    #[must_use]
    pub fn ratio(&self) -> Option<f64> {
        self.limit.as_ref().filter(|(_, limit)| *limit > 0.0).map(|(_, limit)| self.value / limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goals_are_met_at_their_edge() {
        assert!(Goal::AtLeast(3.0).met(3.0) && !Goal::AtLeast(3.0).met(2.9));
        assert!(Goal::AtMost(3.0).met(3.0) && !Goal::AtMost(3.0).met(3.1));
        let figure = Figure::new("a", 50.0, "1/s").limit("raw", 100.0).goal(Goal::AtLeast(60.0));
        assert_eq!((figure.met(), figure.ratio()), (Some(false), Some(0.5)));
    }

    #[test]
    fn wrong_answers_meet_no_goal() {
        let figure = || Figure::new("a", 1.0, "ms").goal(Goal::AtMost(3.0));
        let mut run = Measured::default();
        assert_eq!(figure().of(&run).met(), Some(false), "nothing was answered");
        run.good = 10;
        assert_eq!(figure().of(&run).met(), Some(true));
        run.bad = 1;
        assert_eq!(figure().of(&run).met(), Some(false));
    }
}
