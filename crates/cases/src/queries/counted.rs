//! The cases behind a number of the overview: the same conditions as the tallies have, as a list.

use super::filters::Query;
use crate::{http::dto::Counted, model::CaseRow};
use diesel::{dsl::exists, prelude::*};
use rules::{
    lifecycle::Ending,
    words::{CaseKind, Confidentiality},
};
use store::schema::{cards, cases, reporters};

/// A count whose cases are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Count {
    /// What is counted.
    pub what: Counted,
    /// The instant of the question (ms): what is due later is not judged yet.
    pub now: i64,
    /// On or after (ms).
    pub from: Option<i64>,
    /// Before (ms).
    pub to: Option<i64>,
    /// The unit it is counted for.
    pub unit: Option<i64>,
}

/// The column by whose time a count goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Time {
    /// When it came in.
    Received,
    /// When it ended.
    Closed,
    /// When it was to be solved.
    Due,
}

impl Time {
    /// When it was for this row (ms).
    pub(super) const fn of(self, row: &CaseRow) -> Option<i64> {
        match self {
            Time::Received => Some(row.received_at),
            Time::Closed => row.closed_at,
            Time::Due => row.due_at,
        }
    }
}

/// Endings of cases that were handled to the end.
const HANDLED: [Ending; 3] = [Ending::Closed, Ending::ClosedUnreachable, Ending::ClosedAnonymous];

/// What a person who was reached may say.
const ANSWERS: [&str; 3] = ["yes", "partly", "no"];

impl Count {
    /// By whose time it goes; cards and ratings have a time of their own, their cases stand as they came in.
    pub(super) const fn time(&self) -> Time {
        match self.what {
            Counted::Registered
            | Counted::Carded
            | Counted::CalledBack
            | Counted::Resolved
            | Counted::Satisfied => Time::Received,
            Counted::Ended | Counted::Closed => Time::Closed,
            Counted::Due | Counted::Judged | Counted::OnTime | Counted::Late => Time::Due,
        }
    }

    /// Puts the conditions on a query. Secret and merged cases are counted nowhere.
    pub(super) fn apply(&self, query: Query) -> Query {
        let query = query
            .filter(cases::confidentiality.ne(Confidentiality::Sealed.as_str()))
            .filter(cases::kind.ne(CaseKind::WrongdoingReport.as_str()))
            .filter(cases::merged_into.is_null());
        let query = match self.what {
            Counted::Registered => query,
            Counted::Ended => query.filter(cases::ended_as.is_not_null()),
            Counted::Closed => query.filter(cases::ended_as.eq_any(HANDLED.map(Ending::as_str))),
            Counted::Due => due(query),
            Counted::Judged => self.judged(due(query)),
            Counted::OnTime => {
                due(query).filter(cases::closed_at.is_not_null()).filter(cases::replied_at.le(cases::due_at))
            }
            Counted::Late => self.judged(due(query)).filter(
                cases::closed_at
                    .is_null()
                    .or(cases::replied_at.is_null())
                    .or(cases::replied_at.gt(cases::due_at)),
            ),
            Counted::CalledBack => self.answered(rated(query, &ANSWERS, false)),
            Counted::Resolved => self.answered(rated(query, &["yes"], false)),
            Counted::Satisfied => self.answered(rated(query, &ANSWERS, true)),
            Counted::Carded => return self.carded(query),
        };
        let days_are_its_own =
            matches!(self.what, Counted::CalledBack | Counted::Resolved | Counted::Satisfied);
        self.of_unit(if days_are_its_own { query } else { self.when(query) })
    }

    /// What has ended or has run out of time.
    fn judged(&self, query: Query) -> Query {
        query.filter(cases::open.eq(false).or(cases::due_at.le(self.now)))
    }

    fn when(&self, query: Query) -> Query {
        let (from, to) = (self.from, self.to);
        macro_rules! between {
            ($column:path) => {{
                let mut query = query;
                if let Some(from) = from {
                    query = query.filter($column.ge(from));
                }
                if let Some(to) = to {
                    query = query.filter($column.lt(to));
                }
                query
            }};
        }
        match self.time() {
            Time::Received => between!(cases::received_at),
            Time::Closed => between!(cases::closed_at),
            Time::Due => between!(cases::due_at),
        }
    }

    /// On the day of the answer; where an answer was taken back, on the day it came in.
    fn answered(&self, query: Query) -> Query {
        let (from, to) = (self.from.unwrap_or(i64::MIN), self.to.unwrap_or(i64::MAX));
        let taken_back = cases::replied_at.is_null().and(cases::received_at.ge(from));
        query
            .filter(cases::received_at.lt(to))
            .filter(taken_back.or(cases::replied_at.ge(from).and(cases::replied_at.lt(to))))
    }

    fn of_unit(&self, query: Query) -> Query {
        let Some(unit) = self.unit else { return query };
        match self.what {
            Counted::Registered => query.filter(cases::registered_unit_id.eq(unit)),
            Counted::Ended => query.filter(cases::owner_unit_id.eq(unit)),
            Counted::Closed
            | Counted::Due
            | Counted::Judged
            | Counted::OnTime
            | Counted::Late
            | Counted::CalledBack
            | Counted::Resolved
            | Counted::Satisfied
            | Counted::Carded => query.filter(cases::host_unit_id.eq(unit)),
        }
    }

    fn carded(&self, query: Query) -> Query {
        let issued = cards::table
            .filter(cards::withdrawn_at.is_null())
            .filter(cards::issued_at.ge(self.from.unwrap_or(i64::MIN)))
            .filter(cards::issued_at.lt(self.to.unwrap_or(i64::MAX)))
            .select(cards::case_id);
        match self.unit {
            Some(unit) => query.filter(cases::id.eq_any(issued.filter(cards::unit_id.eq(unit)))),
            None => query.filter(cases::id.eq_any(issued)),
        }
    }
}

/// What is to be solved: not what was taken back, passed on or answered without a unit's work.
fn due(query: Query) -> Query {
    query
        .filter(cases::due_at.is_not_null())
        .filter(cases::ended_as.is_null().or(cases::ended_as.eq_any(HANDLED.map(Ending::as_str))))
}

/// With a reporter who answered so.
fn rated(query: Query, answers: &[&'static str], satisfied: bool) -> Query {
    let said = reporters::table
        .filter(reporters::case_id.eq(cases::id))
        .filter(reporters::resolved.eq_any(answers.to_vec()));
    if satisfied {
        query.filter(exists(said.filter(reporters::satisfaction.between(1, 3))))
    } else {
        query.filter(exists(said))
    }
}
