//! What clients send to change something, and what they get back.

use super::{ChannelWord, ConfidentialityWord, Id, Instant, KindWord, ResolutionWord, UrgencyWord};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A new matter.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterBody {
    /// What kind of matter.
    pub kind: KindWord,
    /// By which door it came.
    pub channel: ChannelWord,
    /// One line.
    pub title: String,
    /// The matter in the person's words.
    #[serde(default)]
    pub detail: String,
    /// How pressing; the category's own when absent.
    #[serde(default)]
    pub urgency: Option<UrgencyWord>,
    /// Who may know; open when absent, sealed for a report of wrongdoing.
    #[serde(default)]
    pub confidentiality: Option<ConfidentialityWord>,
    /// Category code, when already clear.
    #[serde(default)]
    pub category: Option<String>,
    /// The category's own fields.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub form: BTreeMap<String, serde_json::Value>,
    /// Where.
    #[serde(default)]
    pub place: Option<PlaceBody>,
    /// When it happened; now when absent.
    #[serde(default)]
    pub occurred_at: Option<Instant>,
    /// The people who report it. Empty means anonymous without contact.
    #[serde(default)]
    pub reporters: Vec<ReporterBody>,
    /// How many heads came (a batch of walk-ins is one matter); at least the number of reporters.
    #[serde(default)]
    pub head_count: Option<i64>,
    /// The unit a complaint about conduct or a report of wrongdoing is about.
    #[serde(default)]
    pub reported_unit: Option<Id>,
    /// Its identifier in another system.
    #[serde(default)]
    pub external_ref: Option<ExternalRefBody>,
    /// For a whistle: the units that are needed.
    #[serde(default)]
    pub units_needed: Vec<Id>,
    /// For a whistle: the town or village that whistles; the registering unit when absent.
    #[serde(default)]
    pub whistling_unit: Option<Id>,
}

/// A place.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceBody {
    /// In words.
    #[serde(default)]
    pub text: String,
    /// The smallest known area: grid, village or town.
    #[serde(default)]
    pub area_id: Option<Id>,
    /// Longitude, WGS 84.
    #[serde(default)]
    pub lon: Option<f64>,
    /// Latitude, WGS 84.
    #[serde(default)]
    pub lat: Option<f64>,
}

/// A person who reports.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReporterBody {
    /// Name.
    #[serde(default)]
    pub name: String,
    /// Phone.
    #[serde(default)]
    pub phone: String,
    /// Identity document number; only where the matter needs it.
    #[serde(default)]
    pub document: String,
    /// Address.
    #[serde(default)]
    pub address: String,
    /// The unit must not learn who it is.
    #[serde(default)]
    pub confidential: bool,
    /// Gave no name; a phone may still stand for the answer.
    #[serde(default)]
    pub anonymous: bool,
}

/// An identifier in another system.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExternalRefBody {
    /// The system.
    pub system: String,
    /// The number there.
    pub number: String,
}

/// What a registration gives.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Registered {
    /// The case.
    pub id: Id,
    /// Its number, for the person.
    pub number: String,
    /// The check code, for the person; shown this once.
    pub check_code: String,
    /// Its version.
    pub version: i64,
}

/// The body of an action: the version that was read, plus the fields of its descriptor.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct ActionBody {
    /// The case's version as read.
    pub version: i64,
    /// The fields by name.
    #[serde(flatten)]
    #[schema(additional_properties)]
    pub fields: serde_json::Map<String, serde_json::Value>,
}

/// What an action gives.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ActionDone {
    /// The case.
    pub id: Id,
    /// Its state now.
    pub state: String,
    /// Its version now.
    pub version: i64,
    /// What it made, where it makes something (work order, request, whistle, reply).
    pub made: Option<Id>,
}

/// Why personal data are to be shown.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnmaskBody {
    /// The purpose; it is written down with the access.
    pub purpose: String,
}

/// The people of a case in clear.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Unmasked {
    /// The reporters whose details the caller may see.
    pub reporters: Vec<UnmaskedReporter>,
}

/// A reporter in clear.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UnmaskedReporter {
    /// The reporter's id on the case.
    pub id: Id,
    /// Name.
    pub name: String,
    /// Phone.
    pub phone: String,
    /// Document number.
    pub document: String,
    /// Address.
    pub address: String,
}

/// Why a file is taken off.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveFileBody {
    /// The reason; it stands in the case's story.
    pub reason: String,
}

/// A request to erase a reporter. Without `confirmed` nothing is done: the answer says what would go.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EraseBody {
    /// The request or the retention rule; written to the access log.
    #[serde(default)]
    pub purpose: String,
    /// Whether the texts and files of the matter go too. Absent: where nobody else stands behind it.
    #[serde(default)]
    pub texts: Option<bool>,
    /// Whether it is to be done.
    #[serde(default)]
    pub confirmed: bool,
}

/// What an erasure takes away, or would take.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ErasureView {
    /// Whether it was done.
    pub done: bool,
    /// On how many cases the person stands.
    pub cases: usize,
    /// How many of them lose their texts, answers and files.
    pub texts: usize,
    /// How many files go.
    pub files: usize,
}

/// A question about deadlines before registering or dispatching.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeadlineQuestion {
    /// Category code.
    #[serde(default)]
    pub category: Option<String>,
    /// How pressing.
    pub urgency: UrgencyWord,
    /// What kind of matter.
    pub kind: KindWord,
    /// By which door.
    pub channel: ChannelWord,
    /// How it is meant to be solved; prompt when absent.
    #[serde(default)]
    pub resolution_class: Option<ResolutionWord>,
    /// The smallest known area, for the routing.
    #[serde(default)]
    pub area_id: Option<Id>,
    /// The unit a complaint is about, for the routing.
    #[serde(default)]
    pub reported_unit: Option<Id>,
    /// From when to count; now when absent.
    #[serde(default)]
    pub at: Option<Instant>,
}

/// The limits that would apply, were every step to begin at the given instant.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DeadlinePreview {
    /// From when it was counted.
    pub at: Instant,
    /// One per kind of clock.
    pub limits: Vec<LimitPreview>,
    /// The unit the routing rules propose.
    pub route: Option<super::RouteView>,
}

/// One limit.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LimitPreview {
    /// The clock's kind.
    pub clock: String,
    /// The limit in its own words, `5wd`.
    pub limit: String,
    /// The rule.
    pub rule: super::RuleName,
    /// When the reminder falls due.
    pub remind_at: Option<Instant>,
    /// When it would be due.
    pub due_at: Instant,
}
