//! Every number of the overview is exactly as long as the list behind it, whatever happened to the cases before.

use crate::{core_kit as kit, core_random::Life};
use cases::{
    Cases,
    http::dto::{Counted, GroupMeasures, ListQuestion, Measures, OverviewQuestion},
    queries::{self, Ask},
};
use store::testkit::on_both;

const YEAR: (&str, &str) = ("2026-01-01", "2026-12-31");

fn question(counted: Counted) -> ListQuestion {
    ListQuestion {
        counted: Some(counted),
        from: Some(YEAR.0.to_owned()),
        to: Some(YEAR.1.to_owned()),
        limit: Some(200),
        ..ListQuestion::default()
    }
}

/// How long a list is, page by page; no case stands in it twice.
async fn length(cases: &Cases, ask: &Ask, mut question: ListQuestion) -> i64 {
    let mut seen = std::collections::BTreeSet::new();
    let mut rows = 0;
    loop {
        let page = queries::list(cases, ask, question.clone()).await.expect("a list");
        rows += page.items.len();
        seen.extend(page.items.iter().map(|row| row.id.0));
        assert_eq!(seen.len(), rows, "a case twice in {question:?}");
        let Some(next) = page.next_cursor else { break };
        question.cursor = Some(next);
    }
    i64::try_from(rows).expect("a small county")
}

fn measured(measures: &Measures, counted: Counted) -> Option<i64> {
    Some(match counted {
        Counted::Registered => measures.registered,
        Counted::Ended => measures.ended,
        Counted::Closed => measures.closed,
        Counted::Judged => measures.due,
        Counted::OnTime => measures.on_time,
        Counted::Late => measures.due - measures.on_time,
        // What has time left, people and cards, of which one case may have several.
        Counted::Due | Counted::CalledBack | Counted::Resolved | Counted::Satisfied | Counted::Carded => {
            return None;
        }
    })
}

/// Asks for the list behind each number of each group.
async fn compare(
    cases: &Cases,
    ask: &Ask,
    groups: &[GroupMeasures],
    narrow: impl Fn(&mut ListQuestion, &str),
) -> Vec<String> {
    let mut wrong = Vec::new();
    for group in groups.iter().filter(|group| !group.key.is_empty()) {
        for counted in Counted::ALL.iter().copied() {
            let Some(wanted) = measured(&group.measures, counted) else { continue };
            let mut question = question(counted);
            narrow(&mut question, &group.key);
            let found = length(cases, ask, question).await;
            if found != wanted {
                wrong.push(format!("{} {counted:?}: {wanted} counted, {found} listed", group.key));
            }
        }
    }
    wrong
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_behind_a_number_is_as_long_as_the_number_says() {
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
        let seen = queries::overview(&cases, &ask, year).await.expect("an overview");
        assert!(seen.total.closed > 0 && seen.total.on_time > 0, "lives that end: {:?}", seen.total);

        let mut wrong = Vec::new();
        for counted in Counted::ALL.iter().copied() {
            let found = length(&cases, &ask, question(counted)).await;
            if let Some(wanted) = measured(&seen.total, counted)
                && found != wanted
            {
                wrong.push(format!("{counted:?}: {wanted} counted, {found} listed"));
            }
        }
        let people = length(&cases, &ask, question(Counted::CalledBack)).await;
        let cards = length(&cases, &ask, question(Counted::Carded)).await;
        eprintln!(
            "{wrong:?} {:?}",
            queries::list(&cases, &ask, question(Counted::Resolved)).await.map(|l| l.items.len())
        );
        assert!(0 < people && people <= seen.total.callbacks, "{people} of {}", seen.total.callbacks);
        assert!(0 < cards && cards <= seen.total.yellow + seen.total.red);
        let id = |text: &str| Some(cases::http::dto::Id(text.parse().expect("an id")));
        wrong.extend(compare(&cases, &ask, &seen.by_unit, |ask, key| ask.unit = id(key)).await);
        wrong.extend(compare(&cases, &ask, &seen.by_town, |ask, key| ask.town = id(key)).await);
        let category = |ask: &mut ListQuestion, key: &str| ask.category = Some(key.to_owned());
        wrong.extend(compare(&cases, &ask, &seen.by_category, category).await);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    })
    .await;
}
