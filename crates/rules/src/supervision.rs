//! Supervision: when a clock reminds, when a card is given, and when the unit above is brought in. Data, like every threshold.
//! Nobody need be told besides: whoever supervises finds every card in the lists of supervision, and so does the unit above.

use crate::{RuleError, limits::Marks};
use serde::{Deserialize, Serialize};

/// The shipped thresholds as TOML of [`SupervisionFile`].
pub const SHIPPED: &str = include_str!("../data/supervision.toml");

/// The level of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardLevel {
    /// 黄牌: the clock expired.
    Yellow,
    /// 红牌: the overrun was reached.
    Red,
}

impl CardLevel {
    /// `yellow`, `red`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Yellow => "yellow",
            Self::Red => "red",
        }
    }
}

/// What a clock has reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockStage {
    /// The share of the clock at which to remind.
    Reminder,
    /// The end.
    Expiry,
    /// The overrun.
    Overrun,
}

/// What follows when a stage is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consequence {
    /// The card to give; cards are given once per clock and level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<CardLevel>,
    /// Whether the matter is escalated to the unit above (提级).
    #[serde(default)]
    pub escalate: bool,
}

/// The thresholds as stored and edited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SupervisionFile {
    /// Grows with every publication.
    #[serde(default)]
    pub version: i64,
    /// The points of a clock.
    pub marks: Marks,
    /// At the reminder.
    pub reminder: Consequence,
    /// At the end.
    pub expiry: Consequence,
    /// At the overrun.
    pub overrun: Consequence,
}

/// Checked thresholds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupervisionRules {
    file: SupervisionFile,
}

impl SupervisionRules {
    /// Checks the thresholds.
    ///
    /// # Errors
    /// `supervision.invalid` when the reminder is not inside the clock, a reminder would give a card, or the
    /// overrun would give a milder card than the expiry.
    pub fn build(file: SupervisionFile) -> Result<Self, RuleError> {
        let bad = |what: &str| Err(RuleError::BadSupervision(what.to_owned()));
        if !(1..=99).contains(&file.marks.remind_percent) {
            return bad("remind_percent must lie between 1 and 99");
        }
        if file.reminder.card.is_some() {
            return bad("a reminder gives no card");
        }
        if file.overrun.card < file.expiry.card {
            return bad("the overrun gives a milder card than the expiry");
        }
        Ok(Self { file })
    }

    /// What follows at a stage.
    #[must_use]
    pub const fn at(&self, stage: ClockStage) -> Consequence {
        match stage {
            ClockStage::Reminder => self.file.reminder,
            ClockStage::Expiry => self.file.expiry,
            ClockStage::Overrun => self.file.overrun,
        }
    }

    /// The points of a clock.
    #[must_use]
    pub const fn marks(&self) -> &Marks {
        &self.file.marks
    }

    /// The version of the data.
    #[must_use]
    pub const fn version(&self) -> i64 {
        self.file.version
    }
}

impl Default for SupervisionRules {
    /// The same as the shipped file (a test holds that): remind at 75 %, yellow at expiry, red at the overrun with
    /// escalation to the unit above.
    fn default() -> Self {
        let file = SupervisionFile {
            version: 1,
            marks: Marks::default(),
            reminder: Consequence { card: None, escalate: false },
            expiry: Consequence { card: Some(CardLevel::Yellow), escalate: false },
            overrun: Consequence { card: Some(CardLevel::Red), escalate: true },
        };
        Self { file }
    }
}
