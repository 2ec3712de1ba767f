//! What can go wrong with people. Codes are stable; texts live in the interface.

use store::StoreError;

/// An error of this area.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// The engine's own.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A refusal with its stable code.
    #[error("{0}")]
    Refused(&'static str),
    /// A field of the input is wrong.
    #[error("{code} ({field})")]
    Field {
        /// The field, as in the JSON.
        field: &'static str,
        /// The stable code.
        code: &'static str,
    },
    /// A page of a size that no page has.
    #[error("no page has this size")]
    PageSize,
    /// Sign-in or a request is held back; try again after so many seconds.
    #[error("{code}, try again in {seconds} s")]
    Wait {
        /// `auth.locked`, `auth.throttled` or `request.too_many`.
        code: &'static str,
        /// How long.
        seconds: i64,
    },
    /// Somebody else changed the record: `current` is how it stands.
    #[error("version conflict")]
    Conflict {
        /// The record as it stands.
        current: serde_json::Value,
    },
}

impl PeopleError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            PeopleError::Store(error) => error.code(),
            PeopleError::Refused(code) | PeopleError::Field { code, .. } | PeopleError::Wait { code, .. } => {
                code
            }
            PeopleError::PageSize => "input.invalid",
            PeopleError::Conflict { .. } => "version.conflict",
        }
    }

    /// A field error.
    pub(crate) fn field(field: &'static str, code: &'static str) -> PeopleError {
        PeopleError::Field { field, code }
    }
}

impl From<diesel::result::Error> for PeopleError {
    fn from(error: diesel::result::Error) -> PeopleError {
        PeopleError::Store(error.into())
    }
}
