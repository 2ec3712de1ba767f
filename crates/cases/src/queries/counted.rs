//! The cases behind a number of the overview: the same conditions as the tallies have, as a list. A number counts
//! rounds, of which a case that was handled again has several; the list shows each case once.

use super::filters::Query;
use crate::http::dto::Counted;
use diesel::{dsl::exists, prelude::*};
use rules::{
    lifecycle::Ending,
    words::{CaseKind, Confidentiality},
};
use store::schema::{cards, case_rounds, cases, reporters};

/// A count whose cases are asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Count {
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

/// Endings of cases that were handled to the end.
const HANDLED: [Ending; 3] = [Ending::Closed, Ending::ClosedUnreachable, Ending::ClosedAnonymous];
/// What a person who was reached may say.
const ANSWERS: [&str; 3] = ["yes", "partly", "no"];

impl Count {
    /// Whether rounds that are over count too.
    pub(super) const fn has_past(&self) -> bool {
        !matches!(self.what, Counted::Registered | Counted::Carded)
    }

    /// Cases that count as they stand. Secret and merged cases are counted nowhere.
    pub(super) fn present(&self, query: Query) -> Query {
        let query = secret_to_nobody(query).filter(cases::merged_into.is_null());
        let query = match self.what {
            Counted::Registered => {
                query.filter(cases::received_at.ge(self.first())).filter(cases::received_at.lt(self.end()))
            }
            Counted::Ended | Counted::Closed => self.ended(query),
            Counted::Due | Counted::Judged | Counted::OnTime | Counted::Late => self.due(query),
            Counted::CalledBack => self.answered(rated(query, &ANSWERS, false)),
            Counted::Resolved => self.answered(rated(query, &["yes"], false)),
            Counted::Satisfied => self.answered(rated(query, &ANSWERS, true)),
            Counted::Carded => return self.carded(query),
        };
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

    /// Cases of which a round that is over counts: they were handled again.
    pub(super) fn past(&self, query: Query) -> Query {
        let (first, end) = (self.first(), self.end());
        let query = secret_to_nobody(query);
        macro_rules! with_round {
            ($unit:ident, $condition:expr) => {{
                let rounds = case_rounds::table.filter($condition);
                match self.unit {
                    Some(unit) => {
                        let rounds = rounds.filter(case_rounds::$unit.eq(unit));
                        query.filter(cases::id.eq_any(rounds.select(case_rounds::case_id)))
                    }
                    None => query.filter(cases::id.eq_any(rounds.select(case_rounds::case_id))),
                }
            }};
        }
        let closed = || case_rounds::closed_at.ge(first).and(case_rounds::closed_at.lt(end));
        let handled = || case_rounds::ended_as.eq_any(HANDLED.map(Ending::as_str));
        let due = || {
            let within = case_rounds::due_at.ge(first).and(case_rounds::due_at.lt(end));
            within.and(case_rounds::ended_as.is_null().or(handled()))
        };
        match self.what {
            // Counted once, as the case stands.
            Counted::Registered | Counted::Carded => query.filter(cases::id.lt(i64::MIN)),
            Counted::Ended => with_round!(owner_unit_id, closed().and(case_rounds::ended_as.is_not_null())),
            Counted::Closed => with_round!(host_unit_id, closed().and(handled())),
            Counted::Due | Counted::Judged => with_round!(host_unit_id, due()),
            Counted::OnTime => {
                with_round!(host_unit_id, due().and(case_rounds::replied_at.le(case_rounds::due_at)))
            }
            Counted::Late => {
                let late =
                    case_rounds::replied_at.is_null().or(case_rounds::replied_at.gt(case_rounds::due_at));
                with_round!(host_unit_id, due().and(late))
            }
            Counted::CalledBack => {
                self.answered_before(with_round!(host_unit_id, case_rounds::callbacks.gt(0)))
            }
            Counted::Resolved => self.answered_before(with_round!(host_unit_id, case_rounds::resolved.gt(0))),
            Counted::Satisfied => {
                self.answered_before(with_round!(host_unit_id, case_rounds::satisfied.gt(0)))
            }
        }
    }

    /// With a round that was answered on these days; where the answer was taken back, the day the case came in counts.
    fn answered_before(&self, query: Query) -> Query {
        let (first, end) = (self.first(), self.end());
        let within = case_rounds::replied_at.ge(first).and(case_rounds::replied_at.lt(end));
        let rounds = case_rounds::table.filter(case_rounds::callbacks.gt(0));
        let answered = rounds.filter(within).select(case_rounds::case_id);
        let taken_back = rounds.filter(case_rounds::replied_at.is_null()).select(case_rounds::case_id);
        query.filter(cases::received_at.lt(end)).filter(
            cases::id.eq_any(answered).or(cases::received_at.ge(first).and(cases::id.eq_any(taken_back))),
        )
    }

    fn first(&self) -> i64 {
        self.from.unwrap_or(i64::MIN)
    }

    fn end(&self) -> i64 {
        self.to.unwrap_or(i64::MAX)
    }

    fn ended(&self, query: Query) -> Query {
        let query = query.filter(cases::closed_at.ge(self.first())).filter(cases::closed_at.lt(self.end()));
        if self.what == Counted::Closed {
            query.filter(cases::ended_as.eq_any(HANDLED.map(Ending::as_str)))
        } else {
            query.filter(cases::ended_as.is_not_null())
        }
    }

    /// What is to be solved: not what was taken back, passed on or answered without a unit's work.
    fn due(&self, query: Query) -> Query {
        let handled = cases::ended_as.eq_any(HANDLED.map(Ending::as_str));
        let query = query
            .filter(cases::due_at.ge(self.first()))
            .filter(cases::due_at.lt(self.end()))
            .filter(cases::ended_as.is_null().or(handled));
        match self.what {
            Counted::OnTime => {
                query.filter(cases::closed_at.is_not_null()).filter(cases::replied_at.le(cases::due_at))
            }
            Counted::Late => query.filter(cases::open.eq(false).or(cases::due_at.le(self.now))).filter(
                cases::closed_at
                    .is_null()
                    .or(cases::replied_at.is_null())
                    .or(cases::replied_at.gt(cases::due_at)),
            ),
            Counted::Judged => query.filter(cases::open.eq(false).or(cases::due_at.le(self.now))),
            _ => query,
        }
    }

    /// On the day of the answer; where an answer was taken back, on the day the case came in.
    fn answered(&self, query: Query) -> Query {
        let (first, end) = (self.first(), self.end());
        let taken_back = cases::replied_at.is_null().and(cases::received_at.ge(first));
        query
            .filter(cases::received_at.lt(end))
            .filter(taken_back.or(cases::replied_at.ge(first).and(cases::replied_at.lt(end))))
    }

    fn carded(&self, query: Query) -> Query {
        let issued = cards::table
            .filter(cards::withdrawn_at.is_null())
            .filter(cards::issued_at.ge(self.first()))
            .filter(cards::issued_at.lt(self.end()))
            .select(cards::case_id);
        match self.unit {
            Some(unit) => query.filter(cases::id.eq_any(issued.filter(cards::unit_id.eq(unit)))),
            None => query.filter(cases::id.eq_any(issued)),
        }
    }
}

fn secret_to_nobody(query: Query) -> Query {
    query
        .filter(cases::confidentiality.ne(Confidentiality::Sealed.as_str()))
        .filter(cases::kind.ne(CaseKind::WrongdoingReport.as_str()))
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
