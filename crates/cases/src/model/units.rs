//! Units as far as commands look at them, read inside the command's transaction.

use crate::CaseError;
use diesel::prelude::*;
use rules::{lifecycle::UnitFacts, words::UnitKind};
use std::{collections::BTreeMap, sync::Arc, sync::atomic::AtomicI64, sync::atomic::Ordering};
use store::{
    Conn, StoreError,
    schema::{areas, units},
};

/// A unit as routing and the lifecycle need it.
#[derive(Clone, Debug)]
pub(crate) struct Unit {
    pub(crate) facts: UnitFacts,
    pub(crate) code: String,
}

/// Reads units once per command; the centre's id once per process.
#[derive(Clone, Default)]
pub(crate) struct Units {
    centre: Arc<AtomicI64>,
    known: BTreeMap<i64, Option<Unit>>,
}

type Row = (i64, String, String, Option<i64>, bool);

impl Units {
    /// A fresh view for one command.
    pub(crate) fn fresh(&self) -> Units {
        Units { centre: Arc::clone(&self.centre), known: BTreeMap::new() }
    }

    /// The county centre.
    pub(crate) fn centre(&mut self, conn: &mut Conn) -> Result<i64, CaseError> {
        let known = self.centre.load(Ordering::Relaxed);
        if known != 0 {
            return Ok(known);
        }
        let found: Option<i64> = units::table
            .filter(units::kind.eq(UnitKind::Centre.as_str()).and(units::active))
            .order(units::id)
            .select(units::id)
            .first(conn)
            .optional()?;
        let id = found.ok_or(CaseError::Rules {
            code: "unit.no_centre",
            detail: "no active unit of kind `centre`".into(),
        })?;
        self.centre.store(id, Ordering::Relaxed);
        Ok(id)
    }

    /// One unit.
    pub(crate) fn get(&mut self, conn: &mut Conn, id: i64) -> Result<Option<Unit>, CaseError> {
        if let Some(known) = self.known.get(&id) {
            return Ok(known.clone());
        }
        let row: Option<Row> = units::table
            .find(id)
            .select((units::id, units::code, units::kind, units::parent_id, units::active))
            .first(conn)
            .optional()?;
        let unit = row.map(unit).transpose()?;
        self.known.insert(id, unit.clone());
        Ok(unit)
    }

    /// A unit that must exist.
    pub(crate) fn need(&mut self, conn: &mut Conn, field: &str, id: i64) -> Result<UnitFacts, CaseError> {
        self.get(conn, id)?.map(|unit| unit.facts).ok_or_else(|| CaseError::field(field, "unit.unknown"))
    }

    /// The unit above, unless that is the centre: the centre heads the tree but is nobody's superior.
    fn superior(&mut self, conn: &mut Conn, id: i64) -> Result<Option<i64>, CaseError> {
        let Some(parent) = self.get(conn, id)?.and_then(|unit| unit.facts.parent) else { return Ok(None) };
        let above = self.get(conn, parent)?;
        Ok(above.filter(|unit| unit.facts.kind != UnitKind::Centre).map(|unit| unit.facts.id))
    }

    /// Whether `unit` is `above` or stands under it.
    pub(crate) fn is_under(&mut self, conn: &mut Conn, unit: i64, above: i64) -> Result<bool, CaseError> {
        let mut next = Some(unit);
        for _ in 0..16 {
            match next {
                Some(id) if id == above => return Ok(true),
                Some(id) => next = self.superior(conn, id)?,
                None => break,
            }
        }
        Ok(false)
    }

    /// Whether the unit is a village or town (who may whistle).
    pub(crate) fn is_local(&mut self, conn: &mut Conn, id: i64) -> Result<bool, CaseError> {
        let unit = self.get(conn, id)?;
        Ok(unit.is_some_and(|unit| matches!(unit.facts.kind, UnitKind::Town | UnitKind::Village)))
    }

    /// The unit that stands above for escalation: the parent, the centre at last.
    pub(crate) fn above(&mut self, conn: &mut Conn, id: i64) -> Result<Option<i64>, CaseError> {
        let parent = self.get(conn, id)?.and_then(|unit| unit.facts.parent);
        match parent {
            Some(parent) => Ok(Some(parent)),
            None => {
                let centre = self.centre(conn)?;
                Ok((centre != id).then_some(centre))
            }
        }
    }
}

fn unit((id, code, kind, parent, active): Row) -> Result<Unit, CaseError> {
    let kind = UnitKind::parse(&kind)
        .map_err(|error| StoreError::Corrupt { what: "unit kind", detail: error.to_string() })?;
    Ok(Unit { facts: UnitFacts { id, kind, parent, active }, code })
}

/// What routing asks about units, over one connection.
pub(crate) struct Directory<'a> {
    conn: std::cell::RefCell<&'a mut Conn>,
}

impl<'a> Directory<'a> {
    pub(crate) fn new(conn: &'a mut Conn) -> Directory<'a> {
        Directory { conn: std::cell::RefCell::new(conn) }
    }

    fn route(row: Option<Row>) -> Option<rules::routing::RouteUnit> {
        let unit = unit(row?).ok()?;
        let UnitFacts { id, kind, active, .. } = unit.facts;
        Some(rules::routing::RouteUnit { id, code: unit.code, kind, active })
    }

    fn of_area(&self, area: &str, digits: usize, kind: UnitKind) -> Option<rules::routing::RouteUnit> {
        let code = area.get(..digits)?;
        let padded = format!("{code:0<12}");
        let row: Option<Row> = units::table
            .inner_join(areas::table.on(areas::id.nullable().eq(units::area_id)))
            .filter(areas::code.eq(padded).and(units::kind.eq(kind.as_str())))
            .order(units::active.desc())
            .select((units::id, units::code, units::kind, units::parent_id, units::active))
            .first(&mut **self.conn.borrow_mut())
            .optional()
            .ok()?;
        Self::route(row)
    }

    fn find(&self, id: i64) -> Option<Row> {
        units::table
            .find(id)
            .select((units::id, units::code, units::kind, units::parent_id, units::active))
            .first(&mut **self.conn.borrow_mut())
            .optional()
            .ok()?
    }
}

impl rules::routing::Units for Directory<'_> {
    fn by_code(&self, code: &str) -> Option<rules::routing::RouteUnit> {
        let row: Option<Row> = units::table
            .filter(units::code.eq(code))
            .select((units::id, units::code, units::kind, units::parent_id, units::active))
            .first(&mut **self.conn.borrow_mut())
            .optional()
            .ok()?;
        Self::route(row)
    }

    fn by_id(&self, id: i64) -> Option<rules::routing::RouteUnit> {
        Self::route(self.find(id))
    }

    fn town_of(&self, area: &str) -> Option<rules::routing::RouteUnit> {
        self.of_area(area, 9, UnitKind::Town)
    }

    fn village_of(&self, area: &str) -> Option<rules::routing::RouteUnit> {
        self.of_area(area, 12, UnitKind::Village)
    }

    fn centre(&self) -> Option<rules::routing::RouteUnit> {
        let row: Option<Row> = units::table
            .filter(units::kind.eq(UnitKind::Centre.as_str()).and(units::active))
            .order(units::id)
            .select((units::id, units::code, units::kind, units::parent_id, units::active))
            .first(&mut **self.conn.borrow_mut())
            .optional()
            .ok()?;
        Self::route(row)
    }

    fn above(&self, id: i64) -> Option<rules::routing::RouteUnit> {
        let parent = self.find(id)?.3?;
        Self::route(self.find(parent))
    }
}
