//! Reading files of a case one may see.

use super::{AttachmentError, AttachmentRow, Files, may_remove};
use crate::{
    CaseError,
    http::dto::AttachmentView,
    queries::{self, Ask, names::Wanted, parts, secrets},
};
use bytes::Bytes;
use diesel::prelude::*;
use store::{Conn, Store, StoreError, schema::attachments};

/// A file's content.
#[derive(Clone, Debug)]
pub struct Content {
    /// The case it belongs to.
    pub case_id: i64,
    /// The name to save it under.
    pub name: String,
    /// The media type that its content shows.
    pub media_type: String,
    /// The content.
    pub bytes: Bytes,
}

/// The files of a case.
///
/// # Errors
/// [`CaseError::NotFound`] when the asker may not know of the case.
pub async fn of_case(store: &Store, ask: &Ask, case: &str) -> Result<Vec<AttachmentView>, CaseError> {
    let (ask, case, vault) = (ask.clone(), case.to_owned(), store.clone());
    store
        .read(move |conn| {
            let case = queries::find(conn, &ask, &case)?;
            let rows = queries::page::attachments(conn, case.id)?;
            let names =
                Wanted::default().accounts(rows.iter().filter_map(|row| row.account_id)).load(conn)?;
            let shown = rows.iter().map(|row| {
                parts::attachment(conn, vault.vault(), row, &names, may_remove(&ask.actor, &case, row))
            });
            shown.collect()
        })
        .await
}

/// A file's content.
///
/// # Errors
/// [`CaseError::NotFound`] when there is no such file or the asker may not know of its case; `store.unsealable` when
/// it was erased.
pub async fn content(store: &Store, files: &Files, ask: &Ask, id: i64) -> Result<Content, AttachmentError> {
    let row = find(store, ask, id).await?;
    let bytes = open(store, files, &row, &row.path, "attachments.content").await?;
    let (vault, sealed) = (store.clone(), row.clone());
    let name = store
        .read(move |conn| secrets::open(conn, vault.vault(), sealed.key_id, "attachments.name", &sealed.name))
        .await?;
    Ok(Content {
        case_id: row.case_id,
        name: name.unwrap_or_else(|| "file".to_owned()),
        media_type: row.media_type,
        bytes,
    })
}

/// The case of an image and its thumbnail, a JPEG.
///
/// # Errors
/// As [`content`]; [`AttachmentError::NoThumbnail`] for what is no image.
pub async fn thumbnail_of(
    store: &Store,
    files: &Files,
    ask: &Ask,
    id: i64,
) -> Result<(i64, Bytes), AttachmentError> {
    let row = find(store, ask, id).await?;
    let path = row.thumbnail_path.clone().ok_or(AttachmentError::NoThumbnail)?;
    Ok((row.case_id, open(store, files, &row, &path, "attachments.thumbnail").await?))
}

async fn find(store: &Store, ask: &Ask, id: i64) -> Result<AttachmentRow, CaseError> {
    let ask = ask.clone();
    store.read(move |conn| visible(conn, &ask, id)).await
}

fn visible(conn: &mut Conn, ask: &Ask, id: i64) -> Result<AttachmentRow, CaseError> {
    let row: Option<AttachmentRow> = attachments::table
        .find(id)
        .filter(attachments::removed_at.is_null())
        .select(AttachmentRow::as_select())
        .first(conn)
        .optional()?;
    let row = row.ok_or(CaseError::NotFound)?;
    queries::visible(conn, ask, &[row.case_id])?.pop().ok_or(CaseError::NotFound)?;
    Ok(row)
}

async fn open(
    store: &Store,
    files: &Files,
    row: &AttachmentRow,
    path: &str,
    context: &'static str,
) -> Result<Bytes, AttachmentError> {
    let (keys, key_id) = (store.clone(), row.key_id);
    let key = store.read(move |conn| keys.vault().key(conn, key_id)).await?;
    let sealed = files.get(path).await?;
    let vault = store.clone();
    let opening = tokio::task::spawn_blocking(move || vault.vault().open(&key, context, &sealed));
    let opened = opening.await.map_err(|error| StoreError::Unavailable(error.to_string()))?;
    Ok(opened?.into())
}
