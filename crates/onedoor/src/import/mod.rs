//! Earlier matters from files: CSV or XLSX by a mapping file, resumable, with the rejects beside the file.

pub mod county;
pub mod map;
pub mod rejects;
pub mod table;

mod entry;
#[cfg(test)]
mod hostile;
mod known;
mod replay;
mod run;
mod take;
#[cfg(test)]
mod tests;

pub use run::{Outcome, run};

use crate::{App, Config, Failure, ambient::Stopwatch, out::say};
use indicatif::{ProgressBar, ProgressStyle};
use std::path::Path;

/// Imports cases from `file` by the mapping `map`; `replay` re-lives their history.
///
/// # Errors
/// An unreadable file or mapping; rows that cannot be taken are rejects, not errors.
pub async fn cases(config: Config, file: &Path, map: &Path, replay: bool) -> Result<(), Failure> {
    let watch = Stopwatch::start();
    let mapping = map::Map::read(map)?;
    let table = table::read(file, &mapping.file)?;
    mapping.check(&table)?;
    let app = App::open(config).await?;
    county::prepare(&app, &mapping, map.parent().unwrap_or(Path::new("."))).await?;
    let bar = bar();
    let outcome = run(&app, &mapping, &table, replay, &bar).await?;
    bar.finish_and_clear();
    rejects::write(file, &app.config.data, &outcome.rejects)?;
    tell(&outcome, replay);
    say(format!("done in {:.1} s", watch.elapsed().as_secs_f64()));
    Ok(())
}

fn tell(outcome: &Outcome, replay: bool) {
    let Outcome { rows, skipped, known, taken, closed, .. } = outcome;
    say(format!(
        "{rows} rows: {taken} registered ({closed} of them ended), {known} known before, {skipped} left out as the \
         mapping says, {} rejected",
        outcome.rejects.len()
    ));
    if replay {
        let Outcome { reminders, yellow, red, .. } = outcome;
        say(format!("clocks: {reminders} reminders, {yellow} yellow cards, {red} red cards"));
    }
}

/// On standard error, and only where that is a terminal.
fn bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} {eta}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}
