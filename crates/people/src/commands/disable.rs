//! Disabling and enabling accounts.

use crate::{
    Change, People, PeopleError,
    commands::{accounts::on_account, grants::keep_a_security_admin},
    model::{AccountRow, AccountState},
    queries::grants_of,
};
use diesel::prelude::*;
use serde_json::json;
use std::collections::BTreeSet;
use store::{
    Tx, ms,
    schema::{accounts, api_tokens, sessions},
};

/// Disables an account: its sessions and tokens end, and what it owns goes back to its units' desks, in one
/// transaction. Never oneself, never the last security administrator.
pub async fn disable_account(
    people: &People,
    id: i64,
    version: i64,
    change: Change,
) -> Result<(), PeopleError> {
    if change.by == Some(id) {
        return Err(PeopleError::Refused("account.own_refused"));
    }
    let service = people.clone();
    let work = move |tx: &mut Tx<'_>, row, change: &Change| disable_in(tx, &service, &row, change);
    on_account(people, id, version, change, work).await
}

fn disable_in(
    tx: &mut Tx<'_>,
    people: &People,
    row: &AccountRow,
    change: &Change,
) -> Result<(), PeopleError> {
    let id = row.id;
    tx.lock_name("people.grants")?;
    if !row.is_active() {
        return Err(PeopleError::Refused("account.disabled"));
    }
    keep_a_security_admin(tx.conn(), id)?;
    let held = grants_of(tx.conn(), &[id])?.remove(&id).unwrap_or_default();
    let units: BTreeSet<i64> = held.iter().filter_map(|grant| grant.unit_id).chain([row.unit_id]).collect();
    for unit in units {
        people.ownership.release_account(tx, id, unit, change)?;
    }
    set_state(tx, id, AccountState::Disabled)?;
    diesel::delete(sessions::table.filter(sessions::account_id.eq(id))).execute(tx.conn())?;
    diesel::update(
        api_tokens::table.filter(api_tokens::account_id.eq(id)).filter(api_tokens::revoked_at.is_null()),
    )
    .set(api_tokens::revoked_at.eq(Some(ms(change.now))))
    .execute(tx.conn())?;
    tx.append(change.event("account", id, "account.disabled", json!({})))?;
    change.log(tx, format!("account {id} disabled"))
}

/// Enables a disabled account, and unlocks a locked one.
pub async fn enable_account(
    people: &People,
    id: i64,
    version: i64,
    change: Change,
) -> Result<(), PeopleError> {
    let work = move |tx: &mut Tx<'_>, _, change: &Change| {
        set_state(tx, id, AccountState::Active)?;
        tx.append(change.event("account", id, "account.enabled", json!({})))?;
        change.log(tx, format!("account {id} enabled"))
    };
    on_account(people, id, version, change, work).await
}

fn set_state(tx: &mut Tx<'_>, id: i64, state: AccountState) -> Result<(), PeopleError> {
    diesel::update(accounts::table.find(id))
        .set((
            accounts::state.eq(state.as_str()),
            accounts::failed_count.eq(0),
            accounts::locked_until.eq(None::<i64>),
            accounts::version.eq(accounts::version + 1),
        ))
        .execute(tx.conn())?;
    Ok(())
}
