//! PostgreSQL goes away and comes back; the server stays and must find it again by itself.

use super::{Bout, NO_POSTGRES, RECOVERY, worst};
use crate::{
    pg::Cluster,
    report::Row,
    site::{Ground, Site},
    wire::Wire,
};
use std::time::Duration;

/// Stopped and started again.
///
/// # Errors
/// When the server does not recover, or the database cannot be read.
pub async fn restart(ground: &Ground, name: &'static str) -> Result<Row, String> {
    let Some(mut cluster) = Cluster::start()? else {
        return Ok(Row::left_out(name, NO_POSTGRES));
    };
    let site = ground.on_postgres(name, &cluster).await?;
    let how = site.how.clone();
    let mut server = how.serve().await?;
    let mut bout = Bout::begin(ground, name, site, &[how.address]).await?;
    let mut back = Vec::new();
    let lasting = Duration::from_secs(if ground.quick { 3 } else { 30 });
    for _ in 0..ground.rounds(2, 5) {
        bout.burn(300.0, 900.0).await;
        let before = bout.load.ledger().refused;
        cluster.stop()?;
        tokio::time::sleep(lasting).await;
        let refused = bout.load.ledger().refused - before;
        cluster.up()?;
        if refused == 0 {
            bout.row.faults.push("nothing was refused while PostgreSQL was away".into());
        }
        back.push(bout.load.next_good(RECOVERY).await?);
        bout.compare(true).await?;
    }
    bout.row.notes.push(format!("commands go through again {} after it is back, at worst", worst(&back)));
    let row = bout.end().await?;
    server.kill()?;
    Ok(row)
}

/// Bytes go nowhere, and nobody is told.
///
/// # Errors
/// As [`restart`].
pub async fn network_cut(ground: &Ground, name: &'static str) -> Result<Row, String> {
    let Some(cluster) = Cluster::start()? else {
        return Ok(Row::left_out(name, NO_POSTGRES));
    };
    let direct = ground.on_postgres(name, &cluster).await?;
    let wire = Wire::to(cluster.address).await?;
    let mut through = direct.how.clone();
    through.database_url = Some(cluster.url(name, wire.address));
    // Requests give up before the wire is mended, so that what they are told is seen too.
    through.request_seconds = Some(if ground.quick { 3 } else { 20 });
    let mut server = through.serve().await?;
    // The kit itself reads beside the wire.
    let site = Site { how: direct.how, ..direct };
    let mut bout = Bout::begin(ground, name, site, &[through.address]).await?;
    let mut back = Vec::new();
    let lasting = Duration::from_secs(if ground.quick { 6 } else { 30 });
    for _ in 0..ground.rounds(2, 5) {
        bout.burn(300.0, 900.0).await;
        let before = bout.load.ledger().refused;
        wire.cut();
        tokio::time::sleep(lasting).await;
        let refused = bout.load.ledger().refused - before;
        wire.mend();
        if refused == 0 {
            bout.row.faults.push("nothing was refused while the wire was cut".into());
        }
        back.push(bout.load.next_good(RECOVERY).await?);
        bout.compare(true).await?;
    }
    bout.row
        .notes
        .push(format!("commands go through again {} after the wire is mended, at worst", worst(&back)));
    let row = bout.end().await?;
    server.kill()?;
    Ok(row)
}
