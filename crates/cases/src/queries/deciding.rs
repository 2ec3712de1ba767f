//! The dispatcher's desk in the order of what it has to decide: while a request waits over a case, it is the decision's
//! clock that counts on this desk, not that of the work which goes on elsewhere.

use super::{
    cursor::Cursor,
    filters::Filters,
    rows::ClockLook,
    sources::{Listing, Order, Rows, Source},
};
use crate::{CaseError, model::CaseRow};
use diesel::prelude::*;
use rules::lifecycle::{ClockKind, OverlayKind};
use std::collections::BTreeMap;
use store::{
    Conn,
    schema::{cases, clocks},
};

/// A decision that is waited for.
#[derive(Clone, Debug)]
pub(super) struct Decision {
    /// Its clock's kind.
    pub kind: String,
    /// Who has to decide, when the clock names a unit.
    pub unit: Option<i64>,
    /// The clock.
    pub clock: ClockLook,
}

/// The sort key of a row: those whose clock stands still come last.
type Key = (bool, i64, i64);

impl Source {
    /// The clock of what this source lets the desk decide.
    pub(super) fn decides(&self) -> Option<ClockKind> {
        match self {
            Source::Under(OverlayKind::ReturnRequest) => Some(ClockKind::ReturnDecision),
            Source::Under(OverlayKind::ExtensionRequest) => Some(ClockKind::ExtensionDecision),
            Source::Whistled => Some(ClockKind::WhistleReview),
            Source::Every
            | Source::InState(_)
            | Source::Under(_)
            | Source::Carded
            | Source::Orders { .. }
            | Source::RegisteredBy(_)
            | Source::Counted(_)
            | Source::CountedBefore(_) => None,
        }
    }
}

/// What a list of these sources lets one decide.
pub(super) fn kinds(sources: &[Source]) -> Vec<ClockKind> {
    sources.iter().filter_map(Source::decides).collect()
}

/// What waits to be decided of each of these cases, the first due first.
///
/// # Errors
/// When the database fails.
pub(super) fn decisions(
    conn: &mut Conn,
    kinds: &[ClockKind],
    ids: &[i64],
) -> Result<BTreeMap<i64, Decision>, CaseError> {
    let mut found: BTreeMap<i64, Decision> = BTreeMap::new();
    if kinds.is_empty() || ids.is_empty() {
        return Ok(found);
    }
    let words: Vec<&'static str> = kinds.iter().map(|kind| kind.as_str()).collect();
    let rows: Vec<(String, Option<i64>, ClockLook)> = clocks::table
        .filter(clocks::case_id.eq_any(ids.to_vec()))
        .filter(clocks::state.ne("ended"))
        .filter(clocks::kind.eq_any(words))
        .select((clocks::kind, clocks::unit_id, ClockLook::as_select()))
        .load(conn)?;
    for (kind, unit, clock) in rows {
        let earlier = found.get(&clock.case_id).is_none_or(|held| clock.due_at < held.clock.due_at);
        if earlier {
            found.insert(clock.case_id, Decision { kind, unit, clock });
        }
    }
    Ok(found)
}

/// A page of a desk with requests. These are few and stand for days at most: their keys are read whole and sorted here;
/// what merely waits for its dispatch comes by its index as everywhere.
///
/// # Errors
/// When the database fails.
pub(super) fn page(
    listing: &Listing,
    conn: &mut Conn,
    after: Option<Cursor>,
    size: usize,
) -> Result<Rows, CaseError> {
    debug_assert_eq!(listing.order, Order::Due, "requests stand on desks, which go by what is due");
    let asked = keys(listing, conn)?;
    let mut rows: BTreeMap<Key, Option<CaseRow>> =
        asked.values().filter(|key| comes_after(**key, after)).map(|key| (*key, None)).collect();
    let undecided: Vec<i64> = asked.keys().copied().collect();
    for source in listing.sources.iter().filter(|source| source.decides().is_none()) {
        let plain = Listing { without: undecided.clone(), ..listing.clone() };
        for row in plain.fetch(conn, source, after, size + 1)? {
            rows.insert(Filters::due_key(&row), Some(row));
        }
    }
    let more = rows.len() > size;
    let chosen: Vec<(Key, Option<CaseRow>)> = rows.into_iter().take(size).collect();
    let next = if more { chosen.last().map(|(key, _)| cursor(*key)) } else { None };
    let wanted: Vec<i64> = chosen.iter().filter(|(_, row)| row.is_none()).map(|((.., id), _)| *id).collect();
    let loaded: Vec<CaseRow> =
        cases::table.filter(cases::id.eq_any(wanted)).select(CaseRow::as_select()).load(conn)?;
    let mut loaded: BTreeMap<i64, CaseRow> = loaded.into_iter().map(|row| (row.id, row)).collect();
    let rows = chosen.into_iter().filter_map(|((.., id), row)| row.or_else(|| loaded.remove(&id))).collect();
    Ok(Rows { rows, next })
}

/// When what is to be decided of the cases with a request is due.
///
/// # Errors
/// When the database fails.
pub(super) fn dues(listing: &Listing, conn: &mut Conn) -> Result<Vec<(i64, Option<i64>)>, CaseError> {
    let keys = keys(listing, conn)?;
    Ok(keys.into_iter().map(|(id, (still, due, _))| (id, (!still).then_some(due))).collect())
}

/// The sort keys of the cases with a request, by case.
fn keys(listing: &Listing, conn: &mut Conn) -> Result<BTreeMap<i64, Key>, CaseError> {
    let mut found: BTreeMap<i64, (Option<String>, Option<i64>)> = BTreeMap::new();
    for source in listing.sources.iter().filter(|source| source.decides().is_some()) {
        let rows: Vec<(i64, Option<String>, Option<i64>)> =
            listing.base(source).select((cases::id, cases::next_step, cases::next_due_at)).load(conn)?;
        found.extend(rows.into_iter().map(|(id, step, due)| (id, (step, due))));
    }
    let ids: Vec<i64> = found.keys().copied().collect();
    let decisions = decisions(conn, &kinds(&listing.sources), &ids)?;
    let key = |(id, (step, due)): (i64, (Option<String>, Option<i64>))| {
        let decision = decisions.get(&id).map(|decision| decision.clock.due_at);
        let due = if decides_first(decision, step.as_deref(), due) { decision } else { due };
        (id, (due.is_none(), due.unwrap_or(0), id))
    };
    Ok(found.into_iter().map(key).collect())
}

/// Whether the decision is what this desk does next. Its dispatch, too, is this desk's work, and may be due before.
pub(super) fn decides_first(decision: Option<i64>, next_step: Option<&str>, next_due: Option<i64>) -> bool {
    let dispatch = next_due.filter(|_| next_step == Some(ClockKind::Dispatch.as_str()));
    decision.is_some_and(|due| dispatch.is_none_or(|dispatch| due <= dispatch))
}

fn comes_after(key: Key, after: Option<Cursor>) -> bool {
    after.is_none_or(|cursor| key > (cursor.key.is_none(), cursor.key.unwrap_or(0), cursor.id))
}

fn cursor((still, due, id): Key) -> Cursor {
    Cursor { key: (!still).then_some(due), id }
}
