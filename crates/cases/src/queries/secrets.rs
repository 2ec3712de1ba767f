//! Opening sealed texts for what is shown now.

use crate::{
    CaseError,
    model::{CaseRow, contexts},
};
use std::collections::BTreeMap;
use store::{
    Conn, StoreError,
    vault::{DataKey, Vault},
};

/// Opens a sealed column of a case. What was erased is `None`; what was altered is an error.
///
/// # Errors
/// When the database fails.
pub(crate) fn open(
    conn: &mut Conn,
    vault: &Vault,
    key_id: i64,
    context: &str,
    sealed: &[u8],
) -> Result<Option<String>, CaseError> {
    if sealed.is_empty() {
        return Ok(Some(String::new()));
    }
    match vault.key(conn, key_id) {
        Ok(key) => open_with(vault, &key, context, sealed),
        Err(StoreError::Unsealable | StoreError::NotFound(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn open_with(
    vault: &Vault,
    key: &DataKey,
    context: &str,
    sealed: &[u8],
) -> Result<Option<String>, CaseError> {
    match vault.open(key, context, sealed) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(StoreError::Unsealable) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The title of a case.
///
/// # Errors
/// When the database fails.
pub(crate) fn title(conn: &mut Conn, vault: &Vault, case: &CaseRow) -> Result<Option<String>, CaseError> {
    open(conn, vault, case.key_id, contexts::TITLE, &case.title)
}

/// The titles of the cases of a page, by the case's id: their keys in one query. What was erased is left out.
///
/// # Errors
/// When the database fails.
pub(crate) fn titles(
    conn: &mut Conn,
    vault: &Vault,
    cases: &[CaseRow],
) -> Result<BTreeMap<i64, String>, CaseError> {
    let ids: Vec<i64> = cases.iter().map(|case| case.key_id).collect();
    let keys = match vault.keys(conn, &ids) {
        Ok(keys) => keys,
        // One key that does not unwrap hides its own title, not those of the others.
        Err(StoreError::Unsealable) => return one_by_one(conn, vault, cases),
        Err(error) => return Err(error.into()),
    };
    let mut titles = BTreeMap::new();
    for case in cases {
        let title = match keys.get(&case.key_id) {
            _ if case.title.is_empty() => Some(String::new()),
            Some(key) => open_with(vault, key, contexts::TITLE, &case.title)?,
            None => None,
        };
        titles.extend(title.map(|title| (case.id, title)));
    }
    Ok(titles)
}

fn one_by_one(conn: &mut Conn, vault: &Vault, cases: &[CaseRow]) -> Result<BTreeMap<i64, String>, CaseError> {
    let mut titles = BTreeMap::new();
    for case in cases {
        titles.extend(title(conn, vault, case)?.map(|title| (case.id, title)));
    }
    Ok(titles)
}
