//! The actions of the API by name: the body's fields are the command's.

use super::*;
use serde::de::DeserializeOwned;
use serde_json::Value;

fn read<T: DeserializeOwned + Command>(body: Value) -> Result<Box<dyn Execute>, CaseError> {
    match serde_json::from_value::<T>(body) {
        Ok(command) => Ok(Box::new(command)),
        Err(error) => Err(CaseError::Invalid(vec![(field_of(&error.to_string()), "field.unreadable")])),
    }
}

/// The field that a reading error names between backticks; the body as a whole otherwise.
fn field_of(message: &str) -> String {
    message.split('`').nth(1).map_or_else(|| "body".to_owned(), str::to_owned)
}

/// The command of an action.
pub(crate) fn command(action: CaseAction, body: Value) -> Result<Box<dyn Execute>, CaseError> {
    match action {
        CaseAction::Register => Err(CaseError::field("action", "action.not_on_a_case")),
        CaseAction::Correct => read::<Correct>(body),
        CaseAction::Verify => read::<Verify>(body),
        CaseAction::Answer => read::<Answer>(body),
        CaseAction::NotAccept => read::<NotAccept>(body),
        CaseAction::TransferEmergency => read::<TransferEmergency>(body),
        CaseAction::Dispatch => read::<Dispatch>(body),
        CaseAction::Recall => read::<Recall>(body),
        CaseAction::Sign => read::<Sign>(body),
        CaseAction::Arrive => read::<Arrive>(body),
        CaseAction::Start => read::<Start>(body),
        CaseAction::Note => read::<Note>(body),
        CaseAction::AssignHandler => read::<AssignHandler>(body),
        CaseAction::AddCoHandler => read::<AddCoHandler>(body),
        CaseAction::RemoveCoHandler => read::<RemoveCoHandler>(body),
        CaseAction::Reply => read::<Reply>(body),
        CaseAction::SendBack => read::<SendBack>(body),
        CaseAction::Submit => read::<Submit>(body),
        CaseAction::ReviewPass => read::<ReviewPass>(body),
        CaseAction::ReviewReject => read::<ReviewReject>(body),
        CaseAction::Deliver => read::<Deliver>(body),
        CaseAction::Callback => read::<Callback>(body),
        CaseAction::Close => read::<Close>(body),
        CaseAction::Rework => read::<Rework>(body),
        CaseAction::Reopen => read::<Reopen>(body),
        CaseAction::ReopenByReview => read::<ReopenByReview>(body),
        CaseAction::Archive => read::<Archive>(body),
        CaseAction::Withdraw => read::<Withdraw>(body),
        CaseAction::RequestReturn => read::<RequestReturn>(body),
        CaseAction::GrantReturn => read::<GrantReturn>(body),
        CaseAction::RefuseReturn => read::<RefuseReturn>(body),
        CaseAction::RequestExtension => read::<RequestExtension>(body),
        CaseAction::GrantExtension => read::<GrantExtension>(body),
        CaseAction::RefuseExtension => read::<RefuseExtension>(body),
        CaseAction::Suspend => read::<Suspend>(body),
        CaseAction::ProlongSuspension => read::<ProlongSuspension>(body),
        CaseAction::Resume => read::<Resume>(body),
        CaseAction::Merge => read::<Merge>(body),
        CaseAction::Unmerge => read::<Unmerge>(body),
        CaseAction::Link => read::<Link>(body),
        CaseAction::Whistle => read::<Whistle>(body),
        CaseAction::ApproveWhistle => read::<ApproveWhistle>(body),
        CaseAction::DeclineWhistle => read::<DeclineWhistle>(body),
        CaseAction::WhistleArrive => read::<WhistleArrive>(body),
        CaseAction::Remind => read::<Remind>(body),
        CaseAction::Supervise => read::<Supervise>(body),
        CaseAction::AnswerSupervision => read::<AnswerSupervision>(body),
        CaseAction::Escalate => read::<Escalate>(body),
        CaseAction::AddInformation => read::<AddInformation>(body),
        CaseAction::ChangeConfidentiality => read::<ChangeConfidentiality>(body),
        CaseAction::HoldLegally => read::<HoldLegally>(body),
        CaseAction::LiftHold => read::<LiftHold>(body),
    }
}

impl Cases {
    /// Runs the action of the API by its name, its body being the command's fields as JSON.
    ///
    /// # Errors
    /// `action.unknown`, `input.invalid`, and what [`Cases::run`] refuses.
    pub async fn act(&self, ctx: &Ctx, target: Target, action: &str, body: Value) -> Result<Done, CaseError> {
        let action = CaseAction::parse(action).ok_or_else(|| CaseError::field("action", "action.unknown"))?;
        self.run_dyn(ctx, target, command(action, body)?).await
    }
}
