//! Time limits: how long something may take, in the unit that its rule names, and the instants that follow.

use crate::{RuleError, calendar::WorkCalendar};
use jiff::{SignedDuration, Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

const HOUR_MS: i64 = 3_600_000;

/// The unit of a limit. "日" and "工作日" differ by statute and are never mixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LimitUnit {
    /// `wd` 工作日.
    WorkingDays,
    /// `wh` hours of working time.
    WorkingHours,
    /// `cd` 日: days of the calendar; a rest day at the end gives way to the next working day.
    CalendarDays,
    /// `h` hours on the wall clock, day and night (emergency tiers).
    Hours,
}

impl LimitUnit {
    /// `wd`, `wh`, `cd`, `h`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WorkingDays => "wd",
            Self::WorkingHours => "wh",
            Self::CalendarDays => "cd",
            Self::Hours => "h",
        }
    }
}

/// A time limit: `5wd`, `12wh`, `15cd`, `2h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Limit {
    n: u32,
    unit: LimitUnit,
}

impl Limit {
    /// A limit of `n` units.
    ///
    /// # Errors
    /// `limit.invalid` when `n` is 0 or more than 99 999.
    pub fn new(n: u32, unit: LimitUnit) -> Result<Self, RuleError> {
        if (1..=99_999).contains(&n) {
            Ok(Self { n, unit })
        } else {
            Err(RuleError::BadLimit(format!("{n}{}", unit.as_str())))
        }
    }

    /// Parses `5wd`, `12wh`, `15cd`, `2h`.
    ///
    /// # Errors
    /// `limit.invalid`.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        let bad = || RuleError::BadLimit(text.to_owned());
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let unit = match unit {
            "wd" => LimitUnit::WorkingDays,
            "wh" => LimitUnit::WorkingHours,
            "cd" => LimitUnit::CalendarDays,
            "h" => LimitUnit::Hours,
            _ => return Err(bad()),
        };
        if number.starts_with('0') {
            return Err(bad());
        }
        Self::new(number.parse().map_err(|_| bad())?, unit).map_err(|_| bad())
    }

    /// How many.
    #[must_use]
    pub const fn n(self) -> u32 {
        self.n
    }

    /// Of what.
    #[must_use]
    pub const fn unit(self) -> LimitUnit {
        self.unit
    }

    /// Its length when every hour counts.
    fn wall_ms(self) -> i64 {
        let hours = match self.unit {
            LimitUnit::WorkingDays | LimitUnit::CalendarDays => 24,
            LimitUnit::WorkingHours | LimitUnit::Hours => 1,
        };
        i64::from(self.n) * hours * HOUR_MS
    }

    /// Whether rest days and nights do not count.
    #[must_use]
    pub const fn is_working_time(self) -> bool {
        matches!(self.unit, LimitUnit::WorkingDays | LimitUnit::WorkingHours)
    }
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.n, self.unit.as_str())
    }
}

impl std::str::FromStr for Limit {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Limit {
    type Error = RuleError;

    fn try_from(text: String) -> Result<Self, RuleError> {
        Self::parse(&text)
    }
}

impl From<Limit> for String {
    fn from(limit: Limit) -> Self {
        limit.to_string()
    }
}

/// When a period ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The end in law: rolled over to the next working day where it falls on a rest day.
    pub statutory_due: Timestamp,
    /// The house's own target: the last working day that is not after the unrolled end. Earlier than
    /// `statutory_due` only for limits in calendar days that end on a rest day (信访工作条例 has no roll-over rule).
    pub internal_target: Timestamp,
}

/// When a limit that starts at `from` ends. The start day is not counted for days; hours count from the instant.
///
/// # Errors
/// `calendar.year_not_loaded`.
pub fn due(limit: Limit, from: Timestamp, calendar: &WorkCalendar) -> Result<Due, RuleError> {
    let end = due_at(limit, from, calendar)?;
    let internal_target = match limit.unit {
        LimitUnit::CalendarDays => {
            let target = calendar.end_of_business(calendar.calendar_target(calendar.date(from), limit.n)?);
            if target > from { target } else { end }
        }
        LimitUnit::WorkingDays | LimitUnit::WorkingHours | LimitUnit::Hours => end,
    };
    Ok(Due { statutory_due: end, internal_target })
}

fn due_at(limit: Limit, from: Timestamp, calendar: &WorkCalendar) -> Result<Timestamp, RuleError> {
    let start = calendar.date(from);
    match limit.unit {
        LimitUnit::WorkingDays => Ok(calendar.end_of_business(calendar.add_working_days(start, limit.n)?)),
        LimitUnit::CalendarDays => Ok(calendar.end_of_business(calendar.add_calendar_days(start, limit.n)?)),
        LimitUnit::WorkingHours => calendar.add_working_ms(from, i64::from(limit.n) * HOUR_MS),
        LimitUnit::Hours => Ok(later(from, i64::from(limit.n) * HOUR_MS)),
    }
}

/// At which points of a clock something happens; data of [`crate::supervision`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    /// The reminder comes when this share of the clock has run (75).
    pub remind_percent: u8,
    /// Overrun until the red card, for a clock in working days.
    pub red_after_working_days: Limit,
    /// The same for a clock in working hours.
    pub red_after_working_hours: Limit,
    /// The same for a clock in calendar days.
    pub red_after_calendar_days: Limit,
    /// The same for a clock in hours.
    pub red_after_hours: Limit,
}

impl Marks {
    const fn overrun(&self, unit: LimitUnit) -> Limit {
        match unit {
            LimitUnit::WorkingDays => self.red_after_working_days,
            LimitUnit::WorkingHours => self.red_after_working_hours,
            LimitUnit::CalendarDays => self.red_after_calendar_days,
            LimitUnit::Hours => self.red_after_hours,
        }
    }
}

impl Default for Marks {
    /// 75 %; red after 2 working days, 4 working hours, 2 working days, 1 hour.
    fn default() -> Self {
        let limit = |n, unit| Limit { n, unit };
        Self {
            remind_percent: 75,
            red_after_working_days: limit(2, LimitUnit::WorkingDays),
            red_after_working_hours: limit(4, LimitUnit::WorkingHours),
            red_after_calendar_days: limit(2, LimitUnit::WorkingDays),
            red_after_hours: limit(1, LimitUnit::Hours),
        }
    }
}

/// The three instants of a clock: what the clocks table keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instants {
    /// The reminder; never after `due_at`.
    pub remind_at: Timestamp,
    /// Expiry: the yellow card.
    pub due_at: Timestamp,
    /// Overrun: the red card; after `due_at`.
    pub red_at: Timestamp,
}

/// The instants of a limit that starts at `from`.
///
/// # Errors
/// `calendar.year_not_loaded`.
pub fn instants(
    limit: Limit,
    from: Timestamp,
    calendar: &WorkCalendar,
    marks: &Marks,
) -> Result<Instants, RuleError> {
    ending(limit.unit, from, due_at(limit, from, calendar)?, calendar, marks)
}

/// The instants of a clock of this unit that began at `from` and now ends at the end of business on `last_day`
/// (an approved new date); a rest day gives way to the next working day.
///
/// # Errors
/// `calendar.year_not_loaded`.
pub fn instants_until(
    unit: LimitUnit,
    from: Timestamp,
    last_day: Date,
    calendar: &WorkCalendar,
    marks: &Marks,
) -> Result<Instants, RuleError> {
    let due_at = calendar.end_of_business(calendar.add_calendar_days(last_day, 0)?);
    ending(unit, from, due_at, calendar, marks)
}

/// The instants of a running clock that is extended by `by`, counted from its present end.
///
/// # Errors
/// `calendar.year_not_loaded`.
pub fn extended(
    limit: Limit,
    from: Timestamp,
    due_now: Timestamp,
    by: Limit,
    calendar: &WorkCalendar,
    marks: &Marks,
) -> Result<Instants, RuleError> {
    ending(limit.unit, from, due_at(by, due_now, calendar)?, calendar, marks)
}

fn ending(
    unit: LimitUnit,
    from: Timestamp,
    due_at: Timestamp,
    calendar: &WorkCalendar,
    marks: &Marks,
) -> Result<Instants, RuleError> {
    let whole = span(unit, from, due_at, calendar)?;
    let until_reminder = whole / 100 * i64::from(marks.remind_percent.min(100));
    let remind_at = forward(unit, from, until_reminder, calendar)?.clamp(from.min(due_at), due_at);
    Ok(Instants { remind_at, due_at, red_at: red_at(unit, due_at, calendar, marks)? })
}

/// When the overrun turns red. Where working time is not loaded that far, the same amount counts on the wall clock, but
/// not before the last loaded day has ended: the command that sets a deadline inside the loaded years is not refused.
fn red_at(
    unit: LimitUnit,
    due_at_: Timestamp,
    calendar: &WorkCalendar,
    marks: &Marks,
) -> Result<Timestamp, RuleError> {
    let overrun = marks.overrun(unit);
    match due_at(overrun, due_at_, calendar) {
        Err(RuleError::YearNotLoaded { last, .. }) => {
            let loaded = Date::new(last, 12, 31).map_or(due_at_, |day| calendar.end_of_business(day));
            Ok(later(due_at_, overrun.wall_ms()).max(loaded))
        }
        known => known,
    }
}

/// How much of a clock is left at the moment it is paused. Negative amounts: it had expired already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remaining {
    unit: LimitUnit,
    paused_at: Timestamp,
    /// Working days, days or milliseconds, by the unit, until the end.
    left: i64,
    /// Milliseconds (working time for working limits) until the reminder; `None` when it was over.
    until_reminder: Option<i64>,
    was: Instants,
}

impl Remaining {
    /// What is left in the words of a limit, `3wd`; `None` when nothing is left.
    #[must_use]
    pub fn limit(&self) -> Option<Limit> {
        let n = match self.unit {
            LimitUnit::WorkingDays | LimitUnit::CalendarDays => self.left,
            LimitUnit::WorkingHours | LimitUnit::Hours => (self.left + HOUR_MS - 1).div_euclid(HOUR_MS),
        };
        u32::try_from(n).ok().and_then(|n| Limit::new(n, self.unit).ok())
    }
}

/// What is left of a clock that began at `from`, stands at `was`, and is paused at `paused_at`.
///
/// # Errors
/// `calendar.year_not_loaded`.
pub fn remaining(
    limit: Limit,
    from: Timestamp,
    was: Instants,
    paused_at: Timestamp,
    calendar: &WorkCalendar,
) -> Result<Remaining, RuleError> {
    let (today, last) = (calendar.date(paused_at), calendar.date(was.due_at));
    let left = match limit.unit {
        LimitUnit::WorkingDays => calendar.working_days_between(today, last)?,
        LimitUnit::CalendarDays if was.due_at == due_at(limit, from, calendar)? => {
            i64::from(limit.n) - days_between(calendar.date(from), today)
        }
        LimitUnit::CalendarDays => days_between(today, last),
        LimitUnit::WorkingHours => calendar.working_ms_between(paused_at, was.due_at)?,
        LimitUnit::Hours => was.due_at.as_millisecond() - paused_at.as_millisecond(),
    };
    let until_reminder = if was.remind_at > paused_at {
        Some(span(limit.unit, paused_at, was.remind_at, calendar)?)
    } else {
        None
    };
    Ok(Remaining { unit: limit.unit, paused_at, left, until_reminder, was })
}

/// The instants of a paused clock that runs on from `at`. A pause that took no time changes nothing; a clock that
/// had expired before the pause stays expired, and what was left until its red card is left still.
///
/// # Errors
/// `calendar.year_not_loaded`.
pub fn resumed(
    left: &Remaining,
    at: Timestamp,
    calendar: &WorkCalendar,
    marks: &Marks,
) -> Result<Instants, RuleError> {
    if at <= left.paused_at || left.was.red_at <= left.paused_at {
        return Ok(left.was);
    }
    if left.was.due_at <= left.paused_at {
        return Ok(Instants { red_at: red_resumed(left, at, calendar, marks)?, ..left.was });
    }
    let today = calendar.date(at);
    let days = u32::try_from(left.left.max(0)).unwrap_or(0);
    let new_due = match left.unit {
        LimitUnit::WorkingDays => calendar.end_of_business(calendar.add_working_days(today, days)?),
        LimitUnit::CalendarDays => calendar.end_of_business(calendar.add_calendar_days(today, days)?),
        LimitUnit::WorkingHours => calendar.add_working_ms(at, left.left)?,
        LimitUnit::Hours => later(at, left.left),
    }
    .max(left.was.due_at);
    let remind_at = match left.until_reminder {
        Some(ms) => forward(left.unit, at, ms, calendar)?.min(new_due),
        None => left.was.remind_at,
    };
    Ok(Instants { remind_at, due_at: new_due, red_at: red_at(left.unit, new_due, calendar, marks)? })
}

/// The red card of a clock that was paused between its end and that card: the clock stood still meanwhile. Where working
/// time is not loaded that far, the pause counts on the wall clock.
fn red_resumed(
    left: &Remaining,
    at: Timestamp,
    calendar: &WorkCalendar,
    marks: &Marks,
) -> Result<Timestamp, RuleError> {
    let (unit, was) = (marks.overrun(left.unit).unit, left.was.red_at);
    let moved = span(unit, left.paused_at, was, calendar).and_then(|ms| forward(unit, at, ms, calendar));
    match moved {
        Ok(red) => Ok(red.max(was)),
        Err(RuleError::YearNotLoaded { .. }) => {
            Ok(later(was, at.as_millisecond() - left.paused_at.as_millisecond()))
        }
        Err(other) => Err(other),
    }
}

/// Whether a new end keeps within an extension of `most`, counted from the present end.
///
/// # Errors
/// `extension.too_long`, `calendar.year_not_loaded`.
pub fn check_extension(
    most: Limit,
    due_now: Timestamp,
    new_due: Timestamp,
    calendar: &WorkCalendar,
) -> Result<(), RuleError> {
    if new_due <= due_at(most, due_now, calendar)? {
        Ok(())
    } else {
        Err(RuleError::ExtensionTooLong { allowed: most.to_string() })
    }
}

/// The length of a clock for its reminder: working time for working limits, wall time for the others.
fn span(unit: LimitUnit, from: Timestamp, to: Timestamp, calendar: &WorkCalendar) -> Result<i64, RuleError> {
    match unit {
        LimitUnit::WorkingDays | LimitUnit::WorkingHours => calendar.working_ms_between(from, to),
        LimitUnit::CalendarDays | LimitUnit::Hours => Ok(to.as_millisecond() - from.as_millisecond()),
    }
}

fn forward(
    unit: LimitUnit,
    from: Timestamp,
    ms: i64,
    calendar: &WorkCalendar,
) -> Result<Timestamp, RuleError> {
    match unit {
        LimitUnit::WorkingDays | LimitUnit::WorkingHours => calendar.add_working_ms(from, ms),
        LimitUnit::CalendarDays | LimitUnit::Hours => Ok(later(from, ms)),
    }
}

fn later(at: Timestamp, ms: i64) -> Timestamp {
    at.checked_add(SignedDuration::from_millis(ms)).unwrap_or(Timestamp::MAX)
}

fn days_between(from: Date, to: Date) -> i64 {
    from.duration_until(to).as_hours() / 24
}
