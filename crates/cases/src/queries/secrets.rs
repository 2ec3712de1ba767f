//! Opening sealed texts for what is shown now.

use crate::{
    CaseError,
    model::{CaseRow, contexts},
};
use store::{Conn, StoreError, vault::Vault};

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
    let key = match vault.key(conn, key_id) {
        Ok(key) => key,
        Err(StoreError::Unsealable | StoreError::NotFound(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    match vault.open(&key, context, sealed) {
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
