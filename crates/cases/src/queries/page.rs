//! The whole case page in one snapshot.

use super::{
    Ask, knowledge,
    names::{Names, Wanted},
    parts, rows, secrets, timeline, visible,
};
use crate::{
    CaseError, Cases, Ctx, actions,
    attachments::{AttachmentRow, may_remove},
    http::dto::{
        CaseDetail, CaseName, CasePage, ExternalRef, Id, Instant, LinkView, ResolutionWord, RouteView,
    },
    model::{
        CardRow, CaseRow, CaseTextRow, DeliveryRow, LinkRow, OverlayRow, ReplyRow, ReporterRow, WhistleRow,
        WhistleUnitRow, WorkOrderRow, contexts,
    },
    rulebook::Rules,
};
use diesel::prelude::*;
use rules::{lifecycle::CaseState, words::ResolutionClass};
use std::collections::BTreeMap;
use store::{
    Conn,
    clocks::{self, ClockRow},
    schema,
    vault::Vault,
};

/// Everything that is stored about one case.
struct Stored {
    case: CaseRow,
    texts: Option<CaseTextRow>,
    clocks: Vec<ClockRow>,
    orders: Vec<WorkOrderRow>,
    reporters: Vec<ReporterRow>,
    replies: Vec<ReplyRow>,
    deliveries: Vec<DeliveryRow>,
    overlays: Vec<OverlayRow>,
    cards: Vec<CardRow>,
    whistles: Vec<WhistleRow>,
    whistle_units: Vec<WhistleUnitRow>,
    links: Vec<LinkRow>,
    attachments: Vec<AttachmentRow>,
    external: Vec<(String, String)>,
    merged_here: Vec<i64>,
}

/// The case page of an id or number.
///
/// # Errors
/// [`CaseError::NotFound`] when the case does not exist or the asker may not know of it.
pub async fn page(cases: &Cases, ask: &Ask, id_or_number: &str) -> Result<CasePage, CaseError> {
    let rules = cases.rules.current();
    let vault = cases.store.clone();
    let (asker, wanted) = (ask.clone(), id_or_number.to_owned());
    let mut page = cases
        .store
        .read(move |conn| {
            let case = visible::find(conn, &asker, &wanted)?;
            let stored = load(conn, case)?;
            assemble(conn, vault.vault(), &rules, &asker, &stored)
        })
        .await?;
    let ctx = Ctx::of(ask.actor.clone(), ask.now);
    page.actions = actions::allowed(cases, &ctx, page.case.id.0).await?;
    page.actions.sort_by_key(actions::ActionView::place);
    Ok(page)
}

macro_rules! of_case {
    ($conn:expr, $table:ident, $case:expr) => {
        schema::$table::table
            .filter(schema::$table::case_id.eq($case))
            .order(schema::$table::id.desc())
            .load($conn)?
    };
}

fn load(conn: &mut Conn, case: CaseRow) -> Result<Stored, CaseError> {
    let id = case.id;
    let whistles: Vec<WhistleRow> = of_case!(conn, whistles, id);
    let whistle_ids: Vec<i64> = whistles.iter().map(|whistle| whistle.id).collect();
    Ok(Stored {
        texts: schema::case_texts::table.find(id).first(conn).optional()?,
        clocks: clocks::of_case(conn, id)?,
        orders: of_case!(conn, work_orders, id),
        reporters: of_case!(conn, reporters, id),
        replies: of_case!(conn, replies, id),
        deliveries: of_case!(conn, deliveries, id),
        overlays: of_case!(conn, overlays, id),
        cards: of_case!(conn, cards, id),
        whistle_units: schema::whistle_units::table
            .filter(schema::whistle_units::whistle_id.eq_any(whistle_ids))
            .load(conn)?,
        whistles,
        links: schema::case_links::table
            .filter(schema::case_links::case_id.eq(id).or(schema::case_links::other_id.eq(id)))
            .load(conn)?,
        attachments: attachments(conn, id)?,
        external: schema::external_refs::table
            .filter(schema::external_refs::case_id.eq(id))
            .select((schema::external_refs::system, schema::external_refs::number))
            .load(conn)?,
        merged_here: schema::cases::table
            .filter(schema::cases::merged_into.eq(id))
            .select(schema::cases::id)
            .load(conn)?,
        case,
    })
}

/// The files of a case, the first added first.
///
/// # Errors
/// When the database fails.
pub(crate) fn attachments(conn: &mut Conn, case: i64) -> Result<Vec<AttachmentRow>, CaseError> {
    Ok(schema::attachments::table
        .filter(schema::attachments::case_id.eq(case))
        .filter(schema::attachments::removed_at.is_null())
        .order(schema::attachments::id.asc())
        .load(conn)?)
}

fn wanted_names(stored: &Stored, promised: &rows::Promised) -> Wanted {
    let case = &stored.case;
    let mut wanted = Wanted::default();
    wanted
        .units(promised.units())
        .units([case.owner_unit_id, case.first_unit_id, case.registered_unit_id])
        .units(case.host_unit_id.into_iter().chain(case.reported_unit_id))
        .units(stored.clocks.iter().filter_map(|row| row.spec.unit_id))
        .units(stored.orders.iter().map(|row| row.unit_id))
        .units(stored.replies.iter().filter_map(|row| row.unit_id))
        .units(stored.overlays.iter().filter_map(|row| row.asked_unit_id))
        .units(stored.cards.iter().filter_map(|row| row.unit_id))
        .units(stored.whistles.iter().map(|row| row.unit_id))
        .units(stored.whistle_units.iter().map(|row| row.unit_id))
        .accounts(case.owner_account_id.into_iter().chain(case.registered_by))
        .accounts(stored.orders.iter().filter_map(|row| row.handler_id))
        .accounts(stored.replies.iter().flat_map(|row| [row.account_id, row.reviewed_by]).flatten())
        .accounts(stored.deliveries.iter().filter_map(|row| row.account_id))
        .accounts(stored.overlays.iter().flat_map(|row| [row.asked_by, row.decided_by]).flatten())
        .accounts(stored.whistles.iter().flat_map(|row| [row.whistled_by, row.decided_by]).flatten())
        .accounts(stored.whistle_units.iter().filter_map(|row| row.arrived_by))
        .accounts(stored.links.iter().filter_map(|row| row.made_by))
        .accounts(stored.attachments.iter().filter_map(|row| row.account_id))
        .areas(areas_of(case));
    wanted
}

fn assemble(
    conn: &mut Conn,
    vault: &Vault,
    rules: &Rules,
    ask: &Ask,
    stored: &Stored,
) -> Result<CasePage, CaseError> {
    let promised = rows::promised(conn, rules, std::slice::from_ref(&stored.case))?;
    let names = wanted_names(stored, &promised).load(conn)?;
    let others = others(conn, vault, ask, stored)?;
    let case = &stored.case;
    let proposed_route = match CaseState::parse(&case.state) {
        Some(CaseState::Received | CaseState::Verified) => knowledge::proposed_for(conn, rules, case)?,
        _ => None,
    };
    let clock_kinds: BTreeMap<i64, &str> =
        stored.clocks.iter().map(|clock| (clock.id, clock.spec.kind.as_str())).collect();
    let mut clocks: Vec<_> = stored.clocks.iter().map(|row| parts::clock(row, &names, rules, ask)).collect();
    clocks.sort_by_key(|clock| (clock.ended_at.is_some(), !clock.next_step, clock.due_at));
    let mut orders: Vec<_> = stored.orders.iter().map(|row| parts::work_order(row, &names)).collect();
    orders.sort_by_key(|order| (-order.round, order.part != "host", order.id));
    Ok(CasePage {
        promise: rows::promise(case, &promised, &names, rules, ask),
        clocks,
        work_orders: orders,
        reporters: reporters(conn, vault, ask, stored, &others)?,
        replies: each(&stored.replies, |row| parts::reply(conn, vault, case, row, &names))?,
        deliveries: each(&stored.deliveries, |row| parts::delivery(conn, vault, case.key_id, row, &names))?,
        overlays: each(&stored.overlays, |row| parts::overlay(conn, vault, case.key_id, row, &names))?,
        cards: stored
            .cards
            .iter()
            .map(|row| parts::card(row, clock_kinds.get(&row.clock_id).copied().unwrap_or_default(), &names))
            .collect(),
        whistles: each(&stored.whistles, |row| {
            parts::whistle(conn, vault, case.key_id, row, &stored.whistle_units, &names)
        })?,
        links: links(stored, &others, &names),
        attachments: each(&stored.attachments, |row| {
            parts::attachment(conn, vault, row, &names, may_remove(&ask.actor, case, row))
        })?,
        timeline: timeline::of(conn, vault, rules, ask, case)?,
        actions: Vec::new(),
        suggested_categories: knowledge::suggestions(conn, vault, rules, case, stored.texts.as_ref())?,
        proposed_route,
        case: detail(conn, vault, rules, stored, &names, &others)?,
    })
}

fn each<R, V>(rows: &[R], view: impl FnMut(&R) -> Result<V, CaseError>) -> Result<Vec<V>, CaseError> {
    rows.iter().map(view).collect()
}

/// The other cases that this one speaks of, as far as the asker may see them.
fn others(
    conn: &mut Conn,
    vault: &Vault,
    ask: &Ask,
    stored: &Stored,
) -> Result<BTreeMap<i64, CaseName>, CaseError> {
    let case = &stored.case;
    let mut ids = stored.merged_here.clone();
    ids.extend(case.merged_into);
    ids.extend(stored.links.iter().flat_map(|link| [link.case_id, link.other_id]));
    ids.extend(stored.reporters.iter().map(|reporter| reporter.origin_case_id));
    ids.retain(|id| *id != case.id);
    let seen = visible::visible(conn, ask, &ids)?;
    seen.iter().map(|other| Ok((other.id, name_of(conn, vault, other)?))).collect()
}

fn name_of(conn: &mut Conn, vault: &Vault, case: &CaseRow) -> Result<CaseName, CaseError> {
    Ok(CaseName {
        id: Id(case.id),
        number: case.number.clone(),
        title: secrets::title(conn, vault, case)?,
        state: case.state.clone(),
    })
}

fn reporters(
    conn: &mut Conn,
    vault: &Vault,
    ask: &Ask,
    stored: &Stored,
    others: &BTreeMap<i64, CaseName>,
) -> Result<Vec<crate::http::dto::ReporterView>, CaseError> {
    let ids: Vec<i64> = stored.reporters.iter().filter_map(|reporter| reporter.person_id).collect();
    let persons = people::persons::masked(conn, vault, &ids)?;
    let mut views: Vec<_> = stored
        .reporters
        .iter()
        .map(|row| {
            parts::reporter(&stored.case, row, &persons, others.get(&row.origin_case_id).cloned(), ask)
        })
        .collect();
    views.sort_by_key(|reporter| (reporter.joined_at, reporter.id));
    Ok(views)
}

fn links(stored: &Stored, others: &BTreeMap<i64, CaseName>, names: &Names) -> Vec<LinkView> {
    let other = |link: &LinkRow| if link.case_id == stored.case.id { link.other_id } else { link.case_id };
    stored
        .links
        .iter()
        .filter_map(|link| {
            Some(LinkView {
                other: others.get(&other(link))?.clone(),
                kind: link.kind.clone(),
                made_by: link.made_by.map(|id| names.account(id)),
                made_at: Instant::of(link.made_at),
            })
        })
        .collect()
}

fn detail(
    conn: &mut Conn,
    vault: &Vault,
    rules: &Rules,
    stored: &Stored,
    names: &Names,
    others: &BTreeMap<i64, CaseName>,
) -> Result<CaseDetail, CaseError> {
    let case = &stored.case;
    let words = rows::Words::of(case)?;
    let texts = texts(conn, vault, stored)?;
    Ok(CaseDetail {
        id: Id(case.id),
        number: case.number.clone(),
        kind: words.kind,
        channel: words.channel,
        state: case.state.clone(),
        ended_as: case.ended_as.clone(),
        open: case.open,
        urgency: words.urgency,
        resolution_class: ResolutionWord(
            ResolutionClass::parse(&case.resolution_class).map_err(rows::corrupt)?,
        ),
        confidentiality: words.confidentiality,
        category: knowledge::category(rules, &case.category),
        form: texts.form,
        title: texts.title,
        detail: texts.detail,
        place: texts.place,
        areas: areas_of(case).filter_map(|id| names.area(id)).collect(),
        lon: case.lon,
        lat: case.lat,
        host_unit: case.host_unit_id.map(|id| names.unit(id)),
        first_unit: names.unit(case.first_unit_id),
        registered_unit: names.unit(case.registered_unit_id),
        registered_by: case.registered_by.map(|id| names.account(id)),
        reported_unit: case.reported_unit_id.map(|id| names.unit(id)),
        designated: case.designated,
        anonymous: case.anonymous,
        head_count: case.head_count,
        reporter_count: case.reporter_count,
        round: case.round,
        version: case.version,
        suspended: case.suspended,
        supervision: case.supervision.clone(),
        occurred_at: Instant::of(case.occurred_at),
        received_at: Instant::of(case.received_at),
        dispatched_at: case.dispatched_at.map(Instant::of),
        replied_at: case.replied_at.map(Instant::of),
        closed_at: case.closed_at.map(Instant::of),
        archived_at: case.archived_at.map(Instant::of),
        due_at: case.due_at.map(Instant::of),
        merged_into: case.merged_into.and_then(|id| others.get(&id).cloned()),
        merged_here: stored.merged_here.iter().filter_map(|id| others.get(id).cloned()).collect(),
        reopened_count: case.reopened_count,
        rule_chosen: chosen(case, names, rules),
        legal_hold: case.legal_hold,
        external_refs: stored.external.iter().cloned().map(ExternalRef::from).collect(),
        updated_at: Instant::of(case.updated_at),
    })
}

/// The opened texts of the case.
struct Texts {
    title: Option<String>,
    detail: Option<String>,
    place: Option<String>,
    form: BTreeMap<String, serde_json::Value>,
}

fn texts(conn: &mut Conn, vault: &Vault, stored: &Stored) -> Result<Texts, CaseError> {
    let case = &stored.case;
    let mut text = |context: &str, sealed: Option<&Vec<u8>>| match sealed {
        Some(sealed) => secrets::open(conn, vault, case.key_id, context, sealed),
        None => Ok(None),
    };
    let texts = stored.texts.as_ref();
    let form = text(contexts::FORM, texts.map(|texts| &texts.form))?;
    Ok(Texts {
        title: text(contexts::TITLE, Some(&case.title))?,
        detail: text(contexts::DETAIL, texts.map(|texts| &texts.detail))?,
        place: text(contexts::PLACE, texts.map(|texts| &texts.place))?,
        form: form.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default(),
    })
}

fn areas_of(case: &CaseRow) -> impl Iterator<Item = i64> {
    [case.county_id, case.town_id, case.village_id, case.grid_id].into_iter().flatten()
}

fn chosen(case: &CaseRow, names: &Names, rules: &Rules) -> Option<RouteView> {
    let unit = case.host_unit_id?;
    let by_hand = case.rule_chosen.is_empty() || case.rule_chosen == "by_hand";
    Some(RouteView {
        by: if by_hand { "hand" } else { "rule" }.to_owned(),
        unit: Some(names.unit(unit)),
        rule: if by_hand { None } else { Some(knowledge::routing_rule(rules, &case.rule_chosen)) },
        note: None,
        because: Vec::new(),
    })
}
