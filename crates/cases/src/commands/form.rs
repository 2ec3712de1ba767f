//! The answers to a category's own fields: what is given must fit at once; what must be given is asked when the category is
//! found, not by whoever takes the matter in.

use super::{Verify, Work};
use crate::{CaseError, model::contexts, rulebook::Rules};
use diesel::prelude::*;
use people::Actor;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use store::{StoreError, schema::case_texts};

/// Answers by the names of their fields.
pub(super) type Answers = Map<String, Value>;

/// Checks answers against the fields of a category; with `all`, those it requires must be there too.
///
/// # Errors
/// `input.invalid` naming every wrong one as `form.{field}`; `catalogue.no_category`.
pub(super) fn check(rules: &Rules, category: &str, answers: &Answers, all: bool) -> Result<(), CaseError> {
    let problems = rules.catalogue.form_problems(category, &texts(answers))?;
    let wrong: Vec<(String, &'static str)> = problems
        .into_iter()
        .filter(|(_, reason)| all || *reason != "missing")
        .map(|(field, reason)| (format!("form.{field}"), code_of(reason)))
        .collect();
    if wrong.is_empty() { Ok(()) } else { Err(CaseError::Invalid(wrong)) }
}

fn code_of(reason: &'static str) -> &'static str {
    match reason {
        "missing" => "field.missing",
        "unknown" => "field.not_asked",
        "too_long" => "field.too_long",
        "not_a_number" => "field.number",
        "not_a_date" => "field.not_a_day",
        "not_a_choice" => "field.unknown_choice",
        _ => "field.unreadable",
    }
}

/// Answers as the catalogue checks them.
fn texts(answers: &Answers) -> BTreeMap<String, String> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    };
    answers.iter().map(|(name, value)| (name.clone(), text(value))).collect()
}

impl Verify {
    /// The answers that stand from now on, checked and sealed; `None` where nothing changes. Those given take the place of
    /// all before. Where none are given, those before stay as far as the category found knows them.
    ///
    /// # Errors
    /// As [`check`]: what the category requires must stand now. History that the product itself writes has what it has.
    pub(super) fn standing_form(&self, work: &mut Work<'_, '_>) -> Result<Option<Vec<u8>>, CaseError> {
        let all = !matches!(work.ctx.actor, Actor::System);
        if let Some(given) = &self.form {
            check(work.rules, &self.category, given, all)?;
            return Ok(work.sealed.column_or_null(contexts::FORM));
        }
        let before = stored(work)?;
        let known = &work.rules.catalogue.get(&self.category)?.fields;
        let mut kept = before.clone();
        kept.retain(|name, _| known.iter().any(|field| field.name == *name));
        check(work.rules, &self.category, &kept, all)?;
        if kept.len() == before.len() {
            return Ok(None);
        }
        work.sealed.seal(contexts::FORM, &Value::Object(kept).to_string()).map(Some)
    }
}

/// The answers that the case holds.
fn stored(work: &mut Work<'_, '_>) -> Result<Answers, CaseError> {
    let id = work.file.case.id;
    let sealed: Vec<u8> = case_texts::table.find(id).select(case_texts::form).first(work.tx.conn())?;
    if sealed.is_empty() {
        return Ok(Answers::new());
    }
    let text = work.sealed.open(contexts::FORM, &sealed)?;
    let corrupt = |error: serde_json::Error| StoreError::Corrupt { what: "form", detail: error.to_string() };
    Ok(serde_json::from_str(&text).map_err(corrupt)?)
}
