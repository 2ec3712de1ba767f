//! The one write path: grouped commits on SQLite, pooled transactions on PostgreSQL.

pub(crate) mod group;
pub(crate) mod pooled;

use crate::{StoreError, Tx};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs a closure; a panic becomes an error and is logged.
fn run_caught<T, E, F>(f: &F, tx: &mut Tx<'_>) -> Result<T, E>
where
    E: From<StoreError>,
    F: Fn(&mut Tx<'_>) -> Result<T, E>,
{
    catch_unwind(AssertUnwindSafe(|| f(tx))).unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("panic");
        tracing::error!(panic = text, "a write closure panicked; it is rolled back");
        Err(StoreError::Defect(text.to_owned()).into())
    })
}
