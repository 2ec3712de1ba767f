//! The whole case page in one answer.

use super::{
    AccountName, AreaName, AttachmentView, CardView, CaseName, CategoryName, ChannelWord, ClockView,
    ConfidentialityWord, DeliveryView, Id, Instant, KindWord, LinkView, OverlayView, Promise, ReplyView,
    ReporterView, ResolutionWord, RuleName, TimelineEntry, UnitName, UrgencyWord, WhistleView, WorkOrderView,
};
use crate::actions::ActionView;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Everything a case page shows.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CasePage {
    /// The matter itself.
    pub case: CaseDetail,
    /// Owner, next step, clock.
    pub promise: Promise,
    /// All clocks, the running ones first.
    pub clocks: Vec<ClockView>,
    /// Work orders, host first.
    pub work_orders: Vec<WorkOrderView>,
    /// The people who stand on it.
    pub reporters: Vec<ReporterView>,
    /// Answers, latest first.
    pub replies: Vec<ReplyView>,
    /// Deliveries, latest first.
    pub deliveries: Vec<DeliveryView>,
    /// Requests, suspensions and supervision, latest first.
    pub overlays: Vec<OverlayView>,
    /// Cards, latest first.
    pub cards: Vec<CardView>,
    /// Whistles, latest first.
    pub whistles: Vec<WhistleView>,
    /// Ties to other cases.
    pub links: Vec<LinkView>,
    /// Files.
    pub attachments: Vec<AttachmentView>,
    /// The story, oldest first.
    pub timeline: Vec<TimelineEntry>,
    /// What the caller can do now, the likely one first; refused ones say why.
    pub actions: Vec<ActionView>,
    /// Categories whose words occur in the matter, before the verification: for a person to decide.
    pub suggested_categories: Vec<CategorySuggestion>,
    /// The unit that the routing rules propose, before the dispatch.
    pub proposed_route: Option<RouteView>,
}

/// A category that the words of the matter point to.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CategorySuggestion {
    /// The category.
    pub category: CategoryName,
    /// How many characters of its words occur.
    pub score: i64,
}

/// The matter itself.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CaseDetail {
    /// Its id.
    pub id: Id,
    /// Its number.
    pub number: String,
    /// What kind of matter.
    pub kind: KindWord,
    /// By which door it came.
    pub channel: ChannelWord,
    /// Its state (`state.{state}` in the locale files).
    pub state: String,
    /// How it ended.
    pub ended_as: Option<String>,
    /// Whether it is open.
    pub open: bool,
    /// How pressing.
    pub urgency: UrgencyWord,
    /// How it is meant to be solved.
    pub resolution_class: ResolutionWord,
    /// Who may know.
    pub confidentiality: ConfidentialityWord,
    /// Its category; absent before cleaning.
    pub category: Option<CategoryName>,
    /// The category's own fields and their values.
    #[schema(value_type = Object)]
    pub form: BTreeMap<String, serde_json::Value>,
    /// One line; absent when erased.
    pub title: Option<String>,
    /// The matter in the person's words; absent when erased.
    pub detail: Option<String>,
    /// The place in words; absent when erased.
    pub place: Option<String>,
    /// Areas of the place, county down to grid.
    pub areas: Vec<AreaName>,
    /// Longitude (CGCS2000/WGS 84).
    pub lon: Option<f64>,
    /// Latitude.
    pub lat: Option<f64>,
    /// The unit that leads.
    pub host_unit: Option<UnitName>,
    /// The unit that first took it (first-recipient responsibility).
    pub first_unit: UnitName,
    /// The unit that registered it.
    pub registered_unit: UnitName,
    /// Who registered it.
    pub registered_by: Option<AccountName>,
    /// The unit a report of wrongdoing is about.
    pub reported_unit: Option<UnitName>,
    /// Whether the host was designated by review (may not return it again).
    pub designated: bool,
    /// Whether it came without a name.
    pub anonymous: bool,
    /// How many heads came with it.
    pub head_count: i64,
    /// How many reporters stand on it.
    pub reporter_count: i64,
    /// 1, or more after a reopening.
    pub round: i64,
    /// Its version; send it back with an action.
    pub version: i64,
    /// Whether it is suspended.
    pub suspended: bool,
    /// `none`, `reminded`, `ordered` …
    pub supervision: String,
    /// When the matter happened.
    pub occurred_at: Instant,
    /// When it came in.
    pub received_at: Instant,
    /// When it was dispatched.
    pub dispatched_at: Option<Instant>,
    /// When it was answered.
    pub replied_at: Option<Instant>,
    /// When it ended.
    pub closed_at: Option<Instant>,
    /// When it was archived.
    pub archived_at: Option<Instant>,
    /// When it is to be solved.
    pub due_at: Option<Instant>,
    /// The case it was merged into.
    pub merged_into: Option<CaseName>,
    /// The cases that were merged into it.
    pub merged_here: Vec<CaseName>,
    /// How often it was reopened.
    pub reopened_count: i64,
    /// The routing rule that chose the host, or the reason of the hand that did.
    pub rule_chosen: Option<RouteView>,
    /// Whether retention must leave it alone.
    pub legal_hold: bool,
    /// Its identifiers in other systems.
    pub external_refs: Vec<ExternalRef>,
    /// When it last changed.
    pub updated_at: Instant,
}

/// An identifier in another system.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExternalRef {
    /// The system.
    pub system: String,
    /// The number there.
    pub number: String,
}

impl From<(String, String)> for ExternalRef {
    fn from((system, number): (String, String)) -> ExternalRef {
        ExternalRef { system, number }
    }
}

/// How a host is or was chosen.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RouteView {
    /// `rule` or `hand`.
    pub by: String,
    /// The unit.
    pub unit: Option<UnitName>,
    /// The rule, for `rule`.
    pub rule: Option<RuleName>,
    /// What the rule is there for.
    pub note: Option<String>,
    /// Step by step why it is this unit: `{step: rule|no_unit|reported_unit|village_not_host, …}`; where a step names a
    /// rule, `zh` and `en` are what people call it.
    #[schema(value_type = Vec<Object>)]
    pub because: Vec<serde_json::Value>,
}
