//! Whistle and report (吹哨报到): a village or town asks for units, the centre decides, each unit presses a button on arrival.

use super::{ApproveWhistle, DeclineWhistle, Execute, Register, Text, Whistle, WhistleArrive, Work, needed};
use crate::{
    CaseError,
    model::{OPEN, WhistleRow, WhistleUnitRow, contexts},
};
use diesel::prelude::*;
use people::{Actor, Permission};
use rules::lifecycle::{CaseAction, ClockKind, Part, Proposal, may_help};
use serde_json::json;
use store::{
    Run, ms,
    schema::{whistle_units, whistles},
};

fn texts(ids: &[i64]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

impl Work<'_, '_> {
    /// Writes a whistle and the units it asks for.
    pub(crate) fn whistle(&mut self, unit: i64, asked: &[i64]) -> Result<i64, CaseError> {
        let row = WhistleRow {
            id: self.tx.id()?,
            case_id: self.file.case.id,
            unit_id: unit,
            state: OPEN.to_owned(),
            reason: self.sealed.column(contexts::WHISTLE_REASON),
            whistled_by: self.ctx.actor.account_id(),
            whistled_at: ms(self.ctx.now),
            decided_by: None,
            decided_at: None,
            decision: None,
        };
        diesel::insert_into(whistles::table).values(&row).run(self.tx.conn())?;
        let id = row.id;
        self.file.whistles.push(row);
        self.set_whistled(id, asked, "asked")?;
        self.made = Some(id);
        Ok(id)
    }

    /// A matter that is registered as a whistle: by a town or village, or for one by somebody who may act for it; for units that
    /// may come.
    pub(crate) fn whistle_at_once(&mut self, input: &Register) -> Result<(), CaseError> {
        let by = input.whistling_unit_id.unwrap_or(self.file.case.registered_unit_id);
        let known = self.unit("whistling_unit", by)?;
        if !known.active || !self.units.is_local(self.tx.conn(), by)? {
            return Err(CaseError::field("whistling_unit", "whistle.not_local"));
        }
        let acts_for = match &self.ctx.actor {
            Actor::System => true,
            Actor::Citizen => false,
            Actor::Account(account) => account.unit_id == by || account.can_for(Permission::CaseRegister, by),
        };
        if !acts_for {
            return Err(CaseError::field("whistling_unit", "whistle.not_yours"));
        }
        let asked = self.units("units_needed", &input.units_needed)?;
        let facts = self.facts(&asked)?;
        if !asked.iter().all(|unit| may_help(&facts, *unit)) {
            return Err(CaseError::field("units_needed", "dispatch.unit_not_allowed"));
        }
        let asked: Vec<i64> = asked.iter().map(|unit| unit.id).collect();
        self.whistle(by, &asked).map(drop)
    }

    /// The units of a whistle are exactly these from now on.
    fn set_whistled(&mut self, whistle: i64, units: &[i64], state: &str) -> Result<(), CaseError> {
        diesel::delete(whistle_units::table.filter(whistle_units::whistle_id.eq(whistle)))
            .run(self.tx.conn())?;
        self.file.whistle_units.retain(|unit| unit.whistle_id != whistle);
        for unit in units {
            let row = WhistleUnitRow {
                whistle_id: whistle,
                unit_id: *unit,
                state: state.to_owned(),
                arrived_at: None,
                arrived_by: None,
            };
            diesel::insert_into(whistle_units::table).values(&row).run(self.tx.conn())?;
            self.file.whistle_units.push(row);
        }
        Ok(())
    }

    fn decide_whistle(&mut self, outcome: &str) -> Result<Option<i64>, CaseError> {
        let decision = self.sealed.column_or_null(contexts::WHISTLE_DECISION);
        let (by, now) = (self.ctx.actor.account_id(), ms(self.ctx.now));
        let Some(whistle) = self.file.whistles.iter_mut().find(|whistle| whistle.state == OPEN) else {
            return Ok(None);
        };
        whistle.state = outcome.to_owned();
        whistle.decided_by = by;
        whistle.decided_at = Some(now);
        whistle.decision = decision;
        let row = whistle.clone();
        store::update(whistles::table.find(row.id)).set(&row).run(self.tx.conn())?;
        self.made = Some(row.id);
        Ok(Some(row.id))
    }

    /// What a whistle wanted of a unit is settled without its arrival.
    pub(crate) fn settle_call(&mut self, index: usize, outcome: &str) -> Result<(), CaseError> {
        let call = &mut self.file.whistle_units[index];
        call.state = outcome.to_owned();
        let key = (call.whistle_id, call.unit_id);
        store::update(whistle_units::table.find(key)).set(&*call).run(self.tx.conn())?;
        Ok(())
    }

    fn asked_units(&self) -> Vec<i64> {
        let open = self.file.open_whistle().map(|whistle| whistle.id);
        let asked = self
            .file
            .whistle_units
            .iter()
            .filter(|unit| Some(unit.whistle_id) == open && unit.state == "asked");
        asked.map(|unit| unit.unit_id).collect()
    }
}

impl Execute for Whistle {
    fn action(&self) -> CaseAction {
        CaseAction::Whistle
    }

    fn texts(&self) -> Vec<Text<'_>> {
        vec![Text::column("reason", contexts::WHISTLE_REASON, &self.reason)]
    }

    fn check(&self) -> Vec<(&'static str, &'static str)> {
        let none = self.units.is_empty().then_some(("units", "field.missing"));
        [needed("reason", &self.reason), none].into_iter().flatten().collect()
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let units = work.units("units", &self.units)?;
        let asked: Vec<i64> = units.iter().map(|unit| unit.id).collect();
        let by = work.ctx.actor.unit_id().unwrap_or(work.file.case.owner_unit_id);
        let parts = work.sealed.parts();
        work.step(CaseAction::Whistle, &Proposal { units, ..Proposal::default() }, parts, |work| {
            work.whistle(by, &asked)?;
            Ok(json!({ "unit": by.to_string(), "units": texts(&asked) }))
        })
    }
}

impl Execute for ApproveWhistle {
    fn action(&self) -> CaseAction {
        CaseAction::ApproveWhistle
    }

    fn texts(&self) -> Vec<Text<'_>> {
        vec![Text::column("reason", contexts::WHISTLE_DECISION, &self.reason)]
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let asked = work.asked_units();
        let named = if self.units.is_empty() { asked.clone() } else { self.units.clone() };
        let units = work.units("units", &named)?;
        let called: Vec<i64> = units.iter().map(|unit| unit.id).collect();
        let changed = !same(&asked, &called);
        let parts = work.sealed.parts();
        work.step(CaseAction::ApproveWhistle, &Proposal { units, ..Proposal::default() }, parts, |work| {
            if let Some(id) = work.decide_whistle(if changed { "changed" } else { "approved" })? {
                work.set_whistled(id, &called, "called")?;
            }
            for unit in &called {
                work.join(*unit, "whistled")?;
                let busy = work.file.orders.iter().any(|order| order.open && order.unit_id == *unit);
                // Where a host works already, who comes helps: with an order and clocks of its own.
                let helping = work.file.host_order().is_some_and(|host| host.state != "replied");
                if helping
                    && !busy
                    && work.file.open_overlay(rules::lifecycle::OverlayKind::Suspension).is_none()
                {
                    work.open_order(*unit, Part::CoHandler)?;
                }
            }
            Ok(json!({ "units": texts(&called), "changed": changed }))
        })
    }
}

fn same(a: &[i64], b: &[i64]) -> bool {
    a.len() == b.len() && a.iter().all(|id| b.contains(id))
}

impl Execute for DeclineWhistle {
    fn action(&self) -> CaseAction {
        CaseAction::DeclineWhistle
    }

    fn texts(&self) -> Vec<Text<'_>> {
        vec![Text::column("reason", contexts::WHISTLE_DECISION, &self.reason)]
    }

    fn check(&self) -> Vec<(&'static str, &'static str)> {
        needed("reason", &self.reason).into_iter().collect()
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let parts = work.sealed.parts();
        work.step(CaseAction::DeclineWhistle, &Proposal::default(), parts, |work| {
            work.decide_whistle("declined")?;
            Ok(json!({}))
        })
    }
}

impl Execute for WhistleArrive {
    fn action(&self) -> CaseAction {
        CaseAction::WhistleArrive
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let arriving = work.arriving_units();
        work.step(CaseAction::WhistleArrive, &Proposal::default(), Vec::new(), |work| {
            let (by, now) = (work.ctx.actor.account_id(), ms(work.ctx.now));
            for unit in &mut work.file.whistle_units {
                if unit.state != "called" || !arriving.contains(&unit.unit_id) {
                    continue;
                }
                unit.state = "arrived".to_owned();
                unit.arrived_at = Some(now);
                unit.arrived_by = by;
                let key = (unit.whistle_id, unit.unit_id);
                store::update(whistle_units::table.find(key)).set(&*unit).run(work.tx.conn())?;
            }
            debug_assert!(arriving.iter().all(|unit| {
                work.file.clocks.iter().all(|clock| {
                    clock.spec.kind != ClockKind::WhistleArrival.as_str() || clock.spec.unit_id != Some(*unit)
                })
            }));
            Ok(json!({ "units": texts(&arriving) }))
        })
    }
}
