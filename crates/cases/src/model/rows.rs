//! Rows as they stand in the tables. Words (states, kinds) are text here; `super::words` parses them.

use diesel::prelude::*;
use store::schema;

/// A case.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, Identifiable)]
#[diesel(table_name = schema::cases, primary_key(id), treat_none_as_default_value = false)]
pub struct CaseRow {
    /// Its id.
    pub id: i64,
    /// County code, day, running number.
    pub number: String,
    /// `CaseKind`.
    pub kind: String,
    /// `Channel`.
    pub channel: String,
    /// `CaseState`.
    pub state: String,
    /// `Ending`, once it has ended.
    pub ended_as: Option<String>,
    /// Whether its state is an open one.
    pub open: bool,
    /// `Urgency`.
    pub urgency: String,
    /// `ResolutionClass`.
    pub resolution_class: String,
    /// `Confidentiality`.
    pub confidentiality: String,
    /// Code in the catalogue; empty until verified.
    pub category: String,
    /// County id.
    pub county_id: Option<i64>,
    /// Town id.
    pub town_id: Option<i64>,
    /// Village id.
    pub village_id: Option<i64>,
    /// Grid id.
    pub grid_id: Option<i64>,
    /// Lon.
    pub lon: Option<f64>,
    /// Lat.
    pub lat: Option<f64>,
    /// The data key that seals its texts.
    pub key_id: i64,
    /// Sealed title.
    pub title: Vec<u8>,
    /// The host of the present or last round.
    pub host_unit_id: Option<i64>,
    /// The unit that answers for it now.
    pub owner_unit_id: i64,
    /// The account of that unit that answers for it, if named.
    pub owner_account_id: Option<i64>,
    /// The unit first asked.
    pub first_unit_id: i64,
    /// Registered by.
    pub registered_by: Option<i64>,
    /// Registered unit id.
    pub registered_unit_id: i64,
    /// The unit a complaint or report is about.
    pub reported_unit_id: Option<i64>,
    /// Whether the host was designated (no return).
    pub designated: bool,
    /// Anonymous.
    pub anonymous: bool,
    /// Head count.
    pub head_count: i64,
    /// Reporter count.
    pub reporter_count: i64,
    /// From 1; each reopening adds one.
    pub round: i64,
    /// Version.
    pub version: i64,
    /// `ClockKind` of the next step.
    pub next_step: Option<String>,
    /// When the next step is due; null while it is paused.
    pub next_due_at: Option<i64>,
    /// When the answer is due (the promise).
    pub due_at: Option<i64>,
    /// Suspended.
    pub suspended: bool,
    /// `none`, `reminded`, `yellow`, `red`, `ordered` or `escalated`.
    pub supervision: String,
    /// Occurred at (ms).
    pub occurred_at: i64,
    /// Received at (ms).
    pub received_at: i64,
    /// The account that dispatched it in this round.
    pub dispatched_by: Option<i64>,
    /// Dispatched at (ms).
    pub dispatched_at: Option<i64>,
    /// Replied at (ms).
    pub replied_at: Option<i64>,
    /// Closed at (ms).
    pub closed_at: Option<i64>,
    /// Archived at (ms).
    pub archived_at: Option<i64>,
    /// Merged into.
    pub merged_into: Option<i64>,
    /// Reopened count.
    pub reopened_count: i64,
    /// Version of the deadline rules that set its clocks.
    pub rule_version: i64,
    /// The routing rule, or `by_hand`.
    pub rule_chosen: String,
    /// Check code hash.
    pub check_code_hash: Vec<u8>,
    /// Legal hold.
    pub legal_hold: bool,
    /// Updated at (ms).
    pub updated_at: i64,
}

/// The sealed texts of a case.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, Identifiable, AsChangeset)]
#[diesel(table_name = schema::case_texts, primary_key(case_id), treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct CaseTextRow {
    /// Case id.
    pub case_id: i64,
    /// Detail.
    pub detail: Vec<u8>,
    /// Place.
    pub place: Vec<u8>,
    /// Form.
    pub form: Vec<u8>,
}

/// A unit's share of a case.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, Identifiable, AsChangeset)]
#[diesel(table_name = schema::work_orders, primary_key(id), treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct WorkOrderRow {
    /// Id.
    pub id: i64,
    /// Case id.
    pub case_id: i64,
    /// Unit id.
    pub unit_id: i64,
    /// Part.
    pub part: String,
    /// State.
    pub state: String,
    /// Open.
    pub open: bool,
    /// Round.
    pub round: i64,
    /// Handler id.
    pub handler_id: Option<i64>,
    /// Accounts that worked on it, parted by blanks ([`WorkOrderRow::hands`]).
    pub hands: String,
    /// Returned before.
    pub returned_before: bool,
    /// Dispatched at (ms).
    pub dispatched_at: i64,
    /// Signed at (ms).
    pub signed_at: Option<i64>,
    /// Arrived at (ms).
    pub arrived_at: Option<i64>,
    /// Replied at (ms).
    pub replied_at: Option<i64>,
    /// Ended at (ms).
    pub ended_at: Option<i64>,
    /// Sign due at (ms).
    pub sign_due_at: Option<i64>,
    /// Due at (ms).
    pub due_at: Option<i64>,
    /// Version.
    pub version: i64,
}

impl WorkOrderRow {
    /// The accounts that worked on it.
    pub fn hands(&self) -> impl Iterator<Item = i64> {
        self.hands.split_ascii_whitespace().filter_map(|id| id.parse().ok())
    }

    /// Notes that an account works on it.
    pub(crate) fn lay_hand(&mut self, account: Option<i64>) {
        let Some(account) = account.filter(|account| self.hands().all(|hand| hand != *account)) else {
            return;
        };
        if !self.hands.is_empty() {
            self.hands.push(' ');
        }
        self.hands.push_str(&account.to_string());
    }
}

/// A round of a case that is over: it was handled again or reopened. What it counted for, it goes on counting for.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, Identifiable)]
#[diesel(table_name = schema::case_rounds, primary_key(case_id, round), treat_none_as_default_value = false)]
pub struct RoundRow {
    /// Case id.
    pub case_id: i64,
    /// Which round, from 1.
    pub round: i64,
    /// The host at its end.
    pub host_unit_id: Option<i64>,
    /// The owner at its end.
    pub owner_unit_id: i64,
    /// `Ending`, where the case had ended in it.
    pub ended_as: Option<String>,
    /// When that was (ms).
    pub closed_at: Option<i64>,
    /// When the answer was due (ms).
    pub due_at: Option<i64>,
    /// When the host answered (ms).
    pub replied_at: Option<i64>,
    /// When the next round began (ms).
    pub over_at: i64,
    /// Reporters who were called back and said something.
    pub callbacks: i64,
    /// Who said that it is resolved.
    pub resolved: i64,
    /// Who were satisfied.
    pub satisfied: i64,
    /// Who were not.
    pub unsatisfied: i64,
    /// Who could not be reached.
    pub unreachable: i64,
}

/// A reporter of a case.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, Identifiable, AsChangeset)]
#[diesel(table_name = schema::reporters, primary_key(id), treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct ReporterRow {
    /// Id.
    pub id: i64,
    /// Case id.
    pub case_id: i64,
    /// Origin case id.
    pub origin_case_id: i64,
    /// Person id.
    pub person_id: Option<i64>,
    /// Anonymous.
    pub anonymous: bool,
    /// Confidential.
    pub confidential: bool,
    /// Whether there is any way to reach this reporter.
    pub contact: bool,
    /// Joined at (ms).
    pub joined_at: i64,
    /// Attempts in vain to reach this reporter in this round.
    pub attempts: i64,
    /// Reached at (ms).
    pub reached_at: Option<i64>,
    /// Resolved.
    pub resolved: Option<String>,
    /// Satisfaction.
    pub satisfaction: Option<i64>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, Identifiable, AsChangeset)]
#[diesel(table_name = schema::replies, primary_key(id), treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct ReplyRow {
    /// Id.
    pub id: i64,
    /// Case id.
    pub case_id: i64,
    /// Work order id.
    pub work_order_id: Option<i64>,
    /// Round.
    pub round: i64,
    /// Unit id.
    pub unit_id: Option<i64>,
    /// Account id.
    pub account_id: Option<i64>,
    /// Text.
    pub text: Vec<u8>,
    /// Result.
    pub result: String,
    /// Replied at (ms).
    pub replied_at: i64,
    /// Reviewed by.
    pub reviewed_by: Option<i64>,
    /// Reviewed at (ms).
    pub reviewed_at: Option<i64>,
    /// Review.
    pub review: Option<String>,
}

/// How an answer was brought to a reporter.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, Identifiable, AsChangeset)]
#[diesel(table_name = schema::deliveries, primary_key(id), treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct DeliveryRow {
    /// Id.
    pub id: i64,
    /// Case id.
    pub case_id: i64,
    /// Reporter id.
    pub reporter_id: Option<i64>,
    /// Reply id.
    pub reply_id: Option<i64>,
    /// Channel.
    pub channel: String,
    /// State.
    pub state: String,
    /// Attempts.
    pub attempts: i64,
    /// Evidence as a word (`callback`, `told_on_the_spot`); empty when it is told in words.
    pub evidence: String,
    /// Evidence told in words, sealed.
    pub evidence_text: Option<Vec<u8>>,
    /// Account id.
    pub account_id: Option<i64>,
    /// First at (ms).
    pub first_at: i64,
    /// Reached at (ms).
    pub reached_at: Option<i64>,
}

/// A request, suspension, supervision order or escalation over a case.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, Identifiable, AsChangeset)]
#[diesel(table_name = schema::overlays, primary_key(id), treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct OverlayRow {
    /// Id.
    pub id: i64,
    /// Case id.
    pub case_id: i64,
    /// Work order id.
    pub work_order_id: Option<i64>,
    /// Kind.
    pub kind: String,
    /// State.
    pub state: String,
    /// Reason.
    pub reason: Vec<u8>,
    /// Basis as a word (`appraisal`, `overrun`); empty when it is told in words.
    pub basis: String,
    /// Basis told in words, sealed.
    pub basis_text: Option<Vec<u8>>,
    /// Asked by.
    pub asked_by: Option<i64>,
    /// Asked unit id.
    pub asked_unit_id: Option<i64>,
    /// Asked at (ms).
    pub asked_at: i64,
    /// Asked until.
    pub asked_until: Option<i64>,
    /// Decided by.
    pub decided_by: Option<i64>,
    /// Decided at (ms).
    pub decided_at: Option<i64>,
    /// Decision.
    pub decision: Option<Vec<u8>>,
}

/// A yellow or red card.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, Identifiable, AsChangeset)]
#[diesel(table_name = schema::cards, primary_key(id), treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct CardRow {
    /// Id.
    pub id: i64,
    /// Case id.
    pub case_id: i64,
    /// Work order id.
    pub work_order_id: Option<i64>,
    /// Clock id.
    pub clock_id: i64,
    /// Unit id.
    pub unit_id: Option<i64>,
    /// Level.
    pub level: String,
    /// Issued at (ms).
    pub issued_at: i64,
    /// Withdrawn at (ms).
    pub withdrawn_at: Option<i64>,
}

/// A whistle.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, Identifiable, AsChangeset)]
#[diesel(table_name = schema::whistles, primary_key(id), treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct WhistleRow {
    /// Id.
    pub id: i64,
    /// Case id.
    pub case_id: i64,
    /// Unit id.
    pub unit_id: i64,
    /// State.
    pub state: String,
    /// Reason.
    pub reason: Vec<u8>,
    /// Whistled by.
    pub whistled_by: Option<i64>,
    /// Whistled at (ms).
    pub whistled_at: i64,
    /// Decided by.
    pub decided_by: Option<i64>,
    /// Decided at (ms).
    pub decided_at: Option<i64>,
    /// Decision.
    pub decision: Option<Vec<u8>>,
}

/// A unit that was whistled for.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, Identifiable, AsChangeset)]
#[diesel(table_name = schema::whistle_units, primary_key(whistle_id, unit_id), treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct WhistleUnitRow {
    /// Whistle id.
    pub whistle_id: i64,
    /// Unit id.
    pub unit_id: i64,
    /// State.
    pub state: String,
    /// Arrived at (ms).
    pub arrived_at: Option<i64>,
    /// Arrived by.
    pub arrived_by: Option<i64>,
}

/// A link to a related case.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, Identifiable)]
#[diesel(table_name = schema::case_links, primary_key(case_id, other_id, kind), treat_none_as_default_value = false)]
pub struct LinkRow {
    /// Case id.
    pub case_id: i64,
    /// Other id.
    pub other_id: i64,
    /// Kind.
    pub kind: String,
    /// Made by.
    pub made_by: Option<i64>,
    /// Made at (ms).
    pub made_at: i64,
}
