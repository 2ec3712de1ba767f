//! `./dev fire`: sets OneDoor on fire and says what was lost.

use clap::Parser;
use onedoor_fire::{
    faults,
    report::{self, Record, Row},
    site::Ground,
};
use std::{io::Write as _, path::PathBuf, process::ExitCode};

/// Kills OneDoor, its database and its disk under load, and counts what was acknowledged and is gone. Nothing may be.
#[derive(Debug, Parser)]
#[command(name = "fire")]
struct Args {
    /// A few rounds of everything, in minutes; the long run takes hours
    #[arg(long)]
    quick: bool,
    /// Write the results as JSON too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// The seed of all choices
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Rounds of every fault [default: each fault's own number]
    #[arg(long)]
    rounds: Option<u32>,
    /// The program
    #[arg(long, env = "ONEDOOR_BINARY", default_value = "target/release/onedoor")]
    binary: PathBuf,
    /// List the faults and stop
    #[arg(long)]
    list: bool,
    /// Which faults [default: all]
    faults: Vec<String>,
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    if args.list {
        faults::ALL.iter().for_each(|fault| say(&format!("{:<24} {}", fault.name, fault.about)));
        return ExitCode::SUCCESS;
    }
    match run(&args).await {
        Ok(rows) if rows.iter().all(Row::good) => {
            say("Nothing acknowledged was lost, nothing was done twice.");
            ExitCode::SUCCESS
        }
        Ok(rows) => {
            let bad: Vec<&str> = rows.iter().filter(|row| !row.good()).map(|row| row.name.as_str()).collect();
            say(&format!("BAD: {}", bad.join(", ")));
            ExitCode::FAILURE
        }
        Err(why) => {
            say(&why);
            ExitCode::FAILURE
        }
    }
}

async fn run(args: &Args) -> Result<Vec<Row>, String> {
    let known = |name: &String| faults::ALL.iter().any(|fault| fault.name == name);
    if let Some(unknown) = args.faults.iter().find(|name| !known(name)) {
        return Err(format!("{unknown} is no fault; --list tells them"));
    }
    let ground = Ground::new(&args.binary, args.quick, args.seed, args.rounds)?;
    say(&format!("seed {}, {}", args.seed, if args.quick { "quick" } else { "long" }));
    say(&report::head());
    let mut rows = Vec::new();
    for fault in faults::ALL {
        if !args.faults.is_empty() && !args.faults.iter().any(|name| name == fault.name) {
            continue;
        }
        let row = fault.run(&ground).await;
        say(&report::line(&row));
        rows.push(row);
        if let Some(file) = &args.json {
            let text = serde_json::to_string_pretty(&rows.iter().map(Record::of).collect::<Vec<_>>())
                .map_err(|error| error.to_string())?;
            std::fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))?;
        }
    }
    Ok(rows)
}
