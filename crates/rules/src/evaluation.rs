//! Rates as the centre reports them. What is still open and late counts: nobody looks better by not closing.

use jiff::Timestamp;
use serde::Serialize;

/// One case or order, as far as a rate needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measured {
    /// When it was due; `None`: no limit.
    pub due_at: Option<Timestamp>,
    /// When it was closed; `None`: still open.
    pub closed_at: Option<Timestamp>,
}

/// A part of a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Rate {
    /// How many count.
    pub part: u64,
    /// Of how many.
    pub whole: u64,
}

impl Rate {
    /// The share in tenths of a percent, rounded; `None` of nothing.
    #[must_use]
    pub fn permille(self) -> Option<u64> {
        (self.whole > 0).then(|| (self.part * 1000 + self.whole / 2) / self.whole)
    }
}

/// 按期结案率: closed on time ÷ due in the period `from <= due < to`. Open ones that are due count in the whole.
#[must_use]
pub fn on_time<'a>(measured: impl IntoIterator<Item = &'a Measured>, from: Timestamp, to: Timestamp) -> Rate {
    let mut rate = Rate::default();
    for one in measured {
        let Some(due) = one.due_at.filter(|due| (from..to).contains(due)) else { continue };
        rate.whole += 1;
        if one.closed_at.is_some_and(|closed| closed <= due) {
            rate.part += 1;
        }
    }
    rate
}

/// What a person said when called back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// Whether it is solved; `None`: could not be reached, or did not say.
    pub resolved: Option<bool>,
    /// 1 非常满意 … 5 非常不满意 (GB/T 39046); `None`: did not say.
    pub satisfaction: Option<i64>,
}

/// 解决率: "solved" ÷ callbacks with an answer.
#[must_use]
pub fn resolution<'a>(answers: impl IntoIterator<Item = &'a Answer>) -> Rate {
    share(answers.into_iter().filter_map(|answer| answer.resolved))
}

/// 满意率: 1-3 ÷ callbacks with a rating (4 and 5 ask for rework).
#[must_use]
pub fn satisfaction<'a>(answers: impl IntoIterator<Item = &'a Answer>) -> Rate {
    let rated = answers.into_iter().filter_map(|answer| answer.satisfaction);
    share(rated.filter(|score| (1..=5).contains(score)).map(is_satisfied))
}

/// Whether a rating counts as satisfied: 1 to 3 on the scale of GB/T 39046.
#[must_use]
pub const fn is_satisfied(satisfaction: i64) -> bool {
    matches!(satisfaction, 1..=3)
}

fn share(flags: impl Iterator<Item = bool>) -> Rate {
    flags.fold(Rate::default(), |rate, yes| Rate { part: rate.part + u64::from(yes), whole: rate.whole + 1 })
}
