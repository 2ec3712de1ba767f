//! Who sees which case: one pure rule, and the SQL predicate and search tokens made from it.
//!
//! Invariant: [`can_see`] and [`predicate`] agree on every case; [`search_tokens`] and [`document_tokens`] meet
//! whenever [`can_see`] holds, and only then for a case with no reported unit (tests/it/scope.rs).
//! A reader of the index still filters by [`predicate`]: the index follows the log and may be a moment behind.
//!
//! The rule, from the closed to the open:
//! 1. A unit that a case reports on, every unit under it and everybody who belongs to one of them or holds a role
//!    there never sees the case (信访工作条例 art. 30, 46). [`CaseFacts::reported_unit`] is set for that purpose only.
//! 2. The account that owns or registered the case sees it, and so do duty roles (see [`Role::is_duty`]) held for a
//!    unit that owns it or takes part. A sealed case, and every report of wrongdoing, is seen by nobody else.
//! 3. A restricted case is seen by every case role of a unit that takes part, owns or registered it, of the units
//!    above those, and by stewards, dispatchers and supervisors of the centre.
//! 4. An open case is also seen by every case role at the centre, and by roles held for its area.

use crate::{AccountActor, Actor, Role};
use diesel::{
    BoolExpressionMethods, BoxableExpression, Connection, ExpressionMethods, QueryDsl, dsl::exists,
    expression_methods::NullableExpressionMethods, sql_types::Bool,
};
pub use rules::words::{CaseKind, Confidentiality};
use std::collections::BTreeSet;
use store::{
    Conn,
    schema::{case_units, cases},
};

/// The backend of the two engines' shared queries.
pub type Backend = <Conn as Connection>::Backend;

/// A condition on `cases`.
pub type Predicate = Box<dyn BoxableExpression<cases::table, Backend, SqlType = Bool>>;

/// What decides who sees a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseFacts {
    /// Its kind.
    pub kind: CaseKind,
    /// Its confidentiality.
    pub confidentiality: Confidentiality,
    /// The units taking part: host, co-handlers, whistled units (`case_units`).
    pub units: Vec<i64>,
    /// The host unit.
    pub host_unit: Option<i64>,
    /// The unit that answers for it now.
    pub owner_unit: i64,
    /// The account that answers for it now.
    pub owner_account: Option<i64>,
    /// The unit that registered it.
    pub registered_unit: i64,
    /// The account that registered it.
    pub registered_by: Option<i64>,
    /// The unit reported on, which must never learn of the case.
    pub reported_unit: Option<i64>,
    /// The county.
    pub county: Option<i64>,
    /// The town.
    pub town: Option<i64>,
    /// The village.
    pub village: Option<i64>,
    /// The grid.
    pub grid: Option<i64>,
}

impl CaseFacts {
    fn is_sealed(&self) -> bool {
        self.confidentiality == Confidentiality::Sealed || self.kind == CaseKind::WrongdoingReport
    }

    fn areas(&self) -> impl Iterator<Item = i64> {
        [self.county, self.town, self.village, self.grid].into_iter().flatten()
    }
}

/// Who looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// The product itself: sees everything.
    Everything,
    /// Sees nothing (a citizen sees a case by its check code, not by scope; administrators hold no case role).
    Nothing,
    /// Somebody signed in.
    Account(Sight),
}

/// What an account's roles open to it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Sight {
    /// The account.
    pub account_id: i64,
    /// Units that a case role is held for, and all units below.
    pub reach: BTreeSet<i64>,
    /// Units that a duty role is held for.
    pub duty: BTreeSet<i64>,
    /// Areas that a case role is held for.
    pub areas: BTreeSet<i64>,
    /// Units belonged to, and all units above: a report on any of these stays hidden.
    pub lineage: BTreeSet<i64>,
    /// Whether every open case is in sight.
    pub county: bool,
    /// Whether every restricted case is in sight too.
    pub centre_duty: bool,
}

impl From<&AccountActor> for Viewer {
    fn from(actor: &AccountActor) -> Viewer {
        use crate::Permission::CaseRead;
        if !actor.can(CaseRead) {
            return Viewer::Nothing;
        }
        let mut sight = Sight {
            account_id: actor.account_id,
            reach: actor.reach.clone(),
            lineage: actor.lineage.clone(),
            ..Sight::default()
        };
        for grant in actor.grants.iter().filter(|grant| grant.role.permissions().contains(&CaseRead)) {
            match grant.area_id {
                Some(area) => {
                    sight.areas.insert(area);
                }
                None => {
                    if grant.role.is_duty() {
                        sight.duty.insert(grant.unit_id);
                    }
                    sight.county |= grant.centre && sees_county(grant.role);
                    sight.centre_duty |= grant.centre && grant.role.is_centre_duty();
                }
            }
        }
        Viewer::Account(sight)
    }
}

impl From<&Actor> for Viewer {
    fn from(actor: &Actor) -> Viewer {
        match actor {
            Actor::System => Viewer::Everything,
            Actor::Citizen => Viewer::Nothing,
            Actor::Account(account) => Viewer::from(account),
        }
    }
}

/// Whether the role, held at the centre, sees every open case (whoever answers the phone must find the matter).
const fn sees_county(role: Role) -> bool {
    match role {
        Role::Clerk | Role::Operator | Role::Steward | Role::Dispatcher | Role::Supervisor | Role::Leader => {
            true
        }
        Role::Liaison
        | Role::GridWorker
        | Role::Mediator
        | Role::SystemAdmin
        | Role::SecurityAdmin
        | Role::AuditAdmin => false,
    }
}

/// Whether the viewer sees the case.
pub fn can_see(viewer: &Viewer, facts: &CaseFacts) -> bool {
    let sight = match viewer {
        Viewer::Everything => return true,
        Viewer::Nothing => return false,
        Viewer::Account(sight) => sight,
    };
    if facts.reported_unit.is_some_and(|unit| sight.lineage.contains(&unit)) {
        return false;
    }
    if named(sight, facts) {
        return true;
    }
    if facts.is_sealed() {
        return false;
    }
    takes_part(sight, facts)
        || sight.centre_duty
        || (facts.confidentiality == Confidentiality::Open
            && (sight.county || facts.areas().any(|area| sight.areas.contains(&area))))
}

fn named(sight: &Sight, facts: &CaseFacts) -> bool {
    facts.owner_account == Some(sight.account_id)
        || facts.registered_by == Some(sight.account_id)
        || working_units(facts).any(|unit| sight.duty.contains(&unit))
}

fn takes_part(sight: &Sight, facts: &CaseFacts) -> bool {
    working_units(facts).chain([facts.registered_unit]).any(|unit| sight.reach.contains(&unit))
}

fn working_units(facts: &CaseFacts) -> impl Iterator<Item = i64> + '_ {
    facts.units.iter().copied().chain(facts.host_unit).chain([facts.owner_unit])
}

/// The condition on `cases` that holds for exactly the cases the viewer sees.
pub fn predicate(viewer: &Viewer) -> Predicate {
    match viewer {
        Viewer::Everything => Box::new(cases::id.is_not_null()),
        Viewer::Nothing => Box::new(cases::id.is_null()),
        Viewer::Account(sight) => {
            let hidden: Vec<i64> = sight.lineage.iter().copied().collect();
            let reported = cases::reported_unit_id.assume_not_null();
            Box::new(
                cases::reported_unit_id
                    .is_null()
                    .or(reported.ne_all(hidden))
                    .and(by_name(sight).or(not_sealed().and(by_part(sight).or(by_openness(sight))))),
            )
        }
    }
}

fn not_sealed() -> Predicate {
    Box::new(
        cases::confidentiality
            .ne(Confidentiality::Sealed.as_str())
            .and(cases::kind.ne(CaseKind::WrongdoingReport.as_str())),
    )
}

fn by_name(sight: &Sight) -> Predicate {
    let me = sight.account_id;
    let owner = cases::owner_account_id.is_not_null().and(cases::owner_account_id.assume_not_null().eq(me));
    let registrar = cases::registered_by.is_not_null().and(cases::registered_by.assume_not_null().eq(me));
    Box::new(owner.or(registrar).or(working(&sight.duty)))
}

fn by_part(sight: &Sight) -> Predicate {
    if sight.centre_duty {
        return Box::new(cases::id.is_not_null());
    }
    let reach: Vec<i64> = sight.reach.iter().copied().collect();
    Box::new(working(&sight.reach).or(cases::registered_unit_id.eq_any(reach)))
}

fn by_openness(sight: &Sight) -> Predicate {
    let open = cases::confidentiality.eq(Confidentiality::Open.as_str());
    if sight.county {
        return Box::new(open);
    }
    let areas: Vec<i64> = sight.areas.iter().copied().collect();
    macro_rules! within {
        ($column:expr) => {
            $column.is_not_null().and($column.assume_not_null().eq_any(areas.clone()))
        };
    }
    Box::new(
        open.and(
            within!(cases::county_id)
                .or(within!(cases::town_id))
                .or(within!(cases::village_id))
                .or(within!(cases::grid_id)),
        ),
    )
}

/// One of the units owns, hosts or takes part.
fn working(units: &BTreeSet<i64>) -> Predicate {
    let units: Vec<i64> = units.iter().copied().collect();
    let takes_part = exists(
        case_units::table
            .filter(case_units::case_id.eq(cases::id))
            .filter(case_units::unit_id.eq_any(units.clone())),
    );
    let hosts =
        cases::host_unit_id.is_not_null().and(cases::host_unit_id.assume_not_null().eq_any(units.clone()));
    Box::new(cases::owner_unit_id.eq_any(units).or(hosts).or(takes_part))
}

/// The tokens under which a case stands in the search index; any one that the searcher holds is enough.
pub fn document_tokens(facts: &CaseFacts) -> Vec<String> {
    let mut tokens: BTreeSet<String> =
        [facts.owner_account, facts.registered_by].into_iter().flatten().map(|id| format!("p{id}")).collect();
    tokens.extend(working_units(facts).map(|unit| format!("d{unit}")));
    tokens.insert("everything".to_owned());
    if !facts.is_sealed() {
        tokens.insert("centre".to_owned());
        tokens.extend(working_units(facts).chain([facts.registered_unit]).map(|unit| format!("u{unit}")));
        if facts.confidentiality == Confidentiality::Open {
            tokens.insert("county".to_owned());
            tokens.extend(facts.areas().map(|area| format!("t{area}")));
        }
    }
    tokens.into_iter().collect()
}

/// The tokens a searcher holds; empty finds nothing.
pub fn search_tokens(viewer: &Viewer) -> Vec<String> {
    let sight = match viewer {
        Viewer::Everything => return vec!["everything".to_owned()],
        Viewer::Nothing => return Vec::new(),
        Viewer::Account(sight) => sight,
    };
    let mut tokens = vec![format!("p{}", sight.account_id)];
    tokens.extend(sight.duty.iter().map(|unit| format!("d{unit}")));
    if sight.centre_duty {
        tokens.push("centre".to_owned());
    } else {
        tokens.extend(sight.reach.iter().map(|unit| format!("u{unit}")));
    }
    if sight.county {
        tokens.push("county".to_owned());
    } else {
        tokens.extend(sight.areas.iter().map(|area| format!("t{area}")));
    }
    tokens
}
