//! What decides who sees a case, read for one case or for many at once.

use super::rows::corrupt;
use crate::{CaseError, model::CaseRow};
use diesel::prelude::*;
use people::scope::CaseFacts;
use rules::words::{CaseKind, Confidentiality};
use std::collections::BTreeMap;
use store::{Conn, schema::case_units};

/// The facts of these cases, in their order.
///
/// # Errors
/// When the database fails or a stored word is unknown.
pub fn facts(conn: &mut Conn, cases: &[CaseRow]) -> Result<Vec<CaseFacts>, CaseError> {
    let ids: Vec<i64> = cases.iter().map(|case| case.id).collect();
    let mut units: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    let found: Vec<(i64, i64)> = case_units::table
        .filter(case_units::case_id.eq_any(ids))
        .select((case_units::case_id, case_units::unit_id))
        .load(conn)?;
    for (case, unit) in found {
        units.entry(case).or_default().push(unit);
    }
    cases.iter().map(|case| of(case, units.remove(&case.id).unwrap_or_default())).collect()
}

/// The facts of one case.
///
/// # Errors
/// When the database fails or a stored word is unknown.
pub(super) fn one(conn: &mut Conn, case: &CaseRow) -> Result<CaseFacts, CaseError> {
    let units = case_units::table.filter(case_units::case_id.eq(case.id)).select(case_units::unit_id);
    of(case, units.load(conn)?)
}

fn of(case: &CaseRow, units: Vec<i64>) -> Result<CaseFacts, CaseError> {
    Ok(CaseFacts {
        kind: CaseKind::parse(&case.kind).map_err(corrupt)?,
        confidentiality: Confidentiality::parse(&case.confidentiality).map_err(corrupt)?,
        units,
        host_unit: case.host_unit_id,
        owner_unit: case.owner_unit_id,
        owner_account: case.owner_account_id,
        registered_unit: case.registered_unit_id,
        registered_by: case.registered_by,
        reported_unit: case.reported_unit_id,
        county: case.county_id,
        town: case.town_id,
        village: case.village_id,
        grid: case.grid_id,
    })
}
