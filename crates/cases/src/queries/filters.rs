//! The filters of a list, parsed once, and their conditions.

use super::days;
use crate::{
    CaseError,
    http::dto::{DueFilter, ListQuestion},
    model::CaseRow,
};
use diesel::{
    dsl::{exists, sql},
    prelude::*,
    sql_types::{Bool, Text},
};
use people::scope::Backend;
use rules::lifecycle::CaseState;
use store::schema::{cases, clocks, persons, reporters};

/// A query over cases, still open for more conditions.
pub(super) type Query = cases::BoxedQuery<'static, Backend>;

/// What narrows a list.
#[derive(Clone, Debug, Default)]
pub struct Filters {
    /// Case state.
    pub state: Option<CaseState>,
    /// Open or ended.
    pub open: Option<bool>,
    /// Case kind.
    pub kind: Option<&'static str>,
    /// Channel.
    pub channel: Option<&'static str>,
    /// Urgency.
    pub urgency: Option<&'static str>,
    /// Category code, with its subtree; empty for cases that have none yet.
    pub category: Option<String>,
    /// Town.
    pub town: Option<i64>,
    /// Village.
    pub village: Option<i64>,
    /// Grid.
    pub grid: Option<i64>,
    /// Host unit.
    pub unit: Option<i64>,
    /// Owner unit.
    pub owner: Option<i64>,
    /// By deadline, at an instant (ms).
    pub due: Option<(DueFilter, i64)>,
    /// Received at or after (ms).
    pub from: Option<i64>,
    /// Received before (ms).
    pub to: Option<i64>,
    /// Last four digits of a reporter's phone, and whether reporters who asked for confidence count.
    pub phone4: Option<(String, bool)>,
    /// Only these cases (found by words).
    pub ids: Option<Vec<i64>>,
}

impl Filters {
    /// Reads the filters of a question. `now` is in milliseconds.
    ///
    /// # Errors
    /// A code at each field that cannot be read.
    pub fn parse(question: &ListQuestion, now: i64) -> Result<Filters, CaseError> {
        let state = question.state.as_deref().map(|word| {
            CaseState::parse(word).ok_or_else(|| CaseError::field("state", "field.unknown_choice"))
        });
        let digits_only = |text: &String| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let is_category = |text: &String| text == "none" || digits_only(text) && text.len() <= 12;
        if !question.category.as_ref().is_none_or(is_category) {
            return Err(CaseError::field("category", "category.unknown"));
        }
        if question.phone4.as_ref().is_some_and(|digits| !digits_only(digits) || digits.len() != 4) {
            return Err(CaseError::field("phone4", "request.four_digits"));
        }
        let from = question.from.as_deref().map(|text| days::begin_ms("from", days::parse("from", text)?));
        let to = question.to.as_deref().map(|text| days::end_ms("to", days::parse("to", text)?));
        Ok(Filters {
            state: state.transpose()?,
            open: question.open,
            kind: question.kind.map(|word| word.0.as_str()),
            channel: question.channel.map(|word| word.0.as_str()),
            urgency: question.urgency.map(|word| word.0.as_str()),
            category: question.category.clone().map(|code| if code == "none" { String::new() } else { code }),
            town: question.town.map(|id| id.0),
            village: question.village.map(|id| id.0),
            grid: question.grid.map(|id| id.0),
            unit: question.unit.map(|id| id.0),
            owner: question.owner.map(|id| id.0),
            due: question.due.map(|due| (due, now)),
            from: from.transpose()?,
            to: to.transpose()?,
            phone4: question.phone4.clone().map(|digits| (digits, false)),
            ids: None,
        })
    }

    /// Puts the conditions on a query.
    pub(super) fn apply(&self, mut query: Query) -> Query {
        if let Some(state) = self.state {
            query = query.filter(cases::state.eq(state.as_str()));
        }
        match self.open {
            Some(true) => query = query.filter(cases::open),
            Some(false) => query = query.filter(cases::open.eq(false)),
            None => {}
        }
        if let Some(kind) = self.kind {
            query = query.filter(cases::kind.eq(kind));
        }
        if let Some(channel) = self.channel {
            query = query.filter(cases::channel.eq(channel));
        }
        if let Some(urgency) = self.urgency {
            query = query.filter(cases::urgency.eq(urgency));
        }
        if let Some(code) = self.category.as_deref() {
            query = under(query, code);
        }
        self.people(self.time(self.place(query)))
    }

    fn place(&self, mut query: Query) -> Query {
        if let Some(town) = self.town {
            query = query.filter(cases::town_id.eq(town));
        }
        if let Some(village) = self.village {
            query = query.filter(cases::village_id.eq(village));
        }
        if let Some(grid) = self.grid {
            query = query.filter(cases::grid_id.eq(grid));
        }
        if let Some(unit) = self.unit {
            query = query.filter(cases::host_unit_id.eq(unit));
        }
        if let Some(owner) = self.owner {
            query = query.filter(cases::owner_unit_id.eq(owner));
        }
        query
    }

    fn time(&self, mut query: Query) -> Query {
        match self.due {
            Some((DueFilter::Late, now)) => {
                query = query.filter(cases::open).filter(cases::next_due_at.lt(now))
            }
            Some((DueFilter::Soon, now)) => {
                let reminded = clocks::table
                    .filter(clocks::case_id.eq(cases::id))
                    .filter(clocks::state.eq("running"))
                    .filter(clocks::next_step)
                    .filter(clocks::remind_at.le(now));
                query = query.filter(cases::open).filter(cases::next_due_at.ge(now)).filter(exists(reminded));
            }
            Some((DueFilter::Today, now)) => {
                let (begin, end) = days::around(now);
                query = query
                    .filter(cases::open)
                    .filter(cases::next_due_at.ge(begin))
                    .filter(cases::next_due_at.lt(end));
            }
            None => {}
        }
        if let Some(from) = self.from {
            query = query.filter(cases::received_at.ge(from));
        }
        if let Some(to) = self.to {
            query = query.filter(cases::received_at.lt(to));
        }
        query
    }

    fn people(&self, mut query: Query) -> Query {
        if let Some((digits, confidential_too)) = &self.phone4 {
            // By the digits first: those who have them are few.
            let with_digits = reporters::table
                .inner_join(persons::table.on(persons::id.nullable().eq(reporters::person_id)))
                .filter(persons::phone_last4.eq(digits.clone()))
                .select(reporters::case_id);
            query = if *confidential_too {
                query.filter(cases::id.eq_any(with_digits))
            } else {
                query.filter(cases::id.eq_any(with_digits.filter(reporters::confidential.eq(false))))
            };
        }
        if let Some(ids) = &self.ids {
            query = query.filter(cases::id.eq_any(ids.clone()));
        }
        query
    }

    /// The sort key of a row in the order of the next due.
    pub(super) fn due_key(row: &CaseRow) -> (bool, i64, i64) {
        (row.next_due_at.is_none(), row.next_due_at.unwrap_or(0), row.id)
    }
}

/// Cases of a category and all under it: its code begins theirs. The first two levels have an index each, in which their
/// cases stand in the order they came in; what lies deeper is few. The expressions are those of the indexes.
fn under(query: Query, code: &str) -> Query {
    let level = |sql_text: &str, prefix: &str| sql::<Bool>(sql_text).bind::<Text, _>(prefix.to_owned());
    let within = cases::category.between(code.to_owned(), format!("{code:9<14}"));
    match code.len() {
        0 => query.filter(level("substr(cases.category, 1, 2) = ", "")),
        1 => query.filter(within),
        2 => query.filter(level("substr(cases.category, 1, 2) = ", code)),
        3 => query.filter(level("substr(cases.category, 1, 2) = ", &code[..2])).filter(within),
        4 => query.filter(level("substr(cases.category, 1, 4) = ", code)),
        _ => query.filter(level("substr(cases.category, 1, 4) = ", &code[..4])).filter(within),
    }
}
