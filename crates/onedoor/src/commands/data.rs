//! `onedoor backup`, `restore`, `import divisions`, `import grids`.

use crate::{App, Config, Failure, out::say};
use std::{fs::File, path::Path};

pub(super) async fn backup(config: &Config, file: &Path) -> Result<(), Failure> {
    let _ = (config, file);
    Err(Failure::said("backup: not available yet"))
}

pub(super) async fn restore(config: &Config, file: &Path) -> Result<(), Failure> {
    let _ = (config, file);
    Err(Failure::said("restore: not available yet"))
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

pub(super) async fn grids(config: Config, file: &Path) -> Result<(), Failure> {
    let _ = (config, file);
    Err(Failure::said("import grids: not available yet"))
}

fn open(path: &Path) -> Result<File, Failure> {
    File::open(path).map_err(|why| Failure::said(format!("{}: {why}", path.display())))
}
