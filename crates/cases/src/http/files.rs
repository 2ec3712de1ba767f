//! Attachments: list, add, read.

use super::{Web, dto};
use axum::{extract::{Multipart, State}, http::StatusCode, response::Response};
use people::web::{Caller, ClientId, Json, Path, Problem};
use utoipa::ToSchema;

/// The parts of an upload.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the multipart form in the OpenAPI document")]
pub(super) struct UploadForm {
    /// The file: image, PDF or audio, at most 20 MB. Its name is kept, encrypted.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// `true` keeps the place where a photo was taken (it is taken out otherwise).
    keep_location: Option<bool>,
}

/// The files of a case.
#[utoipa::path(get, path = "/cases/{id}/attachments", tag = "attachments",
    params(("id" = String, Path, description = "The case's id or number")),
    responses((status = 200, body = Vec<dto::AttachmentView>), (status = "default", body = Problem)))]
pub(super) async fn list(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Vec<dto::AttachmentView>>, Problem> {
    let _ = (web, caller, id);
    todo!()
}

/// Adds a file to a case.
#[utoipa::path(post, path = "/cases/{id}/attachments", tag = "attachments",
    params(("id" = String, Path, description = "The case's id or number"),
        ("Idempotency-Key" = String, Header, description = "A UUID that the client made for this command")),
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses((status = 201, body = dto::AttachmentView), (status = "default", body = Problem)))]
pub(super) async fn add(
    State(web): State<Web>,
    caller: Caller,
    client: ClientId,
    Path(id): Path<String>,
    form: Multipart,
) -> Result<(StatusCode, Json<dto::AttachmentView>), Problem> {
    let _ = (web, caller, client, id, form);
    todo!()
}

/// A file's content, always as a download.
#[utoipa::path(get, path = "/attachments/{id}", tag = "attachments",
    params(("id" = String, Path, description = "The attachment's id")),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>),
        (status = "default", body = Problem)))]
pub(super) async fn content(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<dto::Id>,
) -> Result<Response, Problem> {
    let _ = (web, caller, id);
    todo!()
}

/// An image's thumbnail, a JPEG of at most 320 pixels a side.
#[utoipa::path(get, path = "/attachments/{id}/thumbnail", tag = "attachments",
    params(("id" = String, Path, description = "The attachment's id")),
    responses((status = 200, content_type = "image/jpeg", body = Vec<u8>), (status = "default", body = Problem)))]
pub(super) async fn thumbnail(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<dto::Id>,
) -> Result<Response, Problem> {
    let _ = (web, caller, id);
    todo!()
}
