//! The primary of a hot standby goes, under load; a standby takes over and the server goes on without a restart.

use super::{
    Bout, RECOVERY,
    nodes::{compare, taken_over},
    worst,
};
use crate::{
    ear::Ear,
    report::Row,
    server::tail,
    site::Ground,
    standby::{HotStandby, missing},
};
use std::time::Duration;
use tokio::time::Instant;

/// An answer that was under way when the primary was killed is no sign of recovery.
const ECHO: Duration = Duration::from_secs(1);

/// Kills the primary (PostgreSQL and its Patroni), again and again; each time the killed one comes back as a standby.
///
/// # Errors
/// When commands do not go through again within 30 s, or the database cannot be read.
pub async fn primary_killed(ground: &Ground, name: &'static str) -> Result<Row, String> {
    let missing = missing();
    if !missing.is_empty() {
        let verb = if missing.len() == 1 { "is" } else { "are" };
        return Ok(Row::left_out(name, format!("{} {verb} not installed", missing.join(", "))));
    }
    let mut trio = HotStandby::start().await?;
    let site = ground.on_database(name, trio.create(name)?).await?;
    let how = site.how.clone();
    let mut server = how.serve().await?;
    let mut bout = Bout::begin(ground, name, site, &[how.address]).await?;
    let (mut back, mut resumed, mut whole) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ground.rounds(2, 10) {
        let ear = Ear::open(vec![how.address], bout.load.cast());
        bout.burn(800.0, 1_500.0).await;
        let heard_from = bout.load.ledger().acked.len();
        bout.burn(200.0, 1_200.0).await;
        let fallen = trio.kill_primary()?;
        let killed = Instant::now();
        tokio::time::sleep(ECHO).await;
        bout.load.next_good(RECOVERY.saturating_sub(ECHO)).await?;
        back.push(killed.elapsed());
        if let Some(status) = server.ended() {
            return Err(format!("the server ended ({status}): {}", tail(&how.log)));
        }
        // Leases and LISTEN were held by connections to the one that is gone.
        resumed.push(taken_over(|statement| trio.sql(name, statement), Instant::now()).await?);
        whole.push(trio.rejoin(fallen).await?);
        compare(&mut bout, &ear, heard_from).await?;
    }
    bout.row.notes.push(format!(
        "commands go through again {} after the kill of the primary at worst, background work {} later; the killed one follows \
         again {} after its start",
        worst(&back),
        worst(&resumed),
        worst(&whole)
    ));
    let row = bout.end().await?;
    drop(server);
    Ok(row)
}
