//! Clocks: what is due when, and the plan by which it is found.

use diesel::{
    connection::{Connection, InstrumentationEvent},
    prelude::*,
    sql_types::Text,
};
use std::sync::{Arc, Mutex};
use store::{
    Conn, Store, StoreError, Timestamp, at,
    clocks::{self, ClockRow, NewClock, Stage},
    testkit::{SEQUENCER_SQL, on_both},
};

fn clock(case_id: i64, next_step: bool) -> NewClock {
    NewClock {
        case_id,
        work_order_id: None,
        kind: "sign".into(),
        next_step,
        unit_id: Some(3),
        rule: "sign/ordinary".into(),
        time_limit: "1wd".into(),
        started_at: at(0),
        remind_at: Some(at(750)),
        due_at: at(1000),
        red_at: Some(at(1500)),
    }
}

async fn due(store: &Store, now: i64) -> Vec<(i64, Stage)> {
    let rows = store.read::<_, StoreError, _>(move |conn| clocks::due(conn, at(now), 100)).await.unwrap();
    rows.iter().map(|clock| (clock.id, clock.stage_at(at(now)))).collect()
}

async fn of_case(store: &Store, case: i64) -> Vec<ClockRow> {
    store.read::<_, StoreError, _>(move |conn| clocks::of_case(conn, case)).await.unwrap()
}

async fn change<T: Send + 'static>(
    store: &Store,
    f: impl Fn(&mut store::Tx<'_>) -> Result<T, StoreError> + Send + 'static,
) -> T {
    store.write(f).await.unwrap()
}

#[tokio::test]
async fn a_clock_reminds_expires_and_goes_red_once_each() {
    on_both(|store| async move {
        let id = change(&store, |tx| tx.start_clock(clock(1, true))).await;
        assert!(due(&store, 749).await.is_empty());
        for (now, stage) in [(750, Stage::Reminded), (1000, Stage::Expired), (1500, Stage::Red)] {
            assert_eq!(due(&store, now).await, [(id, stage)]);
            assert!(change(&store, move |tx| tx.advance_clock(id, stage)).await);
            assert!(!change(&store, move |tx| tx.advance_clock(id, stage)).await);
            assert!(due(&store, now).await.is_empty());
        }
        assert!(due(&store, i64::MAX / 2_000_000).await.is_empty());
        change(&store, move |tx| tx.stop_clock(id, at(2000))).await;
        let again = store.write::<_, StoreError, _>(move |tx| tx.stop_clock(id, at(2000))).await;
        assert!(matches!(again, Err(StoreError::NotFound(_))));
        let rows = of_case(&store, 1).await;
        assert_eq!((rows[0].state.as_str(), rows[0].ended_at), ("ended", Some(at(2000))));
    })
    .await;
}

#[tokio::test]
async fn a_paused_clock_is_silent_and_runs_on() {
    on_both(|store| async move {
        let id = change(&store, |tx| tx.start_clock(clock(1, true))).await;
        change(&store, move |tx| tx.advance_clock(id, Stage::Reminded)).await;
        change(&store, move |tx| tx.pause_clock(id, at(800))).await;
        assert!(due(&store, 5000).await.is_empty());
        assert!(!change(&store, move |tx| tx.advance_clock(id, Stage::Expired)).await);
        assert_eq!(change(&store, |tx| tx.open_clocks(1)).await[0].paused_at, Some(at(800)));
        change(&store, move |tx| tx.resume_clock(id, Some(at(2750)), at(3000), None)).await;
        let row = of_case(&store, 1).await.remove(0);
        assert_eq!((row.stage, row.paused_at, row.spec.due_at), (Stage::Reminded, None, at(3000)));
        assert!(due(&store, 2999).await.is_empty());
        assert_eq!(due(&store, 3000).await, [(id, Stage::Expired)]);
        let paused = store.write::<_, StoreError, _>(move |tx| tx.resume_clock(id, None, at(1), None)).await;
        assert!(paused.is_err(), "a running clock cannot be resumed");
    })
    .await;
}

#[tokio::test]
async fn an_extension_makes_a_clock_quiet_again() {
    on_both(|store| async move {
        let id = change(&store, |tx| tx.start_clock(clock(1, true))).await;
        change(&store, move |tx| tx.advance_clock(id, Stage::Expired)).await;
        change(&store, move |tx| tx.move_clock(id, Some(at(1750)), at(2000), Some(at(2500)))).await;
        assert_eq!(of_case(&store, 1).await[0].stage, Stage::Quiet);
        assert_eq!(due(&store, 1750).await, [(id, Stage::Reminded)]);
        change(&store, move |tx| tx.advance_clock(id, Stage::Reminded)).await;
        change(&store, move |tx| tx.move_clock(id, Some(at(1000)), at(1900), None)).await;
        assert_eq!(of_case(&store, 1).await[0].stage, Stage::Reminded);
        assert_eq!(due(&store, 1900).await, [(id, Stage::Expired)]);
    })
    .await;
}

#[tokio::test]
async fn a_case_has_one_next_step_clock() {
    on_both(|store| async move {
        let id = change(&store, |tx| tx.start_clock(clock(1, true))).await;
        change(&store, |tx| tx.start_clock(clock(1, false))).await;
        change(&store, |tx| tx.start_clock(clock(2, true))).await;
        assert!(store.write::<_, StoreError, _>(|tx| tx.start_clock(clock(1, true))).await.is_err());
        change(&store, move |tx| tx.stop_clock(id, at(1))).await;
        change(&store, |tx| tx.start_clock(clock(1, true))).await;
        assert_eq!(change(&store, |tx| tx.open_clocks(1)).await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn the_next_firing_is_the_earliest_of_all_running_clocks() {
    on_both(|store| async move {
        let next = async || store.read::<_, StoreError, _>(clocks::next_firing).await.unwrap();
        assert_eq!(next().await, None);
        let late =
            change(&store, |tx| tx.start_clock(NewClock { remind_at: Some(at(900)), ..clock(1, true) }))
                .await;
        let early = change(&store, |tx| tx.start_clock(clock(2, true))).await;
        assert_eq!(next().await, Some(at(750)));
        change(&store, move |tx| tx.pause_clock(early, at(1))).await;
        assert_eq!(next().await, Some(at(900)));
        change(&store, move |tx| tx.stop_clock(late, at(2))).await;
        assert_eq!(next().await, None);
    })
    .await;
}

#[derive(QueryableByName)]
struct SqlitePlan {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[derive(QueryableByName)]
struct PgPlan {
    #[diesel(sql_type = Text)]
    #[diesel(column_name = "QUERY PLAN")]
    line: String,
}

/// The plan of a statement; PostgreSQL must not fall back on reading whole tables.
fn plan(conn: &mut Conn, sql: &str) -> String {
    match conn {
        Conn::Sqlite(conn) => {
            let rows: Vec<SqlitePlan> =
                diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load(conn).unwrap();
            rows.into_iter().map(|row| row.detail + "\n").collect()
        }
        Conn::Postgres(conn) => {
            diesel::sql_query("SET LOCAL enable_seqscan = off").execute(conn).unwrap();
            let rows: Vec<PgPlan> = diesel::sql_query(format!("EXPLAIN {sql}")).load(conn).unwrap();
            rows.into_iter().map(|row| row.line + "\n").collect()
        }
    }
}

/// The statement that `query` sends, with numbers for its parameters.
fn statement(conn: &mut Conn, query: impl FnOnce(&mut Conn)) -> String {
    let sent = Arc::new(Mutex::new(String::new()));
    let sink = Arc::clone(&sent);
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            *sink.lock().unwrap() = query.to_string();
        }
    });
    query(conn);
    conn.set_instrumentation(|_: InstrumentationEvent<'_>| {});
    let sent = sent.lock().unwrap();
    let sql = sent.split("-- binds").next().unwrap().replace("$1", "1").replace("$2", "2");
    assert!(sql.contains("SELECT"), "{sql}");
    sql
}

#[tokio::test]
async fn due_clocks_are_found_by_index() {
    on_both(|store| async move {
        let plan = store
            .read::<_, StoreError, _>(|conn| {
                let due = statement(conn, |conn| {
                    clocks::due(conn, Timestamp::UNIX_EPOCH, 10).unwrap();
                });
                let next = statement(conn, |conn| {
                    clocks::next_firing(conn).unwrap();
                });
                Ok(plan(conn, &due) + &plan(conn, &next))
            })
            .await
            .unwrap();
        assert!(plan.matches("clocks_fire").count() == 2, "{plan}");
        assert!(plan.contains("clocks_fire"), "{plan}");
        assert!(
            !plan.contains("SCAN clocks")
                && !plan.contains("SCAN clocks\n")
                && !plan.contains("TEMP B-TREE")
                && !plan.contains("Seq Scan"),
            "{plan}"
        );
    })
    .await;
}

#[tokio::test]
async fn the_sequencer_reads_by_index() {
    on_both(|store| async move {
        if !store.on_postgres() {
            // SQLite's writer gives positions as it appends.
            return;
        }
        let plan = store.write::<_, StoreError, _>(|tx| Ok(plan(tx.conn(), SEQUENCER_SQL))).await.unwrap();
        assert!(plan.contains("events_unpositioned"), "{plan}");
        assert!(plan.contains("events_position"), "{plan}");
        assert!(!plan.contains("Seq Scan"), "{plan}");
    })
    .await;
}
