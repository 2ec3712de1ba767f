//! `./dev bench`.

use clap::Parser as _;
use onedoor_bench::{cli::Args, run};
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.to_string()),
    };
    match runtime.block_on(run::run(&args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

#[expect(clippy::print_stderr, reason = "the program's own last word")]
fn failed(error: &str) -> ExitCode {
    eprintln!("bench: {error}");
    ExitCode::FAILURE
}
