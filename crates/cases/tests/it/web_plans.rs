//! Every supported way to ask for a list is carried by its index on both engines: nothing scans the table of cases.

use crate::web_kit as kit;
use cases::{CaseError, http::dto::ListQuestion, queries};
use diesel::prelude::*;
use people::{AccountActor, Role};
use store::testkit::{Engine, on_both_kits};

/// Somebody with every desk, so that every list can be asked for.
fn everybody() -> AccountActor {
    let roles = [Role::Clerk, Role::Steward, Role::Dispatcher, Role::Liaison, Role::Supervisor];
    let held: Vec<_> = roles.iter().map(|role| (*role, None, None)).collect();
    AccountActor::new(201, kit::CENTRE, "", &held, &kit::tree())
}

fn question(query: &str) -> ListQuestion {
    let uri: axum::http::Uri = format!("/cases?{query}").parse().expect("a query");
    axum::extract::Query::<ListQuestion>::try_from_uri(&uri).expect("a question").0
}

fn scans_cases(engine: Engine, line: &str) -> bool {
    match engine {
        Engine::Sqlite => line.starts_with("SCAN cases") && !line.contains("INDEX"),
        Engine::Postgres => line.contains("Seq Scan on cases"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_supported_list_has_its_index() {
    on_both_kits(async |kit| {
        let store = &kit.store;
        kit::county(store).await;
        let engine = kit.engine;
        let mut wrong = Vec::new();
        for plan in queries::PLANS {
            let ask = kit::ask(&everybody());
            let asked = question(plan.query);
            let lines = store
                .read(move |conn| {
                    if engine == Engine::Postgres {
                        // An empty table is always scanned; a large one must not need to be.
                        diesel::sql_query("SET LOCAL enable_seqscan = off").execute(conn)?;
                    }
                    queries::explain(conn, &ask, &asked)
                })
                .await;
            let lines: Result<Vec<String>, CaseError> = lines;
            let lines = lines.expect("a plan");
            let text = lines.join("\n");
            let carried = plan.carriers.iter().any(|index| text.contains(index));
            if lines.iter().any(|line| scans_cases(engine, line)) || !carried {
                wrong.push(format!("`{}` wants one of {:?}:\n{text}", plan.query, plan.carriers));
            }
        }
        assert!(wrong.is_empty(), "{engine:?}\n{}", wrong.join("\n\n"));
    })
    .await;
}

/// The indexes that hold cases of the whole county.
const WIDE: &[&str] =
    &["cases_kind", "cases_channel", "cases_state", "cases_category", "cases_urgency", "cases_received"];

/// What a village clerk asks for is found among the cases of the village, not among all that came by telephone. SQLite only: what
/// PostgreSQL does with an empty table says nothing of a full one, and it measures by itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_narrow_sight_is_asked_for_by_what_it_sees() {
    on_both_kits(async |kit| {
        if kit.engine == Engine::Postgres {
            return;
        }
        kit::county(&kit.store).await;
        let held = [(Role::Clerk, None, Some(kit::VILLAGE_AREA)), (Role::Liaison, Some(kit::VILLAGE), None)];
        let clerk = AccountActor::new(201, kit::VILLAGE, "", &held, &kit::tree());
        let mut wrong = Vec::new();
        for query in [
            "",
            "kind=hazard",
            "channel=hotline",
            "state=closed",
            "category=01",
            "urgency=urgent",
            "open=true",
            "unit=2",
        ] {
            let (ask, asked) = (kit::ask(&clerk), question(query));
            let ways = kit.store.read(move |conn| queries::explain_ways(conn, &ask, &asked)).await;
            let ways: Result<Vec<Vec<String>>, CaseError> = ways;
            let ways = ways.expect("plans");
            assert!(ways.len() > 4, "`{query}` has {} ways", ways.len());
            let wide =
                |line: &String| WIDE.iter().any(|index| line.contains(index)) || line.contains("SCAN cases");
            wrong.extend(ways.concat().into_iter().filter(wide).map(|line| format!("`{query}`: {line}")));
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    })
    .await;
}
