//! What can go wrong in this area. Every error has a stable code; the HTTP mapping stands in `people::web`.

use rules::lifecycle::Refusal;
use store::StoreError;

/// A refused or failed command or question.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// The engine failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The people area failed.
    #[error(transparent)]
    People(#[from] people::PeopleError),
    /// The lifecycle refuses (wrong state, not one's turn, a guard).
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The case does not exist, or must not be known to the caller.
    #[error("case not found")]
    NotFound,
    /// The caller may not do this.
    #[error("forbidden")]
    Forbidden,
    /// Somebody else changed the case since it was read.
    #[error("version conflict: case {case} is at {found}")]
    Conflict {
        /// The case.
        case: i64,
        /// The version that stands.
        found: i64,
    },
    /// Fields of the input are not acceptable: (field, code).
    #[error("invalid input: {0:?}")]
    Invalid(Vec<(String, &'static str)>),
    /// A calendar, deadline or routing rule cannot answer (`calendar.year_not_loaded`, …).
    #[error("rules: {code}: {detail}")]
    Rules {
        /// The stable code of the rules crate.
        code: &'static str,
        /// What it says, for the operator.
        detail: String,
    },
}

impl CaseError {
    /// One bad field.
    pub fn field(field: &str, code: &'static str) -> CaseError {
        CaseError::Invalid(vec![(field.to_owned(), code)])
    }

    /// The stable code that the API and the locale files know.
    pub fn code(&self) -> &'static str {
        match self {
            CaseError::Store(error) => error.code(),
            CaseError::People(error) => error.code(),
            CaseError::Refused(refusal) => refusal.code,
            CaseError::NotFound => "case.not_found",
            CaseError::Forbidden => "forbidden",
            CaseError::Conflict { .. } => "version.conflict",
            CaseError::Invalid(_) => "input.invalid",
            CaseError::Rules { code, .. } => code,
        }
    }
}

impl From<diesel::result::Error> for CaseError {
    fn from(error: diesel::result::Error) -> CaseError {
        CaseError::Store(StoreError::Database(error))
    }
}
