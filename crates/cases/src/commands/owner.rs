//! Handing on what a unit or an account owned. Invariant: no open case is ever owned by a retired unit or a disabled account.

use crate::{CaseError, RuleBook, model::CaseRow, rulebook::Rules};
use diesel::prelude::*;
use people::{Change, Ownership, PeopleError};
use serde_json::json;
use store::{
    Run, Timestamp, Tx,
    events::NewEvent,
    ms,
    schema::{cases, work_orders},
};

/// What is handed on by [`reassign`].
#[derive(Clone, Copy, Debug)]
pub enum Owned {
    /// Everything of a retired unit goes to its successor.
    Unit {
        /// The retired unit.
        unit: i64,
        /// Who succeeds it.
        successor: i64,
    },
    /// What an account answered for goes to its unit's desk.
    Account(i64),
}

/// Hands on what a unit or an account owned, inside the transaction that retires or disables it. Returns how many cases changed.
///
/// # Errors
/// When the database fails.
pub fn reassign(tx: &mut Tx<'_>, rules: &Rules, from: Owned, now: Timestamp) -> Result<usize, CaseError> {
    match from {
        Owned::Unit { unit, successor } => super::succession::of_unit(tx, rules, (unit, successor), now),
        Owned::Account(account) => release(tx, account, now),
    }
}

fn release(tx: &mut Tx<'_>, account: i64, now: Timestamp) -> Result<usize, CaseError> {
    store::update(work_orders::table.filter(work_orders::handler_id.eq(account).and(work_orders::open)))
        .set(work_orders::handler_id.eq(None::<i64>))
        .run(tx.conn())?;
    let owned: Vec<i64> = cases::table
        .filter(cases::owner_account_id.eq(account).and(cases::open))
        .order(cases::id)
        .select(cases::id)
        .load(tx.conn())?;
    let mut released = 0;
    for id in owned {
        tx.lock_row("cases", id)?;
        let case: CaseRow = cases::table.find(id).select(CaseRow::as_select()).first(tx.conn())?;
        // Until it was locked somebody else may have handed it on or ended it.
        if !case.open || case.owner_account_id != Some(account) {
            continue;
        }
        let after = CaseRow { owner_account_id: None, ..case.clone() };
        write(tx, &case, after, json!({ "account": account.to_string() }), now)?;
        released += 1;
    }
    Ok(released)
}

fn write(
    tx: &mut Tx<'_>,
    before: &CaseRow,
    mut after: CaseRow,
    public: serde_json::Value,
    now: Timestamp,
) -> Result<(), CaseError> {
    after.version = before.version + 1;
    after.updated_at = ms(now);
    after.update_from(before, tx.conn())?;
    tx.append(NewEvent {
        stream: after.id,
        stream_kind: "case",
        kind: "case.handed_on",
        kind_version: 1,
        occurred_at: now,
        recorded_at: now,
        actor: None,
        actor_unit: None,
        public,
        parts: Vec::new(),
    })?;
    Ok(())
}

/// The hook that `people` calls before a unit or an account goes.
pub struct Handover(pub RuleBook);

impl Ownership for Handover {
    fn hand_over_unit(
        &self,
        tx: &mut Tx<'_>,
        unit: i64,
        successor: i64,
        change: &Change,
    ) -> Result<(), PeopleError> {
        let done = reassign(tx, &self.0.current(), Owned::Unit { unit, successor }, change.now);
        done.map(drop).map_err(people_error)
    }

    fn release_account(
        &self,
        tx: &mut Tx<'_>,
        account: i64,
        _: i64,
        change: &Change,
    ) -> Result<(), PeopleError> {
        let done = reassign(tx, &self.0.current(), Owned::Account(account), change.now);
        done.map(drop).map_err(people_error)
    }
}

fn people_error(error: CaseError) -> PeopleError {
    match error {
        CaseError::Store(error) => PeopleError::Store(error),
        CaseError::People(error) => error,
        other => PeopleError::Refused(other.code()),
    }
}
