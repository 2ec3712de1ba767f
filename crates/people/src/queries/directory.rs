//! The directory: units, accounts with their roles, tokens.

use crate::{
    AccountActor, PeopleError, Permission, Role,
    model::{AccountRow, GrantRow, TokenRow, UnitRow},
    scope::Backend,
    web::Id,
};
use diesel::{
    dsl::{Eq, InnerJoinOn, IntoBoxed},
    prelude::*,
};
use serde::Serialize;
use std::collections::BTreeMap;
use store::{
    Conn, StoreError, Timestamp, at, ms,
    schema::{accounts, api_tokens, grants, units},
};

/// Which units.
#[derive(Clone, Debug, Default)]
pub struct UnitFilter {
    /// Under this unit.
    pub parent: Option<i64>,
    /// Of this kind.
    pub kind: Option<String>,
    /// Part of the name or code.
    pub q: Option<String>,
    /// Working ones, or retired ones.
    pub active: Option<bool>,
    /// After the last unit of the page before.
    pub after_id: Option<i64>,
    /// Page size.
    pub limit: i64,
}

/// A unit in the directory.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct UnitView {
    /// Its id.
    pub id: Id,
    /// Its code.
    pub code: String,
    /// Its full name.
    pub name: String,
    /// Its short name.
    pub short_name: String,
    /// `centre`, `department`, `town`, `village`, `committee` or `partner`.
    pub kind: String,
    /// The unit above.
    pub parent_id: Option<Id>,
    /// Its area.
    pub area_id: Option<Id>,
    /// Its public phone.
    pub phone: String,
    /// Whether it works.
    pub active: bool,
    /// Who took its place.
    pub successor_id: Option<Id>,
    /// The version to send with a change.
    pub version: i64,
}

impl From<UnitRow> for UnitView {
    fn from(row: UnitRow) -> UnitView {
        UnitView {
            id: Id(row.id),
            code: row.code,
            name: row.name,
            short_name: row.short_name,
            kind: row.kind,
            parent_id: row.parent_id.map(Id),
            area_id: row.area_id.map(Id),
            phone: row.phone,
            active: row.active,
            successor_id: row.successor_id.map(Id),
            version: row.version,
        }
    }
}

/// Units by id.
pub fn units(conn: &mut Conn, filter: &UnitFilter) -> Result<Vec<UnitRow>, PeopleError> {
    let mut query = units::table
        .select(UnitRow::as_select())
        .order(units::id)
        .limit(filter.limit)
        .into_boxed::<Backend>();
    if let Some(parent) = filter.parent {
        query = query.filter(units::parent_id.eq(parent));
    }
    if let Some(kind) = &filter.kind {
        query = query.filter(units::kind.eq(kind.clone()));
    }
    if let Some(active) = filter.active {
        query = query.filter(units::active.eq(active));
    }
    if let Some(q) = &filter.q {
        let pattern = like(q);
        query = query.filter(
            units::name
                .like(pattern.clone())
                .escape('\\')
                .or(units::short_name.like(pattern.clone()).escape('\\'))
                .or(units::code.like(pattern).escape('\\')),
        );
    }
    if let Some(after) = filter.after_id {
        query = query.filter(units::id.gt(after));
    }
    Ok(query.load(conn)?)
}

/// One unit.
pub fn unit(conn: &mut Conn, id: i64) -> Result<UnitRow, PeopleError> {
    units::table
        .find(id)
        .select(UnitRow::as_select())
        .first(conn)
        .optional()?
        .ok_or(PeopleError::Refused("unit.not_found"))
}

/// Which accounts.
#[derive(Clone, Debug, Default)]
pub struct AccountFilter {
    /// Of this unit.
    pub unit: Option<i64>,
    /// Holding this role (expired or not).
    pub role: Option<Role>,
    /// Part of the name; of the login too for administrators.
    pub q: Option<String>,
    /// `active` or `disabled`.
    pub state: Option<String>,
    /// After the last account of the page before.
    pub after_id: Option<i64>,
    /// Page size.
    pub limit: i64,
}

/// An account in the directory. What only administrators see is absent for others.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct AccountView {
    /// Its id.
    pub id: Id,
    /// The person's name.
    pub name: String,
    /// Its unit.
    pub unit_id: Id,
    /// That unit's name.
    pub unit_name: String,
    /// The roles held now.
    pub roles: Vec<Role>,
    /// `active` or `disabled`.
    pub state: String,
    /// Administrators only: what it signs in with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub login: Option<String>,
    /// Administrators only: its phone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Administrators only: its language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Administrators only: every grant, expired ones included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grants: Option<Vec<GrantView>>,
    /// Administrators only: whether a second factor is enrolled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second_factor: Option<bool>,
    /// Administrators only: whether the next sign-in must change the password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub must_change_password: Option<bool>,
    /// Administrators only: locked by wrong passwords until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub locked_until: Option<Timestamp>,
    /// Administrators only: the last sign-in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_sign_in_at: Option<Timestamp>,
    /// Administrators only: the version to send with a change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
}

/// A role held.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct GrantView {
    /// The role.
    pub role: Role,
    /// The unit it is held for; absent: the account's own.
    pub unit_id: Option<Id>,
    /// The area it is held for.
    pub area_id: Option<Id>,
    /// Until when.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
}

/// Accounts by id, as `viewer` may see them.
pub fn accounts(
    conn: &mut Conn,
    filter: &AccountFilter,
    viewer: &AccountActor,
    now: Timestamp,
) -> Result<Vec<AccountView>, PeopleError> {
    let full = sees_all(viewer);
    let mut query = filtered(filter, full)
        .select((AccountRow::as_select(), units::name))
        .order(accounts::id)
        .limit(filter.limit);
    if let Some(after) = filter.after_id {
        query = query.filter(accounts::id.gt(after));
    }
    let rows: Vec<(AccountRow, String)> = query.load(conn)?;
    let ids: Vec<i64> = rows.iter().map(|(row, _)| row.id).collect();
    let mut held = grants_of(conn, &ids)?;
    rows.into_iter()
        .map(|(row, unit)| {
            let grants = held.remove(&row.id).unwrap_or_default();
            view(row, unit, grants, full, now)
        })
        .collect()
}

/// How many accounts a filter finds.
pub fn count_accounts(
    conn: &mut Conn,
    filter: &AccountFilter,
    viewer: &AccountActor,
) -> Result<i64, PeopleError> {
    Ok(filtered(filter, sees_all(viewer)).count().get_result(conn)?)
}

type OfUnit = Eq<units::id, accounts::unit_id>;
type Found = IntoBoxed<'static, InnerJoinOn<accounts::table, units::table, OfUnit>, Backend>;

/// Accounts with their units, narrowed by what is asked; names and logins where `full`.
fn filtered(filter: &AccountFilter, full: bool) -> Found {
    let mut query =
        accounts::table.inner_join(units::table.on(units::id.eq(accounts::unit_id))).into_boxed::<Backend>();
    if let Some(unit) = filter.unit {
        query = query.filter(accounts::unit_id.eq(unit));
    }
    if let Some(state) = &filter.state {
        query = query.filter(accounts::state.eq(state.clone()));
    }
    if let Some(role) = filter.role {
        let holders = grants::table.filter(grants::role.eq(role.as_str())).select(grants::account_id);
        query = query.filter(accounts::id.eq_any(holders));
    }
    if let Some(q) = &filter.q {
        let pattern = like(q);
        let name = accounts::name.like(pattern.clone()).escape('\\');
        query = if full {
            query.filter(name.or(accounts::login.like(pattern).escape('\\')))
        } else {
            query.filter(name)
        };
    }
    query
}

/// One account, as `viewer` may see it.
pub fn account(
    conn: &mut Conn,
    id: i64,
    viewer: &AccountActor,
    now: Timestamp,
) -> Result<AccountView, PeopleError> {
    let row = super::account_row(conn, id)?;
    let unit_name = unit(conn, row.unit_id)?.name;
    let grants = grants_of(conn, &[id])?.remove(&id).unwrap_or_default();
    view(row, unit_name, grants, sees_all(viewer), now)
}

/// The grants of accounts, by account.
pub fn grants_of(conn: &mut Conn, accounts: &[i64]) -> Result<BTreeMap<i64, Vec<GrantRow>>, PeopleError> {
    let rows: Vec<GrantRow> = grants::table
        .filter(grants::account_id.eq_any(accounts.to_vec()))
        .order((grants::account_id, grants::id))
        .select(GrantRow::as_select())
        .load(conn)?;
    let mut by_account: BTreeMap<i64, Vec<GrantRow>> = BTreeMap::new();
    for row in rows {
        by_account.entry(row.account_id).or_default().push(row);
    }
    Ok(by_account)
}

fn sees_all(viewer: &AccountActor) -> bool {
    [Permission::AccountManage, Permission::AccountSecure, Permission::RoleGrant]
        .into_iter()
        .any(|permission| viewer.can(permission))
}

fn view(
    row: AccountRow,
    unit_name: String,
    grants: Vec<GrantRow>,
    full: bool,
    now: Timestamp,
) -> Result<AccountView, PeopleError> {
    let mut roles = Vec::new();
    let mut held = Vec::new();
    for grant in grants {
        let role = Role::parse(&grant.role)
            .ok_or_else(|| StoreError::Corrupt { what: "role", detail: grant.role.clone() })?;
        if grant.expires_at.is_none_or(|until| until > ms(now)) {
            roles.push(role);
        }
        held.push(GrantView {
            role,
            unit_id: grant.unit_id.map(Id),
            area_id: grant.area_id.map(Id),
            expires_at: grant.expires_at.map(at),
        });
    }
    roles.sort_unstable();
    roles.dedup();
    let second_factor = row.has_second_factor();
    Ok(AccountView {
        id: Id(row.id),
        name: row.name,
        unit_id: Id(row.unit_id),
        unit_name,
        roles,
        state: row.state,
        login: full.then_some(row.login),
        phone: full.then_some(row.phone),
        language: full.then_some(row.language),
        grants: full.then_some(held),
        second_factor: full.then_some(second_factor),
        must_change_password: full.then_some(row.must_change_password),
        locked_until: row.locked_until.filter(|until| full && *until > ms(now)).map(at),
        last_sign_in_at: row.last_sign_in_at.filter(|_| full).map(at),
        version: full.then_some(row.version),
    })
}

/// An API token without its secret.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct TokenView {
    /// Its id.
    pub id: Id,
    /// The account it acts for.
    pub account_id: Id,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Until when it works.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<Timestamp>,
    /// When it was last used (to five minutes).
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
}

/// The tokens of one account, or of all.
pub fn tokens(
    conn: &mut Conn,
    account: Option<i64>,
    after: Option<i64>,
    limit: i64,
) -> Result<Vec<TokenView>, PeopleError> {
    let mut query = api_tokens::table
        .select(TokenRow::as_select())
        .filter(api_tokens::id.gt(after.unwrap_or(0)))
        .order(api_tokens::id)
        .limit(limit)
        .into_boxed::<Backend>();
    if let Some(account) = account {
        query = query.filter(api_tokens::account_id.eq(account));
    }
    let rows: Vec<TokenRow> = query.load(conn)?;
    Ok(rows.into_iter().map(token_view).collect())
}

pub(crate) fn token_view(row: TokenRow) -> TokenView {
    TokenView {
        id: Id(row.id),
        account_id: Id(row.account_id),
        name: row.name,
        scopes: row.scopes.split_whitespace().map(str::to_owned).collect(),
        created_at: at(row.created_at),
        expires_at: row.expires_at.map(at),
        revoked_at: row.revoked_at.map(at),
        last_used_at: row.last_used_at.map(at),
    }
}

/// A pattern that finds the text itself anywhere.
fn like(text: &str) -> String {
    let escaped = text.trim().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}
