//! Project automation: `cargo xtask tidy` checks what compilers do not.

mod licences;
mod tidy;

use std::{path::PathBuf, process::ExitCode};

const USAGE: &str = "cargo xtask <task>

  licences  whether every Rust and npm package is under a licence that deny.toml allows
  tidy      sizes of files, owners of tables, arrows between crates, leftovers, documents' links, locale keys
";

fn main() -> ExitCode {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let task = std::env::args().nth(1).unwrap_or_default();
    match task.as_str() {
        "licences" => report("licences", &licences::run(&root)),
        "tidy" => report("tidy", &tidy::run(&root)),
        _ => {
            say(USAGE);
            ExitCode::from(2)
        }
    }
}

fn report(task: &str, faults: &[String]) -> ExitCode {
    for fault in faults {
        say(fault);
    }
    if faults.is_empty() {
        say(&format!("{task}: nothing to say"));
        return ExitCode::SUCCESS;
    }
    say(&format!("{task}: {} to mend", faults.len()));
    ExitCode::FAILURE
}

#[expect(clippy::print_stdout, reason = "a command-line tool talks on its standard output")]
fn say(line: &str) {
    println!("{line}");
}
