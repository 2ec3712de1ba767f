//! The power goes: what was not flushed is not there any more.

use super::{Bout, RECOVERY};
use crate::{
    check::{Known, check},
    disk::{Cut, Switch},
    report::{Control, Row},
    site::Ground,
};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// What the program says to SQLite about durability, and what a copy of it is made to say.
const SAFE: &[u8; 25] = b"PRAGMA synchronous = FULL";
const UNSAFE: [(&str, &[u8; 25]); 2] =
    [("synchronous=NORMAL", b"PRAGMA synchronous=NORMAL"), ("synchronous=OFF", b"PRAGMA synchronous =  OFF")];

/// Kills the server and takes back what was not flushed: in one half of the rounds all of it, in the other a part, torn.
///
/// # Errors
/// When the server does not come back, or the database cannot be read.
pub async fn cut(ground: &Ground, name: &'static str) -> Result<Row, String> {
    let mut site = ground.on_sqlite(name).await?;
    let disk = match ground.disk(&site) {
        Ok(disk) => disk,
        Err(why) => return Ok(Row::left_out(name, why)),
    };
    // A disk takes its time; so the kill often comes between a write and its flush.
    disk.set(Switch::SlowMicros, 1_000)?;
    site.how.disk = Some(disk.clone());
    let how = site.how.clone();
    let mut server = how.serve().await?;
    let mut bout = Bout::begin(ground, name, site, &[how.address]).await?;
    let (mut rounds_with, mut writes) = (0, 0);
    for round in 0..ground.rounds(10, 200) {
        bout.burn(20.0, 900.0).await;
        server.kill()?;
        let how_much = if round % 2 == 0 { Cut::AllGone } else { Cut::SomeTorn };
        let taken = disk.power_cut(how_much, &mut bout.dice)?;
        rounds_with += u32::from(taken.writes > 0);
        writes += taken.writes;
        server = how.serve().await?;
        bout.load.next_good(RECOVERY).await?;
        bout.compare(ground.quick || round % 10 == 0).await?;
    }
    let [_, flushes, _] = disk.counts();
    bout.row.notes.push(format!(
        "{writes} writes had not been flushed, in {rounds_with} of the rounds; {flushes} flushes were seen"
    ));
    let mut row = bout.end().await?;
    drop(server);
    for (setting, words) in UNSAFE {
        row.controls.push(control(ground, setting, words).await?);
    }
    Ok(row)
}

/// Cuts of the unsafe copy at most.
const CONTROL_ROUNDS: u32 = 8;

/// The same with a copy of the program in which one word to SQLite is another.
async fn control(ground: &Ground, setting: &str, words: &[u8; 25]) -> Result<Control, String> {
    let name = format!("power_{}", setting.to_lowercase().replace('=', "_"));
    let binary = unsafe_copy(&ground.binary, words, &ground.folder().join(format!("onedoor_{name}")))?;
    let mut control = Control { setting: setting.into(), rounds: 0, acknowledged: 0, lost: 0 };
    // A cut just after a checkpoint loses nothing even so: it is cut again until something was lost.
    for round in 0..CONTROL_ROUNDS {
        if round >= 2 && control.lost > 0 {
            break;
        }
        let mut site = ground.on_sqlite(&format!("{name}_{round}")).await?;
        let disk = ground.disk(&site)?;
        site.how.binary.clone_from(&binary);
        site.how.disk = Some(disk.clone());
        let how = site.how.clone();
        let mut server = how.serve().await?;
        let mut bout = Bout::begin(ground, &name, site, &[how.address]).await?;
        bout.burn(1_000.0, 2_000.0).await;
        server.kill()?;
        let ledger = bout.load.ledger();
        let Bout { load, site, mut dice, .. } = bout;
        drop(load);
        disk.power_cut(Cut::AllGone, &mut dice)?;
        let known =
            Known { ledger: &ledger, seen: 0, calm: &site.calm, base: site.base, let_go: &BTreeSet::new() };
        control.rounds += 1;
        control.acknowledged += ledger.acked.len() as u64;
        control.lost += check(&how, &known, false).await?.lost;
    }
    Ok(control)
}

fn unsafe_copy(binary: &Path, words: &[u8; 25], to: &Path) -> Result<PathBuf, String> {
    let mut bytes = fs::read(binary).map_err(|error| error.to_string())?;
    let places: Vec<usize> =
        bytes.windows(SAFE.len()).enumerate().filter(|(_, here)| here == SAFE).map(|(at, _)| at).collect();
    if places.is_empty() {
        return Err("the program does not say synchronous = FULL anywhere".into());
    }
    for at in places {
        bytes[at..at + SAFE.len()].copy_from_slice(words);
    }
    fs::write(to, bytes).map_err(|error| error.to_string())?;
    let rights = fs::metadata(binary).map_err(|error| error.to_string())?.permissions();
    fs::set_permissions(to, rights).map_err(|error| error.to_string())?;
    Ok(to.to_owned())
}
