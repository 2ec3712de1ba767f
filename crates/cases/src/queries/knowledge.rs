//! What the rules in force say: categories, limits, the proposed unit.

use super::{names::Wanted, rows::Words, secrets};
use crate::{
    CaseError, Cases,
    http::dto::{
        Catalogue, CategoryField, CategoryName, CategoryOption, CategorySuggestion, CategoryView,
        DeadlinePreview, DeadlineQuestion, Instant, LimitPreview, RouteView, RuleName, UrgencyWord,
    },
    model::{CaseRow, CaseTextRow, Directory, contexts},
    rulebook::{RuleKind, Rules},
};
use diesel::prelude::*;
use rules::{
    calendar::WorkCalendar,
    catalogue::{Category, FieldKind},
    deadlines::DeadlineCase,
    lifecycle::{CaseState, ClockKind},
    limits,
    routing::{Because, RouteCase},
    words::ResolutionClass,
};
use store::{Conn, Timestamp, schema::areas, vault::Vault};

/// The working calendar in force.
#[must_use]
pub(super) fn calendar(rules: &Rules) -> &WorkCalendar {
    &rules.calendar
}

/// A category by name, with the names above it. A code that the catalogue no longer has is shown as it is.
#[must_use]
pub(super) fn category(rules: &Rules, code: &str) -> Option<CategoryName> {
    if code.is_empty() {
        return None;
    }
    let mut path: Vec<&Category> = Vec::new();
    let mut next = Some(code);
    while let Some(found) = next.and_then(|code| rules.catalogue.get(code).ok()) {
        path.push(found);
        next = found.parent.as_deref();
    }
    path.reverse();
    let last = path.last();
    Some(CategoryName {
        code: code.to_owned(),
        zh: last.map_or_else(|| code.to_owned(), |category| category.zh.clone()),
        en: last.map_or_else(|| code.to_owned(), |category| category.en.clone()),
        path_zh: path.iter().map(|category| category.zh.clone()).collect(),
        path_en: path.iter().map(|category| category.en.clone()).collect(),
    })
}

/// The catalogue in force.
#[must_use]
pub fn catalogue(rules: &Rules) -> Catalogue {
    Catalogue {
        version: rules.versions.get(&RuleKind::Catalogue).copied().unwrap_or(0),
        categories: rules.catalogue.categories().map(view).collect(),
    }
}

fn view(category: &Category) -> CategoryView {
    CategoryView {
        code: category.code.clone(),
        parent: category.parent.clone(),
        zh: category.zh.clone(),
        en: category.en.clone(),
        keywords: category.keywords.clone(),
        urgency: UrgencyWord(category.urgency),
        leaf: category.leaf,
        fields: category
            .fields
            .iter()
            .map(|field| CategoryField {
                name: field.name.clone(),
                zh: field.def.zh.clone(),
                en: field.def.en.clone(),
                kind: field_kind(field.def.kind).to_owned(),
                required: field.required,
                options: field
                    .def
                    .choices
                    .iter()
                    .map(|choice| CategoryOption {
                        value: choice.value.clone(),
                        zh: choice.zh.clone(),
                        en: choice.en.clone(),
                    })
                    .collect(),
            })
            .collect(),
    }
}

const fn field_kind(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Text => "text",
        FieldKind::Number => "number",
        FieldKind::Date => "date",
        FieldKind::Choice => "choice",
        FieldKind::Boolean => "boolean",
    }
}

/// Which limits would apply, were every step to begin at one instant, and which unit the rules propose.
///
/// # Errors
/// `calendar.year_not_loaded` when a due lies beyond the loaded years.
pub async fn deadline_preview(
    cases: &Cases,
    question: DeadlineQuestion,
    now: Timestamp,
) -> Result<DeadlinePreview, CaseError> {
    let rules = cases.rules.current();
    let at = question.at.map_or(now, |at| at.0);
    let limits = limits_of(&rules, &question, at)?;
    let route = cases.store.read(move |conn| proposed(conn, &rules, &question)).await?;
    Ok(DeadlinePreview { at: Instant(at), limits, route })
}

fn limits_of(
    rules: &Rules,
    question: &DeadlineQuestion,
    at: Timestamp,
) -> Result<Vec<LimitPreview>, CaseError> {
    let case = DeadlineCase {
        kind: question.kind.0,
        channel: question.channel.0,
        urgency: question.urgency.0,
        class: question.resolution_class.map_or(ResolutionClass::Prompt, |word| word.0),
        category: question.category.as_deref().unwrap_or_default(),
    };
    let mut previews = Vec::new();
    for clock in ClockKind::ALL {
        let Ok(chosen) = rules.deadlines.limit(*clock, &case) else { continue };
        let instants = limits::instants(chosen.limit, at, &rules.calendar, rules.supervision.marks())?;
        previews.push(LimitPreview {
            clock: clock.as_str().to_owned(),
            limit: chosen.limit.to_string(),
            rule: deadline_rule(rules, &chosen.rule),
            remind_at: Some(Instant(instants.remind_at)),
            due_at: Instant(instants.due_at),
        });
    }
    Ok(previews)
}

/// The unit that the routing rules propose for a question.
fn proposed(
    conn: &mut Conn,
    rules: &Rules,
    question: &DeadlineQuestion,
) -> Result<Option<RouteView>, CaseError> {
    let category = question.category.as_deref().unwrap_or_default();
    let area = area_code(conn, question.area_id.map(|id| id.0))?;
    let matter = RouteCase {
        kind: question.kind.0,
        channel: question.channel.0,
        category,
        area: area.as_deref(),
        reported_unit: question.reported_unit.map(|id| id.0),
    };
    route(conn, rules, &matter)
}

/// The unit that the routing rules propose for a case.
///
/// # Errors
/// When the database fails.
pub(super) fn proposed_for(
    conn: &mut Conn,
    rules: &Rules,
    case: &CaseRow,
) -> Result<Option<RouteView>, CaseError> {
    let finest = case.grid_id.or(case.village_id).or(case.town_id).or(case.county_id);
    let area = area_code(conn, finest)?;
    let words = Words::of(case)?;
    let matter = RouteCase {
        kind: words.kind.0,
        channel: words.channel.0,
        category: &case.category,
        area: area.as_deref(),
        reported_unit: case.reported_unit_id,
    };
    route(conn, rules, &matter)
}

fn area_code(conn: &mut Conn, area: Option<i64>) -> Result<Option<String>, CaseError> {
    match area {
        Some(id) => Ok(areas::table.find(id).select(areas::code).first(conn).optional()?),
        None => Ok(None),
    }
}

/// What the rules say; `None` when no rule finds a unit and a dispatcher decides.
fn route(conn: &mut Conn, rules: &Rules, matter: &RouteCase<'_>) -> Result<Option<RouteView>, CaseError> {
    let Ok(route) = rules.routing.route(matter, &Directory::new(conn), &rules.catalogue) else {
        return Ok(None);
    };
    let names = Wanted::default().units([route.unit_id]).load(conn)?;
    let because = route.because.iter().filter_map(|step| named_step(rules, step));
    Ok(Some(RouteView {
        by: "rule".to_owned(),
        unit: Some(names.unit(route.unit_id)),
        rule: Some(routing_rule(rules, &route.rule)),
        note: Some(route.note).filter(|note| !note.is_empty()),
        because: because.collect(),
    }))
}

/// A step of the explanation, with what people call its rule.
fn named_step(rules: &Rules, step: &Because) -> Option<serde_json::Value> {
    let mut value = serde_json::to_value(step).ok()?;
    if let Some(name) = value.get("rule").and_then(|rule| rule.as_str()).map(|id| rules.routing.name(id)) {
        value["zh"] = name.zh.into();
        value["en"] = name.en.into();
    }
    Some(value)
}

/// What people call a deadline rule, as the rules in force say.
pub(super) fn deadline_rule(rules: &Rules, id: &str) -> RuleName {
    RuleName::of(id, rules.deadlines.name(id))
}

/// What people call a routing rule, as the rules in force say.
pub(super) fn routing_rule(rules: &Rules, id: &str) -> RuleName {
    RuleName::of(id, rules.routing.name(id))
}

/// Categories whose words occur in a matter that is not yet verified.
///
/// # Errors
/// When the database fails.
pub(super) fn suggestions(
    conn: &mut Conn,
    vault: &Vault,
    rules: &Rules,
    case: &CaseRow,
    texts: Option<&CaseTextRow>,
) -> Result<Vec<CategorySuggestion>, CaseError> {
    if case.state != CaseState::Received.as_str() {
        return Ok(Vec::new());
    }
    let title = secrets::title(conn, vault, case)?.unwrap_or_default();
    let detail = match texts {
        Some(texts) => secrets::open(conn, vault, case.key_id, contexts::DETAIL, &texts.detail)?,
        None => None,
    };
    let whole = format!("{title}\n{}", detail.unwrap_or_default());
    let found = rules.catalogue.suggest(&whole, 3).into_iter().filter_map(|(found, score)| {
        let category = category(rules, &found.code)?;
        Some(CategorySuggestion { category, score: i64::try_from(score).unwrap_or(i64::MAX) })
    });
    Ok(found.collect())
}
