//! Versions of the rules: what was published, what is in force.

use super::names::Wanted;
use crate::{
    CaseError, Cases,
    http::dto::{CalendarReach, Instant, RuleSetHead, RuleSetVersions, RuleSetView},
    rulebook::RuleKind,
};
use diesel::prelude::*;
use rules::calendar::{CalendarData, WorkCalendar};
use serde_json::{Value, json};
use store::{Conn, Timestamp, schema::rule_sets};

type Row = (i64, String, String, Option<i64>, i64);

/// All versions of a rule set, latest first; the shipped one is version 0.
///
/// # Errors
/// When the database fails.
pub async fn rule_set_versions(cases: &Cases, kind: RuleKind) -> Result<RuleSetVersions, CaseError> {
    let in_force = version_in_force(cases, kind);
    let items = cases.store.read(move |conn| heads(conn, kind, in_force)).await?;
    Ok(RuleSetVersions { items })
}

/// The version in force.
#[must_use]
pub fn version_in_force(cases: &Cases, kind: RuleKind) -> i64 {
    cases.rules.current().versions.get(&kind).copied().unwrap_or(0)
}

/// One version of a rule set, the one in force when none is named.
///
/// # Errors
/// `rules.version.not_found`.
pub async fn rule_set(cases: &Cases, kind: RuleKind, version: Option<i64>) -> Result<RuleSetView, CaseError> {
    let in_force = version_in_force(cases, kind);
    let (wanted, now) = (version.unwrap_or(in_force), cases.store.clock().now());
    cases
        .store
        .read(move |conn| {
            let head = heads(conn, kind, in_force)?.into_iter().find(|head| head.version == wanted);
            let head = head.ok_or(CaseError::Rules {
                code: "rules.version.not_found",
                detail: format!("{} has no version {wanted}", kind.as_str()),
            })?;
            let text = if wanted == 0 { kind.shipped().to_owned() } else { body(conn, kind, wanted)? };
            let body = structured(kind, &text)?;
            let reach = match kind {
                RuleKind::Calendar => Some(reach_of(&text, now)?),
                RuleKind::Deadlines | RuleKind::Routing | RuleKind::Catalogue | RuleKind::Supervision => None,
            };
            Ok(RuleSetView { head, text, body, reach })
        })
        .await
}

/// The days before the last loaded one from which the next year is asked for: the notice comes in November.
const ASK_BEFORE_DAYS: i64 = 60;

fn reach_of(text: &str, now: Timestamp) -> Result<CalendarReach, CaseError> {
    Ok(reach(&WorkCalendar::build(&CalendarData::shipped()?.with_csv(text)?)?, now))
}

/// How far a working calendar reaches from an instant.
#[must_use]
pub fn reach(calendar: &WorkCalendar, now: Timestamp) -> CalendarReach {
    let days_left = calendar.days_left(now);
    CalendarReach {
        loaded_until: calendar.last_day().to_string(),
        days_left,
        ends_soon: days_left < ASK_BEFORE_DAYS,
        provisional_years: calendar.provisional_years().to_vec(),
    }
}

fn body(conn: &mut Conn, kind: RuleKind, version: i64) -> Result<String, CaseError> {
    Ok(rule_sets::table
        .filter(rule_sets::kind.eq(kind.as_str()))
        .filter(rule_sets::version.eq(version))
        .select(rule_sets::body)
        .first(conn)?)
}

fn heads(conn: &mut Conn, kind: RuleKind, in_force: i64) -> Result<Vec<RuleSetHead>, CaseError> {
    let rows: Vec<Row> = rule_sets::table
        .filter(rule_sets::kind.eq(kind.as_str()))
        .order(rule_sets::version.desc())
        .select((
            rule_sets::version,
            rule_sets::kind,
            rule_sets::note,
            rule_sets::published_by,
            rule_sets::published_at,
        ))
        .load(conn)?;
    let names = Wanted::default().accounts(rows.iter().filter_map(|row| row.3)).load(conn)?;
    let published = rows.into_iter().map(|(version, _, note, by, at)| RuleSetHead {
        kind,
        version,
        note,
        published_by: by.map(|id| names.account(id)),
        published_at: Some(Instant::of(at)),
        in_force: version == in_force,
    });
    let shipped = RuleSetHead {
        kind,
        version: 0,
        note: String::new(),
        published_by: None,
        published_at: None,
        in_force: in_force == 0,
    };
    Ok(published.chain([shipped]).collect())
}

/// The text of a rule set as structured data.
///
/// # Errors
/// `rules.unreadable`.
pub fn structured(kind: RuleKind, text: &str) -> Result<Value, CaseError> {
    match kind {
        RuleKind::Calendar => {
            let days = CalendarData::shipped()?.with_csv(text)?;
            serde_json::to_value(days).map_err(unreadable)
        }
        RuleKind::Deadlines | RuleKind::Routing | RuleKind::Catalogue | RuleKind::Supervision => {
            toml::from_str::<Value>(text).map_err(unreadable)
        }
    }
}

/// Structured data as the text that is published. Of a calendar every listed day is written.
///
/// # Errors
/// `rules.unreadable`.
pub fn as_text(kind: RuleKind, body: Value) -> Result<String, CaseError> {
    match kind {
        RuleKind::Calendar => {
            let data: CalendarData = serde_json::from_value(body).map_err(unreadable)?;
            Ok(data.to_csv())
        }
        RuleKind::Deadlines | RuleKind::Routing | RuleKind::Catalogue | RuleKind::Supervision => {
            toml::to_string_pretty(&without_nulls(body)).map_err(unreadable)
        }
    }
}

/// TOML knows no null: what is null is left out.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(object) => Value::Object(
            object
                .into_iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| (name, without_nulls(value)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        Value::Null => json!({}),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

fn unreadable(error: impl std::fmt::Display) -> CaseError {
    CaseError::Rules { code: "rules.unreadable", detail: error.to_string() }
}
