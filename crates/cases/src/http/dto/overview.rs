//! Counts for the overview.

use super::Instant;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which days.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OverviewQuestion {
    /// First local day, `2026-11-01`; 29 days before `to` when absent.
    pub from: Option<String>,
    /// Last local day; today when absent.
    pub to: Option<String>,
}

/// The overview.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Overview {
    /// First day.
    pub from: String,
    /// Last day.
    pub to: String,
    /// For which instant it was read.
    pub as_of: Instant,
    /// How it stands now, in the caller's scope.
    pub now: Now,
    /// Totals of the period.
    pub total: Measures,
    /// By day, every day of the period in order; empty for a period of 100 days or more.
    pub by_day: Vec<DayMeasures>,
    /// By month, every month of a period of 100 days or more in order (of the first and the last what lies in the
    /// period); else empty.
    pub by_month: Vec<MonthMeasures>,
    /// By channel.
    pub by_channel: Vec<GroupMeasures>,
    /// By kind.
    pub by_kind: Vec<GroupMeasures>,
    /// By host unit.
    pub by_unit: Vec<GroupMeasures>,
    /// By town.
    pub by_town: Vec<GroupMeasures>,
    /// By top category.
    pub by_category: Vec<GroupMeasures>,
}

/// How it stands now.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub struct Now {
    /// Registered today.
    pub registered_today: i64,
    /// Closed today.
    pub closed_today: i64,
    /// Due today.
    pub due_today: i64,
    /// Open cases.
    pub open: i64,
    /// Open cases whose next step is overdue.
    pub late: i64,
    /// Open cases with a quarter of the clock or less left.
    pub soon: i64,
}

/// The measures of a period or a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Measures {
    /// Matters that came in.
    pub registered: i64,
    /// Matters that ended, in whatever way.
    pub ended: i64,
    /// Matters closed with an answer.
    pub closed: i64,
    /// Matters whose time ended in the period, overdue open ones included; open ones that still have time are not.
    pub due: i64,
    /// Of those, closed on time.
    pub on_time: i64,
    /// `on_time` ÷ `due`; absent when nothing was due.
    pub on_time_rate: Option<f64>,
    /// Answers given.
    pub replied: i64,
    /// Reopened.
    pub reopened: i64,
    /// Yellow cards.
    pub yellow: i64,
    /// Red cards.
    pub red: i64,
    /// Callbacks that reached the person.
    pub callbacks: i64,
    /// Of those, the matter is solved.
    pub resolved: i64,
    /// `resolved` ÷ `callbacks`.
    pub resolved_rate: Option<f64>,
    /// Of those, the person is satisfied (1–3 of 5).
    pub satisfied: i64,
    /// `satisfied` ÷ `callbacks`.
    pub satisfied_rate: Option<f64>,
}

/// One day.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DayMeasures {
    /// The local day, `2026-11-22`.
    pub day: String,
    /// Its measures.
    pub measures: Measures,
}

/// One month.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MonthMeasures {
    /// The month, `2026-11`.
    pub month: String,
    /// Its measures.
    pub measures: Measures,
}

/// One group.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GroupMeasures {
    /// The group's key for the list filter: channel, kind, unit id, town id, category code. Empty: not yet known.
    pub key: String,
    /// Its name in Chinese, where it is not a word of the locale files.
    pub zh: Option<String>,
    /// Its name in English.
    pub en: Option<String>,
    /// Its measures.
    pub measures: Measures,
}
