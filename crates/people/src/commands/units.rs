//! Creating, changing and retiring units.

use crate::{
    Change, People, PeopleError, UnitKind, UnitTree,
    model::{UnitRow, checked_handle, checked_name, checked_text},
    queries::{self, UnitView},
};
use diesel::prelude::*;
use serde_json::json;
use store::{
    Conn, Tx,
    schema::{accounts, areas, grants, units},
};

/// A unit to create.
#[derive(Clone, Debug)]
pub struct NewUnit {
    /// Its code: lower case letters, digits, `.`, `_`, `-`; unique.
    pub code: String,
    /// Its full name.
    pub name: String,
    /// Its short name; empty means the full one.
    pub short_name: String,
    /// Its kind; never changes.
    pub kind: UnitKind,
    /// The unit above.
    pub parent_id: Option<i64>,
    /// Its area (the town of a town unit).
    pub area_id: Option<i64>,
    /// Its public phone.
    pub phone: String,
}

/// What may change of a unit; `None` leaves it.
#[derive(Clone, Debug, Default)]
pub struct UnitChange {
    /// The full name.
    pub name: Option<String>,
    /// The short name.
    pub short_name: Option<String>,
    /// The unit above; `Some(None)` for none.
    pub parent_id: Option<Option<i64>>,
    /// The area.
    pub area_id: Option<Option<i64>>,
    /// The public phone.
    pub phone: Option<String>,
}

/// Creates a unit within a transaction.
pub fn create(tx: &mut Tx<'_>, new: &NewUnit, change: &Change) -> Result<UnitRow, PeopleError> {
    let code = checked_handle("code", &new.code, 1)?;
    tx.lock_name("people.units")?;
    let taken: i64 = units::table.filter(units::code.eq(&code)).count().get_result(tx.conn())?;
    if taken > 0 {
        return Err(PeopleError::field("code", "unit.taken"));
    }
    if new.kind == UnitKind::Centre && active_centres(tx.conn())? > 0 {
        return Err(PeopleError::field("kind", "unit.centre_exists"));
    }
    if let Some(parent) = new.parent_id {
        active_unit(tx.conn(), "parent_id", parent)?;
    }
    check_area(tx.conn(), new.area_id)?;
    let name = checked_name("name", &new.name, 100)?;
    let short_name = checked_text("short_name", &new.short_name, 40)?;
    let row = UnitRow {
        id: tx.id()?,
        code,
        short_name: if short_name.is_empty() { name.clone() } else { short_name },
        name,
        kind: new.kind.as_str().to_owned(),
        parent_id: new.parent_id,
        area_id: new.area_id,
        phone: checked_text("phone", &new.phone, 40)?,
        active: true,
        successor_id: None,
        version: 1,
        created_at: store::ms(change.now),
    };
    diesel::insert_into(units::table).values(row.clone()).execute(tx.conn())?;
    tx.append(change.event("unit", row.id, "unit.created", facts(&row)))?;
    change.log(tx, format!("unit {} created", row.id))?;
    Ok(row)
}

/// Creates a unit.
pub async fn create_unit(people: &People, new: NewUnit, change: Change) -> Result<UnitRow, PeopleError> {
    people
        .store
        .write(move |tx| {
            let id = change.once(tx, |tx| Ok(create(tx, &new, &change)?.id))?;
            queries::unit(tx.conn(), id)
        })
        .await
}

/// Changes a unit. A retry gets the unit as it stands.
pub async fn change_unit(
    people: &People,
    id: i64,
    version: i64,
    wanted: UnitChange,
    change: Change,
) -> Result<UnitRow, PeopleError> {
    let write = move |tx: &mut Tx<'_>| {
        change.once(tx, |tx| change_in(tx, id, version, &wanted, &change))?;
        queries::unit(tx.conn(), id)
    };
    people.store.write(write).await
}

fn change_in(
    tx: &mut Tx<'_>,
    id: i64,
    version: i64,
    wanted: &UnitChange,
    change: &Change,
) -> Result<(), PeopleError> {
    tx.lock_name("people.units")?;
    let mut row = queries::unit(tx.conn(), id)?;
    expect(&row, version)?;
    if let Some(name) = &wanted.name {
        row.name = checked_name("name", name, 100)?;
    }
    if let Some(short_name) = &wanted.short_name {
        row.short_name = checked_name("short_name", short_name, 40)?;
    }
    if let Some(phone) = &wanted.phone {
        row.phone = checked_text("phone", phone, 40)?;
    }
    if let Some(parent) = wanted.parent_id {
        check_parent(tx.conn(), id, parent)?;
        row.parent_id = parent;
    }
    if let Some(area) = wanted.area_id {
        check_area(tx.conn(), area)?;
        row.area_id = area;
    }
    row.version += 1;
    save(tx, &row)?;
    tx.append(change.event("unit", id, "unit.changed", facts(&row)))?;
    change.log(tx, format!("unit {id} changed"))
}

/// Retires a unit: its accounts, roles, sub-units and everything it owns go to the successor in one transaction.
pub async fn retire_unit(
    people: &People,
    id: i64,
    version: i64,
    successor: i64,
    change: Change,
) -> Result<UnitRow, PeopleError> {
    let service = people.clone();
    let write = move |tx: &mut Tx<'_>| {
        change.once(tx, |tx| retire_in(tx, &service, id, version, successor, &change))?;
        queries::unit(tx.conn(), id)
    };
    people.store.write(write).await
}

fn retire_in(
    tx: &mut Tx<'_>,
    people: &People,
    id: i64,
    version: i64,
    successor: i64,
    change: &Change,
) -> Result<(), PeopleError> {
    tx.lock_name("people.units")?;
    tx.lock_name("people.grants")?;
    let mut row = queries::unit(tx.conn(), id)?;
    expect(&row, version)?;
    if !row.active {
        return Err(PeopleError::Refused("unit.retired"));
    }
    if row.kind == UnitKind::Centre.as_str() {
        return Err(PeopleError::Refused("unit.centre_stays"));
    }
    active_unit(tx.conn(), "successor_id", successor)?;
    if successor == id {
        return Err(PeopleError::field("successor_id", "unit.own_successor"));
    }
    people.ownership.hand_over_unit(tx, id, successor, change)?;
    move_members(tx, id, successor, row.parent_id)?;
    row.active = false;
    row.successor_id = Some(successor);
    row.version += 1;
    save(tx, &row)?;
    let public = json!({ "successor_id": successor.to_string() });
    tx.append(change.event("unit", id, "unit.retired", public))?;
    change.log(tx, format!("unit {id} retired, successor {successor}"))
}

/// Accounts, roles and sub-units follow to the successor. A successor from below moves up to where the unit stood.
fn move_members(tx: &mut Tx<'_>, id: i64, successor: i64, parent: Option<i64>) -> Result<(), PeopleError> {
    let conn = tx.conn();
    let below = UnitTree::load(conn)?.lineage(successor).contains(&id);
    if below {
        diesel::update(units::table.find(successor)).set(units::parent_id.eq(parent)).execute(conn)?;
    }
    diesel::update(units::table.filter(units::parent_id.eq(id)))
        .set(units::parent_id.eq(Some(successor)))
        .execute(conn)?;
    diesel::update(accounts::table.filter(accounts::unit_id.eq(id)))
        .set((accounts::unit_id.eq(successor), accounts::version.eq(accounts::version + 1)))
        .execute(conn)?;
    diesel::update(grants::table.filter(grants::unit_id.eq(id)))
        .set(grants::unit_id.eq(Some(successor)))
        .execute(conn)?;
    Ok(())
}

/// Follows successors from a retired unit to the one that works now.
pub fn current(conn: &mut Conn, unit: i64) -> Result<i64, PeopleError> {
    let mut id = unit;
    for _ in 0..64 {
        let row = queries::unit(conn, id)?;
        match row.successor_id {
            Some(next) if !row.active => id = next,
            _ => return Ok(id),
        }
    }
    Err(PeopleError::Refused("unit.not_found"))
}

fn save(tx: &mut Tx<'_>, row: &UnitRow) -> Result<(), PeopleError> {
    diesel::update(units::table.find(row.id))
        .set((
            units::name.eq(row.name.clone()),
            units::short_name.eq(row.short_name.clone()),
            units::phone.eq(row.phone.clone()),
            units::parent_id.eq(row.parent_id),
            units::area_id.eq(row.area_id),
            units::active.eq(row.active),
            units::successor_id.eq(row.successor_id),
            units::version.eq(row.version),
        ))
        .execute(tx.conn())?;
    Ok(())
}

fn expect(row: &UnitRow, version: i64) -> Result<(), PeopleError> {
    if row.version == version {
        return Ok(());
    }
    let current = serde_json::to_value(UnitView::from(row.clone())).unwrap_or_default();
    Err(PeopleError::Conflict { current })
}

/// A unit that exists and works.
pub(crate) fn active_unit(conn: &mut Conn, field: &'static str, id: i64) -> Result<UnitRow, PeopleError> {
    let row = units::table.find(id).select(UnitRow::as_select()).first(conn).optional()?;
    row.filter(|row| row.active).ok_or(PeopleError::field(field, "unit.not_active"))
}

pub(crate) fn check_area(conn: &mut Conn, area: Option<i64>) -> Result<(), PeopleError> {
    let Some(area) = area else { return Ok(()) };
    let known: i64 = areas::table.filter(areas::id.eq(area)).count().get_result(conn)?;
    if known == 0 { Err(PeopleError::field("area_id", "area.unknown")) } else { Ok(()) }
}

/// The unit above must work and must not stand below.
fn check_parent(conn: &mut Conn, id: i64, parent: Option<i64>) -> Result<(), PeopleError> {
    let Some(parent) = parent else { return Ok(()) };
    active_unit(conn, "parent_id", parent)?;
    let tree = UnitTree::load(conn)?;
    let mut above = Some(parent);
    while let Some(unit) = above {
        if unit == id {
            return Err(PeopleError::field("parent_id", "unit.circle"));
        }
        above = tree.get(unit).and_then(|node| node.parent);
    }
    Ok(())
}

fn active_centres(conn: &mut Conn) -> Result<i64, PeopleError> {
    let kind = UnitKind::Centre.as_str();
    Ok(units::table.filter(units::kind.eq(kind)).filter(units::active.eq(true)).count().get_result(conn)?)
}

/// The public part of a unit's events.
fn facts(row: &UnitRow) -> serde_json::Value {
    json!({
        "code": row.code,
        "kind": row.kind,
        "parent_id": row.parent_id.map(|id| id.to_string()),
        "area_id": row.area_id.map(|id| id.to_string()),
    })
}
