//! Project automation: `cargo xtask tidy` checks what compilers do not.

mod tidy;

use std::{path::PathBuf, process::ExitCode};

const USAGE: &str = "cargo xtask <task>

  tidy    sizes of files, owners of tables, arrows between crates, leftovers, documents' links, locale keys
";

fn main() -> ExitCode {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let task = std::env::args().nth(1).unwrap_or_default();
    match task.as_str() {
        "tidy" => report(&tidy::run(&root)),
        _ => {
            say(USAGE);
            ExitCode::from(2)
        }
    }
}

fn report(faults: &[String]) -> ExitCode {
    for fault in faults {
        say(fault);
    }
    if faults.is_empty() {
        say("tidy: nothing to say");
        return ExitCode::SUCCESS;
    }
    say(&format!("tidy: {} to mend", faults.len()));
    ExitCode::FAILURE
}

#[expect(clippy::print_stdout, reason = "a command-line tool talks on its standard output")]
fn say(line: &str) {
    println!("{line}");
}
