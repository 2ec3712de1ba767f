//! From case rows to list rows: everything a page of a list shows, in a fixed number of queries.

use super::{
    Ask,
    deciding::{self, Decision},
    knowledge,
    names::{Names, Wanted},
    promise::{Look, Running, look},
    secrets,
};
use crate::{
    CaseError,
    commands::reporter_facts,
    http::dto::{self, ClockTone, Id, Instant, MyWorkOrder, Promise},
    model::{CaseRow, ReporterRow, WorkOrderRow},
    rulebook::Rules,
};
use diesel::prelude::*;
use rules::{
    lifecycle::{CaseState, ClockKind, OrderState, Part, ReporterFacts, after_callbacks},
    words::{CaseKind, Channel, Confidentiality, Urgency},
};
use std::collections::BTreeMap;
use store::{
    Conn, StoreError, at,
    schema::{cards, clocks, overlays, reporters, whistles, work_orders},
    vault::Vault,
};

/// What is needed of a clock to show it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = clocks)]
pub(super) struct ClockLook {
    pub case_id: i64,
    #[diesel(column_name = time_limit)]
    pub limit: String,
    pub started_at: i64,
    pub remind_at: Option<i64>,
    pub due_at: i64,
    pub paused_at: Option<i64>,
}

/// What the promise bars of some cases are made from, beside the cases themselves.
#[derive(Default)]
pub(super) struct Promised {
    clocks: BTreeMap<i64, ClockLook>,
    /// Who has yet to sign, the host first.
    unsigned: BTreeMap<i64, Vec<i64>>,
    /// The last step of those for which nobody is left to call back.
    called: BTreeMap<i64, &'static str>,
    /// What the desk that asks has to decide of them.
    decisions: BTreeMap<i64, Decision>,
}

/// What surrounds the cases of one page.
#[derive(Default)]
struct Around {
    titles: BTreeMap<i64, String>,
    promised: Promised,
    orders: BTreeMap<i64, WorkOrderRow>,
    waiting: BTreeMap<i64, Vec<String>>,
    cards: BTreeMap<i64, (i64, i64)>,
}

/// Turns case rows into list rows, keeping their order.
///
/// # Errors
/// When the database fails or a stored word is unknown.
pub(super) fn decorate(
    conn: &mut Conn,
    vault: &Vault,
    rules: &Rules,
    ask: &Ask,
    cases: &[CaseRow],
) -> Result<Vec<dto::CaseRow>, CaseError> {
    decorate_at(conn, vault, rules, ask, cases, &[])
}

/// The same for a desk at which these are decided: where such a decision is waited for, its clock is the row's.
///
/// # Errors
/// As [`decorate`].
pub(super) fn decorate_at(
    conn: &mut Conn,
    vault: &Vault,
    rules: &Rules,
    ask: &Ask,
    cases: &[CaseRow],
    decides: &[ClockKind],
) -> Result<Vec<dto::CaseRow>, CaseError> {
    let ids: Vec<i64> = cases.iter().map(|case| case.id).collect();
    let mut around = around(conn, ask, &ids)?;
    around.titles = secrets::titles(conn, vault, cases)?;
    around.promised = promised(conn, rules, cases)?;
    around.promised.decisions = deciding::decisions(conn, decides, &ids)?;
    let names = names(conn, cases, &around.promised)?;
    cases.iter().map(|case| row(rules, ask, &names, &around, case)).collect()
}

fn row(
    rules: &Rules,
    ask: &Ask,
    names: &Names,
    around: &Around,
    case: &CaseRow,
) -> Result<dto::CaseRow, CaseError> {
    let words = Words::of(case)?;
    let (yellow_cards, red_cards) = around.cards.get(&case.id).copied().unwrap_or_default();
    let order = around.orders.get(&case.id);
    Ok(dto::CaseRow {
        id: Id(case.id),
        number: case.number.clone(),
        title: around.titles.get(&case.id).cloned(),
        kind: words.kind,
        channel: words.channel,
        state: case.state.clone(),
        ended_as: case.ended_as.clone(),
        open: case.open,
        urgency: words.urgency,
        confidentiality: words.confidentiality,
        category: knowledge::category(rules, &case.category),
        town: case.town_id.and_then(|id| names.area(id)),
        village: case.village_id.and_then(|id| names.area(id)),
        grid: case.grid_id.and_then(|id| names.area(id)),
        host_unit: case.host_unit_id.map(|id| names.unit(id)),
        promise: promise(case, &around.promised, names, rules, ask),
        my_work_order: order.map(|order| MyWorkOrder {
            id: Id(order.id),
            part: order.part.clone(),
            state: order.state.clone(),
            sign_due_at: order.sign_due_at.map(Instant::of),
            due_at: order.due_at.map(Instant::of),
        }),
        waiting: around.waiting.get(&case.id).cloned().unwrap_or_default(),
        yellow_cards,
        red_cards,
        suspended: case.suspended,
        supervision: case.supervision.clone(),
        round: case.round,
        reporter_count: case.reporter_count,
        head_count: case.head_count,
        received_at: Instant::of(case.received_at),
        due_at: case.due_at.map(Instant::of),
        replied_at: case.replied_at.map(Instant::of),
        closed_at: case.closed_at.map(Instant::of),
        version: case.version,
    })
}

/// The words of a case row.
pub(super) struct Words {
    pub kind: dto::KindWord,
    pub channel: dto::ChannelWord,
    pub urgency: dto::UrgencyWord,
    pub confidentiality: dto::ConfidentialityWord,
}

impl Words {
    pub(super) fn of(case: &CaseRow) -> Result<Words, CaseError> {
        Ok(Words {
            kind: dto::KindWord(CaseKind::parse(&case.kind).map_err(corrupt)?),
            channel: dto::ChannelWord(Channel::parse(&case.channel).map_err(corrupt)?),
            urgency: dto::UrgencyWord(Urgency::parse(&case.urgency).map_err(corrupt)?),
            confidentiality: dto::ConfidentialityWord(
                Confidentiality::parse(&case.confidentiality).map_err(corrupt)?,
            ),
        })
    }
}

pub(super) fn corrupt(error: rules::words::UnknownWord) -> CaseError {
    StoreError::Corrupt { what: "word", detail: error.to_string() }.into()
}

/// The promise bar of a case.
pub(super) fn promise(case: &CaseRow, around: &Promised, names: &Names, rules: &Rules, ask: &Ask) -> Promise {
    if let Some(decision) = around.decision(case) {
        return decided(case, decision, names, rules, ask);
    }
    let clock = around.clocks.get(&case.id);
    let called = around.called.get(&case.id).map(|step| (*step).to_owned());
    let seen: Option<Look> = clock.map(|clock| look(&clock.running(), ask.now, knowledge::calendar(rules)));
    Promise {
        owner_unit: names.unit(case.owner_unit_id),
        owner_account: case
            .owner_account_id
            .filter(|id| !only_took_in(case, *id))
            .map(|id| names.account(id)),
        next_step: called.or_else(|| case.next_step.clone()),
        awaiting: around.unsigned_of(case.id).map(|unit| names.unit(unit)).collect(),
        started_at: clock.map(|clock| Instant::of(clock.started_at)),
        due_at: case.next_due_at.or_else(|| clock.map(|clock| clock.due_at)).map(Instant::of),
        limit: clock.map(|clock| clock.limit.clone()),
        left: seen.map(|look| look.left),
        share_left: seen.map(|look| look.share),
        tone: seen.map_or(ClockTone::Ended, |look| look.tone),
        as_of: Instant(ask.now),
    }
}

/// Whether this is who took the matter in: until it is verified that step is another's, and the unit answers.
fn only_took_in(case: &CaseRow, account: i64) -> bool {
    case.state == CaseState::Received.as_str() && case.registered_by == Some(account)
}

/// The promise bar of a case of which something is to be decided first.
fn decided(case: &CaseRow, decision: &Decision, names: &Names, rules: &Rules, ask: &Ask) -> Promise {
    let clock = &decision.clock;
    let seen = look(&clock.running(), ask.now, knowledge::calendar(rules));
    Promise {
        owner_unit: names.unit(decision.unit.unwrap_or(case.owner_unit_id)),
        owner_account: None,
        next_step: Some(decision.kind.clone()),
        awaiting: Vec::new(),
        started_at: Some(Instant::of(clock.started_at)),
        due_at: Some(Instant::of(clock.due_at)),
        limit: Some(clock.limit.clone()),
        left: Some(seen.left),
        share_left: Some(seen.share),
        tone: seen.tone,
        as_of: Instant(ask.now),
    }
}

impl ClockLook {
    pub(super) fn running(&self) -> Running<'_> {
        Running {
            limit: &self.limit,
            started_at: at(self.started_at),
            remind_at: self.remind_at.map(at),
            due_at: at(self.due_at),
            paused_at: self.paused_at.map(at),
        }
    }
}

impl Promised {
    /// The units of which the names are shown.
    pub(super) fn units(&self) -> impl Iterator<Item = i64> {
        let deciding = self.decisions.values().filter_map(|decision| decision.unit);
        self.unsigned.values().flatten().copied().chain(deciding)
    }

    /// The decision that comes before what else there is to do with the case.
    fn decision(&self, case: &CaseRow) -> Option<&Decision> {
        let step = case.next_step.as_deref();
        self.decisions
            .get(&case.id)
            .filter(|decision| deciding::decides_first(Some(decision.clock.due_at), step, case.next_due_at))
    }

    fn unsigned_of(&self, case: i64) -> impl Iterator<Item = i64> {
        self.unsigned.get(&case).into_iter().flatten().copied()
    }
}

/// What the promise bars of these cases are made from, in three queries.
pub(super) fn promised(conn: &mut Conn, rules: &Rules, cases: &[CaseRow]) -> Result<Promised, CaseError> {
    let at_step = |clock: ClockKind| -> Vec<i64> {
        let these = cases.iter().filter(|case| case.next_step.as_deref() == Some(clock.as_str()));
        these.map(|case| case.id).collect()
    };
    let ids: Vec<i64> = cases.iter().map(|case| case.id).collect();
    let mut promised = Promised {
        clocks: next_steps(conn, &ids)?.into_iter().map(|clock| (clock.case_id, clock)).collect(),
        called: called(conn, rules, at_step(ClockKind::Callback))?,
        ..Promised::default()
    };
    let to_sign = at_step(ClockKind::Sign);
    if !to_sign.is_empty() {
        let mut orders: Vec<(i64, String, i64, i64)> = work_orders::table
            .filter(work_orders::case_id.eq_any(to_sign))
            .filter(work_orders::open)
            .filter(work_orders::state.eq(OrderState::Dispatched.as_str()))
            .select((work_orders::case_id, work_orders::part, work_orders::id, work_orders::unit_id))
            .load(conn)?;
        orders.sort_by_key(|(_, part, order, _)| (part != Part::Host.as_str(), *order));
        for (case, .., unit) in orders {
            promised.unsigned.entry(case).or_default().push(unit);
        }
    }
    Ok(promised)
}

/// Of the cases in callback, those for which nobody is left to call back (everybody was reached or tried often enough, or
/// left no contact), with what comes instead.
fn called(conn: &mut Conn, rules: &Rules, cases: Vec<i64>) -> Result<BTreeMap<i64, &'static str>, CaseError> {
    if cases.is_empty() {
        return Ok(BTreeMap::new());
    }
    let found: Vec<ReporterRow> =
        reporters::table.filter(reporters::case_id.eq_any(cases.clone())).load(conn)?;
    let mut of_case: BTreeMap<i64, Vec<ReporterFacts>> =
        cases.into_iter().map(|id| (id, Vec::new())).collect();
    for reporter in &found {
        of_case.entry(reporter.case_id).or_default().push(reporter_facts(reporter));
    }
    let step = |people: &[ReporterFacts]| after_callbacks(people, rules.numbers.callback_attempts);
    Ok(of_case.iter().filter_map(|(case, people)| Some((*case, step(people)?.as_str()))).collect())
}

fn names(conn: &mut Conn, cases: &[CaseRow], promised: &Promised) -> Result<Names, CaseError> {
    let mut wanted = Wanted::default();
    wanted.units(promised.units());
    for case in cases {
        wanted
            .units(case.host_unit_id.into_iter().chain([case.owner_unit_id]))
            .accounts(case.owner_account_id)
            .areas([case.town_id, case.village_id, case.grid_id].into_iter().flatten());
    }
    wanted.load(conn)
}

/// The next-step clocks of cases.
fn next_steps(conn: &mut Conn, ids: &[i64]) -> Result<Vec<ClockLook>, CaseError> {
    Ok(clocks::table
        .filter(clocks::case_id.eq_any(ids.to_vec()))
        .filter(clocks::state.ne("ended"))
        .filter(clocks::next_step)
        .select(ClockLook::as_select())
        .load(conn)?)
}

fn around(conn: &mut Conn, ask: &Ask, ids: &[i64]) -> Result<Around, CaseError> {
    let mut around = Around::default();
    if ids.is_empty() {
        return Ok(around);
    }
    let mine = ask.handled_units();
    if !mine.is_empty() {
        let orders: Vec<WorkOrderRow> = work_orders::table
            .filter(work_orders::case_id.eq_any(ids.to_vec()))
            .filter(work_orders::unit_id.eq_any(mine))
            .order(work_orders::id.asc())
            .load(conn)?;
        for order in orders {
            let keep = around.orders.get(&order.case_id).is_none_or(|held| order.open >= held.open);
            if keep {
                around.orders.insert(order.case_id, order);
            }
        }
    }
    let open: Vec<(i64, String)> = overlays::table
        .filter(overlays::case_id.eq_any(ids.to_vec()))
        .filter(overlays::state.eq("open"))
        .select((overlays::case_id, overlays::kind))
        .order(overlays::id.asc())
        .load(conn)?;
    let whistled: Vec<i64> = whistles::table
        .filter(whistles::case_id.eq_any(ids.to_vec()))
        .filter(whistles::state.eq("open"))
        .select(whistles::case_id)
        .load(conn)?;
    for (case, kind) in open.into_iter().chain(whistled.into_iter().map(|case| (case, "whistle".to_owned())))
    {
        around.waiting.entry(case).or_default().push(kind);
    }
    let cards: Vec<(i64, String)> = cards::table
        .filter(cards::case_id.eq_any(ids.to_vec()))
        .filter(cards::withdrawn_at.is_null())
        .select((cards::case_id, cards::level))
        .load(conn)?;
    for (case, level) in cards {
        let counts = around.cards.entry(case).or_default();
        if level == "red" {
            counts.1 += 1;
        } else {
            counts.0 += 1;
        }
    }
    Ok(around)
}
