//! Rows that cannot be taken, beside the file: line, number, reason. Never the row itself: it may name people.

use crate::{Failure, out::say};
use std::path::{Path, PathBuf};

/// A row that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// Where it begins in the file.
    pub line: u64,
    /// Its number, where it has one.
    pub number: String,
    /// Why.
    pub reason: String,
}

/// Writes `FILE.rejects.csv` beside the file, in `otherwise` where that folder cannot be written. Without rejects an
/// earlier one is removed.
///
/// # Errors
/// When neither can be written.
pub fn write(file: &Path, otherwise: &Path, rejects: &[Reject]) -> Result<(), Failure> {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name = format!("{name}.rejects.csv");
    let beside = file.with_file_name(&name);
    if rejects.is_empty() {
        let _ = std::fs::remove_file(&beside);
        let _ = std::fs::remove_file(otherwise.join(&name));
        return Ok(());
    }
    let written = put(beside, rejects).or_else(|_| put(otherwise.join(&name), rejects));
    let path = written.map_err(|why| Failure::said(format!("{name}: {why}")))?;
    say(format!("{} rows could not be taken: see {}", rejects.len(), path.display()));
    Ok(())
}

fn put(path: PathBuf, rejects: &[Reject]) -> Result<PathBuf, csv::Error> {
    let mut writer = csv::Writer::from_path(&path)?;
    writer.write_record(["line", "number", "reason"])?;
    for reject in rejects {
        writer.write_record([reject.line.to_string().as_str(), &reject.number, &reject.reason])?;
    }
    writer.flush()?;
    Ok(path)
}
