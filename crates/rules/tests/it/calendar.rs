use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use proptest::prelude::*;
use rules::{
    RuleError,
    calendar::{CalendarData, OfficeHours, WorkCalendar},
    limits::{Limit, due},
};
use std::{collections::HashMap, sync::LazyLock};

/// Written apart from the crate: walks day by day over the file with a real time zone.
pub(crate) struct Naive {
    listed: HashMap<Date, String>,
    zone: TimeZone,
}

impl Naive {
    fn new() -> Self {
        let mut reader = csv::Reader::from_reader(include_str!("../../data/cn-workdays.csv").as_bytes());
        let listed = reader
            .records()
            .map(|row| row.unwrap())
            .map(|row| (row[0].parse().unwrap(), row[1].to_owned()))
            .collect();
        Self { listed, zone: TimeZone::get("Asia/Shanghai").unwrap() }
    }

    fn works(&self, day: Date) -> bool {
        match self.listed.get(&day).map(String::as_str) {
            Some("holiday") => false,
            Some("makeup_workday") => true,
            Some(other) => panic!("{other}"),
            None => !matches!(day.weekday().to_monday_zero_offset(), 5 | 6),
        }
    }

    fn add(&self, day: Date, n: u32) -> Date {
        let mut day = day;
        for _ in 0..n {
            day = day.tomorrow().unwrap();
            while !self.works(day) {
                day = day.tomorrow().unwrap();
            }
        }
        day
    }

    fn between(&self, from: Date, to: Date) -> i64 {
        from.series(1.day()).skip(1).take_while(|day| *day <= to).filter(|day| self.works(*day)).count()
            as i64
    }

    fn open(&self, at: Timestamp) -> bool {
        let local = at.to_zoned(self.zone.clone());
        let minutes = i32::from(local.hour()) * 60 + i32::from(local.minute());
        self.works(local.date()) && ((510..720).contains(&minutes) || (870..1080).contains(&minutes))
    }

    /// Minute by minute.
    fn add_minutes(&self, from: Timestamp, minutes: u32) -> Timestamp {
        let mut at = from;
        let mut left = minutes;
        while left > 0 {
            if self.open(at) {
                left -= 1;
            }
            at += 1.minute();
        }
        at
    }
}

/// The shipped calendar, built once.
pub(crate) fn shipped() -> &'static WorkCalendar {
    static SHIPPED: LazyLock<WorkCalendar> = LazyLock::new(|| WorkCalendar::shipped().unwrap());
    &SHIPPED
}

static NAIVE: LazyLock<Naive> = LazyLock::new(Naive::new);

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

pub(crate) fn at(text: &str) -> Timestamp {
    let zone = TimeZone::get("Asia/Shanghai").unwrap();
    zone.to_timestamp(text.parse::<jiff::civil::DateTime>().unwrap()).unwrap()
}

fn last_day(start: &str, limit: &str) -> Date {
    let calendar = WorkCalendar::shipped().unwrap();
    let end = due(Limit::parse(limit).unwrap(), at(&format!("{start}T10:15:00")), &calendar).unwrap();
    calendar.date(end.statutory_due)
}

#[test]
fn the_eight_fixtures() {
    for (start, limit, end) in [
        ("2025-09-30", "5wd", "2025-10-14"),
        ("2025-01-24", "5wd", "2025-02-07"),
        ("2026-02-13", "5wd", "2026-02-27"),
        ("2026-09-18", "3wd", "2026-09-22"),
        ("2025-08-03", "60cd", "2025-10-09"),
        ("2025-09-06", "30cd", "2025-10-09"),
        ("2026-01-20", "30cd", "2026-02-24"),
        ("2025-12-05", "15cd", "2025-12-22"),
    ] {
        assert_eq!(last_day(start, limit), date(end), "{start} + {limit}");
    }
}

#[test]
fn working_days_per_year_as_published() {
    let calendar = WorkCalendar::shipped().unwrap();
    assert_eq!(calendar.years(), (2004, 2026));
    for (year, days) in
        [(2020, 249), (2021, 250), (2022, 249), (2023, 249), (2024, 251), (2025, 248), (2026, 248)]
    {
        let (first, last) = (Date::new(year, 1, 1).unwrap(), Date::new(year, 12, 31).unwrap());
        assert!(!calendar.is_workday(first).unwrap(), "1 January is a holiday");
        assert_eq!(calendar.working_days_between(first, last).unwrap(), days, "{year}");
    }
}

#[test]
fn the_internal_target_is_the_working_day_before() {
    let calendar = WorkCalendar::shipped().unwrap();
    let due = due(Limit::parse("30cd").unwrap(), at("2025-09-06T09:00:00"), &calendar).unwrap();
    assert_eq!(due.statutory_due, at("2025-10-09T18:00:00"));
    assert_eq!(due.internal_target, at("2025-09-30T18:00:00"));
}

#[test]
fn beyond_the_loaded_years_is_refused_and_names_the_file() {
    let calendar = WorkCalendar::shipped().unwrap();
    for (limit, from) in [("5wd", "2026-12-28"), ("12wh", "2026-12-31"), ("15cd", "2026-12-20")] {
        let error =
            due(Limit::parse(limit).unwrap(), at(&format!("{from}T17:00:00")), &calendar).unwrap_err();
        assert_eq!(error, RuleError::YearNotLoaded { year: 2027, first: 2004, last: 2026 }, "{limit}");
        assert_eq!(error.code(), "calendar.year_not_loaded");
        assert!(error.to_string().contains("cn-workdays-2027.csv"), "{error}");
    }
    let early = calendar.is_workday(date("2003-05-05")).unwrap_err();
    assert_eq!(early, RuleError::YearNotLoaded { year: 2003, first: 2004, last: 2026 });
    let wall = due(Limit::parse("24h").unwrap(), at("2026-12-31T17:00:00"), &calendar).unwrap();
    assert_eq!(wall.statutory_due, at("2027-01-01T17:00:00"), "the wall clock needs no calendar");
}

#[test]
fn a_year_can_be_added() {
    let data = CalendarData::shipped().unwrap();
    let more = data.with_csv("date,type,name\n2027-01-01,holiday,元旦\n").unwrap();
    assert_eq!(more.version, data.version + 1);
    let calendar = WorkCalendar::build(&more).unwrap();
    assert_eq!(calendar.years(), (2004, 2027));
    assert_eq!(calendar.add_working_days(date("2026-12-31"), 1).unwrap(), date("2027-01-04"));
    let gap = WorkCalendar::build(&data.with_csv("2028-01-01,holiday,元旦").unwrap()).unwrap_err();
    assert_eq!(gap.code(), "calendar.invalid");
}

#[test]
fn office_hours_are_data() {
    let mut data = CalendarData::shipped().unwrap();
    data.office_hours = OfficeHours(vec!["09:00-17:00".to_owned()]);
    let calendar = WorkCalendar::build(&data).unwrap();
    let end = due(Limit::parse("9wh").unwrap(), at("2026-11-20T16:00:00"), &calendar).unwrap();
    assert_eq!(end.statutory_due, at("2026-11-23T17:00:00"));
    let by_file = CalendarData::shipped().unwrap().with_csv("# summer\noffice_hours,09:00-17:00\n").unwrap();
    assert_eq!(by_file.office_hours, data.office_hours);
    assert_eq!(by_file.days, data.days);
    let wrong = CalendarData::from_csv("office_hours,17:00-09:00").unwrap_err();
    assert_eq!(wrong.code(), "calendar.invalid");
    data.office_hours = OfficeHours(vec!["09:00-12:00".to_owned(), "11:00-17:00".to_owned()]);
    assert_eq!(WorkCalendar::build(&data).unwrap_err().code(), "calendar.invalid");
    data.office_hours = OfficeHours(vec![]);
    assert_eq!(WorkCalendar::build(&data).unwrap_err().code(), "calendar.invalid");
}

#[test]
fn a_broken_line_is_named() {
    let error = CalendarData::from_csv("date,type,name\n2027-01-01,holyday,元旦").unwrap_err();
    assert!(error.to_string().contains("line 2"), "{error}");
    let twice = CalendarData::from_csv("2027-01-01,holiday,元旦\n2027-01-01,makeup_workday,元旦").unwrap();
    assert!(WorkCalendar::build(&twice).unwrap_err().to_string().contains("twice"));
}

#[test]
fn calendar_data_survives_json() {
    let data = CalendarData::shipped().unwrap();
    let json = serde_json::to_string(&data).unwrap();
    assert_eq!(serde_json::from_str::<CalendarData>(&json).unwrap(), data);
}

fn some_day() -> impl Strategy<Value = Date> {
    (0..8300i32).prop_map(|n| date("2004-01-01").checked_add(n.days()).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn working_days_agree_with_a_walk(from in some_day(), n in 1..40u32, gap in 0..200i32) {
        let (naive, calendar) = (&*NAIVE, shipped());
        prop_assert_eq!(calendar.is_workday(from).unwrap(), naive.works(from));
        let to = from.checked_add(gap.days()).unwrap();
        if to.year() <= 2026 {
            let count = calendar.working_days_between(from, to).unwrap();
            prop_assert_eq!(count, naive.between(from, to));
            prop_assert_eq!(calendar.working_days_between(to, from).unwrap(), -count);
        }
        let end = naive.add(from, n);
        if end.year() <= 2026 {
            prop_assert_eq!(calendar.add_working_days(from, n).unwrap(), end);
        } else {
            prop_assert!(calendar.add_working_days(from, n).is_err());
        }
    }

    #[test]
    fn calendar_days_roll_over(from in some_day(), n in 1..90u32) {
        let (naive, calendar) = (&*NAIVE, shipped());
        let last = from.checked_add(i64::from(n).days()).unwrap();
        let mut end = last;
        while !naive.works(end) {
            end = end.tomorrow().unwrap();
        }
        if end.year() <= 2026 {
            prop_assert_eq!(calendar.add_calendar_days(from, n).unwrap(), end);
            let mut target = last;
            while !naive.works(target) {
                target = target.yesterday().unwrap();
            }
            if target.year() >= 2004 {
                prop_assert_eq!(calendar.calendar_target(from, n).unwrap(), target);
            }
        }
    }

    #[test]
    fn working_minutes_agree_with_a_walk(from in some_day(), minute in 0..1440i64, minutes in 1..1500u32) {
        let (naive, calendar) = (&*NAIVE, shipped());
        let start = at(&format!("{from}T00:00:00")) + minute.minutes();
        let end = naive.add_minutes(start, minutes);
        if calendar.date(end).year() <= 2026 {
            let ms = i64::from(minutes) * 60_000;
            let reached = calendar.add_working_ms(start, ms).unwrap();
            prop_assert_eq!(reached, end);
            prop_assert_eq!(calendar.working_ms_between(start, reached).unwrap(), ms);
        }
    }
}

fn provisional(year: i16) -> CalendarData {
    CalendarData::from_csv("").unwrap().with_provisional(year).unwrap()
}

#[test]
fn a_provisional_year_has_the_statutory_days_and_makes_up_for_weekends() {
    let off = |year: i16| -> Vec<String> {
        let data = provisional(year);
        data.days.iter().map(|day| format!("{} {}", day.date.strftime("%m-%d"), day.name)).collect()
    };
    assert_eq!(
        off(2027),
        [
            "01-01 元旦",
            "02-05 春节",
            "02-06 春节",
            "02-07 春节",
            "02-08 春节",
            "02-09 春节",
            "02-10 春节",
            "04-05 清明节",
            "05-01 劳动节",
            "05-02 劳动节",
            "05-03 劳动节",
            "05-04 劳动节",
            "06-09 端午节",
            "09-15 中秋节",
            "10-01 国庆节",
            "10-02 国庆节",
            "10-03 国庆节",
            "10-04 国庆节",
            "10-05 国庆节",
        ]
    );
    let mid_autumn: Vec<String> = off(2028).into_iter().filter(|day| day.starts_with("10-")).collect();
    let days = ["10-01", "10-02", "10-03", "10-04", "10-05"].map(|day| day.to_owned());
    assert_eq!(mid_autumn.iter().map(|day| day[..5].to_owned()).collect::<Vec<_>>(), days);
    for year in [2027, 2028, 2035] {
        let built = WorkCalendar::build(&provisional(year)).unwrap();
        assert_eq!((built.years(), built.provisional_years()), ((year, year), &[year][..]));
        for day in provisional(year).days {
            assert!(!built.is_workday(day.date).unwrap());
        }
        let statutory = if year == 2035 { 6 } else { 13 };
        let weekdays = (0..365)
            .map(|day| date(&format!("{year}-01-01")) + (day).days())
            .filter(|day| day.weekday().to_monday_zero_offset() < 5)
            .count() as i64;
        let first = date(&format!("{}-01-01", year));
        let worked = built.working_days_between(first, first + 364.days()).unwrap();
        assert_eq!(weekdays - worked, statutory, "{year}: a working day is free for each statutory day");
    }
}

#[test]
fn a_provisional_year_is_marked_until_an_official_one_comes() {
    let shipped = CalendarData::shipped().unwrap();
    let next = provisional(2027);
    let demo = shipped.with_csv(&next.to_csv()).unwrap();
    let built = WorkCalendar::build(&demo).unwrap();
    assert_eq!((built.years(), built.provisional_years()), ((2004, 2027), &[2027][..]));
    assert_eq!(CalendarData::from_csv(&demo.to_csv()).unwrap().provisional, demo.provisional);

    let official = demo.with_csv("2027-01-01,holiday,元旦\n").unwrap();
    assert!(official.provisional.is_empty());
    assert_eq!(official.days.iter().filter(|day| day.date.year() == 2027).count(), 1);
    // A provisional year that was published once gives way to a program that ships the official one.
    let kept = official.with_csv(&next.to_csv()).unwrap();
    assert_eq!((&kept.days, &kept.provisional), (&official.days, &official.provisional));
    assert_eq!(official.clone().with_provisional(2027).unwrap(), official, "what is listed stays");
    assert_eq!(CalendarData::from_csv("provisional,soon\n").unwrap_err().code(), "calendar.invalid");
}

#[test]
fn the_office_hours_survive_being_written_down() {
    let short = CalendarData::shipped().unwrap().with_csv("office_hours,09:00-12:00,13:00-17:00\n").unwrap();
    assert_eq!(CalendarData::from_csv(&short.to_csv()).unwrap(), CalendarData { version: 1, ..short });
}

#[test]
fn the_end_of_the_loaded_years_is_seen_coming() {
    let calendar = WorkCalendar::shipped().unwrap();
    assert_eq!(calendar.last_day(), date("2026-12-31"));
    for (at_, left) in [("2026-11-22T09:00:00", 39), ("2026-12-31T23:59:59", 0), ("2027-01-01T00:00:00", -1)]
    {
        assert_eq!(calendar.days_left(at(at_)), left, "{at_}");
    }
}
