//! Attachments: list, add, read.

use super::{Web, access, access::Subject, dto};
use crate::attachments::{self, AttachmentError, Upload};
use axum::{
    extract::{Multipart, State, multipart::MultipartError},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
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
#[utoipa::path(get, path = "/cases/{id}/attachments", operation_id = "list_attachments", tag = "attachments",
    params(("id" = String, Path, description = "The case's id or number")),
    responses((status = 200, body = Vec<dto::AttachmentView>), (status = "default", body = Problem)))]
pub(super) async fn list(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Vec<dto::AttachmentView>>, Problem> {
    Ok(Json(attachments::of_case(&web.cases.store, &web.ask(&caller), &id).await?))
}

/// Adds a file to a case. The same content is kept once, so that sending it again does no harm.
#[utoipa::path(post, path = "/cases/{id}/attachments", operation_id = "add_attachment", tag = "attachments",
    params(("id" = String, Path, description = "The case's id or number"),
        ("Idempotency-Key" = String, Header, description = "A UUID that the client made for this command")),
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses((status = 201, body = dto::AttachmentView), (status = "default", body = Problem)))]
pub(super) async fn add(
    State(web): State<Web>,
    caller: Caller,
    _client: ClientId,
    Path(id): Path<String>,
    form: Multipart,
) -> Result<(StatusCode, Json<dto::AttachmentView>), Problem> {
    let upload = upload(form).await?;
    let ctx = web.ctx(&caller, None);
    let added = attachments::add(&web.cases.store, &web.files, &ctx, &web.ask(&caller), &id, upload).await?;
    Ok((StatusCode::CREATED, Json(added)))
}

async fn upload(mut form: Multipart) -> Result<Upload, AttachmentError> {
    let mut file: Option<(String, Bytes)> = None;
    let mut keep_location = false;
    while let Some(field) = form.next_field().await.map_err(broken)? {
        match field.name() {
            Some("file") => {
                let name = field.file_name().unwrap_or_default().to_owned();
                file = Some((name, field.bytes().await.map_err(broken)?));
            }
            Some("keep_location") => keep_location = field.text().await.map_err(broken)? == "true",
            Some(_) | None => {}
        }
    }
    let (name, bytes) = file.ok_or(AttachmentError::Missing)?;
    Ok(Upload { name, bytes, keep_location })
}

fn broken(error: MultipartError) -> AttachmentError {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        AttachmentError::TooLarge
    } else {
        AttachmentError::Broken(error.body_text())
    }
}

/// A file's content, always as a download.
#[utoipa::path(get, path = "/attachments/{id}", operation_id = "attachment_content", tag = "attachments",
    params(("id" = String, Path, description = "The attachment's id")),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>),
        (status = "default", body = Problem)))]
pub(super) async fn content(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<dto::Id>,
) -> Result<Response, Problem> {
    let content = attachments::content(&web.cases.store, &web.files, &web.ask(&caller), id.0).await?;
    access::log(&web, &caller, "view", Subject::case(content.case_id, &format!("file {}", id.0))).await?;
    let disposition = format!("attachment; filename*=UTF-8''{}", percent(&content.name));
    Ok(guarded(content.bytes, &content.media_type, &disposition, "private, no-store"))
}

/// An image's thumbnail, a JPEG of at most 320 pixels a side.
#[utoipa::path(get, path = "/attachments/{id}/thumbnail", operation_id = "attachment_thumbnail", tag = "attachments",
    params(("id" = String, Path, description = "The attachment's id")),
    responses((status = 200, content_type = "image/jpeg", body = Vec<u8>), (status = "default", body = Problem)))]
pub(super) async fn thumbnail(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<dto::Id>,
) -> Result<Response, Problem> {
    let (case, bytes) =
        attachments::thumbnail_of(&web.cases.store, &web.files, &web.ask(&caller), id.0).await?;
    access::log(&web, &caller, "view", Subject::case(case, &format!("thumbnail {}", id.0))).await?;
    Ok(guarded(bytes, "image/jpeg", "inline", "private, max-age=300"))
}

/// Takes a file off its case: its content goes for good, the reason stays in the case's story.
#[utoipa::path(post, path = "/attachments/{id}/remove", operation_id = "remove_attachment", tag = "attachments",
    params(("id" = String, Path, description = "The attachment's id")), request_body = dto::RemoveFileBody,
    responses((status = 204), (status = "default", body = Problem)))]
pub(super) async fn remove(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<dto::Id>,
    Json(body): Json<dto::RemoveFileBody>,
) -> Result<StatusCode, Problem> {
    let (ctx, ask) = (web.ctx(&caller, None), web.ask(&caller));
    attachments::remove(&web.cases.store, &web.files, &ctx, &ask, id.0, &body.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The bytes with headers that keep a browser from making anything else of them.
fn guarded(bytes: Bytes, media_type: &str, disposition: &str, cache: &'static str) -> Response {
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    let octets = HeaderValue::from_static("application/octet-stream");
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(media_type).unwrap_or(octets));
    if let Ok(disposition) = HeaderValue::from_str(disposition) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    response
}

/// Percent-encoding for `filename*` (RFC 8187): letters and digits stay.
pub(super) fn percent(name: &str) -> String {
    let mut out = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
