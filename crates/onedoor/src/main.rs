//! The `onedoor` program: reads the command line and hands over to the library.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    onedoor::run(onedoor::cli::Cli::parse())
}
