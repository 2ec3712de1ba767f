//! Where the rows of a list come from. A desk is one or more sources, each bound to its own index; their rows are
//! merged by the order of the list.

use super::{
    Ask,
    counted::Count,
    cursor::Cursor,
    deciding,
    filters::{Filters, Query},
    ways::{self, Way},
};
use crate::{CaseError, http::dto::Total, model::CaseRow};
use diesel::{dsl::exists, prelude::*};
use people::scope::{Viewer, predicate};
use rules::lifecycle::{CaseState, OrderState, OverlayKind};
use std::collections::{BTreeMap, BTreeSet};
use store::{
    Conn,
    schema::{cards, cases, overlays, whistles, work_orders},
};

/// The order of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// What is due next comes first; rows without a due come last.
    Due,
    /// What came in last comes first.
    Received,
}

/// One source of rows.
#[derive(Clone, Debug)]
pub(super) enum Source {
    /// Every case (narrowed by the filters).
    Every,
    /// Open cases in one of the states.
    InState(CaseState),
    /// Cases over which a request or order of this kind is open.
    Under(OverlayKind),
    /// Cases with a whistle that waits for its review.
    Whistled,
    /// Open cases with a card in force.
    Carded,
    /// Cases with a live work order of one of the units, in one of the states (any live one when empty).
    Orders {
        /// The units.
        units: Vec<i64>,
        /// The states.
        states: Vec<OrderState>,
    },
    /// Cases that this account registered.
    RegisteredBy(i64),
    /// Cases behind a number of the overview, as they stand.
    Counted(Count),
    /// Cases behind it by a round that is over.
    CountedBefore(Count),
}

impl Source {
    /// The part of it in which those it belongs to have to act: a unit that has answered is not late when the review is.
    fn acting(&self) -> Option<Source> {
        let Source::Orders { units, states } = self else { return None };
        let acts = |state: &OrderState| state.is_open() && *state != OrderState::Replied;
        let states: Vec<OrderState> = OrderState::ALL
            .iter()
            .copied()
            .filter(|state| acts(state) && (states.is_empty() || states.contains(state)))
            .collect();
        // No states at all would mean every one of them.
        let units = if states.is_empty() { Vec::new() } else { units.clone() };
        Some(Source::Orders { units, states })
    }

    pub(super) fn apply(&self, query: Query) -> Query {
        match self {
            Source::Every => query,
            Source::InState(state) => query.filter(cases::state.eq(state.as_str())).filter(cases::open),
            Source::Under(kind) => {
                let under = overlays::table
                    .filter(overlays::kind.eq(kind.as_str()))
                    .filter(overlays::state.eq("open"))
                    .select(overlays::case_id);
                query.filter(cases::id.eq_any(under)).filter(cases::open)
            }
            Source::Whistled => {
                let asked = whistles::table.filter(whistles::state.eq("open")).select(whistles::case_id);
                query.filter(cases::id.eq_any(asked)).filter(cases::open)
            }
            Source::Carded => {
                let carded =
                    cards::table.filter(cards::withdrawn_at.is_null()).filter(cards::case_id.eq(cases::id));
                query.filter(exists(carded)).filter(cases::open)
            }
            Source::Orders { units, states } => {
                let words: Vec<&'static str> = if states.is_empty() {
                    OrderState::ALL
                        .iter()
                        .filter(|state| state.is_open())
                        .map(|state| state.as_str())
                        .collect()
                } else {
                    states.iter().map(|state| state.as_str()).collect()
                };
                let mine = work_orders::table
                    .filter(work_orders::unit_id.eq_any(units.clone()))
                    .filter(work_orders::open)
                    .filter(work_orders::state.eq_any(words))
                    .select(work_orders::case_id);
                query.filter(cases::id.eq_any(mine)).filter(cases::open)
            }
            Source::RegisteredBy(account) => query.filter(cases::registered_by.eq(*account)),
            Source::Counted(count) => count.present(query),
            Source::CountedBefore(count) => count.past(query),
        }
    }
}

/// A bounded, scoped, ordered list.
#[derive(Clone, Debug)]
pub(super) struct Listing {
    /// Who looks.
    pub viewer: Viewer,
    /// Where the rows come from.
    pub sources: Vec<Source>,
    /// What narrows them.
    pub filters: Filters,
    /// The order.
    pub order: Order,
    /// Cases left out: they come from elsewhere.
    pub without: Vec<i64>,
}

/// One page of rows.
#[derive(Debug)]
pub(super) struct Rows {
    /// The rows.
    pub rows: Vec<CaseRow>,
    /// Where the next page begins.
    pub next: Option<Cursor>,
}

/// How many rows for each wanted one are looked through in the order of the list, before somebody with a narrow sight is
/// asked for by its [ways](Way).
const LOOK: i64 = 10;

impl Listing {
    /// What somebody finds in these sources.
    pub(super) fn of(ask: &Ask, sources: Vec<Source>, filters: Filters, order: Order) -> Listing {
        Listing { viewer: ask.viewer(), sources, filters, order, without: Vec::new() }
    }

    /// The page after the cursor.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) fn page(
        &self,
        conn: &mut Conn,
        after: Option<Cursor>,
        size: usize,
    ) -> Result<Rows, CaseError> {
        if self.sources.iter().any(|source| source.decides().is_some()) {
            return deciding::page(self, conn, after, size);
        }
        let mut merged: BTreeMap<(bool, i64, i64), CaseRow> = BTreeMap::new();
        for source in &self.sources {
            for row in self.fetch(conn, source, after, size + 1)? {
                merged.insert(self.key(&row), row);
            }
        }
        let more = merged.len() > size;
        let rows: Vec<CaseRow> = merged.into_values().take(size).collect();
        let next = if more { rows.last().map(|row| self.cursor(row)) } else { None };
        Ok(Rows { rows, next })
    }

    /// How many rows there are, counting at most `cap` of each source; and how many of them are overdue.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) fn count(&self, conn: &mut Conn, cap: i64, now: i64) -> Result<(i64, i64), CaseError> {
        // What is decided here counts by the clock of its decision, wherever else the case stands.
        let mut dues: BTreeMap<i64, Option<i64>> = BTreeMap::new();
        for source in self.sources.iter().filter(|source| source.decides().is_none()) {
            let mut rows: Vec<(i64, bool, Option<i64>)> = Vec::new();
            for part in self.parts(conn, source)? {
                let part = part.select((cases::id, cases::open, cases::next_due_at)).limit(cap);
                rows.extend(part.load::<(i64, bool, Option<i64>)>(conn)?);
            }
            let acting: Option<BTreeSet<i64>> = match source.acting() {
                Some(acting) => {
                    Some(self.base(&acting).select(cases::id).limit(cap).load(conn)?.into_iter().collect())
                }
                None => None,
            };
            let theirs = |id: &i64| acting.as_ref().is_none_or(|acting| acting.contains(id));
            dues.extend(rows.into_iter().map(|(id, open, due)| (id, due.filter(|_| open && theirs(&id)))));
        }
        dues.extend(deciding::dues(self, conn)?);
        let late = dues.values().filter(|due| due.is_some_and(|due| due < now)).count();
        let count = |n: usize| i64::try_from(n).unwrap_or(cap).min(cap);
        Ok((count(dues.len()), count(late)))
    }

    /// How many rows there are for a reader, who is told when there may be more.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) fn counted(&self, conn: &mut Conn, cap: i64, now: i64) -> Result<Total, CaseError> {
        let (count, _) = self.count(conn, cap + 1, now)?;
        Ok(Total { count: count.min(cap), capped: count > cap })
    }

    /// How many rows there are, exactly.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) fn total(&self, conn: &mut Conn) -> Result<i64, CaseError> {
        let mut total = 0;
        for source in &self.sources {
            total += self.base(source).count().get_result::<i64>(conn)?;
        }
        Ok(total)
    }

    /// The query of one source without order and cursor.
    pub(super) fn base(&self, source: &Source) -> Query {
        let mut query = cases::table.into_boxed().filter(predicate(&self.viewer));
        if !self.without.is_empty() {
            query = query.filter(cases::id.ne_all(self.without.clone()));
        }
        self.filters.apply(source.apply(query))
    }

    /// The queries that together count one source: for a narrow sight, one for each of its ways.
    fn parts(&self, conn: &mut Conn, source: &Source) -> Result<Vec<Query>, CaseError> {
        let ways = if matches!(source, Source::Every) { Way::of(conn, &self.viewer)? } else { None };
        Ok(match ways {
            Some(ways) => ways.iter().map(|way| way.apply(self.base(source))).collect(),
            None => vec![self.base(source)],
        })
    }

    pub(super) fn fetch(
        &self,
        conn: &mut Conn,
        source: &Source,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Vec<CaseRow>, CaseError> {
        let wanted = i64::try_from(limit).unwrap_or(i64::MAX);
        match self.order {
            Order::Received => match source {
                Source::Every => self.newest(conn, after, wanted),
                _ => Ok(self.by_received(source, after, wanted).load(conn)?),
            },
            Order::Due => {
                let mut rows: Vec<CaseRow> = Vec::new();
                if after.is_none_or(|cursor| cursor.key.is_some()) {
                    rows = self.by_due(source, after, wanted).load(conn)?;
                }
                if rows.len() < limit {
                    let rest = wanted - i64::try_from(rows.len()).unwrap_or(wanted);
                    rows.extend(self.without_due(source, after, rest).load::<CaseRow>(conn)?);
                }
                Ok(rows)
            }
        }
    }

    /// The last received of all that the viewer may see. Who sees much of the county finds a page among the first rows;
    /// whoever does not is asked for by its ways, and the rows that they find are merged.
    fn newest(&self, conn: &mut Conn, after: Option<Cursor>, wanted: i64) -> Result<Vec<CaseRow>, CaseError> {
        let Some(ways) = Way::of(conn, &self.viewer)? else {
            return Ok(self.by_received(&Source::Every, after, wanted).load(conn)?);
        };
        let reach = self.reach(conn, after, wanted * LOOK)?;
        let near = self.by_received(&Source::Every, after, wanted);
        let near: Vec<CaseRow> = match reach {
            Some(reach) => near.filter(cases::received_at.ge(reach)).load(conn)?,
            None => return Ok(near.load(conn)?),
        };
        if i64::try_from(near.len()).is_ok_and(|found| found >= wanted) {
            return Ok(near);
        }
        let mut merged: BTreeMap<(bool, i64, i64), CaseRow> = BTreeMap::new();
        for way in &ways {
            let found: Vec<CaseRow> = self.by_way(way, after, wanted).load(conn)?;
            merged.extend(found.into_iter().map(|row| (self.key(&row), row)));
        }
        Ok(merged.into_values().take(usize::try_from(wanted).unwrap_or(usize::MAX)).collect())
    }

    /// The last received of what one way finds.
    pub(super) fn by_way(&self, way: &Way, after: Option<Cursor>, limit: i64) -> Query {
        let base = way.apply(self.base(&Source::Every));
        match way.in_order() {
            true => in_order(base, begin(after), limit),
            false => ways::sorted(base, begin(after), limit),
        }
    }

    /// When the row came in that stands so many rows on, whoever may see it; `None` when there are fewer.
    fn reach(&self, conn: &mut Conn, after: Option<Cursor>, rows: i64) -> Result<Option<i64>, CaseError> {
        let query = in_order(self.filters.apply(cases::table.into_boxed()), begin(after), 1).offset(rows);
        Ok(query.select(cases::received_at).first(conn).optional()?)
    }

    /// The last received first. The bound on `received_at` stands even on the first page, so that the index is
    /// searched and not scanned.
    pub(super) fn by_received(&self, source: &Source, after: Option<Cursor>, limit: i64) -> Query {
        in_order(self.base(source), begin(after), limit)
    }

    /// The next due first.
    pub(super) fn by_due(&self, source: &Source, after: Option<Cursor>, limit: i64) -> Query {
        let (key, id) =
            after.map_or((i64::MIN, i64::MIN), |cursor| (cursor.key.unwrap_or(i64::MIN), cursor.id));
        self.base(source)
            .filter(cases::next_due_at.ge(key))
            .filter(cases::next_due_at.gt(key).or(cases::id.nullable().gt(id)))
            .order((cases::next_due_at.asc(), cases::id.asc()))
            .limit(limit)
    }

    /// Rows whose next step has no due (it stands still), by id.
    fn without_due(&self, source: &Source, after: Option<Cursor>, limit: i64) -> Query {
        let id = after.filter(|cursor| cursor.key.is_none()).map_or(i64::MIN, |cursor| cursor.id);
        self.base(source)
            .filter(cases::next_due_at.is_null())
            .filter(cases::id.gt(id))
            .order(cases::id.asc())
            .limit(limit)
    }

    fn key(&self, row: &CaseRow) -> (bool, i64, i64) {
        match self.order {
            Order::Due => Filters::due_key(row),
            Order::Received => (false, -row.received_at, -row.id),
        }
    }

    fn cursor(&self, row: &CaseRow) -> Cursor {
        let key = match self.order {
            Order::Due => row.next_due_at,
            Order::Received => Some(row.received_at),
        };
        Cursor { key, id: row.id }
    }
}

/// Where the page after a cursor begins, when the last received stands first.
fn begin(after: Option<Cursor>) -> (i64, i64) {
    after.map_or((i64::MAX, i64::MAX), |cursor| (cursor.key.unwrap_or(i64::MAX), cursor.id))
}

/// The last received first, by the index that holds them so.
fn in_order(query: Query, (key, id): (i64, i64), limit: i64) -> Query {
    query
        .filter(cases::received_at.le(key))
        .filter(cases::received_at.lt(key).or(cases::id.lt(id)))
        .order((cases::received_at.desc(), cases::id.desc()))
        .limit(limit)
}
