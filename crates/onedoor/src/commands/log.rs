//! `onedoor verify-log` and `export-head`.

use crate::{
    Config, Failure,
    cli::{FileOut, VerifyArgs},
};
use std::process::ExitCode;

pub(super) async fn verify(config: &Config, args: &VerifyArgs) -> Result<ExitCode, Failure> {
    let _ = (config, args);
    Err(Failure::said("verify-log: not available yet"))
}

pub(super) async fn export_head(config: Config, out: &FileOut) -> Result<(), Failure> {
    let _ = (config, out);
    Err(Failure::said("export-head: not available yet"))
}
