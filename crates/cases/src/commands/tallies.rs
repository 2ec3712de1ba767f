//! What is counted: a pure function from rows to counts. A command appends the difference of that function before and after, so
//! corrections, merges and reopenings can never double, and a recount from the tables must give the same.
//!
//! Measures: `registered` (received day, unit that registered), `reporters`, `head_count`; and of each round, the present one and
//! those that are over alike: `ended` and `ended.{ending}` (day of the end, owner) and `closed` (the same day, host), `replied` (day
//! of the host's answer), `due` and `on_time` (the local day on which the answer is due; an extension moves both), `callbacks`,
//! `resolved`, `satisfied`, `unsatisfied`, `unreachable` (day of the answer, host); `reopened` (the day on which a round was over
//! because the case was handled again, its host); `yellow` and `red` (day of issue, the measured unit).
//!
//! Invariant: handling again or reopening takes nothing off what earlier rounds counted for.

use crate::{
    CaseError,
    model::{CardRow, CaseRow, File, ReporterRow, RoundRow},
    rulebook::Rules,
};
use diesel::prelude::*;
use rules::{calendar::WorkCalendar, lifecycle::Ending};
use std::collections::BTreeMap;
use store::{
    Conn, Timestamp, Tx, at, ms,
    schema::{cards, case_rounds, cases, reporters},
    tally::Delta,
};

/// A count's key: day, measure, unit, and the case's dimensions (town, channel, kind, category).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The local day, `20261122`.
    pub day: i64,
    /// What is counted.
    pub measure: &'static str,
    /// The unit, 0 for none.
    pub unit: i64,
    /// The town, 0 for none.
    pub town: i64,
    /// The channel.
    pub channel: String,
    /// The kind.
    pub kind: String,
    /// The category code.
    pub category: String,
}

/// Counts by key; zeros are left out.
pub type Counts = BTreeMap<Key, i64>;

struct Counter<'a> {
    calendar: &'a WorkCalendar,
    case: &'a CaseRow,
    counts: Counts,
}

impl Counter<'_> {
    fn add(&mut self, measure: &'static str, at_ms: i64, unit: Option<i64>, n: i64) {
        let date = self.calendar.date(at(at_ms));
        let day = i64::from(date.year()) * 10_000 + i64::from(date.month()) * 100 + i64::from(date.day());
        let key = Key {
            day,
            measure,
            unit: unit.unwrap_or(0),
            town: self.case.town_id.unwrap_or(0),
            channel: self.case.channel.clone(),
            kind: self.case.kind.clone(),
            category: self.case.category.clone(),
        };
        *self.counts.entry(key).or_default() += n;
    }
}

/// What is counted of a case.
#[derive(Clone, Copy)]
pub struct Counted<'a> {
    /// The case.
    pub case: &'a CaseRow,
    /// Its reporters.
    pub reporters: &'a [ReporterRow],
    /// Its rounds that are over.
    pub rounds: &'a [RoundRow],
}

impl<'a> Counted<'a> {
    pub(crate) fn of(file: &'a File) -> Counted<'a> {
        Counted { case: &file.case, reporters: &file.reporters, rounds: &file.rounds }
    }
}

/// What a case and its reporters count for. A merged case counts for its merge and its rounds before: its matter is counted in the
/// other case; a reporter counts where it stands now. Secret cases count in no cube that others can read.
pub fn counts(calendar: &WorkCalendar, counted: Counted<'_>) -> Counts {
    let Counted { case, reporters, rounds } = counted;
    let mut counter = Counter { calendar, case, counts: Counts::new() };
    if is_secret(case) {
        return counter.counts;
    }
    for over in rounds {
        counter.add("reopened", over.over_at, over.host_unit_id, 1);
        of_round(&mut counter, over, true);
    }
    let registered = Some(case.registered_unit_id);
    if case.merged_into.is_some() {
        counter.add("ended.merged", case.closed_at.unwrap_or(case.updated_at), registered, 1);
        return counter.counts;
    }
    counter.add("registered", case.received_at, registered, 1);
    counter.add("head_count", case.received_at, registered, case.head_count);
    counter.add("reporters", case.received_at, registered, case.reporter_count);
    of_round(&mut counter, &round(case, reporters, at(case.updated_at)), case.closed_at.is_some());
    counter.counts.retain(|_, n| *n != 0);
    counter.counts
}

/// The case's round as it stands, as a row of one that is over at this instant.
pub(crate) fn round(case: &CaseRow, reporters: &[ReporterRow], now: Timestamp) -> RoundRow {
    let said = |words: &[&str]| {
        let said =
            reporters.iter().filter(|r| r.resolved.as_deref().is_some_and(|word| words.contains(&word)));
        i64::try_from(said.count()).unwrap_or(i64::MAX)
    };
    let called = reporters.iter().filter(|r| r.resolved.as_deref().is_some_and(|word| word != "unreachable"));
    let rated = |from: i64, to: i64| {
        let rated = called.clone().filter(|r| r.satisfaction.is_some_and(|n| (from..=to).contains(&n)));
        i64::try_from(rated.count()).unwrap_or(i64::MAX)
    };
    RoundRow {
        case_id: case.id,
        round: case.round,
        host_unit_id: case.host_unit_id,
        owner_unit_id: case.owner_unit_id,
        ended_as: case.ended_as.clone(),
        closed_at: case.closed_at,
        due_at: case.due_at,
        replied_at: case.replied_at,
        over_at: ms(now),
        callbacks: said(&["yes", "partly", "no"]),
        resolved: said(&["yes"]),
        satisfied: rated(1, 3),
        unsatisfied: rated(4, 5),
        unreachable: said(&["unreachable"]),
    }
}

/// What a round counts for; on time it can only be once nothing more is to come.
fn of_round(counter: &mut Counter<'_>, round: &RoundRow, over: bool) {
    let host = round.host_unit_id;
    let ending = round.ended_as.as_deref().and_then(Ending::parse);
    if let Some(replied) = round.replied_at {
        counter.add("replied", replied, host, 1);
    }
    if let Some(due) = round.due_at.filter(|_| counts_as_due(ending)) {
        counter.add("due", due, host, 1);
        if over && round.replied_at.is_some_and(|replied| replied <= due) {
            counter.add("on_time", due, host, 1);
        }
    }
    if let Some((closed, ending)) = round.closed_at.zip(ending) {
        counter.add("ended", closed, Some(round.owner_unit_id), 1);
        counter.add(measure_of(ending), closed, Some(round.owner_unit_id), 1);
        if matches!(ending, Ending::Closed | Ending::ClosedUnreachable | Ending::ClosedAnonymous) {
            counter.add("closed", closed, host, 1);
        }
    }
    let day = round.replied_at.unwrap_or(counter.case.received_at);
    for (measure, n) in [
        ("callbacks", round.callbacks),
        ("resolved", round.resolved),
        ("satisfied", round.satisfied),
        ("unsatisfied", round.unsatisfied),
        ("unreachable", round.unreachable),
    ] {
        if n != 0 {
            counter.add(measure, day, host, n);
        }
    }
}

/// A case that was taken back, went to an emergency service or was answered without a unit's work is due for nobody.
fn counts_as_due(ending: Option<Ending>) -> bool {
    match ending {
        Some(Ending::Closed | Ending::ClosedUnreachable | Ending::ClosedAnonymous) | None => true,
        Some(
            Ending::Answered
            | Ending::NotAccepted
            | Ending::TransferredEmergency
            | Ending::Merged
            | Ending::Withdrawn,
        ) => false,
    }
}

const fn measure_of(ending: Ending) -> &'static str {
    match ending {
        Ending::Closed => "ended.closed",
        Ending::ClosedUnreachable => "ended.closed_unreachable",
        Ending::ClosedAnonymous => "ended.closed_anonymous",
        Ending::Answered => "ended.answered",
        Ending::NotAccepted => "ended.not_accepted",
        Ending::TransferredEmergency => "ended.transferred_emergency",
        Ending::Merged => "ended.merged",
        Ending::Withdrawn => "ended.withdrawn",
    }
}

fn is_secret(case: &CaseRow) -> bool {
    case.confidentiality == rules::words::Confidentiality::Sealed.as_str()
        || case.kind == rules::words::CaseKind::WrongdoingReport.as_str()
}

fn card_counts(calendar: &WorkCalendar, case: &CaseRow, card: &CardRow) -> Counts {
    let mut counter = Counter { calendar, case, counts: Counts::new() };
    if !is_secret(case) && card.withdrawn_at.is_none() {
        let measure = if card.level == "red" { "red" } else { "yellow" };
        counter.add(measure, card.issued_at, card.unit_id, 1);
    }
    counter.counts
}

/// Appends what a card changes (+1 issued, −1 withdrawn).
pub(crate) fn card(
    tx: &mut Tx<'_>,
    rules: &Rules,
    case: &CaseRow,
    card: &CardRow,
    n: i64,
) -> Result<(), CaseError> {
    let mut change = card_counts(&rules.calendar, case, &CardRow { withdrawn_at: None, ..card.clone() });
    change.values_mut().for_each(|count| *count *= n);
    append(tx, change)
}

/// Appends what a new case counts for.
pub(crate) fn first(tx: &mut Tx<'_>, rules: &Rules, new: Counted<'_>) -> Result<(), CaseError> {
    append(tx, counts(&rules.calendar, new))
}

/// Appends the difference that a command makes.
pub(crate) fn difference(
    tx: &mut Tx<'_>,
    rules: &Rules,
    before: Counted<'_>,
    after: Counted<'_>,
) -> Result<(), CaseError> {
    let mut change = counts(&rules.calendar, after);
    for (key, n) in counts(&rules.calendar, before) {
        *change.entry(key).or_default() -= n;
    }
    let (before, after) = (before.case, after.case);
    if dimensions(before) != dimensions(after) {
        // The cards move with the case's dimensions.
        let standing: Vec<CardRow> = cards::table
            .filter(cards::case_id.eq(after.id).and(cards::withdrawn_at.is_null()))
            .select(CardRow::as_select())
            .load(tx.conn())?;
        for card in &standing {
            for (case, sign) in [(after, 1), (before, -1)] {
                for (key, n) in card_counts(&rules.calendar, case, card) {
                    *change.entry(key).or_default() += sign * n;
                }
            }
        }
    }
    change.retain(|_, n| *n != 0);
    append(tx, change)
}

fn dimensions(case: &CaseRow) -> (Option<i64>, &str, &str, &str, bool) {
    (case.town_id, &case.channel, &case.kind, &case.category, is_secret(case))
}

/// Appends counts, those of one day, unit and kind of matter as one delta.
fn append(tx: &mut Tx<'_>, change: Counts) -> Result<(), CaseError> {
    let mut deltas: Vec<Delta> = Vec::new();
    for (key, n) in change {
        let Key { day, measure, unit, town, channel, kind, category } = key;
        let counts = [(measure, n)].into();
        let delta = Delta { day, unit_id: unit, town_id: town, channel, kind, category, counts };
        match deltas.iter_mut().find(|other| other.is_of(&delta)) {
            Some(other) => other.counts.extend(delta.counts),
            None => deltas.push(delta),
        }
    }
    deltas.iter().try_for_each(|delta| Ok(tx.tally(delta)?))
}

/// Counts everything anew from the tables: what cubes plus tail must equal (tests, `verify`).
pub fn recount(conn: &mut Conn, rules: &Rules) -> Result<Counts, CaseError> {
    let standing = Standing {
        cases: cases::table.select(CaseRow::as_select()).load(conn)?,
        reporters: reporters::table.select(ReporterRow::as_select()).load(conn)?,
        rounds: case_rounds::table.select(RoundRow::as_select()).load(conn)?,
        cards: cards::table.select(CardRow::as_select()).load(conn)?,
    };
    let mut total = Counts::new();
    for (key, n) in standing.by_case(rules).into_values().flatten() {
        *total.entry(key).or_default() += n;
    }
    total.retain(|_, n| *n != 0);
    Ok(total)
}

/// Counts some cases anew from the tables, each by itself.
pub fn recount_of(conn: &mut Conn, rules: &Rules, ids: &[i64]) -> Result<BTreeMap<i64, Counts>, CaseError> {
    let standing = Standing {
        cases: cases::table.filter(cases::id.eq_any(ids)).select(CaseRow::as_select()).load(conn)?,
        reporters: reporters::table
            .filter(reporters::case_id.eq_any(ids))
            .select(ReporterRow::as_select())
            .load(conn)?,
        rounds: case_rounds::table
            .filter(case_rounds::case_id.eq_any(ids))
            .select(RoundRow::as_select())
            .load(conn)?,
        cards: cards::table.filter(cards::case_id.eq_any(ids)).select(CardRow::as_select()).load(conn)?,
    };
    Ok(standing.by_case(rules))
}

/// Rows that are counted.
struct Standing {
    cases: Vec<CaseRow>,
    reporters: Vec<ReporterRow>,
    rounds: Vec<RoundRow>,
    cards: Vec<CardRow>,
}

fn by_case<T>(rows: Vec<T>, case: impl Fn(&T) -> i64) -> BTreeMap<i64, Vec<T>> {
    let mut all: BTreeMap<i64, Vec<T>> = BTreeMap::new();
    for row in rows {
        all.entry(case(&row)).or_default().push(row);
    }
    all
}

impl Standing {
    fn by_case(self, rules: &Rules) -> BTreeMap<i64, Counts> {
        let reporters_of = by_case(self.reporters, |row| row.case_id);
        let rounds_of = by_case(self.rounds, |row| row.case_id);
        let cards_of = by_case(self.cards, |row| row.case_id);
        let of_case = |case: &CaseRow| {
            let reporters = reporters_of.get(&case.id).map_or(&[][..], Vec::as_slice);
            let rounds = rounds_of.get(&case.id).map_or(&[][..], Vec::as_slice);
            let mut own = counts(&rules.calendar, Counted { case, reporters, rounds });
            for card in cards_of.get(&case.id).into_iter().flatten() {
                for (key, n) in card_counts(&rules.calendar, case, card) {
                    *own.entry(key).or_default() += n;
                }
            }
            (case.id, own)
        };
        self.cases.iter().map(of_case).collect()
    }
}
