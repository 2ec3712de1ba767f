//! The story of a case: typed entries that the locale files turn into plain sentences.

use super::{Id, Instant};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// One thing that happened. The sentence is `timeline.{kind}` in the locale files, filled with `params`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TimelineEntry {
    /// The event's id.
    pub id: Id,
    /// The event's type, `case.registered`.
    pub kind: String,
    /// When it happened.
    pub at: Instant,
    /// When it was recorded, if later.
    pub recorded_at: Option<Instant>,
    /// Who did it: `account`, `system`, `citizen`.
    pub by: String,
    /// The person's name; absent for the system, a citizen, and where the caller may not know.
    pub actor_name: Option<String>,
    /// The unit it was done for.
    pub unit_name: Option<String>,
    /// Names and words for the sentence: unit and account ids are already names, instants RFC 3339.
    pub params: BTreeMap<String, serde_json::Value>,
    /// Free text that belongs to it (a reason, an answer), by name; absent when erased or withheld.
    pub texts: BTreeMap<String, String>,
}
