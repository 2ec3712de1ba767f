//! What a unit that goes leaves to its successor, case by case: orders, calls, ownership, clocks. Where the successor may not have its
//! part (the report is about it, it is a village), the case goes back to the centre as a recalled one does.

use super::{Execute, Recall, Resume, Work, sealed::Sealed, work::Case};
use crate::{
    CaseError, Ctx,
    model::{CaseRow, Units, WhistleUnitRow},
    rulebook::Rules,
};
use diesel::prelude::*;
use rules::lifecycle::{ClockKind, OrderAction, OverlayKind, Part, Tables, may_help, may_host};
use serde_json::json;
use std::collections::BTreeSet;
use store::{
    Conn, Run, Timestamp, Tx,
    events::NewEvent,
    schema::{case_units, cases, whistle_units, whistles, work_orders},
};

/// States in which a whistle still wants something of a unit.
const AWAITED: [&str; 2] = ["asked", "called"];

/// Who goes, who follows.
#[derive(Clone, Copy)]
struct Heir {
    unit: i64,
    successor: i64,
}

/// Who may still have a part in a case after the change.
struct Fate {
    heir: Heir,
    /// Whether the successor may lead.
    leads: bool,
    /// Whether it may take part at all.
    helps: bool,
    /// Others with a part in it that may have none any more: the report is about them now, or about a unit above them.
    barred: BTreeSet<i64>,
}

impl Fate {
    fn may_lead(&self, unit: i64) -> bool {
        if unit == self.heir.unit { self.leads } else { !self.barred.contains(&unit) }
    }

    fn may_help(&self, unit: i64) -> bool {
        if unit == self.heir.unit { self.helps } else { !self.barred.contains(&unit) }
    }
}

/// Hands on what a unit owned. Returns how many cases changed.
pub(super) fn of_unit(
    tx: &mut Tx<'_>,
    rules: &Rules,
    (unit, successor): (i64, i64),
    now: Timestamp,
) -> Result<usize, CaseError> {
    let (heir, ctx, sealed) = (Heir { unit, successor }, Ctx::system(now), Sealed::default());
    let units = Units::default();
    let mut changed = 0;
    for id in concerned(tx.conn(), heir)? {
        let case = Case { id, tables: Tables::shipped(), units: units.fresh() };
        let mut work = Work::on(&mut *tx, &ctx, rules, &sealed, case)?;
        if work.succeed(heir)? {
            work.finish()?;
            changed += 1;
        }
    }
    Ok(changed)
}

/// The cases to look at: in which the unit has a part, and those that are about it or about its successor.
fn concerned(conn: &mut Conn, Heir { unit, successor }: Heir) -> Result<Vec<i64>, CaseError> {
    let with_orders = work_orders::table
        .filter(work_orders::unit_id.eq(unit).and(work_orders::open))
        .select(work_orders::case_id);
    let called: Vec<i64> = whistle_units::table
        .filter(whistle_units::unit_id.eq(unit).and(whistle_units::state.eq_any(AWAITED)))
        .select(whistle_units::whistle_id)
        .load(conn)?;
    let whistled = whistles::table.filter(whistles::id.eq_any(called)).select(whistles::case_id);
    let has_part = cases::owner_unit_id
        .eq(unit)
        .or(cases::host_unit_id.eq(unit).assume_not_null())
        .or(cases::id.eq_any(whistled))
        .or(cases::reported_unit_id.eq(successor).assume_not_null());
    let ids = cases::table
        .filter(
            cases::open
                .and(has_part)
                .or(cases::id.eq_any(with_orders))
                .or(cases::reported_unit_id.eq(unit).assume_not_null()),
        )
        .order(cases::id)
        .select(cases::id)
        .load(conn)?;
    Ok(ids)
}

impl Work<'_, '_> {
    /// Hands on what the unit has in this case; false when that is nothing.
    fn succeed(&mut self, heir: Heir) -> Result<bool, CaseError> {
        let before = self.file.case.clone();
        let case = &mut self.file.case;
        case.reported_unit_id =
            case.reported_unit_id.map(|id| if id == heir.unit { heir.successor } else { id });
        let fate = self.fate(heir)?;
        if !self.has_part(heir.unit, &before) && fate.barred.is_empty() {
            return Ok(false);
        }
        if self.file.host_order().is_some_and(|host| !fate.may_lead(host.unit_id)) {
            self.take_back()?;
        }
        self.hand_orders_on(&fate)?;
        self.hand_calls_on(&fate)?;
        self.hand_ownership_on(&fate)?;
        self.hand_clocks_on(&fate)?;
        if fate.helps {
            self.take_part(heir)?;
        }
        self.settle_next_step()?;
        self.note_succession(heir)?;
        Ok(true)
    }

    fn has_part(&self, unit: i64, before: &CaseRow) -> bool {
        let called = self.file.whistle_units.iter().any(|call| call.unit_id == unit && awaited(call));
        let mut orders = self.file.orders.iter().filter(|order| order.open);
        before.reported_unit_id == Some(unit)
            || orders.any(|order| order.unit_id == unit)
            || before.open && (before.owner_unit_id == unit || before.host_unit_id == Some(unit) || called)
    }

    fn fate(&mut self, heir: Heir) -> Result<Fate, CaseError> {
        let orders = self.file.orders.iter().filter(|order| order.open).map(|order| order.unit_id);
        let called = self.file.whistle_units.iter().filter(|call| awaited(call)).map(|call| call.unit_id);
        let with_part: BTreeSet<i64> = orders
            .chain(called)
            .chain([self.file.case.owner_unit_id])
            .filter(|id| *id != heir.unit)
            .collect();
        let ids: Vec<i64> = with_part.iter().copied().chain([heir.successor]).collect();
        let units = self.units("unit", &ids)?;
        let facts = self.facts(&units)?;
        let successor = self.unit("unit", heir.successor)?;
        let mut barred = BTreeSet::new();
        for unit in with_part.into_iter().filter(|unit| *unit != facts.centre) {
            // Units below the one that goes stand under its successor from now on.
            let follows = facts.reported.contains(&heir.successor)
                && self.units.is_under(self.tx.conn(), unit, heir.unit)?;
            if follows || facts.reported.contains(&unit) {
                barred.insert(unit);
            }
        }
        let (leads, helps) = (may_host(&facts, successor), may_help(&facts, successor));
        Ok(Fate { heir, leads, helps, barred })
    }

    /// Back to the centre, to be dispatched anew.
    fn take_back(&mut self) -> Result<(), CaseError> {
        if self.file.open_overlay(OverlayKind::Suspension).is_some() {
            Resume { reason: String::new() }.execute(self)?;
        }
        Recall { reason: String::new() }.execute(self)
    }

    /// Live orders go to the successor; where it takes part already, the host's order wins and the other is cancelled.
    fn hand_orders_on(&mut self, fate: &Fate) -> Result<(), CaseError> {
        let Heir { unit, successor } = fate.heir;
        let live: Vec<(i64, i64)> =
            self.file.orders.iter().filter(|o| o.open).map(|o| (o.id, o.unit_id)).collect();
        for (order, _) in live.iter().filter(|(_, at)| !fate.may_help(*at)) {
            self.order_do(*order, OrderAction::Cancel)?;
        }
        let of = |work: &Self, at: i64| {
            let mut live = work.file.orders.iter().filter(|order| order.open && order.unit_id == at);
            live.next().map(|order| (order.id, order.part == Part::Host.as_str()))
        };
        let Some((own, host)) = of(self, unit) else {
            if self.file.case.open && self.file.case.host_unit_id == Some(unit) && fate.leads {
                self.file.case.host_unit_id = Some(successor);
            }
            return Ok(());
        };
        if let Some((other, _)) = of(self, successor) {
            self.order_do(if host { other } else { own }, OrderAction::Cancel)?;
        }
        let Some(order) = self.file.orders.iter_mut().find(|order| order.id == own && order.open) else {
            return Ok(());
        };
        order.unit_id = successor;
        order.handler_id = None;
        order.version += 1;
        if host {
            self.file.case.host_unit_id = Some(successor);
        }
        self.save_order(own)
    }

    /// Whoever was whistled for: the successor is called in its place, unless it is in that whistle already.
    fn hand_calls_on(&mut self, fate: &Fate) -> Result<(), CaseError> {
        let Heir { unit, successor } = fate.heir;
        for index in 0..self.file.whistle_units.len() {
            let call = self.file.whistle_units[index].clone();
            let stays = call.unit_id != unit && fate.may_help(call.unit_id);
            if !awaited(&call) || stays {
                continue;
            }
            self.settle_call(index, if call.unit_id == unit { "handed_on" } else { "lapsed" })?;
            let mut calls = self.file.whistle_units.iter();
            let in_it = calls.any(|other| other.whistle_id == call.whistle_id && other.unit_id == successor);
            if call.unit_id == unit && fate.helps && !in_it {
                let row = WhistleUnitRow { unit_id: successor, ..call };
                diesel::insert_into(whistle_units::table).values(&row).run(self.tx.conn())?;
                self.file.whistle_units.push(row);
            }
        }
        let arrival = ClockKind::WhistleArrival;
        for gone in &fate.barred {
            self.stop_of_unit(arrival, *gone)?;
        }
        let comes = self.file.whistle_units.iter().any(|c| c.unit_id == successor && c.state == "called");
        let measured = |clock: &store::clocks::ClockRow| {
            clock.spec.kind == arrival.as_str() && clock.spec.unit_id == Some(successor)
        };
        if !comes || self.file.clocks.iter().any(measured) {
            self.stop_of_unit(arrival, unit)?;
        }
        Ok(())
    }

    fn hand_ownership_on(&mut self, fate: &Fate) -> Result<(), CaseError> {
        let owner = self.file.case.owner_unit_id;
        let stays = owner != fate.heir.unit && !fate.barred.contains(&owner);
        if !self.file.case.open || stays {
            return Ok(());
        }
        let helps = owner == fate.heir.unit && fate.helps;
        let next = if helps { fate.heir.successor } else { self.units.centre(self.tx.conn())? };
        self.file.case.owner_unit_id = next;
        self.file.case.owner_account_id = None;
        self.join_desk_if_secret()
    }

    /// Clocks that measured a unit that goes, or that may know nothing of the case any more, measure who follows.
    fn hand_clocks_on(&mut self, fate: &Fate) -> Result<(), CaseError> {
        let (case, centre) = (self.file.case.id, self.units.centre(self.tx.conn())?);
        let heir = if fate.helps { fate.heir.successor } else { centre };
        self.tx.hand_clocks_over(case, fate.heir.unit, heir)?;
        for barred in &fate.barred {
            self.tx.hand_clocks_over(case, *barred, centre)?;
        }
        self.file.clocks = self.tx.open_clocks(case)?;
        Ok(())
    }

    /// The successor takes the part that the unit had, unless it has one already.
    fn take_part(&mut self, Heir { unit, successor }: Heir) -> Result<(), CaseError> {
        let case = self.file.case.id;
        let part: Option<String> =
            case_units::table.find((case, unit)).select(case_units::part).first(self.tx.conn()).optional()?;
        part.map_or(Ok(()), |part| self.join(successor, &part))
    }

    fn note_succession(&mut self, Heir { unit, successor }: Heir) -> Result<(), CaseError> {
        let event = NewEvent {
            stream: self.file.case.id,
            stream_kind: "case",
            kind: "case.handed_on",
            kind_version: 1,
            occurred_at: self.ctx.now,
            recorded_at: self.ctx.now,
            actor: None,
            actor_unit: None,
            public: json!({
                "unit": unit.to_string(),
                "successor": successor.to_string(),
                "owner": self.file.case.owner_unit_id.to_string(),
            }),
            parts: Vec::new(),
        };
        let id = self.tx.append(event)?;
        self.events.push(id);
        Ok(())
    }
}

fn awaited(call: &WhistleUnitRow) -> bool {
    AWAITED.contains(&call.state.as_str())
}
