//! How a clock looks: what is left, how urgent that is.

use crate::http::dto::{ClockTone, Span, TimeUnit};
use rules::{
    calendar::WorkCalendar,
    limits::{Limit, LimitUnit},
};
use store::{Timestamp, ms};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Below this, minutes are told.
const EXACT: i64 = 6 * HOUR;

/// A clock as far as its look goes.
#[derive(Clone, Copy, Debug)]
pub struct Running<'a> {
    /// The limit in its own words.
    pub limit: &'a str,
    /// Start.
    pub started_at: Timestamp,
    /// When the reminder is due.
    pub remind_at: Option<Timestamp>,
    /// When it is due.
    pub due_at: Timestamp,
    /// When it was paused, if it stands still.
    pub paused_at: Option<Timestamp>,
}

/// The look of a clock at an instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// What is left or, when late, how long it is over.
    pub left: Span,
    /// The share that is left, 1 to 0.
    pub share: f64,
    /// The tone.
    pub tone: ClockTone,
}

/// How the clock looks at `now`. Working limits are told in working time, the others in wall time; where the
/// calendar ends, wall time is told.
#[must_use]
pub fn look(clock: &Running<'_>, now: Timestamp, calendar: &WorkCalendar) -> Look {
    let at = clock.paused_at.unwrap_or(now);
    let limit = Limit::parse(clock.limit).ok();
    let working = limit.is_some_and(Limit::is_working_time);
    let late = at > clock.due_at;
    let (from, to) = if late { (clock.due_at, at) } else { (at, clock.due_at) };
    let days = limit.filter(|_| !late).and_then(|limit| days_to_come(limit.unit(), from, to, calendar));
    let left = days.or_else(|| if working { working_span(from, to, late, calendar) } else { None });
    Look {
        left: left.unwrap_or_else(|| wall_span(ms(to) - ms(from))),
        share: share(clock, at, working, calendar),
        tone: tone(clock, at, late),
    }
}

fn tone(clock: &Running<'_>, at: Timestamp, late: bool) -> ClockTone {
    if clock.paused_at.is_some() {
        ClockTone::Paused
    } else if late {
        ClockTone::Late
    } else if clock.remind_at.is_some_and(|remind| at >= remind) {
        ClockTone::Soon
    } else {
        ClockTone::Calm
    }
}

fn share(clock: &Running<'_>, at: Timestamp, working: bool, calendar: &WorkCalendar) -> f64 {
    if at >= clock.due_at {
        return 0.0;
    }
    let length = |from: Timestamp, to: Timestamp| {
        let wall = ms(to) - ms(from);
        if working { calendar.working_ms_between(from, to).unwrap_or(wall) } else { wall }
    };
    let whole = length(clock.started_at, clock.due_at);
    if whole <= 0 {
        return 0.0;
    }
    #[expect(
        clippy::cast_precision_loss,
        reason = "a share needs no more than 52 bits of a span in milliseconds"
    )]
    let share = length(at, clock.due_at) as f64 / whole as f64;
    share.clamp(0.0, 1.0)
}

/// A limit in days is told as people count it: the days after today up to the due day. Due today it is told in hours.
fn days_to_come(unit: LimitUnit, from: Timestamp, to: Timestamp, calendar: &WorkCalendar) -> Option<Span> {
    let (today, last) = (calendar.date(from), calendar.date(to));
    let (amount, unit) = match unit {
        LimitUnit::WorkingDays => (calendar.working_days_between(today, last).ok()?, TimeUnit::WorkingDays),
        LimitUnit::CalendarDays => (i64::from((last - today).get_days()), TimeUnit::Days),
        LimitUnit::WorkingHours | LimitUnit::Hours => return None,
    };
    (amount > 0).then_some(Span { amount, unit })
}

/// Two working days or more in days, six hours or more in hours, else minutes: near its end a clock is told exactly. What is late is late by working time
/// alone: nothing of it since yesterday evening, or the one would seem later than what was due days before it. `None` when less than a
/// minute is left or the calendar does not reach.
fn working_span(from: Timestamp, to: Timestamp, late: bool, calendar: &WorkCalendar) -> Option<Span> {
    let left = calendar.working_ms_between(from, to).ok()?;
    let day = calendar.working_ms_per_day();
    Some(if left >= 2 * day {
        Span { amount: left / day, unit: TimeUnit::WorkingDays }
    } else if left >= EXACT {
        Span { amount: left / HOUR, unit: TimeUnit::WorkingHours }
    } else if late || left >= MINUTE {
        Span { amount: left / MINUTE, unit: TimeUnit::WorkingMinutes }
    } else {
        return None;
    })
}

fn wall_span(left: i64) -> Span {
    if left >= 2 * DAY {
        Span { amount: left / DAY, unit: TimeUnit::Days }
    } else if left >= EXACT {
        Span { amount: left / HOUR, unit: TimeUnit::Hours }
    } else {
        Span { amount: left / MINUTE, unit: TimeUnit::Minutes }
    }
}
