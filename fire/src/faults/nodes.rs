//! Two nodes on one PostgreSQL; one is killed and the other goes on.

use super::{Bout, NO_POSTGRES, worst};
use crate::{
    ear::{Ear, Heard},
    pg::Cluster,
    report::Row,
    server::{How, free_address},
    site::{Ground, copy},
};
use std::time::Duration;
use tokio::time::Instant;

/// How soon another node does the background work of a dead one.
const TAKEOVER: Duration = Duration::from_secs(10);
/// Cases whose clocks run out around the kill.
const RUNNING_OUT: usize = 20;

/// Kills one node after the other, in turn, and starts it again.
///
/// # Errors
/// When the other does not go on, or the database cannot be read.
pub async fn one_killed(ground: &Ground, name: &'static str) -> Result<Row, String> {
    let Some(cluster) = Cluster::start()? else { return Ok(Row::left_out(name, NO_POSTGRES)) };
    let site = ground.on_postgres(name, &cluster).await?;
    let first = site.how.clone();
    let second = other(&first)?;
    let addresses = [first.address, second.address];
    let mut nodes = [(first.serve().await?, first), (second.serve().await?, second)];
    let mut bout = Bout::begin(ground, name, site, &addresses).await?;
    let (mut takeovers, mut clocks) = (Vec::new(), 0);
    for round in 0..ground.rounds(4, 20) {
        let dying = usize::try_from(round % 2).unwrap_or(0);
        let ear = Ear::open(vec![addresses[dying], addresses[1 - dying]], bout.load.cast());
        bout.burn(800.0, 1_500.0).await;
        let heard_from = bout.load.ledger().acked.len();
        let running_out = run_out(&cluster, name, &bout)?;
        running_out.iter().for_each(|case| bout.let_go(*case));
        bout.burn(200.0, 1_200.0).await;
        nodes[dying].0.kill()?;
        let killed = Instant::now();
        takeovers.push(taken_over(|statement| cluster.sql(name, statement), killed).await?);
        tokio::time::sleep(Duration::from_secs(6).saturating_sub(killed.elapsed())).await;
        clocks += fired(&cluster, name, &running_out, &mut bout)?;
        nodes[dying].0 = nodes[dying].1.serve().await?;
        compare(&mut bout, &ear, heard_from).await?;
    }
    bout.row.notes.push(format!(
        "background work went on at the other node {} after the kill at worst; {clocks} clocks ran out around a kill, each \
         spoke once",
        worst(&takeovers)
    ));
    let signed_in = bout.load.ledger().signed_in;
    if signed_in > 0 {
        bout.row.faults.push(format!("{signed_in} times a session of one node was none at the other"));
    }
    let row = bout.end().await?;
    drop(nodes);
    Ok(row)
}

/// A second node: its own folder with the same keys.
fn other(how: &How) -> Result<How, String> {
    let data = how.data.with_extension("second");
    copy(&how.data.join("keys"), &data.join("keys")).map_err(|error| error.to_string())?;
    Ok(How { log: data.with_extension("second.log"), address: free_address()?, data, ..how.clone() })
}

/// Sets the next-step clocks of some cases that nobody works on any more to run out within the next seconds.
fn run_out(cluster: &Cluster, name: &str, bout: &Bout) -> Result<Vec<i64>, String> {
    let ledger = bout.load.ledger();
    // What was answered just now may be gone on with.
    let old = &ledger.acked[..ledger.acked.len().saturating_sub(60)];
    let alone = |case: &i64| ledger.cases.get(case) == Some(&1) && !bout.is_let_go(*case);
    let ids: Vec<i64> = old.iter().map(|acked| acked.case).filter(alone).take(RUNNING_OUT).collect();
    if ids.is_empty() {
        return Ok(ids);
    }
    let listed = ids.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
    cluster.sql(
        name,
        &format!(
            "UPDATE clocks SET remind_at = NULL, red_at = NULL, due_at = moment, fire_at = moment FROM ( \
             SELECT id AS picked, (extract(epoch FROM clock_timestamp()) * 1000)::bigint \
             + 250 * row_number() OVER (ORDER BY id) AS moment FROM clocks \
             WHERE case_id IN ({listed}) AND next_step AND state = 'running' AND stage = 0) AS soon \
             WHERE clocks.id = picked"
        ),
    )?;
    Ok(ids)
}

/// Whether every one of these clocks has spoken, once; gives how many there were.
fn fired(cluster: &Cluster, name: &str, cases: &[i64], bout: &mut Bout) -> Result<usize, String> {
    for case in cases {
        let cards = cluster.sql(name, &format!("SELECT count(*) FROM cards WHERE case_id = {case}"))?;
        let events = cluster.sql(
            name,
            &format!("SELECT count(*) FROM events WHERE stream = {case} AND kind = 'clock.expired'"),
        )?;
        if (cards.as_str(), events.as_str()) != ("1", "1") {
            bout.row.broken += 1;
            bout.row
                .faults
                .push(format!("the clock of case {case}: {cards} cards, {events} events, not 1 and 1"));
        }
    }
    Ok(cases.len())
}

/// Waits until the search index, which one node keeps, has come past what was in the log at the kill.
pub(super) async fn taken_over(
    sql: impl Fn(&str) -> Result<String, String>,
    killed: Instant,
) -> Result<Duration, String> {
    let at_kill = sql("SELECT max(position) FROM events")?;
    let statement = format!("SELECT position > {at_kill} FROM cursors WHERE name = 'search-index'");
    while killed.elapsed() < TAKEOVER {
        if sql(&statement)? == "t" {
            return Ok(killed.elapsed());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err(format!("nobody took the background work over within {} s", TAKEOVER.as_secs()))
}

/// Compares, and asks whether the listener heard of everything that was acknowledged since it was there.
pub(super) async fn compare(bout: &mut Bout, ear: &Ear, heard_from: usize) -> Result<(), String> {
    bout.compare(true).await?;
    let ledger = bout.load.ledger();
    let upto = bout.seen();
    let begun = Instant::now();
    loop {
        let heard: Heard = ear.heard();
        let missed = ledger.acked[heard_from..upto]
            .iter()
            .filter(|acked| heard.cases.get(&acked.case).is_none_or(|version| *version < acked.version))
            .count();
        if missed == 0 && heard.resets == 0 {
            return Ok(());
        }
        if heard.resets > 0 || begun.elapsed() > Duration::from_secs(10) {
            bout.row.broken += 1;
            bout.row.faults.push(format!("a live client missed {missed} changes: {heard:?}"));
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
