//! Local days, as people write them in filters.

use crate::CaseError;
use jiff::{
    civil::Date,
    tz::{Offset, TimeZone},
};
use store::{Timestamp, ms};

/// China Standard Time: one zone, no summer time.
fn zone() -> TimeZone {
    TimeZone::fixed(Offset::constant(8))
}

/// Reads `2026-11-22`.
///
/// # Errors
/// `request.date` at the field.
pub(super) fn parse(field: &str, text: &str) -> Result<Date, CaseError> {
    text.parse().map_err(|_| CaseError::field(field, "request.date"))
}

/// The local day of an instant.
#[must_use]
pub fn of(at: Timestamp) -> Date {
    at.to_zoned(zone()).date()
}

/// When the day begins, in milliseconds.
///
/// # Errors
/// `request.date` for a day outside the calendar.
pub(super) fn begin_ms(field: &str, day: Date) -> Result<i64, CaseError> {
    day.to_zoned(zone()).map(|at| ms(at.timestamp())).map_err(|_| CaseError::field(field, "request.date"))
}

/// When the next day begins, in milliseconds.
///
/// # Errors
/// `request.date` for a day outside the calendar.
pub(super) fn end_ms(field: &str, day: Date) -> Result<i64, CaseError> {
    let next = day.tomorrow().map_err(|_| CaseError::field(field, "request.date"))?;
    begin_ms(field, next)
}

/// As the tallies write a day: `20261122`.
#[must_use]
pub(super) fn number(day: Date) -> i64 {
    i64::from(day.year()) * 10_000 + i64::from(day.month()) * 100 + i64::from(day.day())
}

/// The local day around an instant, all in milliseconds: its beginning and the next day's.
#[must_use]
pub(super) fn around(now: i64) -> (i64, i64) {
    const DAY: i64 = 86_400_000;
    const EAST: i64 = 8 * 3_600_000;
    let begin = (now + EAST).div_euclid(DAY) * DAY - EAST;
    (begin, begin + DAY)
}
