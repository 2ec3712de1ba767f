//! What the lifecycle decides from, read off the file.

use crate::{
    CaseError,
    model::{File, OPEN, ReporterRow, Units, word},
    rulebook::Rules,
};
use rules::lifecycle::{CaseFacts, OrderFacts, OverlayKind, Part, ReporterFacts, UnitFacts};
use store::{Conn, Timestamp, ms};

/// The facts of a case at `now`, for an action that proposes these units.
pub(crate) fn of(
    conn: &mut Conn,
    units: &mut Units,
    rules: &Rules,
    file: &File,
    (now, proposed): (Timestamp, &[UnitFacts]),
) -> Result<CaseFacts, CaseError> {
    let centre = units.centre(conn)?;
    let mut reported = Vec::new();
    if let Some(unit) = file.case.reported_unit_id {
        reported.push(unit);
        for proposed in proposed {
            if units.is_under(conn, proposed.id, unit)? {
                reported.push(proposed.id);
            }
        }
    }
    let (last_host, above_host) = match file.case.host_unit_id {
        Some(host) => {
            let active = units.get(conn, host)?.is_some_and(|unit| unit.facts.active);
            (active.then_some(host), units.above(conn, host)?)
        }
        None => (None, None),
    };
    let round_orders = file.orders.iter().filter(|order| order.round == file.case.round);
    let mut handlers: Vec<i64> = round_orders.clone().filter_map(|order| order.handler_id).collect();
    handlers.extend(file.replies.iter().filter_map(|reply| reply.account_id));
    let returned = |unit: i64| file.orders.iter().any(|order| order.unit_id == unit && order.returned_before);
    let mut orders = Vec::new();
    for order in round_orders {
        orders.push(OrderFacts {
            id: order.id,
            unit: order.unit_id,
            part: word("part", &order.part, Part::parse)?,
            state: File::order_state(order)?,
            return_refused: returned(order.unit_id),
            handler: order.handler_id,
        });
    }
    let mut overlays = Vec::new();
    for overlay in file.overlays.iter().filter(|overlay| overlay.state == OPEN) {
        overlays.push((word("overlay", &overlay.kind, OverlayKind::parse)?, overlay.asked_by));
    }
    let now = ms(now);
    let since_round = file.case.dispatched_at.unwrap_or(0);
    let extensions = file.overlays.iter().filter(|overlay| {
        overlay.kind == OverlayKind::ExtensionRequest.as_str()
            && overlay.state == "granted"
            && overlay.asked_at >= since_round
    });
    let window = rules.numbers.reopen_days * 86_400_000;
    Ok(CaseFacts {
        state: file.state()?,
        kind: file.kind()?,
        confidentiality: file.confidentiality()?,
        owner: file.case.owner_unit_id,
        centre,
        registered: file.case.registered_unit_id,
        reported,
        designated: file.case.designated,
        last_host,
        above_host,
        dispatched_by: file.case.dispatched_by,
        handlers,
        orders,
        overlays,
        extensions: u32::try_from(extensions.count()).unwrap_or(u32::MAX),
        reporters: file.reporters.iter().map(reporter_facts).collect(),
        reply_passed: file.replies.iter().any(|reply| reply.review.as_deref() == Some("passed")),
        attempts_needed: rules.numbers.callback_attempts,
        reopen_window_over: file.case.closed_at.is_some_and(|closed| now > closed + window),
        overdue: file.case.due_at.is_some_and(|due| due <= now),
        whistle_open: file.open_whistle().map(|whistle| whistle.whistled_by),
        whistled: whistled(file),
        legal_hold: file.case.legal_hold,
    })
}

fn whistled(file: &File) -> Vec<i64> {
    let called = file.whistle_units.iter().filter(|unit| unit.state == "called");
    called.map(|unit| unit.unit_id).collect()
}

fn reporter_facts(reporter: &ReporterRow) -> ReporterFacts {
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
