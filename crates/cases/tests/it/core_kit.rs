//! A county for the tests of commands: a centre, departments, towns, villages, a committee, and somebody for every duty.

use cases::{
    Cases, Ctx,
    commands::{Register, ReporterInput, Verify},
    model::CaseRow,
    rulebook::{NewRules, RuleKind},
};
use diesel::prelude::*;
use people::{
    AccountActor, Role, UnitKind, UnitTree,
    persons::{Person, Phone},
    tree::Node,
};
use rules::words::{CaseKind, Channel, Confidentiality, Urgency};
use store::{
    Store, StoreError, Timestamp, Tx,
    schema::{accounts, areas, units},
};

pub(crate) const CENTRE: i64 = 1;
pub(crate) const ROADS: i64 = 2;
pub(crate) const WATER: i64 = 3;
pub(crate) const HOUSING: i64 = 4;
pub(crate) const TOWN: i64 = 5;
pub(crate) const TOWN_2: i64 = 6;
pub(crate) const VILLAGE: i64 = 7;
pub(crate) const COMMITTEE: i64 = 8;
pub(crate) const PARTNER: i64 = 9;
pub(crate) const OFFICE: i64 = 10;

/// A unit: id, name, kind, parent, area.
type Unit = (i64, &'static str, UnitKind, Option<i64>, Option<i64>);

const UNITS: &[Unit] = &[
    (CENTRE, "centre", UnitKind::Centre, None, Some(100)),
    (ROADS, "roads", UnitKind::Department, Some(CENTRE), None),
    (WATER, "water", UnitKind::Department, Some(CENTRE), None),
    (HOUSING, "housing", UnitKind::Department, Some(CENTRE), None),
    (TOWN, "town", UnitKind::Town, Some(CENTRE), Some(101)),
    (TOWN_2, "town-2", UnitKind::Town, Some(CENTRE), Some(102)),
    (VILLAGE, "village", UnitKind::Village, Some(TOWN), Some(103)),
    (COMMITTEE, "committee", UnitKind::Committee, Some(CENTRE), None),
    (PARTNER, "partner", UnitKind::Partner, Some(CENTRE), None),
    (OFFICE, "water-office", UnitKind::Department, Some(WATER), None),
];

const AREAS: &[(i64, &str, &str, Option<i64>)] = &[
    (100, "620521000000", "county", None),
    (101, "620521100000", "town", Some(100)),
    (102, "620521101000", "town", Some(100)),
    (103, "620521100201", "village", Some(101)),
];

/// Somebody: account, unit, roles.
pub(crate) const STAFF: &[(i64, i64, &[Role])] = &[
    (201, CENTRE, &[Role::Clerk]),
    (202, CENTRE, &[Role::Operator]),
    (203, CENTRE, &[Role::Steward]),
    (204, CENTRE, &[Role::Dispatcher]),
    (205, CENTRE, &[Role::Supervisor]),
    (206, CENTRE, &[Role::Steward, Role::Liaison]),
    (207, CENTRE, &[Role::Dispatcher]),
    (208, CENTRE, &[Role::Leader]),
    (209, CENTRE, &[Role::SystemAdmin]),
    (210, CENTRE, &[Role::AuditAdmin]),
    (221, ROADS, &[Role::Liaison]),
    (222, ROADS, &[Role::Liaison]),
    (231, WATER, &[Role::Liaison]),
    (241, HOUSING, &[Role::Liaison]),
    (251, TOWN, &[Role::Liaison]),
    (252, TOWN, &[Role::Clerk]),
    (253, TOWN, &[Role::GridWorker]),
    (261, TOWN_2, &[Role::Liaison]),
    (271, VILLAGE, &[Role::Liaison]),
    (281, COMMITTEE, &[Role::Mediator]),
    (291, PARTNER, &[Role::Liaison]),
    (295, OFFICE, &[Role::Liaison]),
];

/// A leaf of the shipped catalogue whose routing the tests need not know: they dispatch by hand.
pub(crate) const CATEGORY: &str = "0101";

/// A Monday morning in office hours: 2026-03-02 10:00 in China.
pub(crate) fn monday() -> Timestamp {
    "2026-03-02T02:00:00Z".parse().expect("an instant")
}

pub(crate) fn tree() -> UnitTree {
    UnitTree::new(UNITS.iter().map(|(id, _, kind, parent, area)| {
        (*id, Node { parent: *parent, kind: *kind, active: true, area: *area })
    }))
}

/// The account with its roles.
pub(crate) fn actor(account: i64) -> AccountActor {
    let (_, unit, roles) = STAFF.iter().find(|(id, _, _)| *id == account).expect("somebody of the kit");
    let held: Vec<(Role, Option<i64>, Option<i64>)> = roles.iter().map(|role| (*role, None, None)).collect();
    AccountActor::new(account, *unit, format!("account {account}"), &held, &tree())
}

/// A context of an account at an instant.
pub(crate) fn at(account: i64, now: Timestamp) -> Ctx {
    Ctx::of(actor(account), now)
}

/// Does an action of the API at an instant; what it is refused with.
pub(crate) async fn act(
    cases: &Cases,
    (who, now): (i64, Timestamp),
    id: i64,
    action: &str,
    body: serde_json::Value,
) -> Result<(), &'static str> {
    let done = cases.act(&at(who, now), cases::Target::from(id), action, body).await;
    done.map(|_| ()).map_err(|error| error.code())
}

/// A matter that was registered, verified and dispatched to this host and these co-handlers by 204.
pub(crate) async fn dispatched(
    cases: &Cases,
    now: Timestamp,
    input: Register,
    (host, helpers): (i64, &[i64]),
) -> i64 {
    let kind = input.kind;
    let id = cases.register(&at(201, now), input).await.expect("registers").case_id;
    cases.run(&at(203, now), id, verified(kind, Urgency::Ordinary)).await.expect("verified");
    let helpers: Vec<String> = helpers.iter().map(ToString::to_string).collect();
    let body = serde_json::json!({ "host": host.to_string(), "co_handlers": helpers, "reason": "按职责" });
    act(cases, (204, now), id, "dispatch", body).await.expect("dispatched");
    id
}

pub(crate) async fn county(store: &Store) -> Cases {
    store.write(write).await.expect("the county is written");
    Cases::open(store.clone()).await.expect("the rules are there")
}

fn write(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    for (id, code, level, parent) in AREAS {
        let town = (*level == "village").then_some(101_i64);
        diesel::insert_into(areas::table)
            .values((
                areas::id.eq(*id),
                areas::code.eq(*code),
                areas::level.eq(*level),
                areas::name.eq(*code),
                areas::parent_id.eq(*parent),
                areas::county_id.eq(Some(100)),
                areas::town_id.eq(town),
                areas::urban_class.eq(""),
                areas::valid_from.eq(0),
            ))
            .execute(tx.conn())?;
    }
    for (id, name, kind, parent, area) in UNITS {
        diesel::insert_into(units::table)
            .values((
                units::id.eq(*id),
                units::code.eq(*name),
                units::name.eq(*name),
                units::short_name.eq(*name),
                units::kind.eq(kind.as_str()),
                units::parent_id.eq(*parent),
                units::area_id.eq(*area),
                units::phone.eq(""),
                units::active.eq(true),
                units::version.eq(1),
                units::created_at.eq(0),
            ))
            .execute(tx.conn())?;
    }
    for (id, unit, _) in STAFF {
        diesel::insert_into(accounts::table)
            .values((
                accounts::id.eq(*id),
                accounts::login.eq(format!("a{id}")),
                accounts::name.eq(format!("account {id}")),
                accounts::unit_id.eq(*unit),
                accounts::phone.eq(""),
                accounts::password_hash.eq(""),
                accounts::must_change_password.eq(false),
                accounts::password_set_at.eq(0),
                accounts::totp_last_step.eq(0),
                accounts::state.eq("active"),
                accounts::failed_count.eq(0),
                accounts::language.eq("zh"),
                accounts::version.eq(1),
                accounts::created_at.eq(0),
            ))
            .execute(tx.conn())?;
    }
    Ok(())
}

pub(crate) fn reporter(phone: &str) -> ReporterInput {
    let phone = (!phone.is_empty()).then(|| Phone::parse(phone).expect("a phone"));
    let name = phone.is_some().then(|| "王小明".to_owned());
    ReporterInput { person: Person { name, phone, ..Person::default() }, ..ReporterInput::default() }
}

/// A matter as a window takes it in.
pub(crate) fn matter(kind: CaseKind, phones: &[&str]) -> Register {
    Register {
        kind,
        channel: Channel::Window,
        urgency: Some(Urgency::Ordinary),
        category: None,
        title: "路灯不亮".into(),
        detail: "门口的路灯坏了一个月".into(),
        place: cases::commands::Place { town_id: Some(101), text: "中山路".into(), ..Default::default() },
        form: serde_json::Map::new(),
        confidentiality: None,
        reported_unit_id: None,
        reporters: phones.iter().map(|phone| reporter(phone)).collect(),
        head_count: None,
        occurred_at: None,
        external: None,
        units_needed: Vec::new(),
        whistling_unit_id: None,
    }
}

/// What a steward finds.
pub(crate) fn verified(kind: CaseKind, urgency: Urgency) -> Verify {
    Verify {
        kind,
        category: CATEGORY.into(),
        urgency,
        confidentiality: Confidentiality::Open,
        title: "中山路路灯损坏".into(),
        place: cases::commands::Place {
            town_id: Some(101), text: "中山路12号".into(), ..Default::default()
        },
        form: None,
        reported_unit_id: None,
        nobody_named: kind == CaseKind::WrongdoingReport,
    }
}

/// The case as it stands.
pub(crate) async fn case(cases: &Cases, id: i64) -> CaseRow {
    cases
        .store
        .read(move |conn| {
            let row = store::schema::cases::table.find(id).select(CaseRow::as_select()).first(conn)?;
            Ok::<_, StoreError>(row)
        })
        .await
        .expect("the case is there")
}

/// Rules to publish over whatever stands.
pub(crate) fn new_rules(kind: RuleKind, text: impl Into<String>) -> NewRules {
    NewRules { kind, text: text.into(), note: "试验".into(), made_from: None }
}
