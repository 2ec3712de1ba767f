//! Writing a row that was read before: only the columns that changed.
//!
//! SQLite takes an index entry out and puts it in again for every index that holds a column named after SET, the same value
//! or not: naming all columns of a case rewrites all its indexes with every command.

use super::CaseRow;
use diesel::prelude::*;
use store::{Conn, Run, schema::cases};

/// Columns with their types, once for the changeset and once for the comparison.
macro_rules! changes {
    ($name:ident of $row:ident in $table:ident { $($column:ident: $type:ty,)* }) => {
        #[derive(AsChangeset)]
        #[diesel(table_name = $table)]
        struct $name {
            $($column: Option<$type>,)*
        }

        impl $name {
            /// What is to be set, or nothing when both are the same.
            fn between(before: &$row, after: &$row) -> Option<Self> {
                let changed = $(before.$column != after.$column)||*;
                changed.then(|| $name { $($column: (before.$column != after.$column).then(|| after.$column.clone()),)* })
            }
        }
    };
}

changes!(CaseChanges of CaseRow in cases {
    number: String,
    kind: String,
    channel: String,
    state: String,
    ended_as: Option<String>,
    open: bool,
    urgency: String,
    resolution_class: String,
    confidentiality: String,
    category: String,
    county_id: Option<i64>,
    town_id: Option<i64>,
    village_id: Option<i64>,
    grid_id: Option<i64>,
    lon: Option<f64>,
    lat: Option<f64>,
    key_id: i64,
    title: Vec<u8>,
    host_unit_id: Option<i64>,
    owner_unit_id: i64,
    owner_account_id: Option<i64>,
    first_unit_id: i64,
    registered_by: Option<i64>,
    registered_unit_id: i64,
    reported_unit_id: Option<i64>,
    designated: bool,
    anonymous: bool,
    head_count: i64,
    reporter_count: i64,
    round: i64,
    version: i64,
    next_step: Option<String>,
    next_due_at: Option<i64>,
    due_at: Option<i64>,
    suspended: bool,
    supervision: String,
    occurred_at: i64,
    received_at: i64,
    dispatched_by: Option<i64>,
    dispatched_at: Option<i64>,
    replied_at: Option<i64>,
    closed_at: Option<i64>,
    archived_at: Option<i64>,
    merged_into: Option<i64>,
    reopened_count: i64,
    rule_version: i64,
    rule_chosen: String,
    check_code_hash: Vec<u8>,
    legal_hold: bool,
    updated_at: i64,
});

impl CaseRow {
    /// Writes what differs from the row as it stands in the table.
    ///
    /// # Errors
    /// When the database fails.
    pub fn update_from(&self, before: &CaseRow, conn: &mut Conn) -> QueryResult<()> {
        let Some(changes) = CaseChanges::between(before, self) else { return Ok(()) };
        store::update(cases::table.find(self.id)).set(changes).run(conn).map(drop)
    }
}
