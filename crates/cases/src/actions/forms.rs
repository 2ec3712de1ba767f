//! The form of each action.

use super::{Field, FieldKind as K};
use crate::{
    commands::{LEGAL_REASONS, LINKS, RESOLVED, RESULTS, SERVICES, SUSPENSION_BASES, TOLD_BY, WAYS},
    model::File,
};
use rules::{
    lifecycle::{CaseAction, CaseFacts, Part},
    words::{CaseKind, Confidentiality, ResolutionClass, Urgency},
};

fn field(name: &str, kind: K, required: bool) -> Field {
    Field { name: name.to_owned(), kind, required, options: Vec::new() }
}

fn choice(name: &str, required: bool, options: impl IntoIterator<Item = impl ToString>) -> Field {
    Field {
        options: options.into_iter().map(|option| option.to_string()).collect(),
        ..field(name, K::Choice, required)
    }
}

fn reason() -> Vec<Field> {
    vec![field("reason", K::LongText, true)]
}

/// The fields of an action's form, in the order in which they are asked.
pub(super) fn fields(action: CaseAction, file: &File, facts: &CaseFacts) -> Vec<Field> {
    beginning(action)
        .or_else(|| working(action, facts))
        .or_else(|| answering(action, file))
        .unwrap_or_else(|| deciding(action))
}

fn verified() -> Vec<Field> {
    vec![
        field("title", K::Text, true),
        choice("kind", true, CaseKind::ALL),
        field("category", K::Category, true),
        // Which of its fields must be filled is the category's to say.
        field("form", K::Form, false),
        choice("urgency", true, Urgency::ALL),
        field("place", K::Place, true),
        choice("confidentiality", true, Confidentiality::ALL),
        field("reported_unit_id", K::Unit, false),
        choice("nobody_named", false, ["yes", "no"]),
    ]
}

fn beginning(action: CaseAction) -> Option<Vec<Field>> {
    Some(match action {
        CaseAction::Verify => verified(),
        CaseAction::Correct => verified().into_iter().chain(reason()).collect(),
        CaseAction::Answer => vec![field("text", K::LongText, true), choice("told_by", true, TOLD_BY)],
        CaseAction::NotAccept => vec![
            choice("legal_reason", true, LEGAL_REASONS),
            field("route", K::LongText, true),
            choice("told_by", true, TOLD_BY),
        ],
        CaseAction::TransferEmergency => {
            vec![choice("service", true, SERVICES), field("receipt", K::Text, true)]
        }
        CaseAction::Withdraw => vec![field("statement", K::LongText, true)],
        CaseAction::Merge => vec![field("into", K::Case, true), field("reason", K::LongText, true)],
        CaseAction::Link => vec![field("other", K::Case, true), choice("kind", true, LINKS)],
        _ => return None,
    })
}

fn working(action: CaseAction, facts: &CaseFacts) -> Option<Vec<Field>> {
    let helpers = || {
        let live = facts.orders.iter().filter(|order| order.part == Part::CoHandler && order.state.is_open());
        Field { options: live.map(|order| order.unit.to_string()).collect(), ..field("unit", K::Unit, true) }
    };
    Some(match action {
        CaseAction::Dispatch => vec![
            field("host", K::Unit, false),
            field("co_handlers", K::Units, false),
            choice("resolution_class", false, ResolutionClass::ALL),
            choice("designated", false, ["yes", "no"]),
            field("reason", K::LongText, false),
        ],
        CaseAction::Sign => vec![field("handler", K::Account, false)],
        CaseAction::Arrive
        | CaseAction::Start
        | CaseAction::Submit
        | CaseAction::WhistleArrive
        | CaseAction::Archive => Vec::new(),
        CaseAction::Note | CaseAction::AddInformation => vec![field("text", K::LongText, true)],
        CaseAction::AssignHandler => vec![field("account", K::Account, true)],
        CaseAction::AddCoHandler => vec![field("unit", K::Unit, true), field("reason", K::LongText, true)],
        CaseAction::RemoveCoHandler | CaseAction::SendBack => {
            vec![helpers(), field("reason", K::LongText, true)]
        }
        CaseAction::Whistle => vec![field("units", K::Units, true), field("reason", K::LongText, true)],
        CaseAction::ApproveWhistle => {
            vec![field("units", K::Units, false), field("reason", K::LongText, false)]
        }
        CaseAction::Remind => vec![field("note", K::LongText, false)],
        CaseAction::Supervise | CaseAction::AnswerSupervision => vec![field("text", K::LongText, true)],
        _ => return None,
    })
}

fn answering(action: CaseAction, file: &File) -> Option<Vec<Field>> {
    let reporter = || {
        let ids =
            file.reporters.iter().filter(|reporter| reporter.contact).map(|reporter| reporter.id.to_string());
        let options: Vec<String> = ids.collect();
        Field { required: options.len() > 1, options, ..field("reporter", K::Reporter, false) }
    };
    Some(match action {
        CaseAction::Reply => vec![
            field("text", K::LongText, true),
            choice("result", true, RESULTS),
            choice("submit", false, ["yes", "no"]),
        ],
        CaseAction::ReviewPass => vec![field("note", K::LongText, false)],
        CaseAction::Deliver => vec![
            Field { required: false, ..reporter() },
            choice("channel", true, WAYS),
            choice("reached", true, ["yes", "no"]),
            field("evidence", K::Text, true),
        ],
        CaseAction::Callback => vec![
            reporter(),
            choice("resolved", true, RESOLVED),
            choice("satisfaction", false, 1..=5),
            field("note", K::LongText, false),
        ],
        CaseAction::Close => vec![field("reason", K::LongText, false)],
        _ => return None,
    })
}

fn deciding(action: CaseAction) -> Vec<Field> {
    match action {
        CaseAction::RequestReturn => vec![field("reason", K::LongText, true), field("basis", K::Text, true)],
        CaseAction::RequestExtension => vec![
            field("reason", K::LongText, true),
            field("until", K::Date, true),
            choice("person_told", true, ["yes", "no"]),
        ],
        CaseAction::Suspend => vec![
            choice("basis", true, SUSPENSION_BASES),
            field("reason", K::LongText, true),
            field("review_at", K::Date, false),
        ],
        CaseAction::GrantExtension | CaseAction::Resume => vec![field("reason", K::LongText, false)],
        CaseAction::ChangeConfidentiality => {
            vec![choice("confidentiality", true, Confidentiality::ALL), field("reason", K::LongText, true)]
        }
        _ => reason(),
    }
}
