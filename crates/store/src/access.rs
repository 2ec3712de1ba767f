//! The access log: views, unmaskings, searches and exports of personal data. Append-only.

use crate::{StoreError, Timestamp, Tx, ms, schema::access_log};
use diesel::prelude::*;

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
        let id = self.id()?;
        diesel::insert_into(access_log::table)
            .values((
                access_log::id.eq(id),
                access_log::at.eq(ms(access.at)),
                access_log::account_id.eq(access.account_id),
                access_log::unit_id.eq(access.unit_id),
                access_log::action.eq(access.action),
                access_log::case_id.eq(access.case_id),
                access_log::subject.eq(&access.subject),
                access_log::purpose.eq(&access.purpose),
                access_log::outcome.eq(access.outcome),
                access_log::address.eq(&access.address),
            ))
            .execute(self.conn)?;
        Ok(())
    }
}
