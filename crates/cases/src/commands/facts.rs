//! What the lifecycle decides from, read off the file.

use crate::{
    CaseError,
    model::{File, OPEN, ReporterRow, Units, word},
    rulebook::Rules,
};
use rules::{
    deadlines::DeadlineCase,
    lifecycle::{CaseFacts, OrderFacts, OverlayKind, Part, ReporterFacts, UnitFacts, may_host},
};
use store::{Conn, Timestamp, ms};

/// The facts of a case at `now`, for an action that proposes these units.
pub(crate) fn of(
    conn: &mut Conn,
    units: &mut Units,
    rules: &Rules,
    file: &File,
    (now, proposed): (Timestamp, &[UnitFacts]),
) -> Result<CaseFacts, CaseError> {
    let host = match file.case.host_unit_id {
        Some(host) => units.get(conn, host)?.map(|unit| unit.facts),
        None => None,
    };
    let looked_at: Vec<UnitFacts> = proposed.iter().copied().chain(host).collect();
    let above_host = host.map(|host| units.above(conn, host.id)).transpose()?.flatten();
    let window = rules.numbers.reopen_days * 86_400_000;
    let mut facts = CaseFacts {
        state: file.state()?,
        kind: file.kind()?,
        own_affair: rules.catalogue.get(&file.case.category).is_ok_and(|category| category.village),
        confidentiality: file.confidentiality()?,
        owner: file.case.owner_unit_id,
        centre: units.centre(conn)?,
        registered: file.case.registered_unit_id,
        reported: reported(conn, units, file, &looked_at)?,
        designated: file.case.designated,
        last_host: None,
        above_host,
        dispatched_by: file.case.dispatched_by,
        handlers: handlers(file),
        orders: orders(file)?,
        overlays: overlays(file)?,
        extensions: extensions(file),
        extensions_allowed: extensions_allowed(rules, file)?,
        reporters: file.reporters.iter().map(reporter_facts).collect(),
        reply_passed: file.replies.iter().any(|reply| reply.review.as_deref() == Some("passed")),
        attempts_needed: rules.numbers.callback_attempts,
        reopen_window_over: file.case.closed_at.is_some_and(|closed| ms(now) > closed + window),
        overdue: file.case.due_at.is_some_and(|due| due <= ms(now)),
        whistle_open: file.open_whistle().map(|whistle| whistle.whistled_by),
        whistled: whistled(file),
        legal_hold: file.case.legal_hold,
    };
    // The last host takes it again only if it still may.
    facts.last_host = host.filter(|host| may_host(&facts, *host)).map(|host| host.id);
    Ok(facts)
}

/// The unit reported on, and which of the units looked at stand under it.
fn reported(
    conn: &mut Conn,
    units: &mut Units,
    file: &File,
    looked_at: &[UnitFacts],
) -> Result<Vec<i64>, CaseError> {
    let Some(about) = file.case.reported_unit_id else { return Ok(Vec::new()) };
    let mut reported = vec![about];
    for unit in looked_at.iter().filter(|unit| unit.id != about) {
        if units.is_under(conn, unit.id, about)? {
            reported.push(unit.id);
        }
    }
    Ok(reported)
}

/// Everybody who worked on it in the present round, for whichever unit.
fn handlers(file: &File) -> Vec<i64> {
    let of_round = file.orders.iter().filter(|order| order.round == file.case.round);
    let hands = of_round.flat_map(|order| order.hands().chain(order.handler_id));
    hands.chain(file.replies.iter().filter_map(|reply| reply.account_id)).collect()
}

fn orders(file: &File) -> Result<Vec<OrderFacts>, CaseError> {
    let returned = |unit: i64| file.orders.iter().any(|order| order.unit_id == unit && order.returned_before);
    let of_round = file.orders.iter().filter(|order| order.round == file.case.round);
    of_round
        .map(|order| {
            Ok(OrderFacts {
                id: order.id,
                unit: order.unit_id,
                part: word("part", &order.part, Part::parse)?,
                state: File::order_state(order)?,
                return_refused: returned(order.unit_id),
                handler: order.handler_id,
            })
        })
        .collect()
}

fn overlays(file: &File) -> Result<Vec<(OverlayKind, Option<i64>)>, CaseError> {
    let open = file.overlays.iter().filter(|overlay| overlay.state == OPEN);
    open.map(|overlay| Ok((word("overlay", &overlay.kind, OverlayKind::parse)?, overlay.asked_by))).collect()
}

/// How often the rules in force allow the case to be extended.
fn extensions_allowed(rules: &Rules, file: &File) -> Result<u32, CaseError> {
    let case = DeadlineCase {
        kind: file.kind()?,
        channel: file.channel()?,
        urgency: file.urgency()?,
        class: file.class()?,
        category: &file.case.category,
    };
    Ok(rules.deadlines.extensions(&case))
}

/// Extensions granted since the last dispatch.
fn extensions(file: &File) -> u32 {
    let since = file.case.dispatched_at.unwrap_or(0);
    let granted = file.overlays.iter().filter(|overlay| {
        overlay.kind == OverlayKind::ExtensionRequest.as_str()
            && overlay.state == "granted"
            && overlay.asked_at >= since
    });
    u32::try_from(granted.count()).unwrap_or(u32::MAX)
}

fn whistled(file: &File) -> Vec<i64> {
    let called = file.whistle_units.iter().filter(|unit| unit.state == "called");
    called.map(|unit| unit.unit_id).collect()
}

/// What stands of a reporter as far as ending the case goes.
pub(crate) fn reporter_facts(reporter: &ReporterRow) -> ReporterFacts {
    let resolved = match reporter.resolved.as_deref() {
        Some("yes" | "partly") => Some(true),
        Some("no") => Some(false),
        Some(_) | None => None,
    };
    ReporterFacts {
        contact: reporter.contact,
        reached: reporter.reached_at.is_some(),
        attempts: u32::try_from(reporter.attempts).unwrap_or(u32::MAX),
        resolved,
        unreachable: reporter.resolved.as_deref() == Some("unreachable"),
        satisfaction: reporter.satisfaction.and_then(|value| u8::try_from(value).ok()),
    }
}
