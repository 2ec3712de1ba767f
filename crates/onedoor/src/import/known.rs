//! Which matters of the other system are here already, and how far each has come.

use crate::Failure;
use diesel::prelude::*;
use rules::lifecycle::CaseState;
use std::collections::HashMap;
use store::{Conn, Store, StoreError, schema::cases, schema::external_refs};

/// A matter that was imported earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    /// The case.
    pub(super) case: i64,
    /// Its state.
    pub(super) state: CaseState,
}

/// Every known matter of a system by its number there.
///
/// # Errors
/// When the store cannot be read.
pub(super) async fn of_system(store: &Store, system: &str) -> Result<HashMap<String, Known>, Failure> {
    let system = system.to_owned();
    Ok(store.read(move |conn| load(conn, &system)).await?)
}

fn load(conn: &mut Conn, system: &str) -> Result<HashMap<String, Known>, StoreError> {
    let rows: Vec<(String, i64, String)> = external_refs::table
        .inner_join(cases::table.on(cases::id.eq(external_refs::case_id)))
        .filter(external_refs::system.eq(system))
        .select((external_refs::number, cases::id, cases::state))
        .load(conn)?;
    let known =
        rows.into_iter().map(|(number, case, state)| Ok((number, Known { case, state: parse(&state)? })));
    known.collect()
}

/// A state as it stands in the table.
///
/// # Errors
/// `store.corrupt` for a word that is none.
pub(super) fn parse(word: &str) -> Result<CaseState, StoreError> {
    CaseState::parse(word).ok_or_else(|| StoreError::Corrupt { what: "case state", detail: word.to_owned() })
}
