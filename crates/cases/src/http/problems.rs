//! What this area's errors carry to the edge besides their code.

use crate::CaseError;
use people::web::{Coded, FieldProblem};

/// A date lies beyond the loaded years of the working calendar.
const NO_YEAR: &str = "calendar.year_not_loaded";
/// How the file of a year is named, without year and ending.
const YEAR_FILE: &str = "cn-workdays-";

impl Coded for CaseError {
    fn code(&self) -> &'static str {
        match self {
            CaseError::Forbidden => "permission.refused",
            other => CaseError::code(other),
        }
    }

    fn detail(&self) -> Option<String> {
        match self {
            // It says which file to load, and carries nothing of a case.
            CaseError::Rules { code: NO_YEAR, detail } => Some(detail.clone()),
            _ => None,
        }
    }

    fn year(&self) -> Option<i64> {
        match self {
            CaseError::Rules { code: NO_YEAR, detail } => year_in(detail),
            _ => None,
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

/// The year of the file that the rules ask for.
fn year_in(detail: &str) -> Option<i64> {
    let (_, rest) = detail.split_once(YEAR_FILE)?;
    rest.get(..4)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use people::web::Problem;
    use rules::RuleError;

    #[test]
    fn a_missing_year_is_named_with_its_file() {
        let error = RuleError::YearNotLoaded { year: 2027, first: 2023, last: 2026 };
        let problem = Problem::from(CaseError::from(error));
        assert_eq!((problem.code.as_str(), problem.year), (NO_YEAR, Some(2027)));
        assert!(problem.detail.is_some_and(|detail| detail.contains("cn-workdays-2027.csv")));
        let other = Problem::from(CaseError::from(RuleError::NoRoute));
        assert_eq!((other.detail, other.year), (None, None), "nothing else is said");
    }
}
