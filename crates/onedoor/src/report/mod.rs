//! Figures for people and programs.

use crate::{
    App, Failure,
    cli::{DayUnit, Format},
    out::say,
};
use diesel::prelude::*;
use jiff::civil::Date;
use rules::{RuleError, calendar::WorkCalendar};
use std::collections::BTreeMap;
use store::{Conn, StoreError, at, schema::cases};

/// How many matters were answered within so many days of their receipt.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Timeliness {
    /// Every matter that was received, merged duplicates and withdrawn ones left out.
    pub total: u64,
    /// Of them, answered within so many days; the day of receipt is not counted.
    pub within: BTreeMap<u32, u64>,
}

/// Prints how many matters were answered within so many days.
///
/// # Errors
/// When the store cannot be read, or a date lies beyond the calendar's years.
pub async fn timeliness(app: &App, within: &[u32], unit: DayUnit, format: Format) -> Result<(), Failure> {
    let figures = count(app, within, unit).await?;
    match format {
        Format::Json => say(serde_json::to_string(&figures).map_err(std::io::Error::from)?),
        Format::Text => tell(&figures, unit),
    }
    Ok(())
}

/// Counts from the database.
///
/// # Errors
/// As [`timeliness`].
pub async fn count(app: &App, within: &[u32], unit: DayUnit) -> Result<Timeliness, Failure> {
    let rows = app.store.read(load).await?;
    let rules = app.cases.rules.current();
    let mut figures = Timeliness { total: 0, within: within.iter().map(|days| (*days, 0)).collect() };
    for (received_at, replied_at) in rows {
        figures.total += 1;
        let Some(replied_at) = replied_at else { continue };
        let (received, replied) = (rules.calendar.date(at(received_at)), rules.calendar.date(at(replied_at)));
        let days = between(&rules.calendar, unit, received, replied)
            .map_err(|why| Failure::said(why.to_string()))?;
        for (limit, n) in &mut figures.within {
            *n += u64::from(days <= i64::from(*limit));
        }
    }
    Ok(figures)
}

/// A merged duplicate is answered with the matter it was merged into and does not count twice; who withdrew waits for
/// no answer. A matter that ended without a reply of a unit (answered on the spot, not accepted, given to an emergency
/// service) was answered when it ended.
fn load(conn: &mut Conn) -> Result<Vec<(i64, Option<i64>)>, StoreError> {
    let rows: Vec<(i64, Option<i64>, Option<i64>)> = cases::table
        .filter(cases::state.ne_all(["merged", "withdrawn"]))
        .select((cases::received_at, cases::replied_at, cases::closed_at))
        .load(conn)?;
    Ok(rows.into_iter().map(|(received, replied, closed)| (received, replied.or(closed))).collect())
}

fn between(calendar: &WorkCalendar, unit: DayUnit, from: Date, to: Date) -> Result<i64, RuleError> {
    match unit {
        DayUnit::Workdays => calendar.working_days_between(from, to),
        DayUnit::Days => Ok(from.duration_until(to).as_hours() / 24),
    }
}

fn tell(figures: &Timeliness, unit: DayUnit) {
    let days = match unit {
        DayUnit::Workdays => "working days",
        DayUnit::Days => "days",
    };
    say(format!("{} matters received", figures.total));
    for (limit, n) in &figures.within {
        say(format!("  answered within {limit:>3} {days}: {n:>8}  {}", share(*n, figures.total)));
    }
}

fn share(part: u64, whole: u64) -> String {
    let rate = rules::evaluation::Rate { part, whole };
    rate.permille()
        .map_or_else(|| "-".to_owned(), |permille| format!("{}.{} %", permille / 10, permille % 10))
}
