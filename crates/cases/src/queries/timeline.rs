//! The story of a case from its events: ids become names, sealed parts become text, the locale files make
//! sentences of it.

use super::{
    Ask, knowledge,
    names::{Names, Wanted},
    visible,
};
use crate::{
    CaseError,
    http::dto::{Id, Instant, TimelineEntry},
    model::CaseRow,
    rulebook::Rules,
};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use store::{
    Conn, StoreError,
    events::{self, Event},
    vault::Vault,
};

/// What an id in an event's public part points to, told by the last word of its name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Points {
    Unit,
    Account,
    Area,
    Category,
    Nothing,
}

/// The entries of a case, oldest first.
///
/// # Errors
/// When the database fails.
pub(super) fn of(
    conn: &mut Conn,
    vault: &Vault,
    rules: &Rules,
    ask: &Ask,
    case: &CaseRow,
) -> Result<Vec<TimelineEntry>, CaseError> {
    let log = events::of_stream(conn, case.id)?;
    let mut wanted = Wanted::default();
    for event in &log {
        wanted.accounts(event.actor).units(event.actor_unit);
        want(&event.public, Points::Nothing, &mut wanted);
    }
    let names = wanted.load(conn)?;
    let hidden = hidden_cases(conn, ask, &log)?;
    log.iter().map(|event| entry(conn, vault, rules, &names, &hidden, event)).collect()
}

/// Other cases that the log names and the asker may not know of: their numbers are left out.
fn hidden_cases(conn: &mut Conn, ask: &Ask, log: &[Event]) -> Result<BTreeSet<i64>, CaseError> {
    let named: BTreeSet<i64> = log.iter().filter_map(|event| event.public.get("case").and_then(id)).collect();
    let ids: Vec<i64> = named.iter().copied().collect();
    let seen: BTreeSet<i64> = visible::visible(conn, ask, &ids)?.into_iter().map(|case| case.id).collect();
    Ok(named.difference(&seen).copied().collect())
}

fn entry(
    conn: &mut Conn,
    vault: &Vault,
    rules: &Rules,
    names: &Names,
    hidden: &BTreeSet<i64>,
    event: &Event,
) -> Result<TimelineEntry, CaseError> {
    let mut public = event.public.as_object().cloned().unwrap_or_default();
    if public.get("case").and_then(id).is_some_and(|other| hidden.contains(&other)) {
        public.remove("case");
        public.remove("number");
    }
    let by_citizen = public.get("by").and_then(Value::as_str) == Some("person");
    Ok(TimelineEntry {
        id: Id(event.id),
        kind: event.kind.clone(),
        at: Instant(event.occurred_at),
        recorded_at: (event.recorded_at != event.occurred_at).then_some(Instant(event.recorded_at)),
        by: match event.actor {
            Some(_) => "account",
            None if by_citizen => "citizen",
            None => "system",
        }
        .to_owned(),
        actor_name: event.actor.map(|id| names.account(id).name),
        unit_name: event.actor_unit.map(|id| names.unit(id).short_name),
        params: named(public, rules, names),
        texts: texts(conn, vault, event.id)?,
    })
}

fn texts(conn: &mut Conn, vault: &Vault, event: i64) -> Result<BTreeMap<String, String>, CaseError> {
    let mut texts = BTreeMap::new();
    for (name, key_id, sealed) in events::parts(conn, event)? {
        // Data, not words: the form's answers and the files' hashes, which the case page shows as they stand.
        if matches!(name.as_str(), "form" | "sha256" | "thumbnail_sha256") {
            continue;
        }
        let opened = vault.key(conn, key_id).and_then(|key| vault.open_part(&key, &name, &sealed));
        match opened {
            Ok(bytes) => {
                texts.insert(name, String::from_utf8_lossy(&bytes).into_owned());
            }
            Err(StoreError::Unsealable | StoreError::NotFound(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(texts)
}

fn points(name: &str) -> Points {
    let name = name.strip_suffix("_id").or_else(|| name.strip_suffix("_ids")).unwrap_or(name);
    match name {
        "county" | "town" | "village" | "grid" | "area" => Points::Area,
        "category" => Points::Category,
        "host" | "co_handlers" | "owner" | "successor" => Points::Unit,
        "account" | "handler" | "asked_by" | "owner_account" => Points::Account,
        other if other.ends_with("unit") || other.ends_with("units") => Points::Unit,
        other if other.ends_with("account") => Points::Account,
        _ => Points::Nothing,
    }
}

fn id(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str().and_then(|text| text.parse().ok()))
}

fn want(value: &Value, points_to: Points, wanted: &mut Wanted) {
    match value {
        Value::Object(object) => {
            for (name, inner) in object {
                want(inner, points(name), wanted);
            }
        }
        Value::Array(items) => {
            for item in items {
                want(item, points_to, wanted);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            if let Some(id) = id(value) {
                match points_to {
                    Points::Unit => drop(wanted.units([id])),
                    Points::Account => drop(wanted.accounts([id])),
                    Points::Area => drop(wanted.areas([id])),
                    Points::Category | Points::Nothing => {}
                }
            }
        }
    }
}

fn named(object: Map<String, Value>, rules: &Rules, names: &Names) -> BTreeMap<String, Value> {
    object
        .into_iter()
        .map(|(name, value)| {
            let shown = show(value, points(&name), rules, names);
            (name, shown)
        })
        .collect()
}

fn show(value: Value, points_to: Points, rules: &Rules, names: &Names) -> Value {
    match value {
        Value::Object(object) => Value::Object(named(object, rules, names).into_iter().collect()),
        Value::Array(items) => {
            Value::Array(items.into_iter().map(|item| show(item, points_to, rules, names)).collect())
        }
        Value::Null | Value::Bool(_) => value,
        Value::Number(_) | Value::String(_) => shown_id(&value, points_to, rules, names).unwrap_or(value),
    }
}

fn shown_id(value: &Value, points_to: Points, rules: &Rules, names: &Names) -> Option<Value> {
    if points_to == Points::Category {
        let category = knowledge::category(rules, value.as_str()?)?;
        return Some(serde_json::json!({ "code": category.code, "zh": category.zh, "en": category.en }));
    }
    let id = id(value)?;
    match points_to {
        Points::Unit => Some(names.unit(id).short_name.into()),
        Points::Account => Some(names.account(id).name.into()),
        Points::Area => names.area(id).map(|area| area.name.into()),
        Points::Category | Points::Nothing => None,
    }
}
