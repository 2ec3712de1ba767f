//! Where a rule sends a matter, and how that is written.

use crate::RuleError;
use serde::{Deserialize, Serialize};

/// Where a rule sends a matter. Written `unit:zjj`, `department_of_category`, `town_of_place`,
/// `village_of_place`, `centre`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Target {
    /// The unit with this code.
    Unit(String),
    /// The department that the category belongs to.
    DepartmentOfCategory,
    /// The town of the place.
    TownOfPlace,
    /// The village of the place (a village's own affairs only).
    VillageOfPlace,
    /// The county centre.
    Centre,
}

impl TryFrom<String> for Target {
    type Error = RuleError;

    fn try_from(text: String) -> Result<Self, RuleError> {
        match text.as_str() {
            "department_of_category" => Ok(Self::DepartmentOfCategory),
            "town_of_place" => Ok(Self::TownOfPlace),
            "village_of_place" => Ok(Self::VillageOfPlace),
            "centre" => Ok(Self::Centre),
            other => match other.strip_prefix("unit:") {
                Some(code) if !code.is_empty() => Ok(Self::Unit(code.to_owned())),
                Some(_) | None => Err(RuleError::BadRouting(format!("`{other}` is no target"))),
            },
        }
    }
}

impl From<Target> for String {
    fn from(target: Target) -> Self {
        match target {
            Target::Unit(code) => format!("unit:{code}"),
            Target::DepartmentOfCategory => "department_of_category".to_owned(),
            Target::TownOfPlace => "town_of_place".to_owned(),
            Target::VillageOfPlace => "village_of_place".to_owned(),
            Target::Centre => "centre".to_owned(),
        }
    }
}
