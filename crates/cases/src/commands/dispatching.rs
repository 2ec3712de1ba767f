//! Dispatching by rule or by hand, taking back to dispatch anew, co-handlers.

use super::{AddCoHandler, Dispatch, Execute, Recall, RemoveCoHandler, Text, Work, needed};
use crate::{
    CaseError,
    model::{Directory, WorkOrderRow},
};
use diesel::prelude::*;
use rules::{
    lifecycle::{CaseAction, OrderState, Proposal},
    routing::{Route, RouteCase},
    words::ResolutionClass,
};
use serde_json::json;
use store::{Conn, schema::areas};

impl Execute for Dispatch {
    fn action(&self) -> CaseAction {
        CaseAction::Dispatch
    }

    fn texts(&self) -> Vec<Text<'_>> {
        vec![Text::event("reason", &self.reason)]
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let proposed = route(work);
        let host = match (self.host, &proposed) {
            (Some(host), _) => host,
            (None, Ok(route)) => route.unit_id,
            (None, Err(_)) => return Err(proposed.err().unwrap_or(CaseError::NotFound)),
        };
        let rule = proposed.ok().filter(|route| route.unit_id == host);
        if rule.is_none() && self.reason.trim().is_empty() {
            return Err(CaseError::field("reason", "dispatch.reason_for_by_hand"));
        }
        let unit = work.unit("host", host)?;
        let mut helpers = work.units("co_handlers", &self.co_handlers)?;
        helpers.retain(|helper| helper.id != host);
        let class = self.resolution_class.unwrap_or(if helpers.is_empty() {
            ResolutionClass::Prompt
        } else {
            ResolutionClass::Coordinated
        });
        // The class decides the limits of the clocks that start now.
        let before = std::mem::replace(&mut work.file.case.resolution_class, class.as_str().to_owned());
        let proposal = Proposal { unit: Some(unit), units: helpers, ..Proposal::default() };
        let parts = work.sealed.parts();
        // Who gave it back once and gets it again is designated: it may not return a second time [WF 22].
        let returned = OrderState::Returned.as_str();
        let gave_back = |order: &WorkOrderRow| order.unit_id == host && order.state == returned;
        let designated = self.designated || work.file.orders.iter().any(gave_back);
        let outcome = work.step(CaseAction::Dispatch, &proposal, parts, |work| {
            let case = &mut work.file.case;
            case.designated = designated;
            case.rule_version = work.rules.deadlines.version();
            case.rule_chosen = rule.as_ref().map_or("by_hand", |route| route.rule.as_str()).to_owned();
            Ok(json!({
                "host": host.to_string(),
                "co_handlers": proposal.units.iter().map(|unit| unit.id.to_string()).collect::<Vec<_>>(),
                "resolution_class": class.as_str(),
                "designated": designated,
                "rule": work.file.case.rule_chosen,
                "because": rule.map(|route| json!(route.because)),
            }))
        });
        if outcome.is_err() {
            work.file.case.resolution_class = before;
        }
        outcome
    }
}

/// The routing rule's proposal for the case as it stands.
fn route(work: &mut Work<'_, '_>) -> Result<Route, CaseError> {
    let case = &work.file.case;
    let area = area_code(work.tx.conn(), [case.grid_id, case.village_id, case.town_id])?;
    let matter = RouteCase {
        kind: work.file.kind()?,
        channel: work.file.channel()?,
        category: &work.file.case.category,
        area: area.as_deref(),
        reported_unit: work.file.case.reported_unit_id,
    };
    let units = Directory::new(work.tx.conn());
    Ok(work.rules.routing.route(&matter, &units, &work.rules.catalogue)?)
}

/// The code of the finest area that is known.
fn area_code(conn: &mut Conn, finest_first: [Option<i64>; 3]) -> Result<Option<String>, CaseError> {
    for id in finest_first.into_iter().flatten() {
        let code: Option<String> = areas::table.find(id).select(areas::code).first(conn).optional()?;
        if code.is_some() {
            return Ok(code);
        }
    }
    Ok(None)
}

impl crate::Cases {
    /// Where the routing rules would send the case, and why; the dispatch desk shows it.
    ///
    /// # Errors
    /// `routing.none` when no rule finds a unit.
    pub async fn propose_host(&self, case_id: i64) -> Result<Route, CaseError> {
        let rules = self.rules.current();
        self.store
            .read(move |conn| {
                let row: crate::model::CaseRow = store::schema::cases::table
                    .find(case_id)
                    .select(crate::model::CaseRow::as_select())
                    .first(conn)
                    .optional()?
                    .ok_or(CaseError::NotFound)?;
                let area = area_code(conn, [row.grid_id, row.village_id, row.town_id])?;
                let words = |error: rules::words::UnknownWord| CaseError::from(rules::RuleError::from(error));
                let matter = RouteCase {
                    kind: row.kind.parse().map_err(words)?,
                    channel: row.channel.parse().map_err(words)?,
                    category: &row.category,
                    area: area.as_deref(),
                    reported_unit: row.reported_unit_id,
                };
                Ok(rules.routing.route(&matter, &Directory::new(conn), &rules.catalogue)?)
            })
            .await
    }
}

impl Execute for Recall {
    fn action(&self) -> CaseAction {
        CaseAction::Recall
    }

    fn texts(&self) -> Vec<Text<'_>> {
        vec![Text::event("reason", &self.reason)]
    }

    fn check(&self) -> Vec<(&'static str, &'static str)> {
        needed("reason", &self.reason).into_iter().collect()
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let from = work.file.case.host_unit_id;
        let parts = work.sealed.parts();
        work.step(CaseAction::Recall, &Proposal::default(), parts, |work| {
            work.file.case.designated = false;
            work.file.case.replied_at = None;
            work.nobody_told();
            Ok(json!({ "unit": from.map(|id| id.to_string()) }))
        })
    }
}

impl Execute for AddCoHandler {
    fn action(&self) -> CaseAction {
        CaseAction::AddCoHandler
    }

    fn texts(&self) -> Vec<Text<'_>> {
        vec![Text::event("reason", &self.reason)]
    }

    fn check(&self) -> Vec<(&'static str, &'static str)> {
        needed("reason", &self.reason).into_iter().collect()
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let units = work.units("unit", &[self.unit])?;
        let proposal = Proposal { units, ..Proposal::default() };
        let parts = work.sealed.parts();
        work.step(CaseAction::AddCoHandler, &proposal, parts, |_| {
            Ok(json!({ "unit": self.unit.to_string() }))
        })
    }
}

impl Execute for RemoveCoHandler {
    fn action(&self) -> CaseAction {
        CaseAction::RemoveCoHandler
    }

    fn texts(&self) -> Vec<Text<'_>> {
        vec![Text::event("reason", &self.reason)]
    }

    fn check(&self) -> Vec<(&'static str, &'static str)> {
        needed("reason", &self.reason).into_iter().collect()
    }

    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError> {
        let units = work.units("unit", &[self.unit])?;
        let proposal = Proposal { units, ..Proposal::default() };
        let parts = work.sealed.parts();
        work.step(CaseAction::RemoveCoHandler, &proposal, parts, |_| {
            Ok(json!({ "unit": self.unit.to_string() }))
        })
    }
}
