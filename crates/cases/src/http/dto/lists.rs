//! Lists: rows, questions, pages.

use super::{
    AreaName, CardView, CategoryName, ChannelWord, ConfidentialityWord, Id, Instant, KindWord, OverlayView,
    Promise, UnitName, UrgencyWord,
};
use people::http::Total;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A desk: a list of work by duty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Desk {
    /// Received, to be verified.
    Cleaning,
    /// Verified, to be dispatched; return and extension requests to decide; whistles to review.
    Dispatch,
    /// The work orders of one's own unit.
    Unit,
    /// Answers to check.
    Review,
    /// People to call back.
    Callback,
    /// Cases under supervision.
    Supervision,
    /// Registered by oneself.
    Mine,
    /// Everything one may see.
    All,
}

impl Desk {
    /// Every desk, in the order of the work.
    pub const ALL: &'static [Desk] = &[
        Desk::Cleaning,
        Desk::Dispatch,
        Desk::Unit,
        Desk::Review,
        Desk::Callback,
        Desk::Supervision,
        Desk::Mine,
        Desk::All,
    ];
}

/// Filter by deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DueFilter {
    /// The next step is overdue.
    Late,
    /// A quarter of the clock or less is left.
    Soon,
    /// The next step is due on this local day.
    Today,
}

/// What the overview counts. The list shows the cases behind a number: `from` and `to` are then days of what is
/// counted (of the end, of the due, of the answer …), `unit` is the unit it is counted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// Registered.
    Registered,
    /// Ended in any way but merging.
    Ended,
    /// Handled to the end.
    Closed,
    /// To be solved on these days.
    Due,
    /// Of these, what ended or has run out of time: the rate's denominator.
    Judged,
    /// Of these, what was answered in time.
    OnTime,
    /// Of these, what was not.
    Late,
    /// With a reporter who was called back.
    CalledBack,
    /// With a reporter who says that it is solved.
    Resolved,
    /// With a reporter who is satisfied.
    Satisfied,
    /// With a card issued on these days.
    Carded,
}

impl Counted {
    /// Everything that is counted.
    pub const ALL: &'static [Counted] = &[
        Counted::Registered,
        Counted::Ended,
        Counted::Closed,
        Counted::Due,
        Counted::Judged,
        Counted::OnTime,
        Counted::Late,
        Counted::CalledBack,
        Counted::Resolved,
        Counted::Satisfied,
        Counted::Carded,
    ];
}

/// Which cases. All filters are optional and narrow the list together.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListQuestion {
    /// The desk; `all` when absent.
    pub desk: Option<Desk>,
    /// A part of the desk: `to_dispatch`, `returns`, `extensions`, `whistles` (dispatch); `to_sign`,
    /// `in_progress`, `to_answer` (unit).
    pub part: Option<String>,
    /// Case state.
    pub state: Option<String>,
    /// `true` for open cases, `false` for ended ones.
    pub open: Option<bool>,
    /// Case kind.
    #[param(value_type = Option<KindWord>)]
    pub kind: Option<KindWord>,
    /// Channel.
    #[param(value_type = Option<ChannelWord>)]
    pub channel: Option<ChannelWord>,
    /// Urgency.
    #[param(value_type = Option<UrgencyWord>)]
    pub urgency: Option<UrgencyWord>,
    /// Category code, with its whole subtree; `none` for cases that have no category yet.
    pub category: Option<String>,
    /// Town id.
    #[param(value_type = Option<String>)]
    pub town: Option<Id>,
    /// Village id.
    #[param(value_type = Option<String>)]
    pub village: Option<Id>,
    /// Grid id.
    #[param(value_type = Option<String>)]
    pub grid: Option<Id>,
    /// Host unit id.
    #[param(value_type = Option<String>)]
    pub unit: Option<Id>,
    /// Id of the unit that answers for the case now.
    #[param(value_type = Option<String>)]
    pub owner: Option<Id>,
    /// By deadline.
    #[param(inline, value_type = Option<DueFilter>)]
    pub due: Option<DueFilter>,
    /// Only what the overview counts.
    #[param(inline, value_type = Option<Counted>)]
    pub counted: Option<Counted>,
    /// Received (or as `counted` says) on this local day or later, `2026-11-22`.
    pub from: Option<String>,
    /// Received (or as `counted` says) on this local day or earlier.
    pub to: Option<String>,
    /// The last four digits of a reporter's phone.
    pub phone4: Option<String>,
    /// Words: a search inside the list (case number prefix, title, detail, place).
    pub q: Option<String>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Page size, 1 to 200; 50 when absent.
    pub limit: Option<i64>,
    /// Whether the first page says how many match.
    pub total: Option<bool>,
    /// Exports only: the columns in order, separated by commas; all when absent.
    pub columns: Option<String>,
    /// Exports only: `zh` (default) or `en`.
    pub lang: Option<String>,
}

/// One line of a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CaseRow {
    /// Its id.
    pub id: Id,
    /// Its number.
    pub number: String,
    /// One line; absent when erased.
    pub title: Option<String>,
    /// What kind of matter.
    pub kind: KindWord,
    /// By which door.
    pub channel: ChannelWord,
    /// Its state.
    pub state: String,
    /// How it ended.
    pub ended_as: Option<String>,
    /// Whether it is open.
    pub open: bool,
    /// How pressing.
    pub urgency: UrgencyWord,
    /// Who may know.
    pub confidentiality: ConfidentialityWord,
    /// Category.
    pub category: Option<CategoryName>,
    /// Town of the place.
    pub town: Option<AreaName>,
    /// Village of the place.
    pub village: Option<AreaName>,
    /// Grid of the place.
    pub grid: Option<AreaName>,
    /// The leading unit.
    pub host_unit: Option<UnitName>,
    /// Owner, next step, clock.
    pub promise: Promise,
    /// The work order of the caller's own unit, where there is one.
    pub my_work_order: Option<MyWorkOrder>,
    /// Kinds of open requests: `return_request`, `extension_request`, `suspension`, `supervision`, `whistle`.
    pub waiting: Vec<String>,
    /// Yellow cards in force.
    pub yellow_cards: i64,
    /// Red cards in force.
    pub red_cards: i64,
    /// Whether it is suspended.
    pub suspended: bool,
    /// Supervision.
    pub supervision: String,
    /// 1, or more after a reopening.
    pub round: i64,
    /// How many reporters.
    pub reporter_count: i64,
    /// How many heads.
    pub head_count: i64,
    /// When it came in.
    pub received_at: Instant,
    /// When it is to be solved.
    pub due_at: Option<Instant>,
    /// When it was answered.
    pub replied_at: Option<Instant>,
    /// When it ended.
    pub closed_at: Option<Instant>,
    /// Its version.
    pub version: i64,
}

/// The caller's unit's own work order, in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MyWorkOrder {
    /// Its id.
    pub id: Id,
    /// `host` or `co_handler`.
    pub part: String,
    /// Its state.
    pub state: String,
    /// Until when it is to be signed for.
    pub sign_due_at: Option<Instant>,
    /// Until when it is to be solved.
    pub due_at: Option<Instant>,
}

/// A page of cases.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CaseList {
    /// The rows.
    pub items: Vec<CaseRow>,
    /// Where the next page begins; absent on the last.
    pub next_cursor: Option<String>,
    /// How many match, at most 1,000 counted; only on a first page that was asked for it.
    pub total: Option<Total>,
}

/// The desks of the caller.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DeskList {
    /// One per desk the caller has.
    pub desks: Vec<DeskCount>,
}

/// A desk and what lies on it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DeskCount {
    /// The desk.
    pub desk: Desk,
    /// How many cases (at most `cap`).
    pub count: i64,
    /// How many of them are overdue (at most `cap`).
    pub late: i64,
    /// Whether there may be more than was counted.
    pub capped: bool,
    /// The parts of the desk.
    pub parts: Vec<DeskPart>,
}

/// A part of a desk.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DeskPart {
    /// Its name, for `part=`.
    pub part: String,
    /// How many.
    pub count: i64,
}

/// A search.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchQuestion {
    /// The words: at least one character; a case number's beginning works.
    pub q: String,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Page size, 1 to 50; 20 when absent.
    pub limit: Option<i64>,
    /// Whether the first page says how many match.
    pub total: Option<bool>,
}

/// What a search finds.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SearchList {
    /// The hits, exact phrase first, then the most recent.
    pub items: Vec<SearchRow>,
    /// Where the next page begins.
    pub next_cursor: Option<String>,
    /// How many match, at most 1,000 counted; only on a first page that was asked for it.
    pub total: Option<Total>,
}

/// A hit.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SearchRow {
    /// The case.
    pub case: CaseRow,
    /// Whether the exact words occur.
    pub phrase: bool,
    /// Where the words stand in the matter, the place or an answer, at most some 60 characters of it; absent when the number or
    /// the title shows them.
    pub excerpt: Option<String>,
}

/// Which supervision list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SupervisionKind {
    /// About to be late.
    Soon,
    /// Late.
    Late,
    /// Cards.
    Cards,
    /// Supervision orders.
    Orders,
}

/// A supervision list.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SupervisionQuestion {
    /// Which.
    #[param(inline, value_type = SupervisionKind)]
    pub list: SupervisionKind,
    /// Only this unit's (owner of the case, or the unit of the card).
    #[param(value_type = Option<String>)]
    pub unit: Option<Id>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Page size, 1 to 200; 50 when absent.
    pub limit: Option<i64>,
}

/// A page of a supervision list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SupervisionList {
    /// The rows.
    pub items: Vec<SupervisionRow>,
    /// Where the next page begins.
    pub next_cursor: Option<String>,
    /// How long each list is (at most 1,000 counted).
    pub counts: SupervisionCounts,
}

/// How long each supervision list is.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub struct SupervisionCounts {
    /// About to be late.
    pub soon: i64,
    /// Late.
    pub late: i64,
    /// Cards in force on open cases.
    pub cards: i64,
    /// Open orders.
    pub orders: i64,
}

/// A row of a supervision list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SupervisionRow {
    /// The case.
    pub case: CaseRow,
    /// The card, in the list of cards.
    pub card: Option<CardView>,
    /// The order, in the list of orders.
    pub order: Option<OverlayView>,
}

/// Cases that may be about the same matter.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DuplicateList {
    /// The likeliest first.
    pub items: Vec<DuplicateRow>,
}

/// A likely duplicate, with what one needs to compare side by side.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DuplicateRow {
    /// The case.
    pub case: CaseRow,
    /// The matter in the person's words; absent when erased.
    pub detail: Option<String>,
    /// The place in words; absent when erased.
    pub place: Option<String>,
    /// Likeness, 0 to 1.
    pub likeness: f64,
    /// Why: `same_grid`, `same_village`, `same_town`, `near`, `same_category`, `similar_words`, `same_reporter`.
    pub reasons: Vec<String>,
    /// Distance in metres, where both have a point.
    pub distance_m: Option<f64>,
}
