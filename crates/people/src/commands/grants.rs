//! Giving and taking roles.

use crate::{
    Change, People, PeopleError, Role,
    commands::{
        accounts::on_account,
        units::{active_unit, check_area},
    },
    model::{AccountState, GrantRow},
    queries::{account_row, grants_of},
};
use diesel::prelude::*;
use serde_json::json;
use std::collections::BTreeSet;
use store::{
    Conn, Timestamp, Tx, ms,
    schema::{accounts, grants},
};

/// A role to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewGrant {
    /// The role.
    pub role: Role,
    /// The unit it is held for; `None`: the account's own.
    pub unit_id: Option<i64>,
    /// The area it is held for.
    pub area_id: Option<i64>,
    /// Until when.
    pub expires_at: Option<Timestamp>,
}

/// Replaces all roles of an account. For the security administrator, never on oneself.
pub async fn set_grants(
    people: &People,
    account: i64,
    version: i64,
    wanted: Vec<NewGrant>,
    change: Change,
) -> Result<(), PeopleError> {
    if change.by == Some(account) {
        return Err(PeopleError::Refused("account.own_refused"));
    }
    let service = people.clone();
    let work = move |tx: &mut Tx<'_>, _, change: &Change| set(tx, &service, account, &wanted, change);
    on_account(people, account, version, change, work).await
}

/// Replaces all roles of an account within a transaction.
///
/// Invariant: who holds an administrator's role holds no other (三员分立), and one active account always holds
/// `security_admin` without expiry.
pub fn set(
    tx: &mut Tx<'_>,
    people: &People,
    account: i64,
    wanted: &[NewGrant],
    change: &Change,
) -> Result<(), PeopleError> {
    check(tx.conn(), wanted, change.now)?;
    tx.lock_name("people.grants")?;
    let row = account_row(tx.conn(), account)?;
    let before = grants_of(tx.conn(), &[account])?.remove(&account).unwrap_or_default();
    let stays = wanted.iter().any(|grant| grant.role == Role::SecurityAdmin && grant.expires_at.is_none());
    if !stays {
        keep_a_security_admin(tx.conn(), account)?;
    }
    diesel::delete(grants::table.filter(grants::account_id.eq(account))).execute(tx.conn())?;
    for grant in wanted {
        let stored = GrantRow {
            id: tx.id()?,
            account_id: account,
            role: grant.role.as_str().to_owned(),
            unit_id: grant.unit_id,
            area_id: grant.area_id,
            granted_by: change.by,
            granted_at: ms(change.now),
            expires_at: grant.expires_at.map(ms),
        };
        diesel::insert_into(grants::table).values(stored).execute(tx.conn())?;
    }
    diesel::update(accounts::table.find(account))
        .set(accounts::version.eq(accounts::version + 1))
        .execute(tx.conn())?;
    let units = |held: Vec<Option<i64>>| -> BTreeSet<i64> {
        held.into_iter().map(|unit| unit.unwrap_or(row.unit_id)).collect()
    };
    let had = units(before.iter().map(|grant| grant.unit_id).collect());
    let has = units(wanted.iter().map(|grant| grant.unit_id).collect());
    for unit in had.difference(&has) {
        people.ownership.release_account(tx, account, *unit, change)?;
    }
    let roles: Vec<&str> = wanted.iter().map(|grant| grant.role.as_str()).collect();
    tx.append(change.event("account", account, "account.roles_set", json!({ "roles": roles })))?;
    change.log(tx, format!("roles of account {account} set: {}", roles.join(" ")))
}

fn check(conn: &mut Conn, wanted: &[NewGrant], now: Timestamp) -> Result<(), PeopleError> {
    let administrators = wanted.iter().filter(|grant| grant.role.is_administrator()).count();
    if administrators > 0 && wanted.len() > 1 {
        return Err(PeopleError::field("grants", "role.separated"));
    }
    for (index, grant) in wanted.iter().enumerate() {
        if grant.role.is_administrator() && (grant.unit_id.is_some() || grant.area_id.is_some()) {
            return Err(PeopleError::field("grants", "role.not_for_a_unit"));
        }
        if grant.expires_at.is_some_and(|until| until <= now) {
            return Err(PeopleError::field("grants", "role.expired"));
        }
        let same = |other: &NewGrant| {
            (other.role, other.unit_id, other.area_id) == (grant.role, grant.unit_id, grant.area_id)
        };
        if wanted[..index].iter().any(same) {
            return Err(PeopleError::field("grants", "role.twice"));
        }
        if let Some(unit) = grant.unit_id {
            active_unit(conn, "grants", unit)?;
        }
        check_area(conn, grant.area_id)?;
    }
    Ok(())
}

/// Refuses to take the last security administrator away: nobody could ever grant a role again.
pub(crate) fn keep_a_security_admin(conn: &mut Conn, leaving: i64) -> Result<(), PeopleError> {
    let holders: Vec<i64> = grants::table
        .inner_join(accounts::table.on(accounts::id.eq(grants::account_id)))
        .filter(grants::role.eq(Role::SecurityAdmin.as_str()))
        .filter(grants::expires_at.is_null())
        .filter(accounts::state.eq(AccountState::Active.as_str()))
        .select(grants::account_id)
        .load(conn)?;
    if holders.contains(&leaving) && holders.iter().all(|holder| *holder == leaving) {
        return Err(PeopleError::Refused("role.last_security_admin"));
    }
    Ok(())
}
