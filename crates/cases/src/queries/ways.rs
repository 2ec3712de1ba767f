//! How somebody who does not see the whole county finds what it sees: by the areas and the units of its roles, each by
//! its own index. Whoever sees one case in a thousand would otherwise look through the other nine hundred and
//! ninety-nine, a million cases back.

use super::filters::Query;
use crate::CaseError;
use diesel::{dsl::sql, prelude::*, sql_types::BigInt};
use people::scope::{Sight, Viewer};
use store::{
    Conn,
    schema::{areas, case_units, cases},
};

/// A part of what somebody sees. A part may hold more: the predicate of the scope stands beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// What happens in a town.
    Town(i64),
    /// What happens in a village or community.
    Village(i64),
    /// What happens in a grid.
    Grid(i64),
    /// What one of the units answers for.
    Owned(Vec<i64>),
    /// What one of the units hosts.
    Hosted(Vec<i64>),
    /// What one of the units registered.
    Registered(Vec<i64>),
    /// What the account answers for.
    OwnedBy(i64),
    /// What the account registered.
    RegisteredBy(i64),
    /// What one of the units takes part in.
    TakesPart(Vec<i64>),
}

/// Finds the cases by one condition alone, whatever else the list asks for: no other filter's index shall be walked.
macro_rules! by {
    ($query:expr, $own:ident, $condition:expr) => {{
        let $own = diesel::alias!(cases as own);
        $query.filter(cases::id.eq_any($own.filter($condition).select($own.field(cases::id))))
    }};
}

impl Way {
    /// The ways that together find everything that somebody sees; `None` for who sees the county: most of its cases are in
    /// sight, and the order of the list finds them soonest.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) fn of(conn: &mut Conn, viewer: &Viewer) -> Result<Option<Vec<Way>>, CaseError> {
        let Viewer::Account(sight) = viewer else { return Ok(None) };
        if sight.county || sight.centre_duty {
            return Ok(None);
        }
        let Some(mut ways) = within(conn, sight)? else { return Ok(None) };
        let units: Vec<i64> = sight.reach.union(&sight.duty).copied().collect();
        if !units.is_empty() {
            ways.extend([
                Way::Owned(units.clone()),
                Way::Hosted(units.clone()),
                Way::Registered(units.clone()),
            ]);
            ways.push(Way::TakesPart(units));
        }
        ways.extend([Way::OwnedBy(sight.account_id), Way::RegisteredBy(sight.account_id)]);
        Ok(Some(ways))
    }

    /// Whether its index holds the cases in the order in which they came in.
    pub(super) fn in_order(&self) -> bool {
        match self {
            Way::Town(_) | Way::Village(_) | Way::Grid(_) => true,
            Way::Owned(_)
            | Way::Hosted(_)
            | Way::Registered(_)
            | Way::OwnedBy(_)
            | Way::RegisteredBy(_)
            | Way::TakesPart(_) => false,
        }
    }

    /// Narrows a query to it.
    pub(super) fn apply(&self, query: Query) -> Query {
        match self {
            Way::Town(id) => query.filter(cases::town_id.eq(*id)),
            Way::Village(id) => query.filter(cases::village_id.eq(*id)),
            Way::Grid(id) => query.filter(cases::grid_id.eq(*id)),
            Way::Owned(units) => by!(query, own, own.field(cases::owner_unit_id).eq_any(units.clone())),
            Way::Hosted(units) => by!(query, own, own.field(cases::host_unit_id).eq_any(units.clone())),
            Way::Registered(units) => {
                by!(query, own, own.field(cases::registered_unit_id).eq_any(units.clone()))
            }
            Way::OwnedBy(account) => by!(query, own, own.field(cases::owner_account_id).eq(*account)),
            Way::RegisteredBy(account) => by!(query, own, own.field(cases::registered_by).eq(*account)),
            Way::TakesPart(units) => {
                let theirs = case_units::table
                    .filter(case_units::unit_id.eq_any(units.clone()))
                    .select(case_units::case_id);
                query.filter(cases::id.eq_any(theirs))
            }
        }
    }
}

/// The last received first, sorted after they were found: the sign keeps the planner from walking through all that came
/// in, in the order of the list.
pub(super) fn sorted(query: Query, (key, id): (i64, i64), limit: i64) -> Query {
    let received = || sql::<BigInt>("+cases.received_at");
    query
        .filter(received().le(key))
        .filter(received().lt(key).or(cases::id.lt(id)))
        .order(sql::<BigInt>("+cases.received_at DESC, cases.id DESC"))
        .limit(limit)
}

/// One way for each area; `None` when the county is one of them.
fn within(conn: &mut Conn, sight: &Sight) -> Result<Option<Vec<Way>>, CaseError> {
    if sight.areas.is_empty() {
        return Ok(Some(Vec::new()));
    }
    let ids: Vec<i64> = sight.areas.iter().copied().collect();
    let levels: Vec<(i64, String)> =
        areas::table.filter(areas::id.eq_any(ids)).select((areas::id, areas::level)).load(conn)?;
    Ok(levels
        .into_iter()
        .map(|(id, level)| match level.as_str() {
            "town" => Some(Way::Town(id)),
            "village" => Some(Way::Village(id)),
            "grid" => Some(Way::Grid(id)),
            _ => None,
        })
        .collect())
}
