//! A short fire in every test run: the server on SQLite is killed, and the power goes, under load.

use onedoor_fire::{faults, report, report::Row, site::Ground};
use std::{path::PathBuf, process::Command};

/// The program as it stands: `ONEDOOR_BINARY`, or the one cargo builds (which is at once when nothing is new).
fn program() -> PathBuf {
    if let Some(named) = std::env::var_os("ONEDOOR_BINARY") {
        return named.into();
    }
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let mut build = Command::new(env!("CARGO"));
    let built = build.args(["build", "--quiet", "--package", "onedoor"]).current_dir(root);
    assert!(built.status().expect("cargo can be run").success(), "the program does not build");
    let here = std::env::current_exe().expect("a test knows where it is");
    here.ancestors().nth(2).expect("target/debug").join("onedoor")
}

async fn fire(name: &str, rounds: u32) -> Row {
    let ground = Ground::new(&program(), true, 1, Some(rounds)).expect("a place to burn");
    let fault = faults::ALL.iter().find(|fault| fault.name == name).expect("a fault");
    let row = fault.run(&ground).await;
    eprintln!("{}\n{}", report::head(), report::line(&row));
    if let Some(why) = &row.left_out {
        eprintln!("left out: {name} ({why})");
        return row;
    }
    assert!(row.good(), "{row:#?}");
    assert_eq!(row.rounds, rounds);
    assert!(row.acknowledged > u64::from(rounds) * 5, "too little was going on to be hurt: {row:?}");
    row
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_or_doubled_when_the_server_is_killed() {
    let row = fire("kill", 10).await;
    assert!(row.retried > 0, "no command was ever cut off: {row:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_when_the_power_goes_and_the_test_would_see_it() {
    let row = fire("power_cut", 4).await;
    assert!(row.left_out.is_some() || row.controls.len() == 2);
}
