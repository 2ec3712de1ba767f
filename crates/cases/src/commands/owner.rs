//! Handing on what a unit or an account owned. Invariant: no open case is ever owned by a retired unit or a disabled account.

use super::tallies;
use crate::{
    CaseError, RuleBook,
    model::{CaseRow, ReporterRow},
    rulebook::Rules,
};
use diesel::prelude::*;
use people::{Change, Ownership, PeopleError};
use rules::lifecycle::{OrderState, Part};
use serde_json::json;
use store::{
    Timestamp, Tx,
    events::NewEvent,
    ms,
    schema::{case_units, cases, reporters, whistle_units, work_orders},
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
        Owned::Unit { unit, successor } => reassign_unit(tx, rules, (unit, successor), now),
        Owned::Account(account) => release(tx, account, now),
    }
}

fn reassign_unit(
    tx: &mut Tx<'_>,
    rules: &Rules,
    (unit, successor): (i64, i64),
    now: Timestamp,
) -> Result<usize, CaseError> {
    let with_orders = work_orders::table
        .filter(work_orders::unit_id.eq(unit).and(work_orders::open))
        .select(work_orders::case_id);
    let concerned = cases::open
        .and(cases::owner_unit_id.eq(unit).or(cases::host_unit_id.eq(unit).assume_not_null()))
        .or(cases::id.eq_any(with_orders))
        .or(cases::reported_unit_id.eq(unit).assume_not_null());
    let rows: Vec<CaseRow> =
        cases::table.filter(concerned).order(cases::id).select(CaseRow::as_select()).load(tx.conn())?;
    for case in &rows {
        tx.lock_row("cases", case.id)?;
        move_orders(tx, case.id, (unit, successor), now)?;
        tx.hand_clocks_over(case.id, unit, successor)?;
        take_part(tx, case.id, (unit, successor))?;
        let mut after = case.clone();
        for at in [&mut after.host_unit_id, &mut after.reported_unit_id] {
            *at = at.map(|id| if id == unit { successor } else { id });
        }
        if after.open && after.owner_unit_id == unit {
            after.owner_unit_id = successor;
            after.owner_account_id = None;
        }
        save(
            tx,
            rules,
            case,
            after,
            json!({ "unit": unit.to_string(), "successor": successor.to_string() }),
            now,
        )?;
    }
    diesel::update(
        whistle_units::table.filter(whistle_units::unit_id.eq(unit).and(whistle_units::state.eq("called"))),
    )
    .set(whistle_units::state.eq("handed_on"))
    .execute(tx.conn())?;
    Ok(rows.len())
}

/// Live orders go to the successor; where it takes part already, the host's order wins and the other is cancelled.
fn move_orders(
    tx: &mut Tx<'_>,
    case_id: i64,
    (unit, successor): (i64, i64),
    now: Timestamp,
) -> Result<(), CaseError> {
    let live: Vec<(i64, i64, String)> = work_orders::table
        .filter(work_orders::case_id.eq(case_id).and(work_orders::open))
        .select((work_orders::id, work_orders::unit_id, work_orders::part))
        .load(tx.conn())?;
    let of = |wanted: i64| live.iter().find(|(_, unit, _)| *unit == wanted);
    let Some((own, _, part)) = of(unit) else { return Ok(()) };
    if let Some((other, _, _)) = of(successor) {
        let dropped = if part == Part::Host.as_str() { *other } else { *own };
        let clocks: Vec<i64> = tx
            .open_clocks(case_id)?
            .into_iter()
            .filter(|clock| clock.spec.work_order_id == Some(dropped))
            .map(|clock| clock.id)
            .collect();
        for clock in clocks {
            tx.stop_clock(clock, now)?;
        }
        diesel::update(work_orders::table.find(dropped))
            .set((
                work_orders::state.eq(OrderState::Cancelled.as_str()),
                work_orders::open.eq(false),
                work_orders::ended_at.eq(ms(now)),
            ))
            .execute(tx.conn())?;
        if dropped == *own {
            return Ok(());
        }
    }
    diesel::update(work_orders::table.find(*own))
        .set((work_orders::unit_id.eq(successor), work_orders::handler_id.eq(None::<i64>)))
        .execute(tx.conn())?;
    Ok(())
}

fn take_part(tx: &mut Tx<'_>, case_id: i64, (unit, successor): (i64, i64)) -> Result<(), CaseError> {
    let part: Option<String> =
        case_units::table.find((case_id, unit)).select(case_units::part).first(tx.conn()).optional()?;
    let there: i64 = case_units::table.find((case_id, successor)).count().get_result(tx.conn())?;
    if let Some(part) = part.filter(|_| there == 0) {
        diesel::insert_into(case_units::table)
            .values((
                case_units::case_id.eq(case_id),
                case_units::unit_id.eq(successor),
                case_units::part.eq(part),
            ))
            .execute(tx.conn())?;
    }
    Ok(())
}

fn release(tx: &mut Tx<'_>, account: i64, now: Timestamp) -> Result<usize, CaseError> {
    diesel::update(work_orders::table.filter(work_orders::handler_id.eq(account).and(work_orders::open)))
        .set(work_orders::handler_id.eq(None::<i64>))
        .execute(tx.conn())?;
    let rows: Vec<CaseRow> = cases::table
        .filter(cases::owner_account_id.eq(account).and(cases::open))
        .order(cases::id)
        .select(CaseRow::as_select())
        .load(tx.conn())?;
    for case in &rows {
        tx.lock_row("cases", case.id)?;
        let mut after = case.clone();
        after.owner_account_id = None;
        write(tx, case, after, json!({ "account": account.to_string() }), now)?;
    }
    Ok(rows.len())
}

fn save(
    tx: &mut Tx<'_>,
    rules: &Rules,
    before: &CaseRow,
    after: CaseRow,
    public: serde_json::Value,
    now: Timestamp,
) -> Result<(), CaseError> {
    let reporters: Vec<ReporterRow> = reporters::table
        .filter(reporters::case_id.eq(before.id))
        .select(ReporterRow::as_select())
        .load(tx.conn())?;
    tallies::difference(tx, rules, (before, &reporters), (&after, &reporters))?;
    write(tx, before, after, public, now)
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
    diesel::update(cases::table.find(after.id)).set(&after).execute(tx.conn())?;
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
