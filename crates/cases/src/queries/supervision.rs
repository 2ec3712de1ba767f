//! What is about to be late, what is late, cards, orders.

use super::{
    Ask,
    cursor::{Cursor, page_size},
    filters::Filters,
    names::Wanted,
    parts, rows,
    sources::{Listing, Order, Source},
    visible,
};
use crate::{
    CaseError, Cases,
    http::dto::{
        self, DueFilter, SupervisionCounts, SupervisionKind, SupervisionList, SupervisionQuestion,
        SupervisionRow,
    },
    model::{CardRow, CaseRow, OverlayRow},
    rulebook::Rules,
};
use diesel::prelude::*;
use rules::lifecycle::OverlayKind;
use std::collections::BTreeMap;
use store::{
    Conn, ms,
    schema::{cards, clocks, overlays},
    vault::Vault,
};

/// A list counts at most this far.
const CAP: i64 = 1_000;
/// Cards older than this are history, not work.
const YEAR_MS: i64 = 366 * 86_400_000;
/// Rows that are looked at together.
const CHUNK: i64 = 200;

/// A page of a supervision list, and how long each of the lists is.
///
/// # Errors
/// `request.cursor`, `request.limit`.
pub async fn supervision(
    service: &Cases,
    ask: &Ask,
    question: SupervisionQuestion,
) -> Result<SupervisionList, CaseError> {
    let size = page_size(question.limit, 50, 200)?;
    let after = question.cursor.as_deref().map(Cursor::parse).transpose()?;
    let rules = service.rules.current();
    let store = service.store.clone();
    let ask = ask.clone();
    service
        .store
        .read(move |conn| {
            let unit = question.unit.map(|id| id.0);
            let desk = Supervised { ask: &ask, rules: &rules, vault: store.vault(), unit };
            let (items, next) = match question.list {
                SupervisionKind::Soon => desk.by_due(conn, DueFilter::Soon, after, size)?,
                SupervisionKind::Late => desk.by_due(conn, DueFilter::Late, after, size)?,
                SupervisionKind::Cards => desk.cards(conn, after, size)?,
                SupervisionKind::Orders => desk.orders(conn, after, size)?,
            };
            Ok(SupervisionList { items, next_cursor: next.map(Cursor::to_text), counts: desk.counts(conn)? })
        })
        .await
}

struct Supervised<'a> {
    ask: &'a Ask,
    rules: &'a Rules,
    vault: &'a Vault,
    unit: Option<i64>,
}

type Page = (Vec<SupervisionRow>, Option<Cursor>);
/// Rows with their cases, and where the next page begins.
type Gathered<R> = (Vec<(R, CaseRow)>, Option<Cursor>);

impl Supervised<'_> {
    fn listing(&self, due: DueFilter) -> Listing {
        let filters = Filters { due: Some((due, ms(self.ask.now))), owner: self.unit, ..Filters::default() };
        Listing::of(self.ask, vec![Source::Every], filters, Order::Due)
    }

    fn by_due(
        &self,
        conn: &mut Conn,
        due: DueFilter,
        after: Option<Cursor>,
        size: usize,
    ) -> Result<Page, CaseError> {
        let page = self.listing(due).page(conn, after, size)?;
        let rows = rows::decorate(conn, self.vault, self.rules, self.ask, &page.rows)?;
        Ok((
            rows.into_iter().map(|case| SupervisionRow { case, card: None, order: None }).collect(),
            page.next,
        ))
    }

    /// Cards in force on open cases, the latest first.
    fn cards(&self, conn: &mut Conn, after: Option<Cursor>, size: usize) -> Result<Page, CaseError> {
        let fetch = |conn: &mut Conn, (key, id): (i64, i64)| -> Result<Vec<CardRow>, CaseError> {
            let mut query = cards::table.into_boxed().filter(cards::withdrawn_at.is_null());
            if let Some(unit) = self.unit {
                query = query.filter(cards::unit_id.eq(unit));
            }
            Ok(query
                .filter(cards::issued_at.gt(ms(self.ask.now) - YEAR_MS))
                .filter(cards::issued_at.le(key))
                .filter(cards::issued_at.lt(key).or(cards::id.lt(id)))
                .order((cards::issued_at.desc(), cards::id.desc()))
                .limit(CHUNK)
                .load(conn)?)
        };
        let place = |card: &CardRow| (card.issued_at, card.id, card.case_id);
        let (found, next) = self.gather(conn, after, size, fetch, place)?;
        let kinds: BTreeMap<i64, String> = clocks::table
            .filter(clocks::id.eq_any(found.iter().map(|(card, _)| card.clock_id).collect::<Vec<_>>()))
            .select((clocks::id, clocks::kind))
            .load::<(i64, String)>(conn)?
            .into_iter()
            .collect();
        let names = Wanted::default().units(found.iter().filter_map(|(card, _)| card.unit_id)).load(conn)?;
        let cases = self.shown(conn, found.iter().map(|(_, case)| case))?;
        let rows = found.iter().zip(cases).map(|((card, _), case)| {
            let kind = kinds.get(&card.clock_id).map_or("", String::as_str);
            SupervisionRow { case, card: Some(parts::card(card, kind, &names)), order: None }
        });
        Ok((rows.collect(), next))
    }

    /// Open supervision orders, the latest first.
    fn orders(&self, conn: &mut Conn, after: Option<Cursor>, size: usize) -> Result<Page, CaseError> {
        let fetch = |conn: &mut Conn, (key, id): (i64, i64)| -> Result<Vec<OverlayRow>, CaseError> {
            let mut query = overlays::table.into_boxed();
            if let Some(unit) = self.unit {
                query = query.filter(overlays::asked_unit_id.eq(unit));
            }
            Ok(query
                .filter(overlays::kind.eq(OverlayKind::Supervision.as_str()))
                .filter(overlays::state.eq("open"))
                .filter(overlays::asked_at.le(key))
                .filter(overlays::asked_at.lt(key).or(overlays::id.lt(id)))
                .order((overlays::asked_at.desc(), overlays::id.desc()))
                .limit(CHUNK)
                .load(conn)?)
        };
        let place = |order: &OverlayRow| (order.asked_at, order.id, order.case_id);
        let (found, next) = self.gather(conn, after, size, fetch, place)?;
        let names = Wanted::default()
            .units(found.iter().filter_map(|(order, _)| order.asked_unit_id))
            .accounts(found.iter().flat_map(|(order, _)| [order.asked_by, order.decided_by]).flatten())
            .load(conn)?;
        let cases = self.shown(conn, found.iter().map(|(_, case)| case))?;
        let mut rows = Vec::new();
        for ((order, case), shown) in found.iter().zip(cases) {
            let view = parts::overlay(conn, self.vault, case.key_id, order, &names)?;
            rows.push(SupervisionRow { case: shown, card: None, order: Some(view) });
        }
        Ok((rows, next))
    }

    /// Reads on until a page of rows on open cases that the asker may see is full.
    fn gather<R>(
        &self,
        conn: &mut Conn,
        after: Option<Cursor>,
        size: usize,
        fetch: impl Fn(&mut Conn, (i64, i64)) -> Result<Vec<R>, CaseError>,
        place: impl Fn(&R) -> (i64, i64, i64),
    ) -> Result<Gathered<R>, CaseError> {
        let mut edge =
            after.map_or((i64::MAX, i64::MAX), |cursor| (cursor.key.unwrap_or(i64::MAX), cursor.id));
        let mut kept: Vec<(R, CaseRow)> = Vec::new();
        while kept.len() <= size {
            let chunk = fetch(conn, edge)?;
            let Some(last) = chunk.last() else { break };
            edge = (place(last).0, place(last).1);
            let ids: Vec<i64> = chunk.iter().map(|row| place(row).2).collect();
            let seen: BTreeMap<i64, CaseRow> = visible::visible(conn, self.ask, &ids)?
                .into_iter()
                .filter(|case| case.open)
                .map(|case| (case.id, case))
                .collect();
            for row in chunk {
                if let Some(case) = seen.get(&place(&row).2) {
                    kept.push((row, case.clone()));
                }
            }
        }
        let more = kept.len() > size;
        kept.truncate(size);
        let next = kept.last().filter(|_| more).map(|(row, _)| {
            let (key, id, _) = place(row);
            Cursor { key: Some(key), id }
        });
        Ok((kept, next))
    }

    fn shown<'r>(
        &self,
        conn: &mut Conn,
        cases: impl Iterator<Item = &'r CaseRow>,
    ) -> Result<Vec<dto::CaseRow>, CaseError> {
        let cases: Vec<CaseRow> = cases.cloned().collect();
        rows::decorate(conn, self.vault, self.rules, self.ask, &cases)
    }

    fn counts(&self, conn: &mut Conn) -> Result<SupervisionCounts, CaseError> {
        let now = ms(self.ask.now);
        let mut over = |source| {
            let filters = Filters { owner: self.unit, ..Filters::default() };
            let listing = Listing::of(self.ask, vec![source], filters, Order::Due);
            Ok::<i64, CaseError>(listing.count(conn, CAP, now)?.0)
        };
        let (cards, orders) = (over(Source::Carded)?, over(Source::Under(OverlayKind::Supervision))?);
        Ok(SupervisionCounts {
            soon: self.listing(DueFilter::Soon).count(conn, CAP, now)?.0,
            late: self.listing(DueFilter::Late).count(conn, CAP, now)?.0,
            cards,
            orders,
        })
    }
}
