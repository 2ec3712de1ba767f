//! The one mapping of error codes to HTTP.

use crate::PeopleError;
use axum::{
    extract::rejection::{JsonRejection, PathRejection, QueryRejection},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use store::StoreError;

/// An error with a stable code. Implement it for an area's error enum; `?` then turns it into a [`Problem`].
pub trait Coded: std::error::Error {
    /// The stable dotted code.
    fn code(&self) -> &'static str;
    /// The input fields at fault.
    fn fields(&self) -> Vec<FieldProblem> {
        Vec::new()
    }
    /// The record as it stands, for `version.conflict`.
    fn current(&self) -> Option<serde_json::Value> {
        None
    }
    /// What helps whoever is refused: never causes, never data.
    fn detail(&self) -> Option<String> {
        None
    }
    /// The year that the working calendar lacks, for `calendar.year_not_loaded`.
    fn year(&self) -> Option<i64> {
        None
    }
    /// Seconds after which trying again may help.
    fn retry_after(&self) -> Option<i64> {
        None
    }
}

/// A field at fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldProblem {
    /// The field's path, `reporters.0.phone`.
    pub field: String,
    /// What is wrong with it.
    pub code: String,
}

/// An error as the API gives it (RFC 9457). The client translates `code`; `detail` never carries causes or data.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// `about:blank`; the code says more.
    #[serde(rename = "type")]
    pub kind: String,
    /// The status in words.
    pub title: String,
    /// The status.
    pub status: u16,
    /// The stable code.
    pub code: String,
    /// More about it, for developers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The input fields at fault.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldProblem>,
    /// The record as it stands, for `version.conflict`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub current: Option<serde_json::Value>,
    /// Seconds after which trying again may help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<i64>,
    /// The year that the working calendar lacks, for `calendar.year_not_loaded`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year: Option<i64>,
}

impl Problem {
    /// A problem with this code, its status taken from the table.
    pub fn new(code: &str) -> Problem {
        let status = status_of(code);
        Problem {
            kind: "about:blank".to_owned(),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            code: code.to_owned(),
            detail: None,
            fields: Vec::new(),
            current: None,
            retry_after: None,
            year: None,
        }
    }

    /// With a word to developers.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Problem {
        self.detail = Some(detail.into());
        self
    }

    /// With a field at fault.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>, code: impl Into<String>) -> Problem {
        self.fields.push(FieldProblem { field: field.into(), code: code.into() });
        self
    }

    /// With the record as it stands.
    #[must_use]
    pub fn current(mut self, current: serde_json::Value) -> Problem {
        self.current = Some(current);
        self
    }
}

/// Code to status. First whole codes, then first words, then last words; what remains is a refusal by the rules.
fn status_of(code: &str) -> StatusCode {
    match code {
        "auth.required" | "auth.failed" | "auth.session_ended" => return StatusCode::UNAUTHORIZED,
        "auth.locked" | "auth.throttled" | "request.too_many" => return StatusCode::TOO_MANY_REQUESTS,
        "request.too_large" | "attachment.too_large" => return StatusCode::PAYLOAD_TOO_LARGE,
        "request.media_type" | "attachment.media_type" => return StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "request.client_id_reused" | "version.conflict" => return StatusCode::CONFLICT,
        "store.busy" | "store.unavailable" => return StatusCode::SERVICE_UNAVAILABLE,
        _ => {}
    }
    match code.split('.').next().unwrap_or_default() {
        "auth" | "csrf" | "permission" => return StatusCode::FORBIDDEN,
        "request" => return StatusCode::BAD_REQUEST,
        "store" | "internal" => return StatusCode::INTERNAL_SERVER_ERROR,
        _ => {}
    }
    match code.rsplit('.').next().unwrap_or_default() {
        "not_found" => StatusCode::NOT_FOUND,
        "method_not_allowed" => StatusCode::METHOD_NOT_ALLOWED,
        "conflict" | "taken" => StatusCode::CONFLICT,
        "forbidden" => StatusCode::FORBIDDEN,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// When somebody who found the store busy may ask again, in seconds.
const BUSY_SECONDS: i64 = 1;

impl<E: Coded> From<E> for Problem {
    fn from(error: E) -> Problem {
        let mut problem = Problem::new(error.code());
        let busy = problem.status == StatusCode::SERVICE_UNAVAILABLE.as_u16();
        if problem.status >= 500 && !busy {
            tracing::error!(code = error.code(), cause = ?error, "request failed");
        }
        problem.detail = error.detail();
        problem.year = error.year();
        problem.fields = error.fields();
        problem.current = error.current();
        // What is full or gone for the moment may be back at once: ask again, but not in a tight loop.
        problem.retry_after = error.retry_after().or(busy.then_some(BUSY_SECONDS));
        problem
    }
}

impl Coded for StoreError {
    fn code(&self) -> &'static str {
        StoreError::code(self)
    }
}

impl Coded for rules::RuleError {
    fn code(&self) -> &'static str {
        rules::RuleError::code(self)
    }
}

impl Coded for PeopleError {
    fn code(&self) -> &'static str {
        PeopleError::code(self)
    }

    fn fields(&self) -> Vec<FieldProblem> {
        match self {
            PeopleError::Field { field, code } => {
                vec![FieldProblem { field: (*field).to_owned(), code: (*code).to_owned() }]
            }
            PeopleError::PageSize => {
                vec![FieldProblem { field: "limit".to_owned(), code: "request.limit".to_owned() }]
            }
            PeopleError::Store(_)
            | PeopleError::Refused(_)
            | PeopleError::Wait { .. }
            | PeopleError::Conflict { .. } => Vec::new(),
        }
    }

    fn current(&self) -> Option<serde_json::Value> {
        match self {
            PeopleError::Conflict { current } => Some(current.clone()),
            PeopleError::Store(_)
            | PeopleError::Refused(_)
            | PeopleError::Field { .. }
            | PeopleError::PageSize
            | PeopleError::Wait { .. } => None,
        }
    }

    fn retry_after(&self) -> Option<i64> {
        match self {
            PeopleError::Wait { seconds, .. } => Some(*seconds),
            PeopleError::Store(_)
            | PeopleError::Refused(_)
            | PeopleError::Field { .. }
            | PeopleError::PageSize
            | PeopleError::Conflict { .. } => None,
        }
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Problem {
        let code = match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => "request.too_large",
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "request.media_type",
            _ => "request.body",
        };
        Problem::new(code).detail(rejection.body_text())
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Problem {
        Problem::new("request.query").detail(rejection.body_text())
    }
}

impl From<PathRejection> for Problem {
    fn from(rejection: PathRejection) -> Problem {
        Problem::new("request.path").detail(rejection.body_text())
    }
}
