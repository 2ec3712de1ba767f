//! `onedoor copy`: everything from one database into another, empty one, of either engine.

use super::store_config;
use crate::{Config, Failure, cli::CopyArgs, out::say};
use std::{fs, path::Path};
use store::{Store, StoreConfig};

/// Copies every row, hash and instant: a backup of the one, restored into the other, with the same keys.
pub(super) async fn run(config: &Config, args: &CopyArgs) -> Result<(), Failure> {
    let (from, to) = (place(config, &args.from), place(config, &args.to));
    if (&from.data, &from.database_url) == (&to.data, &to.database_url) {
        return Err(Failure::said("the two are one and the same database"));
    }
    if from.database_url.is_none() && !from.data.join("onedoor.db").exists() {
        return Err(Failure::said(format!("{} holds no database", from.data.display())));
    }
    if from.data != to.data {
        bring_keys(&from.data.join("keys"), &to.data.join("keys"))?;
    }
    let folder = tempfile::Builder::new().prefix("onedoor-copy-").tempdir_in(&to.data)?;
    let file = folder.path().join("copy");
    let source = Store::open(from.clone()).await?;
    source.backup(&file).await?;
    let copied = Store::restore(&to, &file).await?;
    // Opening says at once whether the keys fit.
    Store::open(to).await?;
    say(format!("{} rows of {} tables copied", copied.rows, copied.tables));
    say(format!("Attachments lie beside the database: copy {} too.", from.data.join("files").display()));
    Ok(())
}

/// A PostgreSQL URL, or a data folder (`sqlite:FOLDER`, or the folder alone). The keys of PostgreSQL are those of `--data`.
fn place(config: &Config, url: &str) -> StoreConfig {
    let usual = store_config(config);
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return StoreConfig { database_url: Some(url.to_owned()), ..usual };
    }
    let folder = url.strip_prefix("sqlite:").unwrap_or(url);
    StoreConfig { data: folder.into(), database_url: None, ..usual }
}

/// The keys go along; where the other folder has keys already, they must be these (opening checks that).
fn bring_keys(from: &Path, to: &Path) -> Result<(), Failure> {
    if to.exists() {
        return Ok(());
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    fs::set_permissions(to, fs::metadata(from)?.permissions())?;
    Ok(())
}
