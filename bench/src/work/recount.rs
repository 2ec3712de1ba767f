//! After writing: the rows are counted anew and held against what was acknowledged.

use crate::db::{Db, Value};
use std::collections::BTreeMap;

/// What a recount found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recount {
    /// Acknowledged commands.
    pub acknowledged: usize,
    /// Of those, the ones whose rows are not there, or not as acknowledged.
    pub lost: usize,
    /// Rows that no acknowledgement stands for (requests whose answer was not heard may leave some).
    pub unheard: usize,
    /// Numbers that two cases bear, or cases without their first event.
    pub broken: usize,
}

/// The greatest id of a case so far.
///
/// # Errors
/// In words.
pub fn mark(db: &mut Db) -> Result<i64, String> {
    Ok(db.query("SELECT max(id) FROM cases", &[])?[0][0].int().unwrap_or(0))
}

/// Counts the cases after a mark; `closed` are those whose closing was acknowledged.
///
/// # Errors
/// In words.
pub fn count(db: &mut Db, mark: i64, acknowledged: &[i64], closed: &[i64]) -> Result<Recount, String> {
    let rows = db.query("SELECT id, state, number FROM cases WHERE id > $1", &[mark])?;
    let begun = db.query(
        "SELECT stream FROM events WHERE stream > $1 AND seq = 1 AND kind = 'case.registered'",
        &[mark],
    )?;
    Ok(judge(&rows, &begun, acknowledged, closed))
}

fn judge(rows: &[Vec<Value>], begun: &[Vec<Value>], acknowledged: &[i64], closed: &[i64]) -> Recount {
    let mut states: BTreeMap<i64, &str> = BTreeMap::new();
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        if let (Some(id), Some(state), Some(number)) = (row[0].int(), row[1].text(), row[2].text()) {
            states.insert(id, state);
            *numbers.entry(number).or_default() += 1;
        }
    }
    let gone = acknowledged.iter().filter(|id| !states.contains_key(id)).count();
    let not_closed = closed.iter().filter(|id| states.get(id) != Some(&"closed")).count();
    let doubled = numbers.values().filter(|times| **times > 1).count();
    let without = states.len().abs_diff(begun.len());
    Recount {
        acknowledged: acknowledged.len(),
        lost: gone + not_closed,
        unheard: states.len().saturating_sub(acknowledged.len() - gone),
        broken: doubled + without,
    }
}

impl Recount {
    /// For people.
    #[must_use]
    pub fn words(&self) -> String {
        let Recount { acknowledged, lost, unheard, broken } = self;
        format!("recount: {acknowledged} acknowledged, {lost} lost, {unheard} unheard, {broken} broken")
    }

    /// Whether nothing acknowledged is missing or broken.
    #[must_use]
    pub fn sound(&self) -> bool {
        self.lost == 0 && self.broken == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: i64, state: &str, number: &str) -> Vec<Value> {
        vec![Value::Int(id), Value::Text(state.into()), Value::Text(number.into())]
    }

    #[test]
    fn what_is_lost_unheard_or_doubled_is_told_apart() {
        let rows = [row(1, "closed", "a"), row(2, "received", "b"), row(3, "received", "b")];
        let begun: Vec<Vec<Value>> = (1..=3).map(|id| vec![Value::Int(id)]).collect();
        let found = judge(&rows, &begun, &[1, 2, 9], &[1, 2]);
        assert_eq!(found, Recount { acknowledged: 3, lost: 2, unheard: 1, broken: 1 });
        assert!(!found.sound());
        assert!(judge(&rows[..2], &begun[..2], &[1, 2], &[1]).sound());
    }
}
