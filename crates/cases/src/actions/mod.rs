//! What an actor may do with a case now, and the form each action asks for. The console is made from it.

mod forms;

use crate::{
    CaseError, Cases, Ctx,
    commands::{actor_facts, case_facts, check_sight},
    model::File,
};
use rules::lifecycle::{CaseAction, CaseFacts, CaseState, OverlayKind, after_callbacks};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a form field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// One line.
    Text,
    /// Several lines.
    LongText,
    /// A unit id.
    Unit,
    /// Unit ids.
    Units,
    /// An account id.
    Account,
    /// A category code.
    Category,
    /// An area (town, village, grid).
    Area,
    /// A place on the map.
    Place,
    /// A date or instant.
    Date,
    /// One of the options.
    Choice,
    /// A whole number.
    Number,
    /// Another case's id or number.
    Case,
    /// A work order of this case.
    Order,
    /// A reporter of this case.
    Reporter,
    /// Attachments.
    Files,
    /// Answers to the fields that the category chosen beside it has, by their names: `form.{field}` names one of them.
    Form,
}

/// A form field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Field {
    /// Its name in the body; the locale files hold `field.{name}`.
    pub name: String,
    /// What it holds.
    pub kind: FieldKind,
    /// Whether it must be filled.
    pub required: bool,
    /// The values of a choice, or the ids of the units and reporters to choose from; empty otherwise.
    pub options: Vec<String>,
}

/// An action as the console shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ActionView {
    /// The `{action}` of the route.
    #[schema(value_type = String)]
    pub action: CaseAction,
    /// Whether it may be done now by this actor.
    pub allowed: bool,
    /// Whether it is the usual next step.
    pub likely: bool,
    /// Why not, when it may not.
    pub refused_code: Option<String>,
    /// The form.
    pub fields: Vec<Field>,
}

impl ActionView {
    /// Its place in the list: the usual next step, calling units together, what else brings the matter on, what ends it
    /// without handling, what only mends its record, what is refused.
    pub(crate) fn place(&self) -> u8 {
        match (self.allowed, self.likely, self.action) {
            (false, ..) => 5,
            (true, true, _) => 0,
            (true, false, CaseAction::Whistle) => 1,
            (true, false, action) if ENDS.contains(&action) => 3,
            (true, false, action) if MENDS.contains(&action) => 4,
            (true, false, _) => 2,
        }
    }
}

/// These end the matter before anybody handled it: never offered ahead of what brings it on.
const ENDS: [CaseAction; 5] = [
    CaseAction::Answer,
    CaseAction::NotAccept,
    CaseAction::TransferEmergency,
    CaseAction::Merge,
    CaseAction::Withdraw,
];

/// These keep the record right and do not bring the matter on.
const MENDS: [CaseAction; 6] = [
    CaseAction::Note,
    CaseAction::Correct,
    CaseAction::ChangeConfidentiality,
    CaseAction::Link,
    CaseAction::HoldLegally,
    CaseAction::LiftHold,
];

/// Every action that is this actor's to think of for the case: the allowed ones, and those refused for a reason worth showing
/// (never the ones that belong to other duties or other states).
///
/// # Errors
/// `case.not_found`, also when the actor must not know of it.
pub async fn allowed(cases: &Cases, ctx: &Ctx, case_id: i64) -> Result<Vec<ActionView>, CaseError> {
    let (at, cases, rules) = (ctx.clone(), cases.clone(), cases.rules.current());
    let question = move |conn: &mut store::Conn| -> Result<Vec<ActionView>, CaseError> {
        let file = File::look(conn, case_id)?;
        check_sight(conn, &at, &file)?;
        let mut units = cases.units.fresh();
        let actor = actor_facts(conn, &mut units, &file, &at)?;
        let facts = case_facts(conn, &mut units, &rules, &file, (at.now, &[]))?;
        let mut views = Vec::new();
        for action in CaseAction::ALL.iter().copied().filter(|action| *action != CaseAction::Register) {
            let refused = match cases.tables.may(action, &facts, &actor) {
                Ok(()) => None,
                Err(refusal) if NOT_WORTH_SHOWING.contains(&refusal.code) => continue,
                Err(refusal) => Some(refusal.code.to_owned()),
            };
            views.push(ActionView {
                action,
                allowed: refused.is_none(),
                likely: refused.is_none() && is_likely(action, &facts),
                refused_code: refused,
                fields: forms::fields(action, &file, &facts),
            });
        }
        views.sort_by_key(ActionView::place);
        Ok(views)
    };
    cases.store.read(question).await
}

/// Refusals that say no more than "not now" or "not you".
const NOT_WORTH_SHOWING: [&str; 15] = [
    "forbidden",
    "case.wrong_state",
    "case.not_your_order",
    "order.wrong_state",
    "order.no_host",
    "return.none_pending",
    "extension.none_pending",
    "case.not_suspended",
    "whistle.none_pending",
    "whistle.not_called",
    "supervision.none_pending",
    "co_handler.none",
    "hold.none",
    "hold.already",
    "rework.everybody_content",
];

/// The usual next step.
fn is_likely(action: CaseAction, facts: &CaseFacts) -> bool {
    let has = |kind: OverlayKind| facts.has(kind);
    match action {
        CaseAction::GrantReturn => has(OverlayKind::ReturnRequest),
        CaseAction::GrantExtension => has(OverlayKind::ExtensionRequest),
        CaseAction::Resume => has(OverlayKind::Suspension),
        CaseAction::AnswerSupervision => has(OverlayKind::Supervision),
        CaseAction::ApproveWhistle => facts.whistle_open.is_some(),
        CaseAction::WhistleArrive => true,
        CaseAction::Verify => facts.state == CaseState::Received,
        CaseAction::Dispatch => facts.state == CaseState::Verified,
        CaseAction::Sign => true,
        CaseAction::Start => facts.state == CaseState::Signed,
        CaseAction::Reply => facts.state == CaseState::InProgress,
        CaseAction::Submit => facts.state == CaseState::Replied,
        CaseAction::ReviewPass => facts.state == CaseState::UnderReview,
        CaseAction::Callback | CaseAction::Close | CaseAction::Rework => {
            let last = after_callbacks(&facts.reporters, facts.attempts_needed);
            facts.state == CaseState::Callback && last.unwrap_or(CaseAction::Callback) == action
        }
        _ => false,
    }
}
