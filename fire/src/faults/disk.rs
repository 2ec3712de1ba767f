//! Disks that are full, cannot be written, do not flush, or are slow; the server stays and must recover by itself.

use super::{Bout, RECOVERY, worst};
use crate::{
    disk::{Disk, Switch},
    report::Row,
    server::Server,
    site::{Ground, Site},
};
use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

/// Room on the small disk.
const SMALL_MIB: u32 = 96;

/// How long a fault lasts.
fn lasting(ground: &Ground) -> Duration {
    Duration::from_secs(if ground.quick { 3 } else { 30 })
}

/// A full disk: a small file system filled up by somebody else; where none may be mounted, the kit's disk says so.
///
/// # Errors
/// When the server does not recover, or the database cannot be read.
pub async fn full(ground: &Ground, name: &'static str) -> Result<Row, String> {
    let place = ground.folder().join("small");
    let Ok(small) = Small::mount(&place) else {
        let mut row = switched(ground, name, Switch::Full, 1, true).await?;
        row.notes.push("no file system may be mounted here: the kit's disk refused writes instead".into());
        return Ok(row);
    };
    let site = ground.on_sqlite_in(&small.place.join("data")).await?;
    let mut site = site;
    site.how.log = ground.folder().join("small.log");
    let ballast = small.place.join("ballast");
    let strike = || fill(&ballast);
    let heal = || fs::remove_file(&ballast).map_err(|error| error.to_string());
    let row = rounds(ground, name, site, true, strike, heal).await?;
    drop(small);
    Ok(row)
}

/// Nothing can be written.
///
/// # Errors
/// As [`full`].
pub async fn read_only(ground: &Ground, name: &'static str) -> Result<Row, String> {
    switched(ground, name, Switch::ReadOnly, 1, true).await
}

/// Nothing can be flushed.
///
/// # Errors
/// As [`full`].
pub async fn flush_fails(ground: &Ground, name: &'static str) -> Result<Row, String> {
    switched(ground, name, Switch::SyncFails, 1, true).await
}

/// Everything takes longer.
///
/// # Errors
/// As [`full`].
pub async fn slow(ground: &Ground, name: &'static str) -> Result<Row, String> {
    switched(ground, name, Switch::SlowMicros, 20_000, false).await
}

async fn switched(
    ground: &Ground,
    name: &'static str,
    switch: Switch,
    value: u32,
    refuses: bool,
) -> Result<Row, String> {
    let mut site = ground.on_sqlite(name).await?;
    let disk: Disk = match ground.disk(&site) {
        Ok(disk) => disk,
        Err(why) => return Ok(Row::left_out(name, why)),
    };
    site.how.disk = Some(disk.clone());
    rounds(ground, name, site, refuses, || disk.set(switch, value), || disk.set(switch, 0)).await
}

/// Strikes, waits, heals and compares, on one server that is never started again. `refuses`: while it lasts, commands cannot stand,
/// so some must be refused, clearly.
async fn rounds(
    ground: &Ground,
    name: &'static str,
    site: Site,
    refuses: bool,
    strike: impl Fn() -> Result<(), String>,
    heal: impl Fn() -> Result<(), String>,
) -> Result<Row, String> {
    let how = site.how.clone();
    let mut server: Server = how.serve().await?;
    let mut bout = Bout::begin(ground, name, site, &[how.address]).await?;
    let mut back = Vec::new();
    for _ in 0..ground.rounds(2, 5) {
        bout.burn(300.0, 900.0).await;
        let before = bout.load.ledger().refused;
        strike()?;
        tokio::time::sleep(lasting(ground)).await;
        let refused = bout.load.ledger().refused - before;
        heal()?;
        if let Some(status) = server.ended() {
            return Err(format!("the server ended ({status}): {}", crate::server::tail(&how.log)));
        }
        if refuses && refused == 0 {
            bout.row.faults.push("nothing was refused while it lasted".into());
        }
        back.push(bout.load.next_good(RECOVERY).await?);
        bout.compare(true).await?;
    }
    bout.row.notes.push(format!("commands go through again {} after it has ended, at worst", worst(&back)));
    let row = bout.end().await?;
    server.kill()?;
    Ok(row)
}

/// A small file system.
struct Small {
    place: PathBuf,
}

impl Small {
    fn mount(place: &Path) -> Result<Small, String> {
        fs::create_dir_all(place).map_err(|error| error.to_string())?;
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={SMALL_MIB}m"), "tmpfs"])
            .arg(place)
            .stderr(Stdio::null())
            .status();
        if mounted.is_ok_and(|status| status.success()) {
            Ok(Small { place: place.to_owned() })
        } else {
            Err("not allowed".into())
        }
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.place).status();
    }
}

/// Writes until there is no room left.
fn fill(ballast: &Path) -> Result<(), String> {
    let mut file = File::create(ballast).map_err(|error| error.to_string())?;
    let block = vec![0x2e; 64 * 1024];
    while file.write_all(&block).is_ok() {}
    while file.write_all(&block[..512]).is_ok() {}
    Ok(())
}
