//! Routing: which unit takes a matter. Rules are data; the chosen one is shown and a person may override it.
//!
//! Invariants, whatever the rules say:
//! - a village is never made host of a department's work (Beijing regulation on acting on receipt, art. 17);
//! - what is reported about a unit never goes to that unit or one under it, but to the one above
//!   (信访工作条例 art. 28, 30);
//! - a retired unit is never chosen.

mod target;

pub use crate::unit_template::{UNITS, UnitDef, UnitTemplate};
pub use target::Target;

use crate::{
    RuleError,
    catalogue::{Catalogue, is_code},
    scope::{self, Conditional, Ranking, RuleName, Scope, Subject},
    words::{CaseKind, Channel, UnitKind},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The shipped rules as TOML of [`RoutingFile`].
pub const SHIPPED: &str = include_str!("../data/routing-default.toml");

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoutingRule {
    /// Its name, unique, kept with every case it routed.
    pub id: String,
    /// What people call it, in Chinese; its name where there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// The same in English.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title_en: String,
    /// Why, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// A higher number wins whatever the conditions.
    #[serde(default)]
    pub priority: i32,
    /// A category and everything under it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// An area and everything in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<String>,
    /// The channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// Where to.
    pub target: Target,
}

/// The rules as stored and edited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoutingFile {
    /// Grows with every publication.
    #[serde(default)]
    pub version: i64,
    /// The department of each category; the deepest entry wins.
    #[serde(default)]
    pub departments: BTreeMap<String, String>,
    /// The rules, in any order.
    pub rules: Vec<RoutingRule>,
}

/// A unit as far as routing goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteUnit {
    /// Its id.
    pub id: i64,
    /// Its code.
    pub code: String,
    /// What it is.
    pub kind: UnitKind,
    /// Whether it still works.
    pub active: bool,
}

/// What routing must know of the units; given by whoever keeps them.
pub trait Units {
    /// The unit with this code.
    fn by_code(&self, code: &str) -> Option<RouteUnit>;
    /// The unit with this id.
    fn by_id(&self, id: i64) -> Option<RouteUnit>;
    /// The town's unit of an area (a village, grid or town code).
    fn town_of(&self, area: &str) -> Option<RouteUnit>;
    /// The village's unit of an area (a village or grid code).
    fn village_of(&self, area: &str) -> Option<RouteUnit>;
    /// The county centre.
    fn centre(&self) -> Option<RouteUnit>;
    /// The unit above.
    fn above(&self, id: i64) -> Option<RouteUnit>;
}

/// What is known of a case when it is routed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RouteCase<'a> {
    /// The kind.
    pub kind: CaseKind,
    /// The channel.
    pub channel: Channel,
    /// The category code.
    pub category: &'a str,
    /// The finest known area code.
    pub area: Option<&'a str>,
    /// The unit that the report or complaint is about.
    pub reported_unit: Option<i64>,
}

/// A step of the explanation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Because {
    /// This rule is the most specific that holds.
    Rule {
        /// The rule.
        rule: String,
        /// Its target as written.
        target: String,
        /// Its conditions as written, `category=03`.
        conditions: Vec<String>,
    },
    /// A more specific rule names a unit that does not exist or no longer works.
    NoUnit {
        /// The rule.
        rule: String,
    },
    /// A rule asks for the department of the category and the case has no category yet.
    NotClassified {
        /// The rule.
        rule: String,
    },
    /// A rule asks for the town or village of the place and the case has no place yet.
    NoPlace {
        /// The rule.
        rule: String,
    },
    /// The unit named is the reported one or stands under it: the one above takes it.
    ReportedUnit {
        /// The unit passed over.
        unit: String,
    },
    /// The unit named may not lead this kind of matter: the next rule decides.
    KindNotHosted {
        /// The unit passed over.
        unit: String,
    },
    /// A report of wrongdoing that names nobody: only a rule that sends it to the centre counts, since any other unit may be the one.
    NobodyNamed,
    /// The unit named is a village and the matter is not a village's own: the one above takes it.
    VillageNotHost {
        /// The unit passed over.
        unit: String,
    },
}

/// Where a case goes and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Route {
    /// The unit.
    pub unit_id: i64,
    /// Its code.
    pub unit: String,
    /// The rule.
    pub rule: String,
    /// The rule's note.
    pub note: String,
    /// The version of the rules.
    pub version: i64,
    /// Step by step.
    pub because: Vec<Because>,
}

/// Checked routing rules.
#[derive(Debug, Clone)]
pub struct RoutingRules {
    version: i64,
    departments: BTreeMap<String, String>,
    rules: Ranking<RoutingRule>,
}

impl RoutingRules {
    /// Checks the rules.
    ///
    /// # Errors
    /// `routing.ambiguous` names two rules that tie; `routing.invalid` when names repeat, a code is malformed, or a
    /// rule sends anything but a village's own affairs to the village.
    pub fn build(file: RoutingFile, catalogue: &Catalogue) -> Result<Self, RuleError> {
        for rule in &file.rules {
            check_rule(rule, catalogue)?;
        }
        for code in file.departments.keys() {
            catalogue
                .get(code)
                .map_err(|_| RuleError::BadRouting(format!("department of `{code}`: no category")))?;
        }
        let rules = Ranking::of(file.rules)
            .map_err(|name| RuleError::BadRouting(format!("the name `{name}` is empty or stands twice")))?;
        if let Some((first, second)) = rules.tie(|_| true) {
            return Err(RuleError::RoutingAmbiguous { first: first.to_owned(), second: second.to_owned() });
        }
        Ok(Self { version: file.version, departments: file.departments, rules })
    }

    /// The version of the data.
    #[must_use]
    pub const fn version(&self) -> i64 {
        self.version
    }

    /// The rules as data.
    #[must_use]
    pub fn file(&self) -> RoutingFile {
        RoutingFile {
            version: self.version,
            departments: self.departments.clone(),
            rules: self.rules.rules().cloned().collect(),
        }
    }

    /// What people call a rule; the name itself where it has no title or no longer stands.
    #[must_use]
    pub fn name(&self, rule: &str) -> RuleName {
        self.rules.name(rule)
    }

    /// Every unit code that the rules name; whoever publishes rules checks that they exist.
    #[must_use]
    pub fn unit_codes(&self) -> BTreeSet<&str> {
        let named = self.rules.rules().filter_map(|rule| match &rule.target {
            Target::Unit(code) => Some(code.as_str()),
            Target::DepartmentOfCategory | Target::TownOfPlace | Target::VillageOfPlace | Target::Centre => {
                None
            }
        });
        self.departments.values().map(String::as_str).chain(named).collect()
    }

    /// The department of a category: the deepest entry on its path.
    #[must_use]
    pub fn department_of(&self, category: &str) -> Option<&str> {
        let cuts = (1..=category.len() / 2).rev().filter_map(|level| category.get(..level * 2));
        cuts.filter_map(|code| self.departments.get(code)).map(String::as_str).next()
    }

    /// Where a case goes.
    ///
    /// # Errors
    /// `routing.none` when no rule finds a unit that may take it; a dispatcher then decides.
    pub fn route(
        &self,
        case: &RouteCase<'_>,
        units: &impl Units,
        catalogue: &Catalogue,
    ) -> Result<Route, RuleError> {
        let area = case.area.map(scope::trim_area);
        let subject = Subject {
            category: case.category,
            area,
            urgency: None,
            kind: case.kind,
            channel: case.channel,
            class: None,
        };
        let nobody_named = case.kind == CaseKind::WrongdoingReport && case.reported_unit.is_none();
        let mut because = if nobody_named { vec![Because::NobodyNamed] } else { Vec::new() };
        let counts = |rule: &RoutingRule| !nobody_named || rule.target == Target::Centre;
        for rule in self.rules.choose(&subject, counts) {
            let Some(named) = self.named(rule, case, area, units) else {
                because.push(unnamed(rule, case));
                continue;
            };
            because.push(said(rule));
            match fit(named, case, units, catalogue, &mut because) {
                Some(unit) => return Ok(self.answer(rule, &unit, because)),
                None => because.push(Because::NoUnit { rule: rule.id.clone() }),
            }
        }
        Err(RuleError::NoRoute)
    }

    fn named(
        &self,
        rule: &RoutingRule,
        case: &RouteCase<'_>,
        area: Option<&str>,
        units: &impl Units,
    ) -> Option<RouteUnit> {
        let unit = match &rule.target {
            Target::Unit(code) => units.by_code(code),
            Target::DepartmentOfCategory => {
                self.department_of(case.category).and_then(|code| units.by_code(code))
            }
            Target::TownOfPlace => area.and_then(|area| units.town_of(area)),
            Target::VillageOfPlace => area.and_then(|area| units.village_of(area)),
            Target::Centre => units.centre(),
        };
        unit.filter(|unit| unit.active)
    }

    fn answer(&self, rule: &RoutingRule, unit: &RouteUnit, because: Vec<Because>) -> Route {
        Route {
            unit_id: unit.id,
            unit: unit.code.clone(),
            rule: rule.id.clone(),
            note: rule.note.clone(),
            version: self.version,
            because,
        }
    }
}

/// Whether a unit may be host of a case, by rule or by hand.
///
/// A village leads only a dispute among its people, a committee only disputes, a partner body no report of wrongdoing.
///
/// # Errors
/// `routing.village_not_host`, `routing.kind_not_hosted`, `routing.reported_unit`.
pub fn may_host(
    unit: &RouteUnit,
    case: &RouteCase<'_>,
    units: &impl Units,
    catalogue: &Catalogue,
) -> Result<(), RuleError> {
    if let Some(reported) = case.reported_unit
        && concerned(unit.id, reported, units)
    {
        return Err(RuleError::ReportedUnit);
    }
    let is_dispute = case.kind == CaseKind::Dispute;
    let own_affair = catalogue.get(case.category).is_ok_and(|category| category.village);
    match unit.kind {
        UnitKind::Centre | UnitKind::Department | UnitKind::Town => Ok(()),
        UnitKind::Village if is_dispute && own_affair => Ok(()),
        UnitKind::Village => Err(RuleError::VillageNotHost),
        UnitKind::Committee if is_dispute => Ok(()),
        UnitKind::Partner if case.kind != CaseKind::WrongdoingReport => Ok(()),
        UnitKind::Committee | UnitKind::Partner => Err(RuleError::KindNotHosted),
    }
}

/// The unit itself or the nearest above it that may host the case.
fn fit(
    named: RouteUnit,
    case: &RouteCase<'_>,
    units: &impl Units,
    catalogue: &Catalogue,
    because: &mut Vec<Because>,
) -> Option<RouteUnit> {
    let mut unit = named;
    for _ in 0..MOST_LEVELS {
        match may_host(&unit, case, units, catalogue) {
            Ok(()) if unit.active => return Some(unit),
            Ok(()) => {}
            Err(RuleError::VillageNotHost) => {
                because.push(Because::VillageNotHost { unit: unit.code.clone() });
            }
            Err(RuleError::KindNotHosted) => {
                because.push(Because::KindNotHosted { unit: unit.code });
                return None;
            }
            Err(_) => because.push(Because::ReportedUnit { unit: unit.code.clone() }),
        }
        unit = units.above(unit.id)?;
    }
    None
}

/// A tree of units is never deeper; a circle ends here.
const MOST_LEVELS: usize = 12;

/// Everything under a reported unit is concerned too; under the centre stands the whole county, which is not.
fn concerned(unit: i64, reported: i64, units: &impl Units) -> bool {
    let is_centre = units.by_id(reported).is_some_and(|unit| unit.kind == UnitKind::Centre);
    unit == reported || (!is_centre && stands_under(unit, reported, units))
}

fn stands_under(unit: i64, ancestor: i64, units: &impl Units) -> bool {
    let mut at = unit;
    for _ in 0..MOST_LEVELS {
        if at == ancestor {
            return true;
        }
        match units.above(at) {
            Some(above) => at = above.id,
            None => return false,
        }
    }
    false
}

/// Why a rule names no unit: what it looks at is not known yet, or the unit is missing.
fn unnamed(rule: &RoutingRule, case: &RouteCase<'_>) -> Because {
    let id = rule.id.clone();
    match &rule.target {
        Target::DepartmentOfCategory if case.category.is_empty() => Because::NotClassified { rule: id },
        Target::TownOfPlace | Target::VillageOfPlace if case.area.is_none() => Because::NoPlace { rule: id },
        Target::DepartmentOfCategory
        | Target::TownOfPlace
        | Target::VillageOfPlace
        | Target::Unit(_)
        | Target::Centre => Because::NoUnit { rule: id },
    }
}

fn check_rule(rule: &RoutingRule, catalogue: &Catalogue) -> Result<(), RuleError> {
    let bad = |what: &str| Err(RuleError::BadRouting(format!("`{}`: {what}", rule.id)));
    if rule.category.as_deref().is_some_and(|code| !is_code(code) || catalogue.get(code).is_err()) {
        return bad("the category is not in the catalogue");
    }
    if rule.area.as_deref().is_some_and(|code| code.is_empty() || !code.bytes().all(|b| b.is_ascii_digit())) {
        return bad("the area is no code");
    }
    let own_affair = rule
        .category
        .as_deref()
        .is_some_and(|code| catalogue.get(code).is_ok_and(|category| category.village));
    if rule.target == Target::VillageOfPlace && !own_affair {
        return bad("only a village's own affairs may be sent to the village");
    }
    Ok(())
}

fn said(rule: &RoutingRule) -> Because {
    let conditions = [
        rule.category.as_ref().map(|code| format!("category={code}")),
        rule.area.as_ref().map(|code| format!("area={code}")),
        rule.channel.map(|channel| format!("channel={channel}")),
    ];
    Because::Rule {
        rule: rule.id.clone(),
        target: rule.target.clone().into(),
        conditions: conditions.into_iter().flatten().collect(),
    }
}

impl Conditional for RoutingRule {
    fn id(&self) -> &str {
        &self.id
    }

    fn titles(&self) -> (&str, &str) {
        (&self.title, &self.title_en)
    }

    fn priority(&self) -> i32 {
        self.priority
    }

    fn scope(&self) -> Scope {
        Scope {
            category: self.category.clone(),
            area: self.area.as_deref().map(|code| scope::trim_area(code).to_owned()),
            channel: self.channel,
            ..Scope::default()
        }
    }
}
