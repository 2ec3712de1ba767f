//! `onedoor backup`, `restore`, `import divisions`, `import grids`.

use super::{open_store, store_config};
use crate::{App, Config, Failure, cli::GridsArgs, out::say};
use std::{fs::File, path::Path};
use store::Store;
use territory::{
    GridOptions, GridReport, TerritoryError,
    commands::{Actor, import_grids::Severity},
    import_grids,
};

/// Writes a copy while others read and write. Keys and attachments are not in it.
pub(super) async fn backup(config: &Config, file: &Path) -> Result<(), Failure> {
    if file.exists() {
        return Err(Failure::said(format!("{} exists already", file.display())));
    }
    let copied = open_store(config).await?.backup(file).await?;
    say(format!("{} rows of {} tables saved in {}", copied.rows, copied.tables, file.display()));
    say(format!(
        "Keep {} too, in another place: without it nothing personal can be read.",
        config.data.join("keys").display()
    ));
    Ok(())
}

/// Fills an empty database from a copy.
pub(super) async fn restore(config: &Config, file: &Path) -> Result<(), Failure> {
    let copied = Store::restore(&store_config(config), file).await?;
    say(format!("{} rows of {} tables restored", copied.rows, copied.tables));
    // Opening says at once whether the keys fit.
    open_store(config).await?;
    Ok(())
}

pub(super) async fn divisions(config: Config, towns: &Path, villages: &Path) -> Result<(), Failure> {
    let app = App::open(config).await?;
    let (towns, villages) = (open(towns)?, open(villages)?);
    let now = app.store.clock().now();
    let report = territory::import_divisions(&app.store, towns, villages, now).await?;
    say(format!(
        "{} areas read: {} opened, {} renamed, {} with a new code, {} closed",
        report.read, report.opened, report.renamed, report.recoded, report.closed
    ));
    Ok(())
}

/// Imports grid polygons; every problem is listed.
pub(super) async fn grids(config: Config, args: &GridsArgs) -> Result<(), Failure> {
    let file = &args.file;
    let text =
        std::fs::read_to_string(file).map_err(|why| Failure::said(format!("{}: {why}", file.display())))?;
    let collection =
        serde_json::from_str(&text).map_err(|why| Failure::said(format!("{}: {why}", file.display())))?;
    let app = App::open(config).await?;
    let options =
        GridOptions { datum: args.datum, household_limit: args.household_limit, ..GridOptions::default() };
    let now = app.store.clock().now();
    match import_grids(&app.store, Actor::default(), &collection, &options, now).await {
        Ok(report) => {
            tell(&report);
            Ok(())
        }
        Err(TerritoryError::BadGrids(report)) => {
            tell(&report);
            Err(Failure::said("nothing was imported"))
        }
        Err(other) => Err(other.into()),
    }
}

fn tell(report: &GridReport) {
    for problem in &report.problems {
        let grave = match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        say(format!("feature {}: {grave}: {} {}", problem.feature, problem.code, problem.about));
    }
    let GridReport { features, opened, changed, unchanged, closed, .. } = report;
    say(format!(
        "{features} grids read: {opened} opened, {changed} changed, {unchanged} as they were, {closed} closed"
    ));
}

fn open(path: &Path) -> Result<File, Failure> {
    File::open(path).map_err(|why| Failure::said(format!("{}: {why}", path.display())))
}
