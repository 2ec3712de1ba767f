//! A small county for the tests of reads: units, areas, accounts, and cases planted straight into the tables, so
//! that every combination can be had without living through it.

use cases::{Cases, model::CaseRow, queries::Ask};
use diesel::prelude::*;
use people::{AccountActor, Role, UnitKind, UnitTree, tree::Node};
use store::{
    Store, StoreError, Timestamp, Tx,
    clocks::NewClock,
    events::NewEvent,
    ms,
    schema::{accounts, areas, case_texts, case_units, cases as case_table, units, work_orders},
    vault::DataKey,
};

pub(crate) const CENTRE: i64 = 1;
pub(crate) const WATER: i64 = 2;
pub(crate) const WATER_OFFICE: i64 = 3;
pub(crate) const ROADS: i64 = 4;
pub(crate) const TOWN: i64 = 5;
pub(crate) const VILLAGE: i64 = 6;
pub(crate) const OTHER_TOWN: i64 = 8;

pub(crate) const COUNTY_AREA: i64 = 100;
pub(crate) const TOWN_AREA: i64 = 101;
pub(crate) const VILLAGE_AREA: i64 = 102;
pub(crate) const GRID_AREA: i64 = 103;
pub(crate) const OTHER_TOWN_AREA: i64 = 104;

/// A Monday morning in office hours: 2026-11-16 10:00 in China.
pub(crate) fn now() -> Timestamp {
    "2026-11-16T02:00:00Z".parse().expect("an instant")
}

pub(crate) fn hours(n: i64) -> i64 {
    n * 3_600_000
}

const UNITS: &[(i64, &str, UnitKind, Option<i64>)] = &[
    (CENTRE, "社会治理中心", UnitKind::Centre, None),
    (WATER, "水务局", UnitKind::Department, Some(CENTRE)),
    (WATER_OFFICE, "供水管理站", UnitKind::Department, Some(WATER)),
    (ROADS, "交通运输局", UnitKind::Department, Some(CENTRE)),
    (TOWN, "永清镇", UnitKind::Town, Some(CENTRE)),
    (VILLAGE, "李崖村", UnitKind::Village, Some(TOWN)),
    (OTHER_TOWN, "红堡镇", UnitKind::Town, Some(CENTRE)),
];

pub(crate) fn tree() -> UnitTree {
    UnitTree::new(
        UNITS.iter().map(|(id, _, kind, parent)| {
            (*id, Node { parent: *parent, kind: *kind, active: true, area: None })
        }),
    )
}

/// Somebody with one role at a unit.
pub(crate) fn actor(account: i64, unit: i64, role: Role) -> AccountActor {
    AccountActor::new(account, unit, format!("账户{account}"), &[(role, None, None)], &tree())
}

pub(crate) fn ask(actor: &AccountActor) -> Ask {
    Ask { actor: actor.clone(), now: now() }
}

/// The county's units, areas and accounts.
pub(crate) async fn county(store: &Store) -> Cases {
    store.write(write_county).await.expect("the county is written");
    Cases::open(store.clone()).await.expect("the rules are there")
}

fn write_county(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    for (id, name, kind, parent) in UNITS {
        diesel::insert_into(units::table)
            .values((
                units::id.eq(*id),
                units::code.eq(format!("u{id}")),
                units::name.eq(format!("清水县{name}")),
                units::short_name.eq(*name),
                units::kind.eq(kind.as_str()),
                units::parent_id.eq(*parent),
                units::phone.eq(""),
                units::active.eq(true),
                units::version.eq(1),
                units::created_at.eq(0),
            ))
            .execute(tx.conn())?;
    }
    write_areas(tx)?;
    for id in 201..=215_i64 {
        diesel::insert_into(accounts::table)
            .values((
                accounts::id.eq(id),
                accounts::login.eq(format!("a{id}")),
                accounts::name.eq(format!("账户{id}")),
                accounts::unit_id.eq(CENTRE),
                accounts::phone.eq(""),
                accounts::password_hash.eq(""),
                accounts::must_change_password.eq(false),
                accounts::totp_last_step.eq(0),
                accounts::state.eq("active"),
                accounts::failed_count.eq(0),
                accounts::language.eq("zh"),
                accounts::version.eq(1),
                accounts::created_at.eq(0),
                accounts::password_set_at.eq(0),
            ))
            .execute(tx.conn())?;
    }
    Ok(())
}

/// Id, code, level, name; county, town, village.
type Area = (i64, &'static str, &'static str, &'static str, [Option<i64>; 3]);

fn write_areas(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    let places: &[Area] = &[
        (COUNTY_AREA, "620521000000", "county", "清水县", [None, None, None]),
        (TOWN_AREA, "620521100000", "town", "永清镇", [Some(COUNTY_AREA), None, None]),
        (VILLAGE_AREA, "620521100201", "village", "李崖村", [Some(COUNTY_AREA), Some(TOWN_AREA), None]),
        (
            GRID_AREA,
            "620521100201001",
            "grid",
            "李崖一网格",
            [Some(COUNTY_AREA), Some(TOWN_AREA), Some(VILLAGE_AREA)],
        ),
        (OTHER_TOWN_AREA, "620521101000", "town", "红堡镇", [Some(COUNTY_AREA), None, None]),
    ];
    for (id, code, level, name, [county, town, village]) in places {
        diesel::insert_into(areas::table)
            .values((
                areas::id.eq(*id),
                areas::code.eq(*code),
                areas::level.eq(*level),
                areas::name.eq(*name),
                areas::county_id.eq(*county),
                areas::town_id.eq(*town),
                areas::village_id.eq(*village),
                areas::urban_class.eq(""),
                areas::valid_from.eq(0),
            ))
            .execute(tx.conn())?;
    }
    Ok(())
}

/// A case to be planted. What is not said is ordinary.
#[derive(Clone, Debug)]
pub(crate) struct Planted {
    pub(crate) kind: &'static str,
    pub(crate) channel: &'static str,
    pub(crate) state: &'static str,
    pub(crate) confidentiality: &'static str,
    pub(crate) category: &'static str,
    pub(crate) place: [Option<i64>; 4],
    pub(crate) units: Vec<i64>,
    pub(crate) host: Option<i64>,
    pub(crate) owner: i64,
    pub(crate) owner_account: Option<i64>,
    pub(crate) registered_unit: i64,
    pub(crate) registered_by: Option<i64>,
    pub(crate) reported: Option<i64>,
    pub(crate) received_at: i64,
    pub(crate) next_due_at: Option<i64>,
    pub(crate) title: String,
    pub(crate) detail: String,
    pub(crate) order_state: Option<&'static str>,
    pub(crate) merged_into: Option<i64>,
}

impl Default for Planted {
    fn default() -> Planted {
        Planted {
            kind: "complaint",
            channel: "hotline",
            state: "in_progress",
            confidentiality: "open",
            category: "0101",
            place: [Some(COUNTY_AREA), Some(TOWN_AREA), Some(VILLAGE_AREA), Some(GRID_AREA)],
            units: Vec::new(),
            host: None,
            owner: CENTRE,
            owner_account: None,
            registered_unit: CENTRE,
            registered_by: None,
            reported: None,
            received_at: ms(now()) - hours(24),
            next_due_at: Some(ms(now()) + hours(24)),
            title: "村口水管漏水".to_owned(),
            detail: "村口的自来水管漏了三天，路面结冰。".to_owned(),
            order_state: None,
            merged_into: None,
        }
    }
}

impl Planted {
    fn open(&self) -> bool {
        rules::lifecycle::CaseState::parse(self.state).expect("a state").is_open()
    }
}

/// Plants a case with its texts, its next-step clock, its host's work order and one event; returns its id.
pub(crate) async fn plant(store: &Store, planted: Planted) -> i64 {
    let key = store.vault().new_key().expect("a key");
    let keeper = store.clone();
    let id = store
        .write(move |tx| {
            let id = tx.id()?;
            tx.keep_key(&key, "case", id, now())?;
            write_case(tx, &keeper, &key, id, &planted)?;
            Ok::<_, StoreError>(id)
        })
        .await;
    id.expect("the case is planted")
}

#[expect(clippy::too_many_lines, reason = "a row has many columns")]
fn write_case(
    tx: &mut Tx<'_>,
    store: &Store,
    key: &DataKey,
    id: i64,
    planted: &Planted,
) -> Result<(), StoreError> {
    let vault = store.vault();
    let open = planted.open();
    let number = tx.next_in_series("planted")?;
    let row = CaseRow {
        id,
        number: format!("620521-20261116-{number:04}"),
        kind: planted.kind.into(),
        channel: planted.channel.into(),
        state: planted.state.into(),
        ended_as: (!open).then(|| "closed".to_owned()),
        open,
        urgency: "ordinary".into(),
        resolution_class: "prompt".into(),
        confidentiality: planted.confidentiality.into(),
        category: planted.category.into(),
        county_id: planted.place[0],
        town_id: planted.place[1],
        village_id: planted.place[2],
        grid_id: planted.place[3],
        lon: None,
        lat: None,
        key_id: key.id,
        title: vault.seal(key, "cases.title", planted.title.as_bytes()),
        host_unit_id: planted.host,
        owner_unit_id: planted.owner,
        owner_account_id: planted.owner_account,
        first_unit_id: planted.registered_unit,
        registered_by: planted.registered_by,
        registered_unit_id: planted.registered_unit,
        reported_unit_id: planted.reported,
        dispatched_by: None,
        designated: false,
        anonymous: true,
        head_count: 1,
        reporter_count: 1,
        round: 1,
        version: 1,
        next_step: open.then(|| "resolve".to_owned()),
        next_due_at: planted.next_due_at.filter(|_| open),
        due_at: planted.next_due_at,
        suspended: false,
        supervision: "none".into(),
        occurred_at: planted.received_at,
        received_at: planted.received_at,
        dispatched_at: None,
        replied_at: None,
        closed_at: (!open).then_some(planted.received_at + hours(5)),
        archived_at: None,
        merged_into: planted.merged_into,
        reopened_count: 0,
        rule_version: 0,
        rule_chosen: "by_hand".into(),
        check_code_hash: vec![0],
        legal_hold: false,
        updated_at: planted.received_at,
    };
    diesel::insert_into(case_table::table).values(row).execute(tx.conn())?;
    diesel::insert_into(case_texts::table)
        .values((
            case_texts::case_id.eq(id),
            case_texts::detail.eq(vault.seal(key, "case_texts.detail", planted.detail.as_bytes())),
            case_texts::place.eq(vault.seal(key, "case_texts.place", "村口".as_bytes())),
            case_texts::form.eq(vault.seal(key, "case_texts.form", b"{}")),
        ))
        .execute(tx.conn())?;
    write_around(tx, id, planted)
}

fn write_around(tx: &mut Tx<'_>, id: i64, planted: &Planted) -> Result<(), StoreError> {
    let mut units = planted.units.clone();
    units.sort_unstable();
    units.dedup();
    for unit in units {
        diesel::insert_into(case_units::table)
            .values((case_units::case_id.eq(id), case_units::unit_id.eq(unit), case_units::part.eq("host")))
            .execute(tx.conn())?;
    }
    if let (Some(unit), Some(state)) = (planted.host, planted.order_state) {
        let order = tx.id()?;
        diesel::insert_into(work_orders::table)
            .values((
                work_orders::id.eq(order),
                work_orders::case_id.eq(id),
                work_orders::unit_id.eq(unit),
                work_orders::part.eq("host"),
                work_orders::state.eq(state),
                work_orders::open.eq(planted.open()),
                work_orders::round.eq(1),
                work_orders::returned_before.eq(false),
                work_orders::hands.eq(""),
                work_orders::dispatched_at.eq(planted.received_at),
                work_orders::version.eq(1),
            ))
            .execute(tx.conn())?;
    }
    if let (true, Some(due)) = (planted.open(), planted.next_due_at) {
        let started = planted.received_at.min(due - hours(4));
        tx.start_clock(NewClock {
            case_id: id,
            work_order_id: None,
            kind: "resolve".into(),
            next_step: true,
            unit_id: planted.host,
            rule: "ordinary".into(),
            time_limit: "5wd".into(),
            started_at: store::at(started),
            remind_at: Some(store::at(due - (due - started) / 4)),
            due_at: store::at(due),
            red_at: None,
        })?;
    }
    event(tx, id, planted.registered_by)?;
    Ok(())
}

fn event(tx: &mut Tx<'_>, case: i64, actor: Option<i64>) -> Result<i64, StoreError> {
    tx.append(NewEvent {
        stream: case,
        stream_kind: "case",
        kind: "case.registered",
        kind_version: 1,
        occurred_at: now(),
        recorded_at: now(),
        actor,
        actor_unit: None,
        public: serde_json::json!({ "channel": "hotline", "owner": CENTRE.to_string() }),
        parts: Vec::new(),
    })
}

/// One more event on a case.
pub(crate) async fn happen(store: &Store, case: i64, actor: Option<i64>) {
    store.write(move |tx| event(tx, case, actor)).await.expect("the event is appended");
}
