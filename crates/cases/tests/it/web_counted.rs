//! Behind every number of the overview stand exactly the cases that it counts, whatever happened to them before.

use crate::{core_kit as kit, core_random::Life};
use cases::{
    Cases,
    http::dto::{Counted, Id, ListQuestion, Measures, OverviewQuestion},
    queries::{self, Ask},
};
use diesel::prelude::*;
use std::collections::BTreeSet;
use store::{StoreError, Timestamp, ms, schema, testkit::on_both};

const YEAR: (&str, &str) = ("2026-01-01", "2026-12-31");

fn question(counted: Counted) -> ListQuestion {
    ListQuestion {
        counted: Some(counted),
        from: Some(YEAR.0.to_owned()),
        to: Some(YEAR.1.to_owned()),
        limit: Some(20),
        ..ListQuestion::default()
    }
}

/// The cases of a list, page by page; none stands in it twice.
async fn listed(cases: &Cases, ask: &Ask, mut question: ListQuestion) -> BTreeSet<i64> {
    let mut seen = BTreeSet::new();
    loop {
        let page = queries::list(cases, ask, question.clone()).await.expect("a list");
        for row in &page.items {
            assert!(seen.insert(row.id.0), "case {} twice in {question:?}", row.id.0);
        }
        let Some(next) = page.next_cursor else { break };
        question.cursor = Some(next);
    }
    seen
}

/// A round of a case, as far as it counts.
struct Round {
    case: i64,
    host: Option<i64>,
    owner: i64,
    ended_as: Option<String>,
    closed_at: Option<i64>,
    due_at: Option<i64>,
    replied_at: Option<i64>,
    /// Nothing more is to come of it.
    over: bool,
    /// Its time is not over yet.
    ahead: bool,
    /// The asker may see the case.
    seen: bool,
}

impl Round {
    fn counts_for(&self, counted: Counted) -> bool {
        let handled =
            matches!(self.ended_as.as_deref(), Some("closed" | "closed_unreachable" | "closed_anonymous"));
        let due = self.due_at.is_some() && (handled || self.ended_as.is_none());
        let in_time = self.replied_at.zip(self.due_at).is_some_and(|(replied, due)| replied <= due);
        match counted {
            Counted::Ended => self.closed_at.is_some() && self.ended_as.is_some(),
            Counted::Closed => self.closed_at.is_some() && handled,
            Counted::Due => due,
            Counted::Judged => due && !self.ahead,
            Counted::OnTime => due && self.over && in_time,
            Counted::Late => due && !self.ahead && !(self.over && in_time),
            Counted::Registered
            | Counted::CalledBack
            | Counted::Resolved
            | Counted::Satisfied
            | Counted::Carded => false,
        }
    }

    fn unit(&self, counted: Counted) -> Option<i64> {
        if counted == Counted::Ended { Some(self.owner) } else { self.host }
    }
}

type Times = (Option<String>, Option<i64>, Option<i64>, Option<i64>);
type Standing = (i64, Option<i64>, i64, bool, Option<i64>, Option<i64>, Times);

/// Every round of every case that is counted at all.
async fn rounds(cases: &Cases, now: Timestamp) -> Vec<Round> {
    let look = move |conn: &mut store::Conn| {
        use schema::{case_rounds as r, cases as c};
        let standing: Vec<Standing> = c::table
            .filter(c::confidentiality.ne("sealed"))
            .filter(c::kind.ne("wrongdoing_report"))
            .select((
                c::id,
                c::host_unit_id,
                c::owner_unit_id,
                c::open,
                c::merged_into,
                c::reported_unit_id,
                (c::ended_as, c::closed_at, c::due_at, c::replied_at),
            ))
            .load(conn)?;
        let over: Vec<(i64, Option<i64>, i64, Times)> = r::table
            .select((
                r::case_id,
                r::host_unit_id,
                r::owner_unit_id,
                (r::ended_as, r::closed_at, r::due_at, r::replied_at),
            ))
            .load(conn)?;
        Ok::<_, StoreError>((standing, over))
    };
    let (standing, over) = cases.store.read(look).await.expect("reads");
    let mut all = Vec::new();
    for (case, host, owner, open, merged, reported, times) in standing {
        let seen = reported != Some(kit::CENTRE);
        let round = |host, owner, (ended_as, closed_at, due_at, replied_at): Times, past: bool| Round {
            case,
            host,
            owner,
            over: past || closed_at.is_some(),
            ahead: !past && open && due_at.is_some_and(|due| due > ms(now)),
            ended_as,
            closed_at,
            due_at,
            replied_at,
            seen,
        };
        let past = over.iter().filter(|(of, ..)| *of == case);
        all.extend(past.map(|(_, host, owner, times)| round(*host, *owner, times.clone(), true)));
        if merged.is_none() {
            all.push(round(host, owner, times, false));
        }
    }
    all
}

const BY_ROUND: [Counted; 6] =
    [Counted::Ended, Counted::Closed, Counted::Due, Counted::Judged, Counted::OnTime, Counted::Late];

fn measured(measures: &Measures, counted: Counted) -> Option<i64> {
    Some(match counted {
        Counted::Ended => measures.ended,
        Counted::Closed => measures.closed,
        Counted::Judged => measures.due,
        Counted::OnTime => measures.on_time,
        Counted::Late => measures.due - measures.on_time,
        _ => return None,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_number_stand_the_cases_that_it_counts() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        for seed in 0..40 {
            let mut life = Life::new(&cases, 7_000 + seed);
            for _ in 0..30 {
                life.step().await;
            }
        }
        let now = "2026-08-03T03:00:00Z".parse().expect("an instant");
        let ask = Ask { actor: kit::actor(205), now };
        let year = OverviewQuestion { from: Some(YEAR.0.to_owned()), to: Some(YEAR.1.to_owned()) };
        let overview = queries::overview(&cases, &ask, year).await.expect("an overview");
        assert!(overview.total.closed > 0 && overview.total.on_time > 0, "{:?}", overview.total);
        let rounds = rounds(&cases, now).await;
        for counted in BY_ROUND {
            let counting: Vec<&Round> = rounds.iter().filter(|round| round.counts_for(counted)).collect();
            if let Some(n) = measured(&overview.total, counted) {
                assert_eq!(i64::try_from(counting.len()), Ok(n), "{counted:?} as the cubes count it");
            }
            let wanted: BTreeSet<i64> = counting.iter().filter(|r| r.seen).map(|r| r.case).collect();
            assert_eq!(listed(&cases, &ask, question(counted)).await, wanted, "{counted:?}");
            for unit in [kit::CENTRE, kit::ROADS, kit::WATER, kit::TOWN] {
                let of = counting.iter().filter(|r| r.seen && r.unit(counted) == Some(unit));
                let wanted: BTreeSet<i64> = of.map(|r| r.case).collect();
                let asked = ListQuestion { unit: Some(Id(unit)), ..question(counted) };
                assert_eq!(listed(&cases, &ask, asked).await, wanted, "{counted:?} of {unit}");
            }
        }
        let registered = listed(&cases, &ask, question(Counted::Registered)).await.len();
        let hidden = overview.total.registered - i64::try_from(registered).expect("few");
        assert!((0..=9).contains(&hidden), "{hidden} about the asker's own unit");
        for (counted, most) in [
            (Counted::CalledBack, overview.total.callbacks),
            (Counted::Resolved, overview.total.resolved),
            (Counted::Satisfied, overview.total.satisfied),
            (Counted::Carded, overview.total.yellow + overview.total.red),
        ] {
            // One case may have several reporters and cards.
            let found = i64::try_from(listed(&cases, &ask, question(counted)).await.len()).expect("few");
            assert!(found <= most && (found > 0 || most < 3), "{counted:?}: {found} of {most}");
        }
    })
    .await;
}
