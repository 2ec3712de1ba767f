//! OneDoor's program: settings, command line, composition of the rooms' routes, background workers, embedded console.
//!
//! Invariant: this crate and the test kit alone read a clock or draw randomness ([`ambient`]); it writes no table.

pub mod ambient;
pub mod api;
pub mod cli;
pub mod config;
pub mod demo;
pub mod edge;
pub mod import;
pub mod logging;
pub mod out;
pub mod report;
pub mod serve;
pub mod setup;
pub mod telemetry;
pub mod workers;

mod answers;
mod app;
mod assets;
mod brand;
mod commands;
mod failure;

pub use app::App;
pub use config::Config;
pub use failure::Failure;

use std::process::ExitCode;

/// Runs the program: reads the settings, does what the command line says, tells failures on standard error.
pub fn run(cli: cli::Cli) -> ExitCode {
    let outcome = Config::load(&cli.place).map_err(Failure::from).and_then(|config| {
        logging::start(&config.log);
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(commands::run(cli.command, config))
    });
    match outcome {
        Ok(code) => code,
        Err(failure) => {
            tracing::debug!(?failure, "failed");
            #[expect(clippy::print_stderr, reason = "the program's own last word")]
            {
                eprintln!("onedoor: {failure}");
            }
            ExitCode::FAILURE
        }
    }
}
