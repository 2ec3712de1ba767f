//! The units of a usual county, whose codes the shipped routing rules name.

use crate::words::UnitKind;
use serde::{Deserialize, Serialize};

/// The departments and other units of a usual county, as TOML of [`UnitTemplate`].
pub const UNITS: &str = include_str!("../data/units-template.toml");

/// One unit of the template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnitDef {
    /// The code that rules name.
    pub code: String,
    /// Name in Chinese.
    pub zh: String,
    /// Short name.
    pub short: String,
    /// Name in English.
    pub en: String,
    /// What it is.
    pub kind: UnitKind,
}

/// The template of units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnitTemplate {
    /// The units; the centre first.
    pub units: Vec<UnitDef>,
}
