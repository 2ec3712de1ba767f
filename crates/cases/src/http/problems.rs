//! What this area's errors carry to the edge besides their code.

use crate::CaseError;
use people::web::{Coded, FieldProblem};

impl Coded for CaseError {
    fn code(&self) -> &'static str {
        match self {
            CaseError::Forbidden => "permission.refused",
            other => CaseError::code(other),
        }
    }

    fn fields(&self) -> Vec<FieldProblem> {
        match self {
            CaseError::Invalid(fields) => fields
                .iter()
                .map(|(field, code)| FieldProblem { field: field.clone(), code: (*code).to_owned() })
                .collect(),
            CaseError::People(error) => Coded::fields(error),
            CaseError::Store(_)
            | CaseError::Refused(_)
            | CaseError::NotFound
            | CaseError::Forbidden
            | CaseError::Conflict { .. }
            | CaseError::Rules { .. } => Vec::new(),
        }
    }
}
