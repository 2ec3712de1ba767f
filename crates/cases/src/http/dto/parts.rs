//! What hangs on a case: clocks, work orders, reporters, replies, deliveries, overlays, cards, whistles, files.

use super::{AccountName, CaseName, ClockTone, Id, Instant, RuleName, Span, UnitName};
use serde::Serialize;
use utoipa::ToSchema;

/// One clock of a case.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ClockView {
    /// Its id.
    pub id: Id,
    /// The work order whose clock it is; absent for the case's own.
    pub work_order_id: Option<Id>,
    /// `verify`, `dispatch`, `sign`, `arrive`, `resolve`, `review`, `callback` …
    pub kind: String,
    /// Whether it is the next step's.
    pub next_step: bool,
    /// `running`, `paused`, `ended`.
    pub state: String,
    /// `quiet`, `reminded`, `expired`, `red`.
    pub stage: String,
    /// The unit that is measured.
    pub unit: Option<UnitName>,
    /// The rule that set it.
    pub rule: RuleName,
    /// The limit in its own words.
    pub limit: String,
    /// Start.
    pub started_at: Instant,
    /// When it is due.
    pub due_at: Instant,
    /// When it was paused.
    pub paused_at: Option<Instant>,
    /// When it ended.
    pub ended_at: Option<Instant>,
    /// What is left, or how long it is over.
    pub left: Option<Span>,
    /// How to show it.
    pub tone: ClockTone,
}

/// One unit's share of a case.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WorkOrderView {
    /// Its id.
    pub id: Id,
    /// The unit.
    pub unit: UnitName,
    /// `host` or `co_handler`.
    pub part: String,
    /// Its state.
    pub state: String,
    /// Whether it is still to be done.
    pub open: bool,
    /// The round (1, or more after a reopening).
    pub round: i64,
    /// The person who handles it.
    pub handler: Option<AccountName>,
    /// When it was dispatched.
    pub dispatched_at: Instant,
    /// When it was signed for.
    pub signed_at: Option<Instant>,
    /// When the unit arrived on site.
    pub arrived_at: Option<Instant>,
    /// When it was answered.
    pub replied_at: Option<Instant>,
    /// When it ended.
    pub ended_at: Option<Instant>,
    /// Until when it is to be signed for.
    pub sign_due_at: Option<Instant>,
    /// Until when it is to be solved.
    pub due_at: Option<Instant>,
    /// Its version.
    pub version: i64,
}

/// One person who stands on the case; details are masked.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReporterView {
    /// Its id.
    pub id: Id,
    /// The case by which the person came, when merged later.
    pub origin_case: Option<CaseName>,
    /// Asked to stay unnamed.
    pub anonymous: bool,
    /// Asked that the unit not learn the name.
    pub confidential: bool,
    /// Name with all but the first character hidden; absent when anonymous, erased or withheld from the caller.
    pub name: Option<String>,
    /// Phone with the middle hidden.
    pub phone: Option<String>,
    /// Document number with the middle hidden.
    pub document: Option<String>,
    /// Whether the details may be asked for by `unmask`.
    pub can_unmask: bool,
    /// Whether the person's data were erased.
    pub erased: bool,
    /// When the person joined the case.
    pub joined_at: Instant,
    /// When an answer reached the person.
    pub reached_at: Option<Instant>,
    /// What the person said at the callback: `yes`, `partly`, `no`, `unreachable`.
    pub resolved: Option<String>,
    /// 1 very satisfied … 5 very dissatisfied.
    pub satisfaction: Option<i64>,
}

/// A unit's answer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReplyView {
    /// Its id.
    pub id: Id,
    /// The work order it answers.
    pub work_order_id: Option<Id>,
    /// The round.
    pub round: i64,
    /// The unit.
    pub unit: Option<UnitName>,
    /// Who wrote it.
    pub account: Option<AccountName>,
    /// The text; absent when erased.
    pub text: Option<String>,
    /// What became of the matter, as the unit says.
    pub result: String,
    /// When.
    pub replied_at: Instant,
    /// Who reviewed it.
    pub reviewed_by: Option<AccountName>,
    /// When.
    pub reviewed_at: Option<Instant>,
    /// `passed`, `rejected`; absent before the review.
    pub review: Option<String>,
}

/// How an answer reached a person, or the evidence why it could not.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DeliveryView {
    /// Its id.
    pub id: Id,
    /// The person.
    pub reporter_id: Option<Id>,
    /// The answer.
    pub reply_id: Option<Id>,
    /// `call`, `print`, `portal` …
    pub channel: String,
    /// `reached`, `unreachable`, `tried` …
    pub state: String,
    /// How many attempts.
    pub attempts: i64,
    /// The evidence.
    pub evidence: String,
    /// Who did it.
    pub account: Option<AccountName>,
    /// First attempt.
    pub first_at: Instant,
    /// When the answer reached the person.
    pub reached_at: Option<Instant>,
}

/// A return request, an extension request, a suspension or a supervision order.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OverlayView {
    /// Its id.
    pub id: Id,
    /// The work order it is about.
    pub work_order_id: Option<Id>,
    /// `return_request`, `extension_request`, `suspension`, `supervision`.
    pub kind: String,
    /// `open` while undecided or in force.
    pub state: String,
    /// Why; absent when erased.
    pub reason: Option<String>,
    /// The legal basis or the duty list it names.
    pub basis: String,
    /// Who asked.
    pub asked_by: Option<AccountName>,
    /// For which unit.
    pub asked_unit: Option<UnitName>,
    /// When.
    pub asked_at: Instant,
    /// The date that is asked for.
    pub asked_until: Option<Instant>,
    /// Who decided.
    pub decided_by: Option<AccountName>,
    /// When.
    pub decided_at: Option<Instant>,
    /// What was said with the decision.
    pub decision: Option<String>,
}

/// A yellow or red card.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CardView {
    /// Its id.
    pub id: Id,
    /// `yellow` or `red`.
    pub level: String,
    /// The work order whose clock it is.
    pub work_order_id: Option<Id>,
    /// The clock's kind.
    pub clock_kind: String,
    /// The unit.
    pub unit: Option<UnitName>,
    /// When.
    pub issued_at: Instant,
    /// When it was taken back.
    pub withdrawn_at: Option<Instant>,
}

/// One unit called by a whistle.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WhistleUnitView {
    /// The unit.
    pub unit: UnitName,
    /// `asked`, `called`, `arrived`, …
    pub state: String,
    /// When it arrived.
    pub arrived_at: Option<Instant>,
    /// Who pressed the button.
    pub arrived_by: Option<AccountName>,
}

/// A whistle.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WhistleView {
    /// Its id.
    pub id: Id,
    /// Who whistled.
    pub unit: UnitName,
    /// Its state.
    pub state: String,
    /// Why; absent when erased.
    pub reason: Option<String>,
    /// The person.
    pub whistled_by: Option<AccountName>,
    /// When.
    pub whistled_at: Instant,
    /// Who decided.
    pub decided_by: Option<AccountName>,
    /// When.
    pub decided_at: Option<Instant>,
    /// What was said with the decision.
    pub decision: Option<String>,
    /// The units it calls.
    pub units: Vec<WhistleUnitView>,
}

/// A tie to another case.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LinkView {
    /// The other case.
    pub other: CaseName,
    /// `related`, `same_place`, `follows` …
    pub kind: String,
    /// Who tied them.
    pub made_by: Option<AccountName>,
    /// When.
    pub made_at: Instant,
}

/// A file.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AttachmentView {
    /// Its id.
    pub id: Id,
    /// Its name; absent when erased.
    pub name: Option<String>,
    /// The media type that its content shows.
    pub media_type: String,
    /// Bytes.
    pub size: i64,
    /// SHA-256 in hexadecimal; absent when erased.
    pub sha256: Option<String>,
    /// Whether the caller may take it off.
    pub removable: bool,
    /// Whether `/attachments/{id}/thumbnail` answers.
    pub has_thumbnail: bool,
    /// Who added it.
    pub account: Option<AccountName>,
    /// When.
    pub created_at: Instant,
}
