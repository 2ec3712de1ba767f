//! Reads: one function per question. Every list is bound to an index and to the viewer's scope; texts are opened
//! for the rows of one page only.

mod counted;
mod cursor;
mod days;
mod deciding;
mod desks;
mod duplicates;
mod excerpt;
mod explain;
mod facts;
mod filters;
mod knowledge;
mod list;
mod lookup;
pub(crate) mod names;
mod overview;
pub(crate) mod page;
pub(crate) mod parts;
pub mod promise;
mod rows;
mod rule_sets;
mod search;
pub(crate) mod secrets;
mod sources;
mod supervision;
mod timeline;
mod visible;
mod ways;

pub use days::of as local_day;
pub use desks::desks;
pub use duplicates::duplicates;
pub use explain::{explain, explain_ways};
pub use facts::facts;
pub use filters::Filters;
pub use knowledge::{catalogue, deadline_preview};
pub use list::{PLANS, Plan, for_export, list};
pub use lookup::{Number, lookup};
pub use overview::overview;
pub use page::page;
pub use rule_sets::{as_text, reach, rule_set, rule_set_versions, structured, version_in_force};
pub use search::search;
pub use supervision::supervision;
pub use visible::{any, find, visible};

use people::{AccountActor, scope::Viewer};
use store::Timestamp;

/// Who asks, and when.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Who.
    pub actor: AccountActor,
    /// When.
    pub now: Timestamp,
}

impl Ask {
    /// What the asker may see.
    #[must_use]
    pub fn viewer(&self) -> Viewer {
        Viewer::from(&self.actor)
    }

    /// The units whose work orders the asker handles.
    #[must_use]
    pub fn handled_units(&self) -> Vec<i64> {
        self.actor.units_for(people::Permission::CaseHandle).into_iter().collect()
    }
}
