//! The inputs of the commands, as the API's bodies hold them. Ids are strings in JSON.

mod place;

use crate::model::ids;
use rules::words::{CaseKind, Channel, Confidentiality, ResolutionClass, Urgency};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use place::Place;

/// A person who stands behind a matter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct ReporterInput {
    /// The details; everything is optional.
    pub person: people::persons::Person,
    /// Wants to stay unknown to the handling unit.
    pub confidential: bool,
    /// Gave no name; a phone may still stand for the answer.
    pub anonymous: bool,
}

/// The number that another system knows the matter by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExternalRef {
    /// The system.
    pub system: String,
    /// Its number there; the pair is unique, a second registration is refused (`register.external_known`).
    pub number: String,
}

/// 受理登记: a matter as it is written down.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Register {
    /// What it is.
    #[schema(value_type = String)]
    pub kind: CaseKind,
    /// By which door it came.
    #[schema(value_type = String)]
    pub channel: Channel,
    /// How pressing it is; the category's default when absent.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub urgency: Option<Urgency>,
    /// The category, when the clerk knows it.
    #[serde(default)]
    pub category: Option<String>,
    /// One line.
    pub title: String,
    /// The matter in the person's words.
    pub detail: String,
    /// Where.
    #[serde(default)]
    pub place: Place,
    /// The category's own form fields.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub form: serde_json::Map<String, serde_json::Value>,
    /// Who may know; open when absent, sealed for a report of wrongdoing.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub confidentiality: Option<Confidentiality>,
    /// The unit that the complaint or report is about.
    #[serde(with = "ids::option", default)]
    #[schema(value_type = Option<String>)]
    pub reported_unit_id: Option<i64>,
    /// Who reports; empty means anonymous without contact.
    #[serde(default)]
    pub reporters: Vec<ReporterInput>,
    /// How many people came together (a batch of visitors counts once, its heads here); at least the reporters.
    #[serde(default)]
    pub head_count: Option<i64>,
    /// When it happened, if not now (offline reports, imports).
    #[serde(default)]
    #[schema(value_type = Option<String>, format = "date-time")]
    pub occurred_at: Option<jiff::Timestamp>,
    /// The number in another system.
    #[serde(default)]
    pub external: Option<ExternalRef>,
    /// For a whistle: the units that are needed.
    #[serde(with = "ids::list", default)]
    #[schema(value_type = Vec<String>)]
    pub units_needed: Vec<i64>,
    /// For a whistle: the town or village that whistles, for which the registrar may act; the registering unit when absent.
    #[serde(with = "ids::option", default)]
    #[schema(value_type = Option<String>)]
    pub whistling_unit_id: Option<i64>,
}

macro_rules! inputs {
    ($($(#[$meta:meta])* $name:ident { $($(#[$fmeta:meta])* $field:ident : $type:ty),* $(,)? })+) => {
        $($(#[$meta])*
        #[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
        pub struct $name { $($(#[$fmeta])* pub $field: $type),* })+
    };
}

inputs! {
    /// 清洗: what the steward found; also the body of `correct` (which moves no clock).
    Verify {
        /// The kind.
        #[schema(value_type = String)]
        kind: CaseKind,
        /// The category (a leaf of the catalogue).
        category: String,
        /// How pressing.
        #[schema(value_type = String)]
        urgency: Urgency,
        /// Who may know.
        #[schema(value_type = String)]
        confidentiality: Confidentiality,
        /// The title in plain words.
        title: String,
        /// Where.
        place: Place,
        /// The answers to the category's fields; absent: those given before, as far as the category knows them.
        #[serde(default)]
        #[schema(value_type = Option<Object>)]
        form: Option<serde_json::Map<String, serde_json::Value>>,
        /// The unit it is about; left as it is when absent.
        #[serde(with = "ids::option", default)]
        #[schema(value_type = Option<String>)]
        reported_unit_id: Option<i64>,
        /// It is about no unit, or about none that is named: takes a wrongly named one off. A report of wrongdoing names a unit
        /// or says this.
        #[serde(default, with = "ids::yes_no")]
        nobody_named: bool,
    }
    /// Corrects a verified case; no clock moves.
    Correct {
        /// What it is now.
        #[serde(flatten)]
        with: Verify,
        /// Why.
        reason: String,
    }
    /// 直接答复.
    Answer {
        /// The answer.
        text: String,
        /// How it was told: `spoken`, `phone`, `letter`, `portal`.
        told_by: String,
    }
    /// 不予受理.
    NotAccept {
        /// `litigation`, `arbitration`, `discipline`, `administrative_review`, `information_disclosure`, `petition`, `not_public`, `no_facts`.
        legal_reason: String,
        /// What was explained, and which route is open.
        route: String,
        /// How it was told: `spoken`, `phone`, `letter`, `portal`.
        told_by: String,
    }
    /// 转 110/119/120/122.
    TransferEmergency {
        /// `110`, `119`, `120` or `122`.
        service: String,
        /// The service's receipt: number or name of who took it.
        receipt: String,
    }
    /// 派单.
    Dispatch {
        /// The host; absent: the routing rule's proposal.
        #[serde(with = "ids::option", default)]
        #[schema(value_type = Option<String>)]
        host: Option<i64>,
        /// Co-handlers.
        #[serde(with = "ids::list", default)]
        #[schema(value_type = Vec<String>)]
        co_handlers: Vec<i64>,
        /// 及时办, 协调办 or 统筹办; the rules' proposal when absent.
        #[serde(default)]
        #[schema(value_type = Option<String>)]
        resolution_class: Option<ResolutionClass>,
        /// Designated: the host may not return it.
        #[serde(default, with = "ids::yes_no")]
        designated: bool,
        /// Why by hand, where the host is not the rule's.
        #[serde(default)]
        reason: String,
    }
    /// The centre takes it back to dispatch it anew.
    Recall {
        /// Why.
        reason: String,
    }
    /// 签收, for the actor's unit.
    Sign {
        /// Who handles it, if named now.
        #[serde(with = "ids::option", default)]
        #[schema(value_type = Option<String>)]
        handler: Option<i64>,
    }
    /// 到场.
    Arrive {}
    /// Starts work.
    Start {}
    /// Notes progress.
    Note {
        /// What was done.
        text: String,
    }
    /// Names the handler inside the unit.
    AssignHandler {
        /// The account.
        #[serde(with = "ids::id")]
        #[schema(value_type = String)]
        account: i64,
    }
    /// Adds a co-handler.
    AddCoHandler {
        /// The unit.
        #[serde(with = "ids::id")]
        #[schema(value_type = String)]
        unit: i64,
        /// What for.
        reason: String,
    }
    /// Takes a co-handler off.
    RemoveCoHandler {
        /// The unit.
        #[serde(with = "ids::id")]
        #[schema(value_type = String)]
        unit: i64,
        /// Why.
        reason: String,
    }
    /// 答复: the host answers the person and the centre, a co-handler answers the host.
    Reply {
        /// The answer.
        text: String,
        /// `done`, `explained`, `partly` or `refused`.
        result: String,
        /// Hand it to review at once (host only).
        #[serde(default = "yes", with = "ids::yes_no")]
        submit: bool,
    }
    /// The host sends a co-handler's answer back.
    SendBack {
        /// The co-handler.
        #[serde(with = "ids::id")]
        #[schema(value_type = String)]
        unit: i64,
        /// What is missing.
        reason: String,
    }
    /// 提交审核.
    Submit {}
    /// 审核通过.
    ReviewPass {
        /// A remark.
        #[serde(default)]
        note: String,
    }
    /// 审核退回.
    ReviewReject {
        /// What is missing.
        reason: String,
    }
    /// An attempt to bring the answer to a reporter.
    Deliver {
        /// The reporter; absent: all of them.
        #[serde(with = "ids::option", default)]
        #[schema(value_type = Option<String>)]
        reporter: Option<i64>,
        /// `phone`, `letter`, `visit`, `portal`, `message`.
        channel: String,
        /// Whether the person was reached.
        #[serde(with = "ids::yes_no")]
        reached: bool,
        /// Call record, signed print, portal read … (no personal data).
        evidence: String,
    }
    /// 回访 of one reporter.
    Callback {
        /// The reporter; absent: the only one.
        #[serde(with = "ids::option", default)]
        #[schema(value_type = Option<String>)]
        reporter: Option<i64>,
        /// `yes`, `partly`, `no` or `unreachable`.
        resolved: String,
        /// 1 very satisfied … 5 very dissatisfied.
        #[serde(default, with = "ids::number")]
        satisfaction: Option<i64>,
        /// What the person said.
        #[serde(default)]
        note: String,
        /// Close at once when everybody was asked and is content.
        #[serde(default = "yes", with = "ids::yes_no")]
        conclude: bool,
    }
    /// 办结.
    Close {
        /// Why, although somebody is not content.
        #[serde(default)]
        reason: String,
    }
    /// 重办 after a callback.
    Rework {
        /// What is missing.
        reason: String,
    }
    /// The way back in, for the person.
    Reopen {
        /// Why.
        reason: String,
    }
    /// A review decision opens an ended or archived case.
    ReopenByReview {
        /// The decision.
        reason: String,
    }
    /// 归档.
    Archive {}
    /// 撤回.
    Withdraw {
        /// What the person said.
        statement: String,
    }
    /// 退单申请.
    RequestReturn {
        /// Why.
        reason: String,
        /// The legal basis.
        basis: String,
    }
    /// 同意退单.
    GrantReturn {
        /// Why.
        reason: String,
    }
    /// 不同意退单.
    RefuseReturn {
        /// Why.
        reason: String,
    }
    /// 延期申请.
    RequestExtension {
        /// Why.
        reason: String,
        /// Until when.
        #[schema(value_type = String, format = "date-time")]
        until: jiff::Timestamp,
        /// Whether the person was told.
        #[serde(default, with = "ids::yes_no")]
        person_told: bool,
    }
    /// 同意延期.
    GrantExtension {
        /// A remark.
        #[serde(default)]
        reason: String,
    }
    /// 不同意延期.
    RefuseExtension {
        /// Why.
        reason: String,
    }
    /// 中止.
    Suspend {
        /// `appraisal`, `hearing`, `court`, `agreed`, `force_majeure`, `other_case`.
        basis: String,
        /// Facts.
        reason: String,
        /// When it is to be looked at again; the rule's limit when absent.
        #[serde(default)]
        #[schema(value_type = Option<String>, format = "date-time")]
        review_at: Option<jiff::Timestamp>,
    }
    /// The reason stands: look again later.
    ProlongSuspension {
        /// Why.
        reason: String,
    }
    /// 恢复.
    Resume {
        /// Why.
        #[serde(default)]
        reason: String,
    }
    /// 并单: this case goes on as part of another.
    Merge {
        /// The other case.
        #[serde(with = "ids::id")]
        #[schema(value_type = String)]
        into: i64,
        /// Why.
        reason: String,
    }
    /// 拆单.
    Unmerge {
        /// Why.
        reason: String,
    }
    /// A related case.
    Link {
        /// The other case.
        #[serde(with = "ids::id")]
        #[schema(value_type = String)]
        other: i64,
        /// `related`, `same_place`, `follow_up`, `earlier_round`.
        kind: String,
    }
    /// 吹哨.
    Whistle {
        /// The units needed.
        #[serde(with = "ids::list")]
        #[schema(value_type = Vec<String>)]
        units: Vec<i64>,
        /// Why.
        reason: String,
    }
    /// The centre approves; other units than asked for is a change.
    ApproveWhistle {
        /// The units to come; absent: those asked for.
        #[serde(with = "ids::list", default)]
        #[schema(value_type = Vec<String>)]
        units: Vec<i64>,
        /// A remark.
        #[serde(default)]
        reason: String,
    }
    /// The centre declines.
    DeclineWhistle {
        /// Why.
        reason: String,
    }
    /// 报到, for the actor's unit.
    WhistleArrive {}
    /// 催办.
    Remind {
        /// What to say.
        #[serde(default)]
        note: String,
    }
    /// 督办单.
    Supervise {
        /// What is asked.
        text: String,
    }
    /// The written reply to a supervision order.
    AnswerSupervision {
        /// The reply.
        text: String,
    }
    /// 提级: brings the unit above in.
    Escalate {
        /// Why.
        reason: String,
    }
    /// More facts, by the person or whoever heard them.
    AddInformation {
        /// The facts.
        text: String,
    }
    /// Who may know.
    ChangeConfidentiality {
        /// The new level.
        #[schema(value_type = String)]
        confidentiality: Confidentiality,
        /// Why.
        reason: String,
    }
    /// A legal hold.
    HoldLegally {
        /// Why.
        reason: String,
    }
    /// Lifts the hold.
    LiftHold {
        /// Why.
        reason: String,
    }
}

const fn yes() -> bool {
    true
}
