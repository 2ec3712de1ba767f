//! Rule sets, the catalogue, live changes.

use super::{AccountName, Id, Instant, UrgencyWord};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub use crate::rulebook::RuleKind as RuleSetKind;

/// A rule set with its body.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RuleSetView {
    /// Its head.
    #[serde(flatten)]
    pub head: RuleSetHead,
    /// The rules as text: TOML for deadlines, routing and catalogue, CSV for the calendar.
    pub text: String,
    /// The same rules as structured data.
    pub body: serde_json::Value,
    /// How far it reaches; for the calendar alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reach: Option<CalendarReach>,
}

/// How far a working calendar reaches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CalendarReach {
    /// The last loaded day, `2026-12-31`: no deadline can lie behind it.
    pub loaded_until: String,
    /// How many days after today are still loaded.
    pub days_left: i64,
    /// Whether the next year is to be loaded now.
    pub ends_soon: bool,
    /// Loaded years whose days are not yet those of the State Council's notice.
    pub provisional_years: Vec<i16>,
}

/// What people call a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RuleName {
    /// Its name in the rules.
    pub id: String,
    /// In Chinese; the name where it has no title.
    pub zh: String,
    /// In English; the same.
    pub en: String,
}

impl RuleName {
    /// A rule's name and what people call it.
    #[must_use]
    pub fn of(id: &str, name: rules::RuleName) -> RuleName {
        RuleName { id: id.to_owned(), zh: name.zh, en: name.en }
    }
}

/// What is known of one version of a rule set.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RuleSetHead {
    /// Kind.
    pub kind: RuleSetKind,
    /// Version; 0 is the shipped default.
    pub version: i64,
    /// Why it was published.
    pub note: String,
    /// Who published it.
    pub published_by: Option<AccountName>,
    /// When; absent for the shipped default.
    pub published_at: Option<Instant>,
    /// Whether it is in force.
    pub in_force: bool,
}

/// All versions of a rule set, latest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RuleSetVersions {
    /// The versions.
    pub items: Vec<RuleSetHead>,
}

/// Which version of a rule set.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RuleSetQuestion {
    /// The version; the one in force when absent.
    pub version: Option<i64>,
}

/// A new version of a rule set.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishBody {
    /// The version it was made from; refused with `version.conflict` when another one is in force by now.
    pub version: i64,
    /// The rules as text, as `RuleSetView.text` has them.
    #[serde(default)]
    pub text: Option<String>,
    /// The rules as structured data, as `RuleSetView.body` has them; one of the two must be given.
    #[serde(default)]
    pub body: Option<serde_json::Value>,
    /// Why.
    pub note: String,
}

/// The catalogue of categories.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Catalogue {
    /// Its version.
    pub version: i64,
    /// Every category, parents before children.
    pub categories: Vec<CategoryView>,
}

/// A category.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CategoryView {
    /// Code, two digits per level.
    pub code: String,
    /// The parent's code.
    pub parent: Option<String>,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Words that point to it.
    pub keywords: Vec<String>,
    /// How pressing such matters are by default.
    pub urgency: UrgencyWord,
    /// Whether nothing stands under it: only leaves are given to cases.
    pub leaf: bool,
    /// Its own form fields (the parents' included).
    pub fields: Vec<CategoryField>,
}

/// A form field of a category.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CategoryField {
    /// Its name in `form`.
    pub name: String,
    /// Chinese label.
    pub zh: String,
    /// English label.
    pub en: String,
    /// `text`, `number`, `date`, `choice`, `boolean`.
    pub kind: String,
    /// Whether it must be filled.
    pub required: bool,
    /// The values of a choice.
    pub options: Vec<CategoryOption>,
}

/// A value of a choice.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CategoryOption {
    /// The value.
    pub value: String,
    /// Chinese label.
    pub zh: String,
    /// English label.
    pub en: String,
}

/// A live change, the data of a server-sent event `case`; the event's id is the position to resume from.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LiveChange {
    /// The last position it covers.
    pub position: Id,
    /// The cases that changed, each once, with the kinds of events in order.
    pub changes: Vec<LiveCase>,
}

/// One changed case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LiveCase {
    /// The case.
    pub case_id: Id,
    /// Its number.
    pub number: String,
    /// Its state now.
    pub state: String,
    /// Its version now.
    pub version: i64,
    /// What happened, in order: `case.dispatched` …
    pub kinds: Vec<String>,
    /// Whether the caller did all of it (such changes need no notice).
    pub mine: bool,
}
