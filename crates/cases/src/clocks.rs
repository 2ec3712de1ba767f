//! The clock worker: takes due clocks by index and issues reminders, cards and escalations exactly once.

use crate::{
    CaseError, Cases, Ctx,
    commands::{Row, Sealed, Work, issue_card},
};
use rules::{
    lifecycle::{CaseAction, OverlayKind, Proposal},
    supervision::{CardLevel, ClockStage},
};
use serde_json::json;
use store::{
    Timestamp, Tx,
    clocks::{ClockRow, Stage},
    events::NewEvent,
};

/// What a run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// Clocks looked at.
    pub clocks: usize,
    /// Reminders sent.
    pub reminders: usize,
    /// Yellow cards issued.
    pub yellow: usize,
    /// Red cards issued.
    pub red: usize,
}

/// Handles up to `limit` clocks that are due at `now`; call again while `clocks == limit`. Each case is one transaction; events
/// carry the instant the clock fell due as `occurred_at`. Time is a parameter: the binary, the simulator and replays call it alike.
///
/// # Errors
/// When the store fails; what was committed before stays.
pub async fn run_due(cases: &Cases, now: Timestamp, limit: i64) -> Result<Ran, CaseError> {
    let due = cases.store.read(move |conn| Ok::<_, CaseError>(store::clocks::due(conn, now, limit)?)).await?;
    let mut ran = Ran { clocks: due.len(), ..Ran::default() };
    let mut seen: Vec<i64> = due.iter().map(|clock| clock.spec.case_id).collect();
    seen.sort_unstable();
    seen.dedup();
    for case_id in seen {
        let one = run_case(cases, case_id, now).await?;
        ran.reminders += one.reminders;
        ran.yellow += one.yellow;
        ran.red += one.red;
    }
    Ok(ran)
}

type Counts = (usize, usize, usize);

/// Handles the due clocks of one case.
///
/// # Errors
/// `case.not_found`; when the store fails.
pub async fn run_case(cases: &Cases, case_id: i64, now: Timestamp) -> Result<Ran, CaseError> {
    let (at, rules) = (cases.clone(), cases.rules.current());
    let job = move |tx: &mut Tx<'_>| -> Result<((usize, Counts), Vec<Row>), CaseError> {
        if !tx.open_clocks(case_id)?.iter().any(|clock| is_due(clock, now)) {
            return Ok(((0, (0, 0, 0)), Vec::new()));
        }
        let (ctx, sealed) = (Ctx::system(now), Sealed::default());
        let mut work = Work::open(tx, &at, &ctx, &rules, &sealed, case_id)?;
        let due: Vec<ClockRow> =
            work.file.clocks.iter().filter(|clock| is_due(clock, now)).cloned().collect();
        let (mut counts, clocks) = ((0, 0, 0), due.len());
        for clock in due {
            for (stage, since) in passed(&clock, now) {
                if work.tx.advance_clock(clock.id, stage)? {
                    reach(&mut work, &clock, (stage, since), &mut counts)?;
                }
            }
        }
        let rows = work.finish_quietly()?;
        Ok(((clocks, counts), rows))
    };
    let ((clocks, (reminders, yellow, red)), rows) = cases.store.write(job).await?;
    if let Some(watcher) = &cases.watcher {
        watcher(&rows);
    }
    Ok(Ran { clocks, reminders, yellow, red })
}

fn is_due(clock: &ClockRow, now: Timestamp) -> bool {
    clock.state == "running" && clock.stage_at(now) > clock.stage
}

/// The stages that a clock has passed since it was last looked at, each with its instant.
fn passed(clock: &ClockRow, now: Timestamp) -> Vec<(Stage, Timestamp)> {
    let stages = [
        (Stage::Reminded, clock.spec.remind_at),
        (Stage::Expired, Some(clock.spec.due_at)),
        (Stage::Red, clock.spec.red_at),
    ];
    let reached = stages.into_iter().filter_map(|(stage, at)| at.map(|at| (stage, at)));
    reached.filter(|(stage, at)| *stage > clock.stage && *at <= now).collect()
}

fn reach(
    work: &mut Work<'_, '_>,
    clock: &ClockRow,
    (stage, since): (Stage, Timestamp),
    counts: &mut Counts,
) -> Result<(), CaseError> {
    let (point, kind) = match stage {
        Stage::Quiet => return Ok(()),
        Stage::Reminded => (ClockStage::Reminder, "clock.reminded"),
        Stage::Expired => (ClockStage::Expiry, "clock.expired"),
        Stage::Red => (ClockStage::Overrun, "clock.overrun"),
    };
    let consequence = work.rules.supervision.at(point);
    if stage == Stage::Reminded {
        counts.0 += 1;
        work.raise("reminded");
    }
    let mut card = None;
    if let Some(level) = consequence.card {
        let level = match level {
            CardLevel::Yellow => "yellow",
            CardLevel::Red => "red",
        };
        if issue_card(work, clock, level, since)? {
            card = Some(level);
            work.raise(level);
            match level {
                "red" => counts.2 += 1,
                _ => counts.1 += 1,
            }
        }
    }
    let event = NewEvent {
        stream: work.file.case.id,
        stream_kind: "case",
        kind,
        kind_version: 1,
        occurred_at: since,
        recorded_at: work.ctx.now,
        actor: None,
        actor_unit: None,
        public: json!({
            "clock": clock.spec.kind,
            "unit": clock.spec.unit_id.map(|id| id.to_string()),
            "due_at": clock.spec.due_at.to_string(),
            "card": card,
        }),
        parts: Vec::new(),
    };
    let id = work.tx.append(event)?;
    work.events.push(id);
    if consequence.escalate && clock.spec.work_order_id.is_some() { escalate(work, clock) } else { Ok(()) }
}

/// The unit above the one whose clock overran is brought in, where there is one and none was yet.
fn escalate(work: &mut Work<'_, '_>, clock: &ClockRow) -> Result<(), CaseError> {
    let Some(late) = clock.spec.unit_id else { return Ok(()) };
    let Some(above) = work.units.above(work.tx.conn(), late)? else { return Ok(()) };
    let units = work.units("unit", &[above])?;
    let facts = work.facts(&units)?;
    if work.tables.may(CaseAction::Escalate, &facts, &work.actor).is_err() {
        return Ok(());
    }
    work.step(CaseAction::Escalate, &Proposal { units, ..Proposal::default() }, Vec::new(), |work| {
        work.lay(OverlayKind::Escalation, clock.spec.work_order_id, "overrun", None)?;
        work.raise("escalated");
        work.join(above, "above")?;
        Ok(json!({ "unit": above.to_string(), "because": "overrun" }))
    })
}
