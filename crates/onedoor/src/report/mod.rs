//! Figures for people and programs.

use crate::{
    App, Failure,
    cli::{DayUnit, Format},
};

/// Prints how many matters were answered within so many days.
///
/// # Errors
/// When the store cannot be read.
pub async fn timeliness(app: &App, within: &[u32], unit: DayUnit, format: Format) -> Result<(), Failure> {
    let _ = (app, within, unit, format);
    Err(Failure::said("report timeliness: not available yet"))
}
