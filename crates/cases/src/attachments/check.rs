//! Whether every file is what its event says: read again, opened, hashed and compared.

use super::{AttachmentError, AttachmentRow, Files};
use crate::CaseError;
use data_encoding::HEXLOWER;
use diesel::prelude::*;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use store::{
    Conn, Store, StoreError,
    events::{self, Event},
    schema::{attachments, events as log},
};

/// Rows that are looked at in one snapshot.
const PAGE: i64 = 200;

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileProblem {
    /// `file.no_event`, `file.no_row`, `file.missing`, `file.changed`, `file.removed_silently`, `file.left_over`.
    pub code: &'static str,
    /// The file.
    pub file: i64,
    /// Its case.
    pub case: i64,
}

/// What the check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileReport {
    /// Files that were read and compared.
    pub files: usize,
    /// Files that were taken off or erased, as the log says.
    pub removed: usize,
    /// Everything that is wrong.
    pub problems: Vec<FileProblem>,
}

/// What the log says of a file.
struct Said {
    row: AttachmentRow,
    /// The hashes that the event commits to, by the part's name; `None` when no such event stands.
    hashes: Option<BTreeMap<String, String>>,
    /// Whether the log says that it went.
    gone: bool,
}

/// Reads every file again and compares it with what its event committed to. What holds the events together is
/// [`Store::verify`]'s to say: run that too.
///
/// # Errors
/// When the database or the object store fails (a missing object is a finding, not an error).
pub async fn check(store: &Store, files: &Files) -> Result<FileReport, AttachmentError> {
    let mut report = FileReport::default();
    let mut after = i64::MIN;
    loop {
        let vault = store.clone();
        let page = store.read(move |conn| said(conn, &vault, after)).await?;
        let Some(last) = page.last() else { break };
        after = last.row.id;
        for said in &page {
            let wrong = judge(store, files, said, &mut report).await?;
            let named = |code| FileProblem { code, file: said.row.id, case: said.row.case_id };
            report.problems.extend(wrong.map(named));
        }
    }
    report.problems.extend(store.read(without_row).await?);
    Ok(report)
}

async fn judge(
    store: &Store,
    files: &Files,
    said: &Said,
    report: &mut FileReport,
) -> Result<Option<&'static str>, AttachmentError> {
    let row = &said.row;
    let Some(hashes) = &said.hashes else { return Ok(Some("file.no_event")) };
    if row.removed_at.is_some() {
        report.removed += 1;
        if !said.gone {
            return Ok(Some("file.removed_silently"));
        }
        let left = there(files, &row.path).await?.is_some();
        return Ok(left.then_some("file.left_over"));
    }
    report.files += 1;
    let parts = [
        ("sha256", "attachments.content", Some(&row.path)),
        ("thumbnail_sha256", "attachments.thumbnail", row.thumbnail_path.as_ref()),
    ];
    for (name, context, path) in parts {
        let (expected, path) = match (hashes.get(name), path) {
            (Some(expected), Some(path)) => (expected, path),
            (None, None) => continue,
            (Some(_), None) | (None, Some(_)) => return Ok(Some("file.changed")),
        };
        let Some(sealed) = there(files, path).await? else { return Ok(Some("file.missing")) };
        if hash(store, row.key_id, context, sealed).await?.as_ref() != Some(expected) {
            return Ok(Some("file.changed"));
        }
    }
    Ok(None)
}

async fn there(files: &Files, path: &str) -> Result<Option<bytes::Bytes>, AttachmentError> {
    match files.get(path).await {
        Ok(bytes) => Ok(Some(bytes)),
        Err(AttachmentError::Files(object_store::Error::NotFound { .. })) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The hash of a sealed content; `None` when it does not open.
async fn hash(
    store: &Store,
    key_id: i64,
    context: &'static str,
    sealed: bytes::Bytes,
) -> Result<Option<String>, AttachmentError> {
    let keys = store.clone();
    let hash = store.read(move |conn| -> Result<Option<String>, StoreError> {
        let key = match keys.vault().key(conn, key_id) {
            Ok(key) => key,
            Err(StoreError::Unsealable) => return Ok(None),
            Err(error) => return Err(error),
        };
        let clear = keys.vault().open(&key, context, &sealed).ok();
        Ok(clear.map(|clear| HEXLOWER.encode(&Sha256::digest(&clear))))
    });
    Ok(hash.await?)
}

fn said(conn: &mut Conn, store: &Store, after: i64) -> Result<Vec<Said>, CaseError> {
    let rows: Vec<AttachmentRow> = attachments::table
        .filter(attachments::id.gt(after))
        .order(attachments::id)
        .limit(PAGE)
        .select(AttachmentRow::as_select())
        .load(conn)?;
    let mut page = Vec::with_capacity(rows.len());
    for row in rows {
        let hashes = match row.event_id.map(|event| events::get(conn, event)) {
            Some(Ok(event)) if is_of(&event, &row) => hashes(conn, store, event.id)?,
            Some(Ok(_) | Err(StoreError::NotFound(_))) | None => None,
            Some(Err(error)) => return Err(error.into()),
        };
        let gone = row.removed_at.is_some() && said_gone(conn, &row)?;
        page.push(Said { row, hashes, gone });
    }
    Ok(page)
}

fn is_of(event: &Event, row: &AttachmentRow) -> bool {
    event.kind == "case.file_added" && event.stream == row.case_id && names(&event.public, row.id)
}

fn names(public: &Value, file: i64) -> bool {
    public["file"].as_str() == Some(file.to_string().as_str())
}

/// The hashes that an event commits to. Those of an erased case cannot be read any more.
fn hashes(
    conn: &mut Conn,
    store: &Store,
    event: i64,
) -> Result<Option<BTreeMap<String, String>>, StoreError> {
    let mut hashes = BTreeMap::new();
    for (name, key_id, sealed) in events::parts(conn, event)? {
        let opened =
            store.vault().key(conn, key_id).and_then(|key| store.vault().open_part(&key, &name, &sealed));
        match opened {
            Ok(text) => drop(hashes.insert(name, String::from_utf8_lossy(&text).into_owned())),
            Err(StoreError::Unsealable) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Some(hashes))
}

/// Whether the log says that a file was taken off, or the texts and files of its case erased.
fn said_gone(conn: &mut Conn, row: &AttachmentRow) -> Result<bool, CaseError> {
    let of_case: Vec<(String, String)> = log::table
        .filter(log::stream.eq(row.case_id))
        .filter(log::kind.eq_any(["case.file_removed", "case.person_erased"]))
        .select((log::kind, log::public))
        .load(conn)?;
    Ok(of_case.iter().any(|(kind, public)| {
        let public: Value = serde_json::from_str(public).unwrap_or_default();
        if kind == "case.file_removed" { names(&public, row.id) } else { public["texts"] == true }
    }))
}

/// Files that the log knows and no row names.
fn without_row(conn: &mut Conn) -> Result<Vec<FileProblem>, CaseError> {
    let known: BTreeSet<i64> =
        attachments::table.select(attachments::id).load::<i64>(conn)?.into_iter().collect();
    let added: Vec<(i64, String)> = log::table
        .filter(log::kind.eq("case.file_added"))
        .order(log::id)
        .select((log::stream, log::public))
        .load(conn)?;
    let named = added.iter().filter_map(|(case, public)| {
        let public: Value = serde_json::from_str(public).ok()?;
        Some((*case, public["file"].as_str()?.parse().ok()?))
    });
    Ok(named
        .filter(|(_, file)| !known.contains(file))
        .map(|(case, file)| FileProblem { code: "file.no_row", file, case })
        .collect())
}
