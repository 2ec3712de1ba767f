//! The rules in force: calendar, deadlines, routing, catalogue. Loaded from `rule_sets`, shipped defaults otherwise.

use crate::{CaseError, Ctx};
use arc_swap::ArcSwap;
use std::sync::Arc;
use store::Store;

/// Which rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleKind {
    /// Working days and office hours.
    Calendar,
    /// Deadline rules.
    Deadlines,
    /// Routing rules.
    Routing,
    /// Categories and their forms.
    Catalogue,
}

impl RuleKind {
    /// All kinds.
    pub const ALL: [RuleKind; 4] = [RuleKind::Calendar, RuleKind::Deadlines, RuleKind::Routing, RuleKind::Catalogue];

    /// The stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            RuleKind::Calendar => "calendar",
            RuleKind::Deadlines => "deadlines",
            RuleKind::Routing => "routing",
            RuleKind::Catalogue => "catalogue",
        }
    }

    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<RuleKind> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// One consistent set of rules.
pub struct Rules {
    /// Version of each kind, 0 for the shipped default.
    pub versions: std::collections::BTreeMap<&'static str, i64>,
}

/// The rules in force, swapped whole when a new version is published.
#[derive(Clone)]
pub struct RuleBook {
    current: Arc<ArcSwap<Rules>>,
}

impl RuleBook {
    /// Loads the newest published version of each kind.
    pub async fn load(store: &Store) -> Result<RuleBook, CaseError> {
        let _ = store;
        todo!()
    }

    /// The rules in force now.
    pub fn current(&self) -> Arc<Rules> {
        self.current.load_full()
    }

    /// Publishes a new version (text as in the shipped files: TOML for deadlines, routing and catalogue, CSV for the calendar).
    /// Bad data is refused with the rules crate's code. Needs `rules.manage`.
    pub async fn publish(
        &self,
        store: &Store,
        ctx: &Ctx,
        kind: RuleKind,
        body: String,
        note: String,
    ) -> Result<i64, CaseError> {
        let _ = (store, ctx, kind, body, note);
        todo!()
    }
}
