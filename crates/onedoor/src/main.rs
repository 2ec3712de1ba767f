//! The `onedoor` program: reads the command line and hands over to the library.

use clap::Parser;
use std::process::ExitCode;

/// Gives memory back that many threads have freed: what signing in takes for a moment (argon2) would otherwise stay.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    onedoor::run(onedoor::cli::Cli::parse())
}
