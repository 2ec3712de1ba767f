//! The calendar as data: what is stored, edited and shipped.

use super::{day_number, provisional};
use crate::RuleError;
use jiff::{
    civil::{Date, Time},
    tz::Offset,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};

const SHIPPED: &str = include_str!("../../data/cn-workdays.csv");

/// What an entry makes of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayKind {
    /// A rest day by notice (weekends inside a holiday may be listed too).
    Holiday,
    /// 调休上班: a weekend day that is worked.
    MakeupWorkday,
}

impl DayKind {
    /// `holiday`, `makeup_workday`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Holiday => "holiday",
            Self::MakeupWorkday => "makeup_workday",
        }
    }
}

/// A day that differs from "Monday to Friday are worked".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayEntry {
    /// The day.
    pub date: Date,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: DayKind,
    /// Which holiday it belongs to.
    #[serde(default)]
    pub name: String,
}

/// Office hours of every working day, as `08:30-12:00`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OfficeHours(pub Vec<String>);

impl Default for OfficeHours {
    /// 08:30-12:00 and 14:30-18:00.
    fn default() -> Self {
        Self(vec!["08:30-12:00".to_owned(), "14:30-18:00".to_owned()])
    }
}

impl OfficeHours {
    /// Milliseconds since midnight, in order.
    ///
    /// # Errors
    /// `calendar.invalid` when there are none, one is not `HH:MM-HH:MM`, or two overlap.
    pub(super) fn slots(&self) -> Result<Vec<(i64, i64)>, RuleError> {
        let mut slots: Vec<(i64, i64)> = Vec::new();
        for text in &self.0 {
            let slot = slot(text).ok_or_else(|| RuleError::BadCalendar(format!("office hours `{text}`")))?;
            if slots.last().is_some_and(|last| last.1 > slot.0) {
                return Err(RuleError::BadCalendar(format!(
                    "office hours `{text}` overlap or are out of order"
                )));
            }
            slots.push(slot);
        }
        if slots.is_empty() { Err(RuleError::BadCalendar("no office hours".to_owned())) } else { Ok(slots) }
    }
}

fn slot(text: &str) -> Option<(i64, i64)> {
    let (from, to) = text.split_once(['-', '–'])?;
    let (from, to) = (time_ms(from.trim())?, time_ms(to.trim())?);
    (from < to).then_some((from, to))
}

fn time_ms(text: &str) -> Option<i64> {
    if text == "24:00" {
        return Some(86_400_000);
    }
    let (hour, minute) = text.split_once(':')?;
    let time = Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()?;
    Some((i64::from(time.hour()) * 60 + i64::from(time.minute())) * 60_000)
}

/// A working calendar as it is stored: versioned, whole years.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarData {
    /// Grows with every publication.
    #[serde(default)]
    pub version: i64,
    /// Offset from UTC, `+08:00`. China has one offset and no summer time.
    #[serde(default = "shanghai")]
    pub utc_offset: String,
    /// Office hours.
    #[serde(default)]
    pub office_hours: OfficeHours,
    /// The listed days; a year counts as loaded when at least one of its days is listed.
    pub days: Vec<DayEntry>,
    /// Years whose days are not yet those of the State Council's notice.
    #[serde(default)]
    pub provisional: BTreeSet<i16>,
}

fn shanghai() -> String {
    "+08:00".to_owned()
}

impl CalendarData {
    /// The shipped calendar (notices of the State Council 2004-2026; see `data/README.md`).
    ///
    /// # Errors
    /// Never with the shipped file (a test holds that).
    pub fn shipped() -> Result<Self, RuleError> {
        Self::from_csv(SHIPPED)
    }

    /// Reads `date,type,name` lines; a header, empty lines and lines that begin with `#` are skipped. A line
    /// `office_hours,08:30-12:00,14:30-18:00` sets the office hours, a line `provisional,2027` marks a year whose days are
    /// not yet official.
    ///
    /// # Errors
    /// `calendar.invalid` names the line.
    pub fn from_csv(text: &str) -> Result<Self, RuleError> {
        let Lines { days, office_hours, provisional } = Lines::read(text)?;
        let office_hours = office_hours.unwrap_or_default();
        Ok(Self { version: 1, utc_offset: shanghai(), office_hours, days, provisional })
    }

    /// This calendar with the days of another file added or replaced, whole years at a time, and its office hours
    /// where it sets them; one version on. A provisional year never replaces an official one.
    ///
    /// # Errors
    /// `calendar.invalid` names the line.
    pub fn with_csv(&self, text: &str) -> Result<Self, RuleError> {
        let added = Lines::read(text)?;
        let official = |year: i16| !self.provisional.contains(&year) && self.years_listed().contains(&year);
        let years: BTreeSet<i16> = added.days.iter().map(|day| day.date.year()).collect();
        let taken: BTreeSet<i16> =
            years.into_iter().filter(|year| !(added.provisional.contains(year) && official(*year))).collect();
        let kept = self.days.iter().filter(|day| !taken.contains(&day.date.year())).cloned();
        let new = added.days.into_iter().filter(|day| taken.contains(&day.date.year()));
        let mut days: Vec<DayEntry> = kept.chain(new).collect();
        days.sort_by_key(|day| day.date);
        Ok(Self {
            version: self.version + 1,
            days,
            provisional: &(&self.provisional - &taken) | &(&added.provisional & &taken),
            office_hours: added.office_hours.unwrap_or_else(|| self.office_hours.clone()),
            utc_offset: self.utc_offset.clone(),
        })
    }

    /// This calendar with a year as far as it can be known before the State Council's notice, marked provisional. For a
    /// demo and for tests, never for a county's real deadlines. A year that is listed stays as it is.
    ///
    /// # Errors
    /// `calendar.invalid` when there can be no such year.
    pub fn with_provisional(mut self, year: i16) -> Result<Self, RuleError> {
        if !self.years_listed().contains(&year) {
            self.days.extend(provisional::days(year)?);
            self.days.sort_by_key(|day| day.date);
            self.provisional.insert(year);
        }
        Ok(self)
    }

    /// The calendar as [`Self::from_csv`] reads it.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut text = format!("date,type,name\noffice_hours,{}\n", self.office_hours.0.join(","));
        for year in &self.provisional {
            text.push_str(&format!("provisional,{year}\n"));
        }
        for day in &self.days {
            let name = day.name.replace([',', '\n', '\r'], " ");
            text.push_str(&format!("{},{},{name}\n", day.date, day.kind.as_str()));
        }
        text
    }

    fn years_listed(&self) -> BTreeSet<i16> {
        self.days.iter().map(|day| day.date.year()).collect()
    }

    pub(super) fn offset(&self) -> Result<Offset, RuleError> {
        parse_offset(&self.utc_offset)
            .ok_or_else(|| RuleError::BadCalendar(format!("utc_offset `{}`", self.utc_offset)))
    }

    pub(super) fn years(&self) -> Result<(i16, i16), RuleError> {
        let years = self.years_listed();
        let (Some(first), Some(last)) = (years.first().copied(), years.last().copied()) else {
            return Err(RuleError::BadCalendar("no days".to_owned()));
        };
        match (first..=last).find(|year| !years.contains(year)) {
            Some(gap) => Err(RuleError::BadCalendar(format!("nothing is said about {gap}"))),
            None => Ok((first, last)),
        }
    }

    pub(super) fn by_day(&self) -> Result<HashMap<i64, DayKind>, RuleError> {
        let mut kinds = HashMap::new();
        for day in &self.days {
            if kinds.insert(day_number(day.date), day.kind).is_some() {
                return Err(RuleError::BadCalendar(format!("{} stands twice", day.date)));
            }
        }
        Ok(kinds)
    }
}

/// What stands in a file.
struct Lines {
    days: Vec<DayEntry>,
    office_hours: Option<OfficeHours>,
    provisional: BTreeSet<i16>,
}

impl Lines {
    fn read(text: &str) -> Result<Self, RuleError> {
        let mut lines = Self { days: Vec::new(), office_hours: None, provisional: BTreeSet::new() };
        for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') || line.starts_with("date,") {
                continue;
            }
            let bad = || RuleError::BadCalendar(format!("line {}: `{line}`", number + 1));
            if let Some(slots) = line.strip_prefix("office_hours,") {
                let hours = OfficeHours(slots.split(',').map(|slot| slot.trim().to_owned()).collect());
                hours.slots()?;
                lines.office_hours = Some(hours);
            } else if let Some(year) = line.strip_prefix("provisional,") {
                lines.provisional.insert(year.trim().parse().map_err(|_| bad())?);
            } else {
                lines.days.push(entry(line).ok_or_else(bad)?);
            }
        }
        Ok(lines)
    }
}

fn entry(line: &str) -> Option<DayEntry> {
    let mut parts = line.splitn(3, ',');
    let date = parts.next()?.trim().parse().ok()?;
    let kind = match parts.next()?.trim() {
        "holiday" => DayKind::Holiday,
        "makeup_workday" => DayKind::MakeupWorkday,
        _ => return None,
    };
    Some(DayEntry { date, kind, name: parts.next().unwrap_or_default().trim().to_owned() })
}

/// Parses `+08:00`, `-05:00`, `Z`.
#[must_use]
pub fn parse_offset(text: &str) -> Option<Offset> {
    if text == "Z" {
        return Some(Offset::UTC);
    }
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}
