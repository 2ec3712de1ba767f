//! The access log: views, unmaskings, searches and exports of personal data. Append-only.

use crate::{StoreError, Timestamp, Tx};

/// One access.
#[derive(Clone, Debug)]
pub struct Access {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub account_id: Option<i64>,
    /// For which unit.
    pub unit_id: Option<i64>,
    /// `view`, `unmask`, `search`, `export`, `sign_in`, `sign_in_failed`, `admin` …
    pub action: &'static str,
    /// The case, if one.
    pub case_id: Option<i64>,
    /// What was accessed (no personal data).
    pub subject: String,
    /// The stated purpose; empty where none is asked.
    pub purpose: String,
    /// `allowed` or `refused`.
    pub outcome: &'static str,
    /// The client's address.
    pub address: String,
}

impl Tx<'_> {
    /// Writes an access down.
    pub fn log_access(&mut self, access: Access) -> Result<(), StoreError> {
        let _ = access;
        todo!()
    }
}
