//! The demo goes on where the official calendar ends: with a provisional one, plainly marked. A real county's deadlines
//! wait for the State Council's notice instead.

use crate::{App, Failure};
use cases::{
    Ctx, queries,
    rulebook::{NewRules, RuleKind},
};
use rules::calendar::CalendarData;
use store::{Timestamp, ms};

/// How far ahead deadlines lie: the longest limit, its extension, a pause.
const AHEAD_MS: i64 = 120 * 86_400_000;
const NOTE: &str =
    "演示用的预估日历：国务院办公厅的通知发布之前，按《全国年节及纪念日放假办法》推算，不作正式依据";

/// Publishes provisional years, at `at`, until the calendar holds every deadline of matters up to `now`. Does nothing
/// when it does already.
///
/// # Errors
/// When the store cannot be written.
pub async fn provide(app: &App, at: Timestamp, now: Timestamp) -> Result<(), Failure> {
    let calendar = app.cases.rules.current().calendar.clone();
    let (held, needed) = (calendar.years().1, calendar.date(store::at(ms(now) + AHEAD_MS)).year());
    if held >= needed {
        return Ok(());
    }
    let standing = queries::rule_set(&app.cases, RuleKind::Calendar, None).await?;
    let mut data = CalendarData::from_csv(&standing.text).map_err(said)?;
    for year in held + 1..=needed {
        data = data.with_provisional(year).map_err(said)?;
    }
    let new = NewRules {
        kind: RuleKind::Calendar,
        text: data.to_csv(),
        note: NOTE.to_owned(),
        made_from: Some(standing.head.version),
    };
    app.cases.rules.publish(&app.store, &Ctx::system(at), new).await?;
    Ok(())
}

fn said(error: rules::RuleError) -> Failure {
    Failure::said(error.to_string())
}
