//! Working time: which days are worked, and what "5 working days" from an instant means.
//!
//! - The day of the start is not counted (民法典 art. 201; 民事诉讼法 art. 85).
//! - A period whose last day is a rest day ends on the next working day (民法典 art. 203; 民事诉讼法 art. 85).
//! - The last day ends when business ends (民法典 art. 203).
//! - Make-up working days (调休上班) are worked; weekends inside a holiday are not.
//! - A date outside the loaded years is refused, never guessed.
//!
//! Invariant: counting and finding are O(1): a rank per day and a list of working days, both made at load.

mod data;
mod provisional;

pub use data::{CalendarData, DayEntry, DayKind, OfficeHours, parse_offset};

use crate::RuleError;
use jiff::{Timestamp, civil::Date, tz::Offset};

const DAY_MS: i64 = 86_400_000;

/// The working calendar, ready to reckon with.
#[derive(Debug, Clone)]
pub struct WorkCalendar {
    version: i64,
    offset_ms: i64,
    /// Office hours of a working day, as milliseconds since midnight.
    slots: Vec<(i64, i64)>,
    per_day: i64,
    first_year: i16,
    last_year: i16,
    /// Loaded years whose days are not yet official.
    provisional: Vec<i16>,
    /// Days since 1970-01-01 of 1 January of the first year.
    first_day: i64,
    /// `rank[i]`: how many of the days `0..=i` are worked.
    rank: Vec<i64>,
    /// `workdays[k]`: the index of the `k`-th working day, from 0.
    workdays: Vec<i64>,
}

impl WorkCalendar {
    /// Builds the index.
    ///
    /// # Errors
    /// `calendar.invalid` when a year between the first and the last has no entry, a day stands twice, or the
    /// office hours overlap or are empty.
    pub fn build(data: &CalendarData) -> Result<Self, RuleError> {
        let (first_year, last_year) = data.years()?;
        let slots = data.office_hours.slots()?;
        let first_day = day_number(year_start(first_year)?);
        let end = day_number(year_start(last_year + 1)?);
        let kinds = data.by_day()?;
        let mut rank = Vec::new();
        let mut workdays = Vec::new();
        for day in first_day..end {
            let worked = match kinds.get(&day) {
                Some(DayKind::Holiday) => false,
                Some(DayKind::MakeupWorkday) => true,
                None => is_weekday(day),
            };
            if worked {
                workdays.push(day - first_day);
            }
            rank.push(as_i64(workdays.len()));
        }
        Ok(Self {
            version: data.version,
            offset_ms: i64::from(data.offset()?.seconds()) * 1000,
            per_day: slots.iter().map(|(from, to)| to - from).sum(),
            slots,
            first_year,
            last_year,
            provisional: data
                .provisional
                .iter()
                .copied()
                .filter(|year| (first_year..=last_year).contains(year))
                .collect(),
            first_day,
            rank,
            workdays,
        })
    }

    /// The calendar that the product ships: 2004-2026, Asia/Shanghai (UTC+8, no summer time).
    ///
    /// # Errors
    /// Never with the shipped data (a test holds that).
    pub fn shipped() -> Result<Self, RuleError> {
        Self::build(&CalendarData::shipped()?)
    }

    /// The version of the data it was built from.
    #[must_use]
    pub const fn version(&self) -> i64 {
        self.version
    }

    /// The loaded years, first and last.
    #[must_use]
    pub const fn years(&self) -> (i16, i16) {
        (self.first_year, self.last_year)
    }

    /// The loaded years whose days are not yet those of the State Council's notice.
    #[must_use]
    pub fn provisional_years(&self) -> &[i16] {
        &self.provisional
    }

    /// The last loaded day.
    #[must_use]
    pub fn last_day(&self) -> Date {
        date_of(self.first_day + as_i64(self.rank.len()) - 1)
    }

    /// How many days after the day of an instant are still loaded; negative when that day itself no longer is.
    #[must_use]
    pub fn days_left(&self, at: Timestamp) -> i64 {
        day_number(self.last_day()) - self.local_day(at)
    }

    /// The local date of an instant.
    #[must_use]
    pub fn date(&self, at: Timestamp) -> Date {
        date_of(self.local_day(at))
    }

    /// Whether a date is worked.
    ///
    /// # Errors
    /// `calendar.year_not_loaded`.
    pub fn is_workday(&self, date: Date) -> Result<bool, RuleError> {
        self.worked(day_number(date))
    }

    /// The `n`-th working day after `date`, which itself is not counted. With `n = 0`: `date` itself, or the
    /// next working day when it is a rest day.
    ///
    /// # Errors
    /// `calendar.year_not_loaded`.
    pub fn add_working_days(&self, date: Date, n: u32) -> Result<Date, RuleError> {
        Ok(date_of(self.nth_after(day_number(date), i64::from(n))?))
    }

    /// `n` days after `date` (not counted); a rest day gives way to the next working day (民法典 art. 203).
    ///
    /// # Errors
    /// `calendar.year_not_loaded`.
    pub fn add_calendar_days(&self, date: Date, n: u32) -> Result<Date, RuleError> {
        Ok(date_of(self.nth_after(day_number(date) + i64::from(n), 0)?))
    }

    /// `n` days after `date`; a rest day gives way to the working day **before**: the house's own target where a
    /// statute has no rule of roll-over (信访工作条例).
    ///
    /// # Errors
    /// `calendar.year_not_loaded`.
    pub fn calendar_target(&self, date: Date, n: u32) -> Result<Date, RuleError> {
        let day = day_number(date) + i64::from(n);
        let rank = self.rank_of(day)?;
        let before = usize::try_from(rank - 1).ok().and_then(|k| self.workdays.get(k));
        before.map(|index| date_of(self.first_day + index)).ok_or_else(|| self.missing(self.first_year - 1))
    }

    /// How many working days lie after `from` and not after `to` (the day of receipt is not counted). Negative
    /// when `to` is before `from`.
    ///
    /// # Errors
    /// `calendar.year_not_loaded`.
    pub fn working_days_between(&self, from: Date, to: Date) -> Result<i64, RuleError> {
        Ok(self.rank_of(day_number(to))? - self.rank_of(day_number(from))?)
    }

    /// The end of business on a date: when a period that ends on it is over (民法典 art. 203).
    #[must_use]
    pub fn end_of_business(&self, date: Date) -> Timestamp {
        let close = self.slots.last().map_or(DAY_MS, |(_, to)| *to);
        self.instant(day_number(date), close)
    }

    /// The instant that lies `ms` milliseconds of working time after `from`. Reaching the end of a stretch of
    /// office hours exactly ends there, not at the next opening. With `ms = 0`: `from`.
    ///
    /// # Errors
    /// `calendar.year_not_loaded`.
    pub fn add_working_ms(&self, from: Timestamp, ms: i64) -> Result<Timestamp, RuleError> {
        if ms <= 0 {
            return Ok(from);
        }
        let total = self.position(from)? + ms;
        let whole = (total - 1).div_euclid(self.per_day);
        let day = self.workday_at(whole)?;
        Ok(self.instant(day, self.time_after(total - whole * self.per_day)))
    }

    /// The working time between two instants in milliseconds; negative when `to` is before `from`.
    ///
    /// # Errors
    /// `calendar.year_not_loaded`.
    pub fn working_ms_between(&self, from: Timestamp, to: Timestamp) -> Result<i64, RuleError> {
        Ok(self.position(to)? - self.position(from)?)
    }

    /// The working time of one day in milliseconds.
    #[must_use]
    pub const fn working_ms_per_day(&self) -> i64 {
        self.per_day
    }

    /// Working time from the beginning of the calendar to an instant.
    fn position(&self, at: Timestamp) -> Result<i64, RuleError> {
        let day = self.local_day(at);
        let rank = self.rank_of(day)?;
        if !self.worked(day)? {
            return Ok(rank * self.per_day);
        }
        let time = at.as_millisecond() + self.offset_ms - day * DAY_MS;
        let today: i64 = self.slots.iter().map(|(from, to)| (time.min(*to) - from).max(0)).sum();
        Ok((rank - 1) * self.per_day + today)
    }

    /// The time of day at which `ms` (more than 0, a day's work at most) have been worked.
    fn time_after(&self, ms: i64) -> i64 {
        let mut left = ms;
        for (from, to) in &self.slots {
            if left <= to - from {
                return from + left;
            }
            left -= to - from;
        }
        self.slots.last().map_or(DAY_MS, |(_, to)| *to)
    }

    fn nth_after(&self, day: i64, n: i64) -> Result<i64, RuleError> {
        let rank = self.rank_of(day)?;
        if n == 0 && self.worked(day)? {
            return Ok(day);
        }
        self.workday_at(rank + n.max(1) - 1)
    }

    fn workday_at(&self, k: i64) -> Result<i64, RuleError> {
        let index = usize::try_from(k).ok().and_then(|k| self.workdays.get(k));
        index.map(|index| self.first_day + index).ok_or_else(|| self.missing(self.last_year + 1))
    }

    fn worked(&self, day: i64) -> Result<bool, RuleError> {
        let rank = self.rank_of(day)?;
        Ok(if day == self.first_day { rank == 1 } else { rank > self.rank_of(day - 1)? })
    }

    fn rank_of(&self, day: i64) -> Result<i64, RuleError> {
        let index = usize::try_from(day - self.first_day).ok();
        index.and_then(|index| self.rank.get(index)).copied().ok_or_else(|| self.missing(date_of(day).year()))
    }

    const fn missing(&self, year: i16) -> RuleError {
        RuleError::YearNotLoaded { year, first: self.first_year, last: self.last_year }
    }

    fn local_day(&self, at: Timestamp) -> i64 {
        (at.as_millisecond() + self.offset_ms).div_euclid(DAY_MS)
    }

    fn instant(&self, day: i64, time: i64) -> Timestamp {
        Timestamp::from_millisecond(day * DAY_MS + time - self.offset_ms).unwrap_or(Timestamp::MAX)
    }
}

/// Days since 1970-01-01.
fn day_number(date: Date) -> i64 {
    let midnight = date.to_datetime(jiff::civil::Time::midnight());
    Offset::UTC.to_timestamp(midnight).unwrap_or(Timestamp::UNIX_EPOCH).as_second().div_euclid(86_400)
}

fn date_of(day: i64) -> Date {
    Offset::UTC.to_datetime(Timestamp::from_second(day * 86_400).unwrap_or(Timestamp::UNIX_EPOCH)).date()
}

/// Monday to Friday; 1970-01-01 was a Thursday.
const fn is_weekday(day: i64) -> bool {
    (day + 3).rem_euclid(7) < 5
}

fn year_start(year: i16) -> Result<Date, RuleError> {
    Date::new(year, 1, 1).map_err(|error| RuleError::BadCalendar(error.to_string()))
}

fn as_i64(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
