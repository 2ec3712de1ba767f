//! `/persons/lookup`.

use super::{Web, dto::Id};
use crate::{
    CaseError,
    queries::{self, Number},
};
use axum::extract::State;
use people::{
    PeopleError,
    persons::{Document, Phone},
    web::{Caller, Json, Problem},
};
use serde::{Deserialize, Serialize};
use store::{Timestamp, at};
use utoipa::ToSchema;

/// Whom to look up, and what for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LookupBody {
    /// The full phone number; this or `document`.
    phone: Option<String>,
    /// The full number of a document.
    document: Option<String>,
    /// The purpose; it is written down with the access.
    purpose: String,
}

/// The cases of a person.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LookupResult {
    /// Newest first, 200 at most.
    items: Vec<LookupCase>,
}

/// A case of a person.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LookupCase {
    /// Its id.
    id: Id,
    /// Its number.
    number: String,
    /// Its kind.
    kind: String,
    /// Its state.
    state: String,
    /// When it was received.
    #[schema(value_type = String, format = DateTime)]
    received_at: Timestamp,
}

/// Finds a person's cases by the full phone or document number. The purpose is written into the access log.
#[utoipa::path(post, path = "/persons/lookup", operation_id = "lookup_person", tag = "cases",
    request_body = LookupBody,
    responses((status = 200, body = LookupResult), (status = "default", body = Problem)))]
pub(super) async fn lookup(
    State(web): State<Web>,
    caller: Caller,
    Json(body): Json<LookupBody>,
) -> Result<Json<LookupResult>, Problem> {
    let wrong = |field: &str, error: &PeopleError| CaseError::field(field, error.code());
    let number = match (body.phone, body.document) {
        (Some(phone), None) => Number::Phone(Phone::parse(&phone).map_err(|error| wrong("phone", &error))?),
        (None, Some(text)) => {
            Number::Document(Document::parse(&text).map_err(|error| wrong("document", &error))?)
        }
        (None, None) | (Some(_), Some(_)) => return Err(CaseError::field("phone", "field.missing").into()),
    };
    let found = queries::lookup(&web.cases, &web.ctx(&caller, None), number, &body.purpose).await?;
    let items = found.into_iter().map(|case| LookupCase {
        id: Id(case.id),
        number: case.number,
        kind: case.kind,
        state: case.state,
        received_at: at(case.received_at),
    });
    Ok(Json(LookupResult { items: items.collect() }))
}
