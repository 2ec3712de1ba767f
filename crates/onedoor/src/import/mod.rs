//! Earlier matters from files.

use crate::{Config, Failure};
use std::path::Path;

/// Imports cases from `file` by the mapping `map`; `replay` re-lives their history.
///
/// # Errors
/// An unreadable file or mapping; rows that cannot be taken are rejects, not errors.
pub async fn cases(config: Config, file: &Path, map: &Path, replay: bool) -> Result<(), Failure> {
    let _ = (config, file, map, replay);
    Err(Failure::said("import cases: not available yet"))
}
