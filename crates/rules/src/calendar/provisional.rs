//! A year as far as it can be known before the State Council's notice of its holidays: for a demo and for tests, never
//! for a county's real deadlines.

use super::{DayEntry, DayKind, day_number, is_weekday};
use crate::RuleError;
use jiff::{ToSpan, civil::Date};
use std::collections::BTreeSet;

/// Month and day.
type Day = (i8, i8);

/// A year's holidays that follow the moon and the sun: 春节 (the first day), 清明, 端午, 中秋.
struct Moving {
    year: i16,
    spring: Day,
    qingming: Day,
    dragon_boat: Day,
    mid_autumn: Day,
}

const MOVING: [Moving; 2] = [
    Moving { year: 2027, spring: (2, 6), qingming: (4, 5), dragon_boat: (6, 9), mid_autumn: (9, 15) },
    Moving { year: 2028, spring: (1, 26), qingming: (4, 4), dragon_boat: (5, 28), mid_autumn: (10, 3) },
];

/// The statutory holidays of a year: 全国年节及纪念日放假办法 (2024) art. 2 says which days, art. 6 that one on a weekend is
/// made up for on a working day. Left out is what only the notice can say: which weekends are worked instead. Holidays of
/// the lunar calendar are known for 2027 and 2028.
pub(super) fn days(year: i16) -> Result<Vec<DayEntry>, RuleError> {
    let mut taken = BTreeSet::new();
    let mut days = Vec::new();
    for (name, date) in statutory(year)? {
        let off = day_off(date, &taken)?;
        // A holiday on a weekend stays one, and a working day is free for it.
        for date in BTreeSet::from([date, off]) {
            if taken.insert(date) {
                days.push(DayEntry { date, kind: DayKind::Holiday, name: name.to_owned() });
            }
        }
    }
    Ok(days)
}

/// The first working day from `date` on that is not free already.
fn day_off(date: Date, taken: &BTreeSet<Date>) -> Result<Date, RuleError> {
    let mut off = date;
    while taken.contains(&off) || !is_weekday(day_number(off)) {
        off = off.tomorrow().map_err(bad)?;
    }
    Ok(off)
}

fn statutory(year: i16) -> Result<Vec<(&'static str, Date)>, RuleError> {
    let date = |(month, day): Day| Date::new(year, month, day).map_err(bad);
    let mut days = vec![("元旦", date((1, 1))?)];
    if let Some(moving) = MOVING.iter().find(|moving| moving.year == year) {
        let spring = date(moving.spring)?;
        for after in -1..3 {
            days.push(("春节", spring.checked_add(after.days()).map_err(bad)?));
        }
        days.push(("清明节", date(moving.qingming)?));
        days.push(("端午节", date(moving.dragon_boat)?));
        days.push(("中秋节", date(moving.mid_autumn)?));
    }
    for day in [(5, 1), (5, 2)] {
        days.push(("劳动节", date(day)?));
    }
    for day in [(10, 1), (10, 2), (10, 3)] {
        days.push(("国庆节", date(day)?));
    }
    days.sort_by_key(|(_, date)| *date);
    Ok(days)
}

fn bad(error: jiff::Error) -> RuleError {
    RuleError::BadCalendar(error.to_string())
}
