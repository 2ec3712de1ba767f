//! When things happen: people write all day, offices work in office hours.

use crate::demo::dice::Dice;
use rules::calendar::WorkCalendar;
use std::sync::Arc;
use store::{Timestamp, ms};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// China keeps one time, eight hours before UTC.
const EAST_MS: i64 = 8 * HOUR_MS;
/// How busy the hours of a day are, and the days of a week from Monday.
const HOURS: [f64; 24] = [
    0.10, 0.06, 0.05, 0.05, 0.07, 0.12, 0.35, 0.9, 2.3, 3.0, 2.8, 2.1, 1.0, 1.2, 2.0, 2.7, 2.6, 2.0, 1.2,
    1.0, 0.8, 0.5, 0.3, 0.18,
];
const DAYS: [f64; 7] = [1.25, 1.05, 1.0, 1.0, 0.95, 0.5, 0.42];

/// The county's time.
pub(super) struct Hours {
    calendar: Arc<WorkCalendar>,
}

impl Hours {
    pub(super) fn new(calendar: Arc<WorkCalendar>) -> Hours {
        Hours { calendar }
    }

    /// So many minutes of office hours later; of wall time where the calendar ends.
    pub(super) fn work(&self, from: Timestamp, minutes: f64) -> Timestamp {
        self.calendar.add_working_ms(from, in_ms(minutes)).unwrap_or_else(|_| wall(from, minutes))
    }

    /// A draw between so many minutes of office hours later.
    pub(super) fn soon(&self, from: Timestamp, low: f64, high: f64, dice: &mut Dice) -> Timestamp {
        self.work(from, dice.between(low, high))
    }

    /// Minutes of office hours in a working day.
    #[expect(clippy::cast_precision_loss, reason = "some hundred")]
    pub(super) fn day(&self) -> f64 {
        self.calendar.working_ms_per_day() as f64 / 60_000.0
    }

    /// An instant at which somebody might write, between two instants.
    pub(super) fn moment(from: Timestamp, until: Timestamp, dice: &mut Dice) -> Timestamp {
        loop {
            #[expect(clippy::cast_precision_loss, reason = "91 days in milliseconds fit")]
            let span = (ms(until) - ms(from)) as f64;
            #[expect(clippy::cast_possible_truncation, reason = "less than the span")]
            let at = ms(from) + (span * dice.unit()) as i64;
            let busy = HOURS[hour(at)] * DAYS[weekday(at)];
            if dice.unit() * 3.75 < busy {
                return store::at(at);
            }
        }
    }

    /// Whether the counters are open at an instant.
    pub(super) fn is_open(&self, at: Timestamp) -> bool {
        self.calendar.add_working_ms(at, 60_000).is_ok_and(|then| ms(then) - ms(at) <= 60_000)
    }
}

/// So many minutes later, day or night.
pub(super) fn wall(from: Timestamp, minutes: f64) -> Timestamp {
    store::at(ms(from) + in_ms(minutes))
}

/// The month of an instant, 1 to 12, in China.
pub(super) fn month(at: Timestamp) -> i8 {
    let offset = jiff::tz::Offset::from_hours(8).unwrap_or(jiff::tz::Offset::UTC);
    offset.to_datetime(at).month()
}

fn hour(at: i64) -> usize {
    usize::try_from((at + EAST_MS).rem_euclid(DAY_MS) / HOUR_MS).unwrap_or(0)
}

/// 0 is Monday; 1970-01-01 was a Thursday.
fn weekday(at: i64) -> usize {
    usize::try_from(((at + EAST_MS).div_euclid(DAY_MS) + 3).rem_euclid(7)).unwrap_or(0)
}

#[expect(clippy::cast_possible_truncation, reason = "some weeks at most")]
fn in_ms(minutes: f64) -> i64 {
    (minutes * 60_000.0) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_week_begins_on_monday_in_china() {
        let sunday_evening_utc: Timestamp = "2026-11-22T20:00:00Z".parse().unwrap();
        assert_eq!((weekday(ms(sunday_evening_utc)), hour(ms(sunday_evening_utc))), (0, 4));
        assert_eq!(month(sunday_evening_utc), 11);
    }
}
