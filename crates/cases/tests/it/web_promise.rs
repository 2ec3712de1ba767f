//! How a clock looks, at every point of its run.

use cases::{
    http::dto::{ClockTone, Span, TimeUnit},
    queries::promise::{Running, look},
};
use rules::calendar::WorkCalendar;
use store::Timestamp;

fn at(text: &str) -> Timestamp {
    format!("{text}+08:00").parse().expect("an instant")
}

fn told(limit: &str, from: &str, remind: &str, due: &str, now: &str) -> (Span, ClockTone) {
    let clock = Running {
        limit,
        started_at: at(from),
        remind_at: Some(at(remind)),
        due_at: at(due),
        paused_at: None,
    };
    let look = look(&clock, at(now), &WorkCalendar::shipped().expect("the calendar"));
    (look.left, look.tone)
}

fn span(amount: i64, unit: TimeUnit) -> Span {
    Span { amount, unit }
}

#[test]
fn working_limits_are_told_in_working_time() {
    let told = |now| told("5wd", "2026-11-16T10:00:00", "2026-11-20T10:00:00", "2026-11-23T18:00:00", now);
    // Today is not counted, whatever the hour; the due day is.
    assert_eq!(told("2026-11-16T10:00:00"), (span(5, TimeUnit::WorkingDays), ClockTone::Calm));
    assert_eq!(told("2026-11-16T20:00:00"), (span(5, TimeUnit::WorkingDays), ClockTone::Calm));
    assert_eq!(told("2026-11-17T08:00:00"), (span(4, TimeUnit::WorkingDays), ClockTone::Calm));
    assert_eq!(told("2026-11-20T11:00:00"), (span(1, TimeUnit::WorkingDays), ClockTone::Soon));
    // The weekend takes nothing away.
    assert_eq!(told("2026-11-21T12:00:00"), (span(1, TimeUnit::WorkingDays), ClockTone::Soon));
    assert_eq!(told("2026-11-22T23:00:00"), told("2026-11-21T12:00:00"));
    // Due today: hours, near the end minutes.
    assert_eq!(told("2026-11-23T10:00:00"), (span(330, TimeUnit::WorkingMinutes), ClockTone::Soon));
    assert_eq!(told("2026-11-23T17:30:00"), (span(30, TimeUnit::WorkingMinutes), ClockTone::Soon));
    assert_eq!(
        told("2026-11-23T20:00:00"),
        (span(0, TimeUnit::WorkingMinutes), ClockTone::Late),
        "an evening has no working time"
    );
    assert_eq!(told("2026-11-26T18:00:00"), (span(3, TimeUnit::WorkingDays), ClockTone::Late));
}

#[test]
fn limits_in_hours_are_told_in_hours_and_calendar_days_by_the_date() {
    let in_hours = told(
        "12wh",
        "2026-11-20T09:00:00",
        "2026-11-23T09:00:00",
        "2026-11-23T14:30:00",
        "2026-11-20T14:30:00",
    );
    assert_eq!(in_hours.0, span(7, TimeUnit::WorkingHours));
    let on = |now| told("15cd", "2026-11-10T09:00:00", "2026-11-21T09:00:00", "2026-11-25T18:00:00", now).0;
    assert_eq!(on("2026-11-22T20:00:00"), span(3, TimeUnit::Days));
    assert_eq!(on("2026-11-25T10:00:00"), span(8, TimeUnit::Hours));
}

#[test]
fn wall_limits_run_day_and_night() {
    let told = |now| told("24h", "2026-11-21T20:00:00", "2026-11-22T14:00:00", "2026-11-22T20:00:00", now);
    assert_eq!(told("2026-11-21T20:00:00"), (span(24, TimeUnit::Hours), ClockTone::Calm));
    assert_eq!(told("2026-11-22T19:15:00"), (span(45, TimeUnit::Minutes), ClockTone::Soon));
    assert_eq!(told("2026-11-25T20:00:00"), (span(3, TimeUnit::Days), ClockTone::Late));
}

#[test]
fn a_paused_clock_stands_still() {
    let clock = Running {
        limit: "2h",
        started_at: at("2026-11-16T10:00:00"),
        remind_at: None,
        due_at: at("2026-11-16T12:00:00"),
        paused_at: Some(at("2026-11-16T11:00:00")),
    };
    let look = look(&clock, at("2026-12-01T10:00:00"), &WorkCalendar::shipped().expect("the calendar"));
    assert_eq!((look.left, look.tone, look.share), (span(60, TimeUnit::Minutes), ClockTone::Paused, 0.5));
}
