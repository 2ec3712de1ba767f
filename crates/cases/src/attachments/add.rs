//! Adding a file to a case: look at it, clean it, seal it, put it away, write it down.

use super::{AttachmentError, AttachmentRow, Files, MAX_BYTES, Media, may_remove, sniff, strip, thumbnail};
use crate::{
    CaseError, Ctx,
    http::dto::AttachmentView,
    model::CaseRow,
    queries::{self, Ask, names::Wanted, parts, secrets},
};
use bytes::Bytes;
use data_encoding::HEXLOWER;
use diesel::prelude::*;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;
use store::{Store, Tx, events::NewEvent, ms, schema::attachments, vault::SealedPart};
use tokio::sync::Semaphore;

/// Decoding takes memory: so many images at a time.
static DECODING: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(2));

/// The context that the sealed hash of a content is bound to.
pub(crate) const SHA256: &str = "attachments.sha256";
/// The longest kept file name, in characters.
const LONGEST_NAME: usize = 120;
/// One case carries at most this many files.
const MOST: i64 = 200;

/// A file as it comes in.
#[derive(Clone, Debug)]
pub struct Upload {
    /// Its name, as the client says; only shown, never used as a path.
    pub name: String,
    /// Its content.
    pub bytes: Bytes,
    /// Whether the place where a photo was taken stays in it.
    pub keep_location: bool,
}

impl Upload {
    /// The largest upload: the file and the form around it.
    pub const LARGEST_FORM: usize = MAX_BYTES + 64 * 1024;
}

/// A file looked at and cleaned.
struct Cleaned {
    media: Media,
    bytes: Bytes,
    thumbnail: Option<Vec<u8>>,
    /// In hexadecimal.
    sha256: String,
}

/// A file put away, and what its event commits to.
#[derive(Clone)]
struct Kept {
    row: AttachmentRow,
    hashes: Vec<SealedPart>,
}

/// Adds a file to a case. The same content on the same case is kept once: the file that stands is given back.
///
/// # Errors
/// [`AttachmentError`] says what is wrong with the file; [`CaseError::NotFound`] when the asker may not know of the
/// case.
pub async fn add(
    store: &Store,
    files: &Files,
    ctx: &Ctx,
    ask: &Ask,
    case: &str,
    upload: Upload,
) -> Result<AttachmentView, AttachmentError> {
    if upload.bytes.len() > MAX_BYTES {
        return Err(AttachmentError::TooLarge);
    }
    let name = shown_name(&upload.name);
    let case = find(store, ask, case).await?;
    let cleaned = clean(upload).await?;
    if let Some(row) = standing(store, case.id, &cleaned.sha256).await? {
        return view(store, ctx, case, row).await;
    }
    let kept = put_away(store, files, ctx, &case, &name, cleaned).await?;
    let row = kept.row.clone();
    let written = {
        let ctx = ctx.clone();
        store.write(move |tx| write(tx, &ctx, kept.clone())).await
    };
    match written {
        Ok(row) => view(store, ctx, case, row).await,
        Err(error) => {
            for path in [Some(&row.path), row.thumbnail_path.as_ref()].into_iter().flatten() {
                files.delete(path).await?;
            }
            Err(error)
        }
    }
}

async fn find(store: &Store, ask: &Ask, case: &str) -> Result<CaseRow, CaseError> {
    let (ask, case) = (ask.clone(), case.to_owned());
    store.read(move |conn| queries::find(conn, &ask, &case)).await
}

async fn standing(store: &Store, case: i64, sha256: &str) -> Result<Option<AttachmentRow>, CaseError> {
    let (sha256, vault) = (sha256.to_owned(), store.clone());
    store
        .read(move |conn| {
            let of_case = queries::page::attachments(conn, case)?;
            if i64::try_from(of_case.len()).is_ok_and(|count| count >= MOST) {
                return Err(CaseError::field("file", "attachment.too_many"));
            }
            for row in of_case {
                if secrets::open(conn, vault.vault(), row.key_id, SHA256, &row.sha256)?.as_ref()
                    == Some(&sha256)
                {
                    return Ok(Some(row));
                }
            }
            Ok(None)
        })
        .await
}

async fn clean(upload: Upload) -> Result<Cleaned, AttachmentError> {
    let media = sniff(&upload.bytes)?;
    let _turn = DECODING.acquire().await.map_err(|_| AttachmentError::Damaged)?;
    let cleaning = tokio::task::spawn_blocking(move || {
        let bytes = if upload.keep_location { upload.bytes } else { strip(media, upload.bytes)? };
        if super::sniff::is_second_thing(media, &bytes) {
            return Err(AttachmentError::Polyglot);
        }
        let thumbnail = thumbnail(media, &bytes)?;
        let sha256 = HEXLOWER.encode(&Sha256::digest(&bytes));
        Ok(Cleaned { media, bytes, thumbnail, sha256 })
    });
    // A decoder that panics on a hostile file has refused it.
    cleaning.await.map_err(|_| AttachmentError::Damaged)?
}

async fn put_away(
    store: &Store,
    files: &Files,
    ctx: &Ctx,
    case: &CaseRow,
    name: &str,
    cleaned: Cleaned,
) -> Result<Kept, AttachmentError> {
    let id = store.new_id()?;
    let key_id = case.key_id;
    let keys = store.clone();
    let key = store.read(move |conn| keys.vault().key(conn, key_id)).await?;
    let vault = store.vault();
    let path = format!("cases/{}/{id}", case.id);
    let thumbnail_path = cleaned.thumbnail.as_ref().map(|_| format!("{path}-small"));
    files.put(&path, vault.seal(&key, "attachments.content", &cleaned.bytes).into()).await?;
    if let (Some(small), Some(path)) = (&cleaned.thumbnail, &thumbnail_path) {
        files.put(path, vault.seal(&key, "attachments.thumbnail", small).into()).await?;
    }
    let mut hashes = vec![vault.seal_part(&key, "sha256", cleaned.sha256.as_bytes())];
    if let Some(small) = &cleaned.thumbnail {
        let sha256 = HEXLOWER.encode(&Sha256::digest(small));
        hashes.push(vault.seal_part(&key, "thumbnail_sha256", sha256.as_bytes()));
    }
    let row = AttachmentRow {
        id,
        case_id: case.id,
        event_id: None,
        account_id: ctx.actor.account_id(),
        name: vault.seal(&key, "attachments.name", name.as_bytes()),
        media_type: cleaned.media.mime().to_owned(),
        size: i64::try_from(cleaned.bytes.len()).unwrap_or(i64::MAX),
        sha256: vault.seal(&key, SHA256, cleaned.sha256.as_bytes()),
        path,
        thumbnail_path,
        key_id,
        created_at: ms(ctx.now),
        removed_at: None,
    };
    Ok(Kept { row, hashes })
}

fn write(tx: &mut Tx<'_>, ctx: &Ctx, kept: Kept) -> Result<AttachmentRow, AttachmentError> {
    let Kept { mut row, hashes } = kept;
    let event = tx.append(NewEvent {
        stream: row.case_id,
        stream_kind: "case",
        kind: "case.file_added",
        kind_version: 1,
        occurred_at: ctx.now,
        recorded_at: ctx.now,
        actor: ctx.actor.account_id(),
        actor_unit: ctx.actor.unit_id(),
        public: serde_json::json!({ "file": row.id.to_string(), "media_type": row.media_type, "size": row.size }),
        parts: hashes,
    })?;
    row.event_id = Some(event);
    diesel::insert_into(attachments::table).values(row.clone()).execute(tx.conn())?;
    Ok(row)
}

async fn view(
    store: &Store,
    ctx: &Ctx,
    case: CaseRow,
    row: AttachmentRow,
) -> Result<AttachmentView, AttachmentError> {
    let vault = store.clone();
    let removable = ctx.actor.account().is_some_and(|account| may_remove(account, &case, &row));
    let view = store.read(move |conn| {
        let names = Wanted::default().accounts(row.account_id).load(conn)?;
        parts::attachment(conn, vault.vault(), &row, &names, removable)
    });
    Ok(view.await?)
}

/// A name to show: the last part of a path, without control characters, not too long.
fn shown_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown: String =
        last.chars().filter(|c| !c.is_control() && !is_direction(*c)).take(LONGEST_NAME).collect();
    let shown = shown.trim();
    if shown.is_empty() { "file".to_owned() } else { shown.to_owned() }
}

/// Characters that turn the direction of writing, by which `exe.jpg` can be made to look like `gpj.exe`.
const fn is_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
