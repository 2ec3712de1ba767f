//! kill -9, of the server and of PostgreSQL.

use super::{Bout, NO_POSTGRES, RECOVERY, worst};
use crate::{
    check::{Known, check},
    pg::Cluster,
    report::{Control, Row},
    site::Ground,
};
use std::collections::BTreeSet;
use tokio::time::Instant;

/// Every so many rounds of a long run everything is recounted and the whole log verified; in a quick run after every round.
const DEEP_EVERY: u32 = 10;

/// The server on SQLite.
///
/// # Errors
/// When the server does not come back, or the database cannot be read.
pub async fn on_sqlite(ground: &Ground, name: &'static str) -> Result<Row, String> {
    let site = ground.on_sqlite(name).await?;
    let how = site.how.clone();
    let mut server = how.serve().await?;
    let mut bout = Bout::begin(ground, name, site, &[how.address]).await?;
    let mut back = Vec::new();
    for round in 0..ground.rounds(10, 200) {
        bout.burn(20.0, 900.0).await;
        let killed = Instant::now();
        server.kill()?;
        server = how.serve().await?;
        bout.load.next_good(RECOVERY).await?;
        back.push(killed.elapsed());
        bout.compare(ground.quick || round % DEEP_EVERY == 0).await?;
    }
    bout.row.notes.push(format!("commands go through again after {} at worst", worst(&back)));
    let row = bout.end().await?;
    drop(server);
    Ok(row)
}

/// The server on PostgreSQL, PostgreSQL itself, or both at once.
///
/// # Errors
/// As [`on_sqlite`].
pub async fn on_postgres(ground: &Ground, name: &'static str) -> Result<Row, String> {
    let Some(mut cluster) = Cluster::start()? else {
        return Ok(Row::left_out(name, NO_POSTGRES));
    };
    let site = ground.on_postgres(name, &cluster).await?;
    let how = site.how.clone();
    let mut server = how.serve().await?;
    let mut bout = Bout::begin(ground, name, site, &[how.address]).await?;
    let mut back = Vec::new();
    for round in 0..ground.rounds(9, 200) {
        bout.burn(20.0, 900.0).await;
        let killed = Instant::now();
        // In turn: the server alone; PostgreSQL alone, where the server must find it again by itself; both.
        let victim = round % 3;
        if victim != 0 {
            cluster.kill()?;
        }
        if victim != 1 {
            server.kill()?;
        }
        if victim != 0 {
            cluster.up()?;
        }
        if victim == 1 {
            bout.load.next_good(RECOVERY).await?;
            back.push(killed.elapsed());
        } else {
            server = how.serve().await?;
        }
        bout.compare(ground.quick || round % DEEP_EVERY == 0).await?;
    }
    bout.row.notes.push(format!(
        "without a restart of the server commands go through again {} after the kill of PostgreSQL at worst",
        worst(&back)
    ));
    let mut row = bout.end().await?;
    drop(server);
    row.controls.push(control(ground, &mut cluster).await?);
    Ok(row)
}

/// The same with a PostgreSQL that answers before it has written.
async fn control(ground: &Ground, cluster: &mut Cluster) -> Result<Control, String> {
    let site = ground.on_postgres("kill_control", cluster).await?;
    cluster.sql("postgres", "ALTER DATABASE kill_control SET synchronous_commit = off")?;
    let how = site.how.clone();
    let server = how.serve().await?;
    let mut bout = Bout::begin(ground, "kill_control", site, &[how.address]).await?;
    // Its own process writes the log within milliseconds; stopped, it shows what the setting allows.
    cluster.halt_log_writer()?;
    let mut control = Control {
        setting: "PostgreSQL's synchronous_commit = off".into(),
        rounds: 0,
        acknowledged: 0,
        lost: 0,
    };
    bout.burn(1_500.0, 2_500.0).await;
    cluster.kill()?;
    drop(server);
    let ledger = bout.load.ledger();
    let Bout { load, site, .. } = bout;
    drop(load);
    cluster.up()?;
    control.rounds = 1;
    control.acknowledged = ledger.acked.len() as u64;
    control.lost = check(
        &how,
        &Known { ledger: &ledger, seen: 0, calm: &site.calm, base: site.base, let_go: &BTreeSet::new() },
        false,
    )
    .await?
    .lost;
    Ok(control)
}
