//! What hangs on one case, as the case page shows it.

use super::{Ask, knowledge, names::Names, promise, rows::ClockLook, secrets};
use crate::{
    CaseError,
    attachments::AttachmentRow,
    http::dto::{
        AttachmentView, CardView, ClockTone, ClockView, DeliveryView, Id, Instant, OverlayView, ReplyView,
        ReporterView, WhistleUnitView, WhistleView, WorkOrderView,
    },
    model::{
        CardRow, CaseRow, DeliveryRow, OverlayRow, ReplyRow, ReporterRow, WhistleRow, WhistleUnitRow,
        WorkOrderRow, contexts,
    },
    rulebook::Rules,
};
use people::{Permission, persons::MaskedPerson};
use rules::words::{CaseKind, Confidentiality};
use std::collections::BTreeMap;
use store::{
    Conn,
    clocks::{ClockRow, Stage},
    ms,
    vault::Vault,
};

pub(super) fn clock(row: &ClockRow, names: &Names, rules: &Rules, ask: &Ask) -> ClockView {
    let look = promise::look(&running(row).running(), ask.now, knowledge::calendar(rules));
    let ended = row.ended_at.is_some();
    ClockView {
        id: Id(row.id),
        work_order_id: row.spec.work_order_id.map(Id),
        kind: row.spec.kind.clone(),
        next_step: row.spec.next_step,
        state: row.state.clone(),
        stage: stage(row.stage).to_owned(),
        unit: row.spec.unit_id.map(|id| names.unit(id)),
        rule: knowledge::deadline_rule(rules, &row.spec.rule),
        limit: row.spec.time_limit.clone(),
        started_at: Instant(row.spec.started_at),
        due_at: Instant(row.spec.due_at),
        paused_at: row.paused_at.map(Instant),
        ended_at: row.ended_at.map(Instant),
        left: if ended { None } else { Some(look.left) },
        tone: if ended { ClockTone::Ended } else { look.tone },
    }
}

fn running(row: &ClockRow) -> ClockLook {
    ClockLook {
        case_id: row.spec.case_id,
        limit: row.spec.time_limit.clone(),
        started_at: ms(row.spec.started_at),
        remind_at: row.spec.remind_at.map(ms),
        due_at: ms(row.spec.due_at),
        paused_at: row.paused_at.map(ms),
    }
}

const fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Quiet => "quiet",
        Stage::Reminded => "reminded",
        Stage::Expired => "expired",
        Stage::Red => "red",
    }
}

pub(super) fn work_order(row: &WorkOrderRow, names: &Names) -> WorkOrderView {
    WorkOrderView {
        id: Id(row.id),
        unit: names.unit(row.unit_id),
        part: row.part.clone(),
        state: row.state.clone(),
        open: row.open,
        round: row.round,
        handler: row.handler_id.map(|id| names.account(id)),
        dispatched_at: Instant::of(row.dispatched_at),
        signed_at: row.signed_at.map(Instant::of),
        arrived_at: row.arrived_at.map(Instant::of),
        replied_at: row.replied_at.map(Instant::of),
        ended_at: row.ended_at.map(Instant::of),
        sign_due_at: row.sign_due_at.map(Instant::of),
        due_at: row.due_at.map(Instant::of),
        version: row.version,
    }
}

/// Whether the asker may learn who a reporter is. One who asked for confidence, and everybody behind a secret case,
/// is known to the centre and to who registered the case, to nobody else.
fn may_know(ask: &Ask, case: &CaseRow, reporter: &ReporterRow) -> bool {
    let secret = case.confidentiality == Confidentiality::Sealed.as_str()
        || case.kind == CaseKind::WrongdoingReport.as_str();
    let hidden = reporter.confidential || secret;
    let registrar = case.registered_by == Some(ask.actor.account_id);
    !hidden || registrar || ask.actor.can_at_centre(Permission::CaseUnmask)
}

pub(super) fn reporter(
    case: &CaseRow,
    row: &ReporterRow,
    persons: &BTreeMap<i64, MaskedPerson>,
    origin: Option<crate::http::dto::CaseName>,
    ask: &Ask,
) -> ReporterView {
    let known = may_know(ask, case, row);
    let person = row.person_id.and_then(|id| persons.get(&id));
    let erased = person.is_some_and(|person| person.erased);
    let shown = person.filter(|_| known && !erased);
    ReporterView {
        id: Id(row.id),
        origin_case: origin,
        anonymous: row.anonymous,
        confidential: row.confidential,
        name: shown.and_then(|person| person.name.clone()),
        phone: shown.and_then(|person| person.phone.clone()),
        document: shown.and_then(|person| person.document.clone()),
        can_unmask: shown.is_some() && ask.actor.can(Permission::CaseUnmask),
        erased,
        joined_at: Instant::of(row.joined_at),
        reached_at: row.reached_at.map(Instant::of),
        resolved: row.resolved.clone(),
        satisfaction: row.satisfaction,
    }
}

pub(super) fn reply(
    conn: &mut Conn,
    vault: &Vault,
    case: &CaseRow,
    row: &ReplyRow,
    names: &Names,
) -> Result<ReplyView, CaseError> {
    Ok(ReplyView {
        id: Id(row.id),
        work_order_id: row.work_order_id.map(Id),
        round: row.round,
        unit: row.unit_id.map(|id| names.unit(id)),
        account: row.account_id.map(|id| names.account(id)),
        text: secrets::open(conn, vault, case.key_id, contexts::REPLY, &row.text)?,
        result: row.result.clone(),
        replied_at: Instant::of(row.replied_at),
        reviewed_by: row.reviewed_by.map(|id| names.account(id)),
        reviewed_at: row.reviewed_at.map(Instant::of),
        review: row.review.clone(),
    })
}

pub(super) fn delivery(
    conn: &mut Conn,
    vault: &Vault,
    key_id: i64,
    row: &DeliveryRow,
    names: &Names,
) -> Result<DeliveryView, CaseError> {
    Ok(DeliveryView {
        id: Id(row.id),
        reporter_id: row.reporter_id.map(Id),
        reply_id: row.reply_id.map(Id),
        channel: row.channel.clone(),
        state: row.state.clone(),
        attempts: row.attempts,
        evidence: match &row.evidence_text {
            Some(sealed) => {
                secrets::open(conn, vault, key_id, contexts::EVIDENCE, sealed)?.unwrap_or_default()
            }
            None => row.evidence.clone(),
        },
        account: row.account_id.map(|id| names.account(id)),
        first_at: Instant::of(row.first_at),
        reached_at: row.reached_at.map(Instant::of),
    })
}

pub(super) fn overlay(
    conn: &mut Conn,
    vault: &Vault,
    key_id: i64,
    row: &OverlayRow,
    names: &Names,
) -> Result<OverlayView, CaseError> {
    let decision = match &row.decision {
        Some(sealed) => secrets::open(conn, vault, key_id, contexts::DECISION, sealed)?,
        None => None,
    };
    Ok(OverlayView {
        id: Id(row.id),
        work_order_id: row.work_order_id.map(Id),
        kind: row.kind.clone(),
        state: row.state.clone(),
        reason: secrets::open(conn, vault, key_id, contexts::REASON, &row.reason)?,
        basis: match &row.basis_text {
            Some(sealed) => secrets::open(conn, vault, key_id, contexts::BASIS, sealed)?.unwrap_or_default(),
            None => row.basis.clone(),
        },
        asked_by: row.asked_by.map(|id| names.account(id)),
        asked_unit: row.asked_unit_id.map(|id| names.unit(id)),
        asked_at: Instant::of(row.asked_at),
        asked_until: row.asked_until.map(Instant::of),
        decided_by: row.decided_by.map(|id| names.account(id)),
        decided_at: row.decided_at.map(Instant::of),
        decision,
    })
}

pub(super) fn card(row: &CardRow, clock_kind: &str, names: &Names) -> CardView {
    CardView {
        id: Id(row.id),
        level: row.level.clone(),
        work_order_id: row.work_order_id.map(Id),
        clock_kind: clock_kind.to_owned(),
        unit: row.unit_id.map(|id| names.unit(id)),
        issued_at: Instant::of(row.issued_at),
        withdrawn_at: row.withdrawn_at.map(Instant::of),
    }
}

pub(super) fn whistle(
    conn: &mut Conn,
    vault: &Vault,
    key_id: i64,
    row: &WhistleRow,
    units: &[WhistleUnitRow],
    names: &Names,
) -> Result<WhistleView, CaseError> {
    let decision = match &row.decision {
        Some(sealed) => secrets::open(conn, vault, key_id, contexts::WHISTLE_DECISION, sealed)?,
        None => None,
    };
    Ok(WhistleView {
        id: Id(row.id),
        unit: names.unit(row.unit_id),
        state: row.state.clone(),
        reason: secrets::open(conn, vault, key_id, contexts::WHISTLE_REASON, &row.reason)?,
        whistled_by: row.whistled_by.map(|id| names.account(id)),
        whistled_at: Instant::of(row.whistled_at),
        decided_by: row.decided_by.map(|id| names.account(id)),
        decided_at: row.decided_at.map(Instant::of),
        decision,
        units: units
            .iter()
            .filter(|unit| unit.whistle_id == row.id)
            .map(|unit| WhistleUnitView {
                unit: names.unit(unit.unit_id),
                state: unit.state.clone(),
                arrived_at: unit.arrived_at.map(Instant::of),
                arrived_by: unit.arrived_by.map(|id| names.account(id)),
            })
            .collect(),
    })
}

/// A file as the case page lists it.
///
/// # Errors
/// When the database fails.
pub(crate) fn attachment(
    conn: &mut Conn,
    vault: &Vault,
    row: &AttachmentRow,
    names: &Names,
    removable: bool,
) -> Result<AttachmentView, CaseError> {
    Ok(AttachmentView {
        id: Id(row.id),
        name: secrets::open(conn, vault, row.key_id, "attachments.name", &row.name)?,
        media_type: row.media_type.clone(),
        size: row.size,
        sha256: secrets::open(conn, vault, row.key_id, crate::attachments::SHA256, &row.sha256)?
            .filter(|hash| !hash.is_empty()),
        removable,
        has_thumbnail: row.thumbnail_path.is_some(),
        account: row.account_id.map(|id| names.account(id)),
        created_at: Instant::of(row.created_at),
    })
}
