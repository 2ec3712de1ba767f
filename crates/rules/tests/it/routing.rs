use crate::catalogue;
use proptest::prelude::*;
use rules::{
    RuleError,
    catalogue::Catalogue,
    routing::{
        Because, RouteCase, RouteUnit, RoutingFile, RoutingRules, SHIPPED, UNITS, UnitTemplate, Units,
        may_host,
    },
    words::{CaseKind, Channel, UnitKind},
};
use std::collections::BTreeSet;

/// A county: the template, two towns and a village in each, all under the centre.
struct County {
    units: Vec<(RouteUnit, Option<i64>)>,
}

const TOWN: &str = "620521100";
const VILLAGE: &str = "620521100201";

impl County {
    fn new() -> Self {
        let template: UnitTemplate = toml::from_str(UNITS).unwrap();
        let mut units = Vec::new();
        for def in template.units {
            let id = units.len() as i64 + 1;
            let above = (id > 1).then_some(1);
            units.push((RouteUnit { id, code: def.code, kind: def.kind, active: true }, above));
        }
        for town in ["620521100", "620521206"] {
            let id = units.len() as i64 + 1;
            units
                .push((RouteUnit { id, code: town.to_owned(), kind: UnitKind::Town, active: true }, Some(1)));
            let code = format!("{town}201");
            units.push((RouteUnit { id: id + 1, code, kind: UnitKind::Village, active: true }, Some(id)));
        }
        Self { units }
    }

    fn id(&self, code: &str) -> i64 {
        self.by_code(code).unwrap().id
    }

    fn retire(&mut self, code: &str) {
        self.units.iter_mut().find(|(unit, _)| unit.code == code).unwrap().0.active = false;
    }
}

impl Units for County {
    fn by_code(&self, code: &str) -> Option<RouteUnit> {
        self.units.iter().map(|(unit, _)| unit).find(|unit| unit.code == code).cloned()
    }
    fn by_id(&self, id: i64) -> Option<RouteUnit> {
        self.units.iter().map(|(unit, _)| unit).find(|unit| unit.id == id).cloned()
    }
    fn town_of(&self, area: &str) -> Option<RouteUnit> {
        area.get(..9).and_then(|code| self.by_code(code))
    }
    fn village_of(&self, area: &str) -> Option<RouteUnit> {
        area.get(..12).and_then(|code| self.by_code(code))
    }
    fn centre(&self) -> Option<RouteUnit> {
        self.by_id(1)
    }
    fn above(&self, id: i64) -> Option<RouteUnit> {
        let above = self.units.iter().find(|(unit, _)| unit.id == id)?.1?;
        self.by_id(above)
    }
}

fn shipped(catalogue: &Catalogue) -> RoutingRules {
    RoutingRules::build(toml::from_str(SHIPPED).unwrap(), catalogue).unwrap()
}

fn with(rules: &str, catalogue: &Catalogue) -> Result<RoutingRules, RuleError> {
    RoutingRules::build(toml::from_str::<RoutingFile>(rules).unwrap(), catalogue)
}

fn case(category: &str) -> RouteCase<'_> {
    RouteCase {
        kind: CaseKind::Request,
        channel: Channel::Hotline,
        category,
        area: Some(VILLAGE),
        reported_unit: None,
    }
}

fn dispute(category: &str) -> RouteCase<'_> {
    RouteCase { kind: CaseKind::Dispute, ..case(category) }
}

#[test]
fn the_shipped_rules_name_units_of_the_template() {
    let (catalogue, county) = (catalogue::shipped(), County::new());
    let rules = shipped(&catalogue);
    for code in rules.unit_codes() {
        assert!(county.by_code(code).is_some(), "{code}");
    }
    let template: UnitTemplate = toml::from_str(UNITS).unwrap();
    assert_eq!(template.units[0].kind, UnitKind::Centre);
    let codes: BTreeSet<&str> = template.units.iter().map(|unit| unit.code.as_str()).collect();
    assert_eq!(codes.len(), template.units.len(), "no code twice");
    for category in catalogue.categories() {
        assert!(rules.department_of(&category.code).is_some(), "{} has no department", category.code);
        let route = rules.route(&case(&category.code), &county, &catalogue).unwrap();
        let unit = county.by_id(route.unit_id).unwrap();
        assert_ne!(unit.kind, UnitKind::Village, "{}", category.code);
    }
}

#[test]
fn a_route_explains_itself() {
    let (catalogue, county) = (catalogue::shipped(), County::new());
    let rules = shipped(&catalogue);
    let to = |category: &str| rules.route(&case(category), &county, &catalogue).unwrap();
    assert_eq!(to("0101").unit, "zjj");
    assert_eq!(to("0103").unit, "zrzy");
    assert_eq!(to("0202").unit, "gdgs");
    let neighbours = to("1301");
    assert_eq!((neighbours.unit.as_str(), neighbours.rule.as_str()), (TOWN, "neighbours"));
    assert_eq!(
        neighbours.because,
        [Because::Rule {
            rule: "neighbours".to_owned(),
            target: "town_of_place".to_owned(),
            conditions: vec!["category=1301".to_owned()],
        }]
    );
    let nowhere = RouteCase { area: None, ..case("1301") };
    let route = rules.route(&nowhere, &county, &catalogue).unwrap();
    assert_eq!(
        (route.unit.as_str(), route.rule.as_str()),
        ("sfj", "by-category"),
        "without a place: the department"
    );
    assert_eq!(route.because[0], Because::NoPlace { rule: "neighbours".to_owned() });
    let unclassified = rules.route(&case(""), &county, &catalogue).unwrap();
    let open = Because::NotClassified { rule: "by-category".to_owned() };
    assert!(unclassified.because.contains(&open), "no unit is missing: {:?}", unclassified.because);
}

#[test]
fn the_most_specific_rule_wins_and_ties_are_refused() {
    let (catalogue, county) = (catalogue::shipped(), County::new());
    let tie = r#"
        rules = [
          { id = "any", target = "centre" },
          { id = "noise", category = "1001", target = "unit:hbj" },
          { id = "zone", area = "620521100000", target = "town_of_place" },
        ]"#;
    let error = with(tie, &catalogue).unwrap_err();
    assert_eq!(error, RuleError::RoutingAmbiguous { first: "noise".to_owned(), second: "zone".to_owned() });
    assert_eq!(error.code(), "routing.ambiguous");
    let settled = tie.replace(
        "rules = [",
        "rules = [ { id = \"both\", category = \"1001\", area = \"620521100\", target = \"unit:cgj\" },",
    );
    let rules = with(&settled, &catalogue).unwrap();
    let to = |case: &RouteCase<'_>| rules.route(case, &county, &catalogue).unwrap().rule;
    assert_eq!(to(&case("1001")), "both");
    assert_eq!(to(&case("1002")), "zone");
    assert_eq!(to(&RouteCase { area: Some("620521206201"), ..case("1001") }), "noise");
    assert_eq!(to(&RouteCase { area: None, ..case("1002") }), "any");
    let channels = r#"
        rules = [
          { id = "any", target = "centre" },
          { id = "sensors", channel = "sensor", target = "unit:yjj" },
        ]"#;
    let rules = with(channels, &catalogue).unwrap();
    let sensor = RouteCase { channel: Channel::Sensor, ..case("1001") };
    assert_eq!(rules.route(&sensor, &county, &catalogue).unwrap().unit, "yjj");
}

#[test]
fn the_reported_unit_never_gets_it() {
    let (catalogue, county) = (catalogue::shipped(), County::new());
    let rules = shipped(&catalogue);
    let about = |category: &'static str, code: &str| {
        let case = RouteCase { reported_unit: Some(county.id(code)), ..case(category) };
        rules.route(&case, &county, &catalogue).unwrap()
    };
    let route = about("0101", "zjj");
    assert_eq!(route.unit, "zhzl", "the unit above");
    assert!(route.because.contains(&Because::ReportedUnit { unit: "zjj".to_owned() }));
    assert_eq!(about("1404", "zjj").unit, "jwjw");
    assert_eq!(about("1301", TOWN).unit, "zhzl", "a town's dispute about the town");
    assert_eq!(about("0101", "zhzl").unit, "zjj", "the whole county stands under the centre");
    let village = rules::routing::RouteUnit { ..county.by_code(VILLAGE).unwrap() };
    let case = RouteCase { reported_unit: Some(county.id(TOWN)), ..case("1301") };
    assert_eq!(may_host(&village, &case, &county, &catalogue).unwrap_err().code(), "routing.reported_unit");
}

#[test]
fn a_village_hosts_its_own_affairs_only() {
    let (catalogue, county) = (catalogue::shipped(), County::new());
    let village = county.by_code(VILLAGE).unwrap();
    assert!(may_host(&village, &dispute("1301"), &county, &catalogue).is_ok());
    let error = may_host(&village, &case("0301"), &county, &catalogue).unwrap_err();
    assert_eq!(error.code(), "routing.village_not_host");
    let refused = with("rules = [{ id = \"a\", target = \"village_of_place\" }]", &catalogue).unwrap_err();
    assert_eq!(refused.code(), "routing.invalid");
    let by_code = format!("rules = [{{ id = \"a\", target = \"unit:{VILLAGE}\" }}]");
    let route = with(&by_code, &catalogue).unwrap().route(&case("0301"), &county, &catalogue).unwrap();
    assert_eq!(route.unit, TOWN, "moved up");
    assert!(route.because.contains(&Because::VillageNotHost { unit: VILLAGE.to_owned() }));
    let own = "rules = [{ id = \"a\", category = \"1301\", target = \"village_of_place\" }]";
    let route = with(own, &catalogue).unwrap().route(&dispute("1301"), &county, &catalogue).unwrap();
    assert_eq!(route.unit, VILLAGE);
    let route = with(own, &catalogue).unwrap().route(&case("1301"), &county, &catalogue).unwrap();
    assert_eq!(route.unit, TOWN, "no dispute: moved up");
}

#[test]
fn a_committee_leads_disputes_only() {
    let (catalogue, county) = (catalogue::shipped(), County::new());
    let rules = shipped(&catalogue);
    assert_eq!(rules.route(&dispute("0902"), &county, &catalogue).unwrap().unit, "yltw");
    let route = rules.route(&case("0902"), &county, &catalogue).unwrap();
    assert_eq!((route.unit.as_str(), route.rule.as_str()), ("wjj", "by-category"));
    assert!(route.because.contains(&Because::KindNotHosted { unit: "yltw".to_owned() }));
    let report = RouteCase { kind: CaseKind::WrongdoingReport, ..case("0201") };
    assert_eq!(rules.route(&report, &county, &catalogue).unwrap().unit, "zhzl", "never a partner body");
}

#[test]
fn a_report_that_names_nobody_goes_to_the_centre() {
    let (catalogue, county) = (catalogue::shipped(), County::new());
    let rules = shipped(&catalogue);
    let report = RouteCase { kind: CaseKind::WrongdoingReport, ..case("0101") };
    let route = rules.route(&report, &county, &catalogue).unwrap();
    assert_eq!((route.unit.as_str(), &route.because[0]), ("zhzl", &Because::NobodyNamed));
    let named = RouteCase { reported_unit: county.by_code("cgj").map(|unit| unit.id), ..report };
    assert_eq!(
        rules.route(&named, &county, &catalogue).unwrap().unit,
        "zjj",
        "the department is not concerned"
    );
}

#[test]
fn a_retired_unit_is_passed_over() {
    let catalogue = catalogue::shipped();
    let mut county = County::new();
    county.retire("zjj");
    let route = shipped(&catalogue).route(&case("0101"), &county, &catalogue).unwrap();
    assert_eq!((route.unit.as_str(), route.rule.as_str()), ("zhzl", "nobody-else"));
    let rules = with("rules = [{ id = \"a\", target = \"unit:zjj\" }]", &catalogue).unwrap();
    assert_eq!(rules.route(&case("0101"), &county, &catalogue).unwrap_err().code(), "routing.none");
}

#[test]
fn broken_rules_are_refused() {
    let catalogue = catalogue::shipped();
    for rules in [
        "rules = [{ id = \"\", target = \"centre\" }]",
        "rules = [{ id = \"a\", target = \"centre\" }, { id = \"a\", category = \"01\", target = \"centre\" }]",
        "rules = [{ id = \"a\", category = \"99\", target = \"centre\" }]",
        "rules = [{ id = \"a\", area = \"x\", target = \"centre\" }]",
        "departments = { 99 = \"zjj\" }\nrules = []",
    ] {
        assert_eq!(with(rules, &catalogue).unwrap_err().code(), "routing.invalid", "{rules}");
    }
    assert!(toml::from_str::<RoutingFile>("rules = [{ id = \"a\", target = \"nowhere\" }]").is_err());
}

proptest! {
    /// Whoever is reported, whatever the matter and place: never that unit, never one under it, never a village.
    #[test]
    fn no_route_breaks_the_invariants(
        top in 1..=15u32, leaf in 1..=8u32, reported in proptest::option::of(1..=50i64),
        area in proptest::option::of(proptest::sample::select(vec![TOWN, VILLAGE, "620521206201", "620521"])),
        retired in proptest::collection::vec(1..45usize, 0..6),
    ) {
        let catalogue = catalogue::shipped();
        let mut county = County::new();
        for index in retired {
            county.units[index].0.active = false;
        }
        let category = format!("{top:02}{leaf:02}");
        let case = RouteCase { area, reported_unit: reported, ..case(&category) };
        match shipped(&catalogue).route(&case, &county, &catalogue) {
            Ok(route) => {
                let unit = county.by_id(route.unit_id).unwrap();
                prop_assert!(unit.active);
                prop_assert!(unit.kind != UnitKind::Village);
                prop_assert_ne!(Some(unit.id), reported);
                let above = county.above(unit.id).map(|above| above.id);
                prop_assert!(reported.is_none() || reported == Some(1) || above != reported);
            }
            Err(error) => prop_assert_eq!(error.code(), "routing.none"),
        }
    }
}

#[test]
fn every_shipped_rule_has_a_title_in_both_languages() {
    let catalogue = catalogue::shipped();
    let file: RoutingFile = toml::from_str(SHIPPED).unwrap();
    let deadlines: rules::deadlines::DeadlineFile = toml::from_str(rules::deadlines::SHIPPED).unwrap();
    let titles = file.rules.iter().map(|rule| (&rule.id, &rule.title, &rule.title_en));
    for (id, zh, en) in
        titles.chain(deadlines.rules.iter().map(|rule| (&rule.id, &rule.title, &rule.title_en)))
    {
        assert!(!zh.is_ascii() && en.is_ascii() && !en.is_empty(), "{id}: {zh} {en}");
    }
    let mut named = file.clone();
    named.rules[0].title_en.clear();
    named.rules[1].title.clear();
    named.rules[1].title_en.clear();
    let (first, second) = (named.rules[0].clone(), named.rules[1].id.clone());
    let rules = RoutingRules::build(named, &catalogue).unwrap();
    let name = rules.name(&first.id);
    assert_eq!((&name.zh, &name.en), (&first.title, &first.title), "one title serves both");
    assert_eq!(rules.name(&second).zh, second);
    assert_eq!(rules.name("gone").en, "gone");
}
