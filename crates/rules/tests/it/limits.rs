use crate::calendar::{at, shipped};
use jiff::{SignedDuration, Timestamp, ToSpan};
use proptest::prelude::*;
use rules::{
    calendar::WorkCalendar,
    limits::{
        Instants, Limit, LimitUnit, Marks, check_extension, due, extended, instants, instants_until,
        remaining, resumed,
    },
};

fn limit(text: &str) -> Limit {
    Limit::parse(text).unwrap()
}

fn start(limit_: &str, from: &str) -> Instants {
    instants(limit(limit_), at(from), &WorkCalendar::shipped().unwrap(), &Marks::default()).unwrap()
}

#[test]
fn limits_are_parsed_strictly() {
    for good in ["5wd", "12wh", "15cd", "60cd", "2h", "99999h"] {
        assert_eq!(limit(good).to_string(), good);
    }
    for bad in ["", "5", "wd", "0wd", "05wd", "-1h", "1.5h", "5 wd", "5WD", "5d", "100000h", "99999999999h"] {
        assert_eq!(Limit::parse(bad).unwrap_err().code(), "limit.invalid", "{bad}");
    }
    assert_eq!(serde_json::to_string(&limit("5wd")).unwrap(), "\"5wd\"");
    assert!(serde_json::from_str::<Limit>("\"0wd\"").is_err());
}

#[test]
fn the_three_instants_of_each_unit() {
    let days = start("4wd", "2026-11-02T08:30:00");
    assert_eq!(days.due_at, at("2026-11-06T18:00:00"));
    assert_eq!(days.remind_at, at("2026-11-05T16:15:00"), "75 % of 35 working hours");
    assert_eq!(days.red_at, at("2026-11-10T18:00:00"), "two working days over");

    let hours = start("4wh", "2026-11-06T16:00:00");
    assert_eq!(hours.due_at, at("2026-11-09T10:30:00"));
    assert_eq!(hours.remind_at, at("2026-11-09T09:30:00"));
    assert_eq!(hours.red_at, at("2026-11-09T17:00:00"));

    let wall = start("2h", "2026-11-07T23:30:00");
    assert_eq!(wall.due_at, at("2026-11-08T01:30:00"));
    assert_eq!(wall.remind_at, at("2026-11-08T01:00:00"));
    assert_eq!(wall.red_at, at("2026-11-08T02:30:00"));
}

#[test]
fn a_pause_gives_back_its_days() {
    let calendar = WorkCalendar::shipped().unwrap();
    let (five, from) = (limit("5wd"), at("2026-11-02T10:00:00"));
    let was = instants(five, from, &calendar, &Marks::default()).unwrap();
    assert_eq!(was.due_at, at("2026-11-09T18:00:00"));
    let left = remaining(five, from, was, at("2026-11-04T15:00:00"), &calendar).unwrap();
    assert_eq!(left.limit(), Some(limit("3wd")));
    let on = resumed(&left, at("2026-11-18T09:00:00"), &calendar, &Marks::default()).unwrap();
    assert_eq!(on.due_at, at("2026-11-23T18:00:00"));
    assert_eq!(on.red_at, at("2026-11-25T18:00:00"));
    assert!(on.remind_at > at("2026-11-18T09:00:00") && on.remind_at < on.due_at);
}

#[test]
fn a_pause_on_the_last_day_leaves_that_day() {
    let calendar = WorkCalendar::shipped().unwrap();
    let (one, from) = (limit("1wd"), at("2026-11-05T10:00:00"));
    let was = instants(one, from, &calendar, &Marks::default()).unwrap();
    let left = remaining(one, from, was, at("2026-11-06T09:00:00"), &calendar).unwrap();
    assert_eq!(left.limit(), None);
    let on = resumed(&left, at("2026-11-14T11:00:00"), &calendar, &Marks::default()).unwrap();
    assert_eq!(on.due_at, at("2026-11-16T18:00:00"), "a Saturday gives way to Monday");
}

#[test]
fn what_was_late_before_the_pause_stays_late() {
    let calendar = WorkCalendar::shipped().unwrap();
    let (two, from) = (limit("2wh"), at("2026-11-05T08:30:00"));
    let was = instants(two, from, &calendar, &Marks::default()).unwrap();
    let left = remaining(two, from, was, at("2026-11-05T11:00:00"), &calendar).unwrap();
    assert_eq!(left.limit(), None);
    let on = resumed(&left, at("2026-11-12T11:00:00"), &calendar, &Marks::default()).unwrap();
    assert_eq!((on.remind_at, on.due_at), (was.remind_at, was.due_at));
    assert_eq!(was.red_at, at("2026-11-05T17:00:00"), "four working hours after 10:30");
    assert_eq!(
        on.red_at,
        at("2026-11-12T17:00:00"),
        "the half hour before the pause counts, the pause does not"
    );
}

#[test]
fn a_pause_after_the_end_puts_the_red_card_off() {
    let calendar = WorkCalendar::shipped().unwrap();
    let marks = Marks::default();
    for (late, from, paused, back, red) in [
        ("4wd", "2026-11-02T08:30:00", "2026-11-09T10:00:00", "2026-12-07T10:00:00", "2026-12-08T18:00:00"),
        ("4cd", "2026-11-02T08:30:00", "2026-11-09T10:00:00", "2026-12-07T10:00:00", "2026-12-08T18:00:00"),
        ("2h", "2026-11-07T23:30:00", "2026-11-08T02:00:00", "2026-11-18T02:00:00", "2026-11-18T02:30:00"),
        // Running on in a year that is not loaded: the pause counts on the wall clock.
        ("4wd", "2026-12-21T08:30:00", "2026-12-28T10:00:00", "2027-01-07T10:00:00", "2027-01-08T18:00:00"),
    ] {
        let (limit, from) = (limit(late), at(from));
        let was = instants(limit, from, &calendar, &marks).unwrap();
        let left = remaining(limit, from, was, at(paused), &calendar).unwrap();
        let on = resumed(&left, at(back), &calendar, &marks).unwrap();
        assert_eq!(
            (on.remind_at, on.due_at, on.red_at),
            (was.remind_at, was.due_at, at(red)),
            "{late} {back}"
        );
    }
    let (limit, from) = (limit("2h"), at("2026-11-07T23:30:00"));
    let was = instants(limit, from, &calendar, &marks).unwrap();
    let left = remaining(limit, from, was, at("2026-11-08T02:30:00"), &calendar).unwrap();
    assert_eq!(resumed(&left, at("2026-11-18T02:00:00"), &calendar, &marks).unwrap(), was, "red already");
}

#[test]
fn the_end_of_the_loaded_years_refuses_deadlines_not_red_cards() {
    let calendar = WorkCalendar::shipped().unwrap();
    let marks = Marks::default();
    assert_eq!(calendar.years().1, 2026);
    let last = start("2wd", "2026-12-29T09:00:00");
    assert_eq!(last.due_at, at("2026-12-31T18:00:00"));
    assert_eq!(last.red_at, at("2027-01-02T18:00:00"), "two days on the wall clock");
    let hours = start("4wh", "2026-12-31T11:00:00");
    assert_eq!(hours.due_at, at("2026-12-31T17:30:00"));
    assert_eq!(hours.red_at, at("2026-12-31T21:30:00"));
    let early = start("1wh", "2026-12-31T09:00:00");
    assert!(early.red_at <= hours.red_at, "never earlier for a later end");
    let beyond = instants(limit("3wd"), at("2026-12-29T09:00:00"), &calendar, &marks).unwrap_err();
    assert_eq!(beyond.code(), "calendar.year_not_loaded");
    // A suspended clock runs on up to the last loaded day.
    let (three, from) = (limit("3wd"), at("2026-11-02T09:00:00"));
    let was = instants(three, from, &calendar, &marks).unwrap();
    let left = remaining(three, from, was, at("2026-11-03T09:00:00"), &calendar).unwrap();
    let on = resumed(&left, at("2026-12-29T09:00:00"), &calendar, &marks).unwrap();
    assert_eq!((on.due_at, on.red_at), (at("2026-12-31T18:00:00"), at("2027-01-02T18:00:00")));
}

#[test]
fn an_extension_counts_from_the_present_end() {
    let calendar = WorkCalendar::shipped().unwrap();
    let (five, from) = (limit("5wd"), at("2026-11-02T10:00:00"));
    let was = instants(five, from, &calendar, &Marks::default()).unwrap();
    let more = extended(five, from, was.due_at, limit("10wd"), &calendar, &Marks::default()).unwrap();
    assert_eq!(more.due_at, at("2026-11-23T18:00:00"));
    assert!(more.remind_at > was.remind_at);
    check_extension(limit("10wd"), was.due_at, more.due_at, &calendar).unwrap();
    let late = more.due_at + 1.second();
    let error = check_extension(limit("10wd"), was.due_at, late, &calendar).unwrap_err();
    assert_eq!(error.code(), "extension.too_long");
    let until = instants_until(
        LimitUnit::WorkingDays,
        from,
        "2026-11-21".parse().unwrap(),
        &calendar,
        &Marks::default(),
    );
    assert_eq!(until.unwrap().due_at, at("2026-11-23T18:00:00"), "a Saturday gives way to Monday");
}

fn any_limit() -> impl Strategy<Value = Limit> {
    (1..60u32, 0..4usize).prop_map(|(n, unit)| limit(&format!("{n}{}", ["wd", "wh", "cd", "h"][unit])))
}

fn any_instant() -> impl Strategy<Value = Timestamp> {
    (0..i64::from(21 * 365 * 24 * 60)).prop_map(|m| at("2005-01-01T00:00:00") + SignedDuration::from_mins(m))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn the_instants_stand_in_order(limit in any_limit(), from in any_instant()) {
        let calendar = shipped();
        let is = instants(limit, from, calendar, &Marks::default()).unwrap();
        prop_assert!(from <= is.remind_at && is.remind_at <= is.due_at && is.due_at < is.red_at);
        let due = due(limit, from, calendar).unwrap();
        prop_assert_eq!(due.statutory_due, is.due_at);
        prop_assert!(due.internal_target <= due.statutory_due);
        prop_assert!(from < due.internal_target);
    }

    #[test]
    fn a_later_start_never_ends_earlier(limit in any_limit(), from in any_instant(), more in 0..100_000i64) {
        let calendar = shipped();
        let first = instants(limit, from, calendar, &Marks::default()).unwrap();
        let then = from + SignedDuration::from_mins(more);
        let second = instants(limit, then, calendar, &Marks::default()).unwrap();
        prop_assert!(first.due_at <= second.due_at && first.red_at <= second.red_at);
    }

    #[test]
    fn a_pause_of_no_length_changes_nothing_and_a_longer_one_never_takes_time_away(
        limit in any_limit(), from in any_instant(), after in 0..20_000i64, away in 0..50_000i64,
    ) {
        let (calendar, marks) = (shipped(), Marks::default());
        let was = instants(limit, from, calendar, &marks).unwrap();
        let paused = from + SignedDuration::from_mins(after);
        let left = remaining(limit, from, was, paused, calendar).unwrap();
        prop_assert_eq!(resumed(&left, paused, calendar, &marks).unwrap(), was);
        let back = paused + SignedDuration::from_mins(away);
        let on = resumed(&left, back, calendar, &marks).unwrap();
        prop_assert!(on.due_at >= was.due_at && on.red_at >= was.red_at && on.remind_at <= on.due_at);
        if was.due_at > paused {
            prop_assert!(on.due_at >= back.min(on.due_at));
            if limit.unit() == LimitUnit::Hours {
                let gap = back.duration_since(paused);
                prop_assert_eq!(on.due_at.duration_since(was.due_at), gap);
            }
        }
    }
}
