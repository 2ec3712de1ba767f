//! What an actor may do with a case now, and the form each action asks for. The console is made from it.

use crate::{CaseError, Cases, Ctx};
use rules::lifecycle::CaseAction;
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
    /// The values of a choice, of a work order or a reporter; empty otherwise.
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

/// Every action that is this actor's to think of for the case: the allowed ones, and those refused for a reason worth showing
/// (never the ones that belong to other duties). The caller has checked that the actor may see the case.
pub async fn allowed(cases: &Cases, ctx: &Ctx, case_id: i64) -> Result<Vec<ActionView>, CaseError> {
    let _ = (cases, ctx, case_id);
    todo!()
}
