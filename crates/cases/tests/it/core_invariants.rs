//! What must be true of a case at every moment, said a second time and in other words than the rules say it.

use crate::core_kit::{CENTRE, COMMITTEE, PARTNER, VILLAGE, tree};
use cases::{
    Cases,
    model::{CardRow, CaseRow, DeliveryRow, OverlayRow, ReplyRow, ReporterRow, RoundRow, WorkOrderRow},
};
use diesel::prelude::*;
use store::{
    StoreError,
    clocks::{self, ClockRow},
    schema,
};

struct All {
    case: CaseRow,
    target: Option<CaseRow>,
    orders: Vec<WorkOrderRow>,
    overlays: Vec<OverlayRow>,
    reporters: Vec<ReporterRow>,
    replies: Vec<ReplyRow>,
    deliveries: Vec<DeliveryRow>,
    cards: Vec<CardRow>,
    clocks: Vec<ClockRow>,
    strayed: i64,
    /// Units that are no more.
    retired: Vec<i64>,
    /// Units that were called and have not come.
    called: Vec<i64>,
    card_events: Vec<(String, String)>,
    /// What was done, and by whom.
    deeds: Vec<(String, Option<i64>)>,
    /// Rounds that are over.
    rounds: Vec<RoundRow>,
}

macro_rules! of_case {
    ($conn:expr, $table:ident, $row:ty, $id:expr) => {
        schema::$table::table
            .filter(schema::$table::case_id.eq($id))
            .order(schema::$table::id)
            .select(<$row>::as_select())
            .load($conn)?
    };
}

/// Everything that is wrong with a case; nothing, when the promise is kept.
pub(crate) async fn violations(cases: &Cases, id: i64) -> Vec<String> {
    examine(cases, id).await.0
}

/// The same with the version of the case that was looked at.
pub(crate) async fn examine(cases: &Cases, id: i64) -> (Vec<String>, i64) {
    let look = move |conn: &mut store::Conn| {
        let case: CaseRow = schema::cases::table.find(id).select(CaseRow::as_select()).first(conn)?;
        let target = match case.merged_into {
            Some(into) => {
                schema::cases::table.find(into).select(CaseRow::as_select()).first(conn).optional()?
            }
            None => None,
        };
        let deeds = store::events::of_stream(conn, id)?;
        Ok::<_, StoreError>(All {
            target,
            orders: of_case!(conn, work_orders, WorkOrderRow, id),
            overlays: of_case!(conn, overlays, OverlayRow, id),
            reporters: of_case!(conn, reporters, ReporterRow, id),
            replies: of_case!(conn, replies, ReplyRow, id),
            deliveries: of_case!(conn, deliveries, DeliveryRow, id),
            cards: of_case!(conn, cards, CardRow, id),
            clocks: clocks::of_case(conn, id)?,
            strayed: schema::reporters::table
                .filter(schema::reporters::origin_case_id.eq(id).and(schema::reporters::case_id.eq(id)))
                .count()
                .get_result(conn)?,
            retired: schema::units::table
                .filter(diesel::dsl::not(schema::units::active))
                .select(schema::units::id)
                .load(conn)?,
            called: called(conn, id)?,
            deeds: deeds.iter().map(|event| (event.kind.clone(), event.actor)).collect(),
            rounds: over(conn, id)?,
            card_events: deeds
                .into_iter()
                .filter(|event| event.kind.starts_with("clock."))
                .map(|event| (event.kind, event.public.to_string()))
                .collect(),
            case,
        })
    };
    let all = cases.store.read(look).await.expect("reads");
    let mut wrong = Vec::new();
    for check in [
        promise,
        ended,
        owner,
        units,
        kinds,
        review,
        hands,
        rounds,
        clocks_in_place,
        together,
        overlays,
        cards,
    ] {
        wrong.extend(check(&all).into_iter().map(|what| format!("case {id} in {}: {what}", all.case.state)));
    }
    (wrong, all.case.version)
}

fn over(conn: &mut store::Conn, case: i64) -> Result<Vec<RoundRow>, StoreError> {
    let of_case = schema::case_rounds::table.filter(schema::case_rounds::case_id.eq(case));
    Ok(of_case.select(RoundRow::as_select()).load(conn)?)
}

fn called(conn: &mut store::Conn, case: i64) -> Result<Vec<i64>, StoreError> {
    use schema::{whistle_units as calls, whistles};
    let of_case: Vec<i64> =
        whistles::table.filter(whistles::case_id.eq(case)).select(whistles::id).load(conn)?;
    let waiting = calls::whistle_id.eq_any(of_case).and(calls::state.eq("called"));
    Ok(calls::table.filter(waiting).select(calls::unit_id).load(conn)?)
}

fn say(holds: bool, what: &str) -> Option<String> {
    (!holds).then(|| what.to_owned())
}

fn live<'a>(all: &'a All, part: &'a str) -> impl Iterator<Item = &'a WorkOrderRow> {
    all.orders.iter().filter(move |order| order.open && order.part == part)
}

fn alive(clock: &ClockRow) -> bool {
    clock.state != "ended"
}

/// One owner and one next step with a running clock while open; a suspension waits for its review; nothing after the end.
fn promise(all: &All) -> Vec<String> {
    let next: Vec<&ClockRow> =
        all.clocks.iter().filter(|clock| alive(clock) && clock.spec.next_step).collect();
    let open = [
        "received",
        "verified",
        "dispatched",
        "signed",
        "in_progress",
        "replied",
        "under_review",
        "callback",
    ]
    .contains(&all.case.state.as_str());
    if !open {
        return stillness(all);
    }
    let has = |kind: &str| all.overlays.iter().any(|overlay| overlay.state == "open" && overlay.kind == kind);
    let wanted = match all.case.state.as_str() {
        "received" => "verify",
        "verified" => "dispatch",
        _ if has("return_request") => "return_decision",
        _ if has("suspension") => "suspension_review",
        "dispatched" => "sign",
        "under_review" => "review",
        "callback" => "callback",
        _ => "resolve",
    };
    let kinds: Vec<&str> = next.iter().map(|clock| clock.spec.kind.as_str()).collect();
    let due = next.first().map(|clock| store::ms(clock.spec.due_at));
    let arriving = |unit: &i64| {
        all.clocks.iter().any(|clock| {
            alive(clock) && clock.spec.kind == "whistle_arrival" && clock.spec.unit_id == Some(*unit)
        })
    };
    let expected = |clock: &ClockRow| {
        clock.spec.kind != "whistle_arrival"
            || clock.spec.unit_id.is_some_and(|unit| all.called.contains(&unit))
    };
    [
        say(kinds == [wanted], &format!("next step {kinds:?} instead of {wanted}")),
        say(next.iter().all(|clock| clock.state == "running"), "the next step stands still"),
        say(all.case.next_step.as_deref() == Some(wanted), "the case shows another next step"),
        say(all.case.next_due_at == due, "the case shows another due time"),
        say(all.case.open && all.case.ended_as.is_none() && all.case.closed_at.is_none(), "marked ended"),
        say(all.case.suspended == has("suspension"), "the suspension is not shown"),
        say(!has("suspension") || all.case.due_at.is_none(), "due while time stands still"),
        say(all.called.iter().all(arriving), "somebody is called without a clock"),
        say(all.clocks.iter().filter(|c| alive(c)).all(expected), "a clock waits for nobody's arrival"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Nothing runs, waits or is called after the end.
fn stillness(all: &All) -> Vec<String> {
    [
        say(!all.case.open, "marked open"),
        say(all.clocks.iter().all(|clock| !alive(clock)), "a clock runs after the end"),
        say(all.case.next_step.is_none() && all.case.next_due_at.is_none(), "a next step after the end"),
        say(all.orders.iter().all(|order| !order.open), "a live order after the end"),
        say(all.overlays.iter().all(|overlay| overlay.state != "open"), "an open overlay after the end"),
        say(all.called.is_empty(), "somebody is still called after the end"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The reporter was told the answer that stands: the host's that passed review in the last round, or the desk's own.
fn told(all: &All, reporter: &ReporterRow) -> bool {
    let final_one = |reply: &&ReplyRow| {
        let passed = reply.round == all.case.round && reply.review.as_deref() == Some("passed");
        passed || reply.work_order_id.is_none()
    };
    let answers: Vec<i64> = all.replies.iter().filter(final_one).map(|reply| reply.id).collect();
    let row = |delivery: &DeliveryRow| {
        delivery.reporter_id == Some(reporter.id)
            && delivery.reply_id.is_some_and(|reply| answers.contains(&reply))
            && delivery.state == "reached"
            && delivery.reached_at.is_some()
    };
    reporter.reached_at.is_some() && all.deliveries.iter().any(row)
}

fn asked(reporter: &ReporterRow) -> bool {
    match reporter.resolved.as_deref() {
        Some("yes" | "partly" | "no") => true,
        Some("unreachable") => reporter.attempts >= 3,
        _ => false,
    }
}

/// Every ended case has the evidence of its way of ending.
fn ended(all: &All) -> Vec<String> {
    if all.case.open {
        return Vec::new();
    }
    let contacts: Vec<&ReporterRow> = all.reporters.iter().filter(|reporter| reporter.contact).collect();
    let of_round = |reply: &&ReplyRow| reply.round == all.case.round;
    let passed = all.replies.iter().filter(of_round).any(|reply| reply.review.as_deref() == Some("passed"));
    let desk = |result: &dyn Fn(&str) -> bool| {
        let mut replies =
            all.replies.iter().filter(|reply| reply.work_order_id.is_none() && !reply.text.is_empty());
        replies.any(|reply| result(&reply.result))
    };
    let reached = |reporter: &&ReporterRow| told(all, reporter);
    let tried = |reporter: &&ReporterRow| told(all, reporter) || reporter.attempts >= 3;
    let evidence = match all.case.ended_as.as_deref() {
        Some("closed") => {
            passed
                && !contacts.is_empty()
                && contacts.iter().all(reached)
                && contacts.iter().all(|r| asked(r))
        }
        Some("closed_unreachable") => {
            passed && contacts.iter().all(tried) && contacts.iter().all(|r| asked(r))
        }
        Some("closed_anonymous") => passed && contacts.is_empty(),
        Some("answered") => desk(&|result| result == "answered") && contacts.iter().all(reached),
        Some("not_accepted") => desk(&|result| result == "litigation") && contacts.iter().all(reached),
        Some("transferred_emergency") => desk(&|result| result.starts_with("transferred_1")),
        Some("withdrawn") => desk(&|result| result == "withdrawn"),
        Some("merged") => all.target.is_some() && all.strayed == 0,
        Some(_) | None => false,
    };
    let unanswered = all.overlays.iter().any(|overlay| {
        overlay.kind == "supervision" && overlay.state == "lapsed" && overlay.decided_at == all.case.closed_at
    });
    let closed = all.case.ended_as.as_deref().is_some_and(|ending| ending.starts_with("closed"));
    [
        say(evidence, &format!("ended as {:?} without its evidence", all.case.ended_as)),
        say(all.case.closed_at.is_some(), "ended at no time"),
        say(all.case.state != "archived" || all.case.archived_at.is_some(), "archived at no time"),
        say(!(closed && unanswered), "closed over an unanswered supervision order"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// First-recipient responsibility: the host answers from its signature until the answer is handed in, the centre before and after.
fn owner(all: &All) -> Vec<String> {
    let host = live(all, "host").next();
    let (state, owner) = (all.case.state.as_str(), all.case.owner_unit_id);
    let right = match state {
        "received" => {
            let first = all.case.registered_unit_id;
            owner == first || owner == CENTRE || all.retired.contains(&first)
        }
        "signed" | "in_progress" | "replied" => host.is_some_and(|host| host.unit_id == owner),
        "verified" | "dispatched" | "under_review" | "callback" => owner == CENTRE,
        _ => true,
    };
    let hosts = live(all, "host").count();
    let wanted =
        usize::from(["dispatched", "signed", "in_progress", "replied", "under_review"].contains(&state));
    let follows = host.is_none_or(|host| match state {
        "under_review" => host.state == "replied",
        other => host.state == other,
    });
    [
        say(right, &format!("owned by unit {owner}")),
        say(hosts == wanted, &format!("{hosts} hosts")),
        say(follows, "the host's order is elsewhere than the case"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Who may not have a part in it; what may not be merged.
fn units(all: &All) -> Vec<String> {
    let live: Vec<&WorkOrderRow> = all.orders.iter().filter(|order| order.open).collect();
    let own_work = |order: &&WorkOrderRow| {
        // 1301, between neighbours, is what the kit knows of a village's own affairs.
        let own = all.case.kind == "dispute" && all.case.category == "1301";
        order.part != "host" || order.unit_id != VILLAGE || own
    };
    let reported =
        |unit: i64| all.case.reported_unit_id.is_some_and(|about| tree().lineage(unit).contains(&about));
    let secret = |case: &CaseRow| case.kind == "wrongdoing_report";
    let level =
        |case: &CaseRow| ["open", "restricted", "sealed"].iter().position(|l| *l == case.confidentiality);
    let fits = |target: &CaseRow| {
        secret(target) == secret(&all.case)
            && level(target) >= level(&all.case)
            && target.reported_unit_id == all.case.reported_unit_id
    };
    let twice = |unit: i64| {
        all.orders.iter().filter(|order| order.unit_id == unit && order.state == "returned").count() > 1
    };
    let retired = |unit: i64| all.retired.contains(&unit);
    let measured = |clock: &ClockRow| clock.spec.unit_id.filter(|_| alive(clock));
    let alone =
        |order: &&WorkOrderRow| live.iter().filter(|other| other.unit_id == order.unit_id).count() == 1;
    [
        say(live.iter().all(own_work), "a village leads a department's work"),
        say(!live.iter().any(|order| reported(order.unit_id)), "the reported unit has a part in it"),
        say(all.target.as_ref().is_none_or(fits), "merged into a case that does not fit"),
        say(!all.orders.iter().any(|order| twice(order.unit_id)), "a unit returned the case twice"),
        say(!all.called.iter().any(|unit| reported(*unit)), "the reported unit is called"),
        say(!(all.case.open && reported(all.case.owner_unit_id)), "the reported unit owns it"),
        say(!all.clocks.iter().filter_map(measured).any(reported), "the reported unit is measured"),
        say(!live.iter().any(|order| retired(order.unit_id)), "a retired unit works on it"),
        say(!(all.case.open && retired(all.case.owner_unit_id)), "a retired unit owns it"),
        say(!all.clocks.iter().filter_map(measured).any(retired), "a retired unit is measured"),
        say(live.iter().all(alone), "a unit has two live orders"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Handler, dispatcher and reviewer are three.
fn review(all: &All) -> Vec<String> {
    let own = |reply: &&ReplyRow| reply.reviewed_by.is_some() && reply.reviewed_by == reply.account_id;
    let dispatcher = all.case.state == "callback"
        && all.replies.iter().filter(|reply| reply.round == all.case.round).any(|reply| {
            reply.review.as_deref() == Some("passed")
                && reply.reviewed_by.is_some()
                && reply.reviewed_by == all.case.dispatched_by
        });
    [
        say(!all.replies.iter().any(|reply| own(&reply)), "somebody reviewed their own answer"),
        say(!dispatcher, "the dispatcher verified the result"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Nobody checks a round in which they worked, whoever was named to handle it afterwards.
fn hands(all: &All) -> Vec<String> {
    let (mut hands, mut wrong) = (Vec::new(), Vec::new());
    for (kind, actor) in &all.deeds {
        match kind.as_str() {
            "case.reworked" | "case.reopened" | "case.reopened_by_review" => hands.clear(),
            "case.signed"
            | "case.arrived"
            | "case.started"
            | "case.progress_noted"
            | "case.replied"
            | "case.submitted" => hands.extend(actor),
            "case.review_passed" | "case.review_rejected" => {
                let own = actor.is_some_and(|actor| hands.contains(&actor));
                wrong.extend(say(!own, "somebody checked a round in which they had worked"));
            }
            _ => {}
        }
    }
    wrong
}

/// Every round that is over is kept.
fn rounds(all: &All) -> Vec<String> {
    let kept = i64::try_from(all.rounds.len()).expect("few");
    let right = kept == all.case.round - 1 && kept == all.case.reopened_count;
    say(right, &format!("{kept} rounds kept in round {}", all.case.round)).into_iter().collect()
}

/// Of a report of wrongdoing only such units know that may lead it.
fn kinds(all: &All) -> Vec<String> {
    let barred = |unit: i64| [VILLAGE, COMMITTEE, PARTNER].contains(&unit);
    let wrongdoing = all.case.kind == "wrongdoing_report";
    let with_orders = all.orders.iter().filter(|order| order.open).map(|order| order.unit_id);
    let knows = with_orders.chain(all.called.iter().copied()).any(barred);
    say(!(wrongdoing && knows), "a village, committee or partner body has a part in it").into_iter().collect()
}

/// A co-handler's time ends no later than the host's, unless the host was late already.
fn together(all: &All) -> Vec<String> {
    let end = |order: &WorkOrderRow| {
        let resolve = |c: &&ClockRow| c.spec.work_order_id == Some(order.id) && c.spec.kind == "resolve";
        let running = all.clocks.iter().filter(resolve).find(|clock| clock.state == "running");
        running.map(|clock| store::ms(clock.spec.due_at))
    };
    let host = live(all, "host").find_map(end).filter(|end| *end > all.case.updated_at);
    let late = host.is_some_and(|host| live(all, "co_handler").filter_map(end).any(|end| end > host));
    say(!late, "a co-handler's time ends after the host's").into_iter().collect()
}

/// Units' clocks run exactly while the unit has to do something.
fn clocks_in_place(all: &All) -> Vec<String> {
    let mut wrong = Vec::new();
    let suspended =
        all.overlays.iter().any(|overlay| overlay.state == "open" && overlay.kind == "suspension");
    let returning =
        all.overlays.iter().any(|overlay| overlay.state == "open" && overlay.kind == "return_request");
    for order in &all.orders {
        let state_of = |kind: &str| {
            let clock = all
                .clocks
                .iter()
                .find(|c| alive(c) && c.spec.work_order_id == Some(order.id) && c.spec.kind == kind);
            clock.map(|clock| clock.state.as_str())
        };
        let handed_in =
            order.state == "replied" && (order.part != "host" || all.case.state == "under_review");
        let resolve = match order.state.as_str() {
            "dispatched" | "signed" | "in_progress" if suspended => Some("paused"),
            "replied" if handed_in => Some("paused"),
            "dispatched" | "signed" | "in_progress" | "replied" => Some("running"),
            _ => None,
        };
        let sign = match order.state.as_str() {
            "dispatched" if suspended || (returning && order.part == "host") => Some("paused"),
            "dispatched" => Some("running"),
            _ => None,
        };
        if state_of("resolve") != resolve {
            wrong.push(format!(
                "order {} {}: resolve clock {:?}",
                order.id,
                order.state,
                state_of("resolve")
            ));
        }
        if state_of("sign") != sign {
            wrong.push(format!("order {} {}: sign clock {:?}", order.id, order.state, state_of("sign")));
        }
        let shows = all.clocks.iter().find(|clock| {
            alive(clock) && clock.spec.work_order_id == Some(order.id) && clock.spec.kind == "resolve"
        });
        if shows.is_some_and(|clock| Some(store::ms(clock.spec.due_at)) != order.due_at) {
            wrong.push(format!("order {} shows another due time", order.id));
        }
    }
    wrong
}

/// Every open request has its clock; a refused return was the unit's last.
fn overlays(all: &All) -> Vec<String> {
    let mut wrong = Vec::new();
    for overlay in all.overlays.iter().filter(|overlay| overlay.state == "open") {
        let clock = match overlay.kind.as_str() {
            "return_request" => "return_decision",
            "extension_request" => "extension_decision",
            "suspension" => "suspension_review",
            "supervision" => "supervision_reply",
            _ => continue,
        };
        if !all.clocks.iter().any(|c| c.state == "running" && c.spec.kind == clock) {
            wrong.push(format!("{} waits without a clock", overlay.kind));
        }
        let twice =
            all.overlays.iter().filter(|other| other.state == "open" && other.kind == overlay.kind).count()
                > 1;
        wrong.extend(say(!twice, &format!("two open overlays of kind {}", overlay.kind)));
    }
    let returns: Vec<&OverlayRow> =
        all.overlays.iter().filter(|overlay| overlay.kind == "return_request").collect();
    for (index, refused) in returns.iter().enumerate().filter(|(_, overlay)| overlay.state == "refused") {
        let again = returns[index + 1..].iter().any(|later| later.asked_unit_id == refused.asked_unit_id);
        wrong.extend(say(!again, "a second return after a refused one"));
    }
    wrong
}

/// No card twice, none without its clock.
fn cards(all: &All) -> Vec<String> {
    let mut wrong = Vec::new();
    for card in &all.cards {
        let same = |other: &&CardRow| other.clock_id == card.clock_id && other.level == card.level;
        wrong.extend(say(all.cards.iter().filter(same).count() == 1, "a card was issued twice"));
        let clock = all.clocks.iter().find(|clock| clock.id == card.clock_id);
        wrong.extend(say(clock.is_some(), "a card without a clock"));
    }
    // Each expiry of a clock (its instant is in the event) is said once.
    for (index, event) in all.card_events.iter().enumerate() {
        let again = all.card_events[index + 1..].contains(event);
        wrong.extend(say(!again, &format!("said twice: {event:?}")));
    }
    wrong
}
