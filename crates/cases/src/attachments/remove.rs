//! Taking a file off a case: the content goes for good, the row, the event and the reason stay.

use super::{AttachmentError, AttachmentRow, Files};
use crate::{
    CaseError, Ctx,
    model::CaseRow,
    queries::{self, Ask},
};
use diesel::prelude::*;
use people::{AccountActor, Permission};
use rules::lifecycle::Refusal;
use store::{Store, Tx, events::NewEvent, ms, schema::attachments, vault::SealedPart};

/// The longest reason, in characters.
const LONGEST_REASON: usize = 500;

/// Whether an account may take a file off a case it sees: who added it while the case is open, stewards and
/// dispatchers always. Nobody may while the case is held legally.
pub(crate) fn may_remove(account: &AccountActor, case: &CaseRow, row: &AttachmentRow) -> bool {
    may(account, case, row) && !case.legal_hold
}

fn may(account: &AccountActor, case: &CaseRow, row: &AttachmentRow) -> bool {
    let own = row.account_id == Some(account.account_id) && account.can(Permission::CaseAttach);
    (own && case.open) || account.can(Permission::CaseVerify) || account.can(Permission::CaseDispatch)
}

/// Takes a file off its case and its content away. Doing it again finishes what was interrupted.
///
/// # Errors
/// [`CaseError::NotFound`] when there is no such file or the asker may not know of its case; [`CaseError::Forbidden`]
/// for others than [`may_remove`] names; `attachment.legal_hold`; `input.invalid` without a reason.
pub async fn remove(
    store: &Store,
    files: &Files,
    ctx: &Ctx,
    ask: &Ask,
    id: i64,
    reason: &str,
) -> Result<(), AttachmentError> {
    let reason = reason.trim();
    match reason.chars().count() {
        0..2 => return Err(CaseError::field("reason", "field.missing").into()),
        2..=LONGEST_REASON => {}
        _ => return Err(CaseError::field("reason", "field.too_long").into()),
    }
    let (row, case) = find(store, ask, id).await?;
    if !may(&ask.actor, &case, &row) {
        return Err(CaseError::Forbidden.into());
    }
    if case.legal_hold {
        return Err(CaseError::from(Refusal::new("attachment.legal_hold")).into());
    }
    if row.removed_at.is_none() {
        let (keys, key_id) = (store.clone(), row.key_id);
        let key = store.read(move |conn| keys.vault().key(conn, key_id)).await?;
        let said = store.vault().seal_part(&key, "reason", reason.as_bytes());
        let (row, ctx) = (row.clone(), ctx.clone());
        store.write(move |tx| write(tx, &ctx, &row, &said)).await?;
    }
    for path in std::iter::once(&row.path).chain(&row.thumbnail_path) {
        files.delete(path).await?;
    }
    Ok(())
}

async fn find(store: &Store, ask: &Ask, id: i64) -> Result<(AttachmentRow, CaseRow), CaseError> {
    let ask = ask.clone();
    store
        .read(move |conn| {
            let row: Option<AttachmentRow> =
                attachments::table.find(id).select(AttachmentRow::as_select()).first(conn).optional()?;
            let row = row.ok_or(CaseError::NotFound)?;
            let case = queries::visible(conn, &ask, &[row.case_id])?.pop().ok_or(CaseError::NotFound)?;
            Ok((row, case))
        })
        .await
}

fn write(tx: &mut Tx<'_>, ctx: &Ctx, row: &AttachmentRow, said: &SealedPart) -> Result<(), CaseError> {
    let standing = attachments::table.find(row.id).filter(attachments::removed_at.is_null());
    let removed = diesel::update(standing).set(attachments::removed_at.eq(ms(ctx.now))).execute(tx.conn())?;
    if removed == 0 {
        return Ok(());
    }
    tx.append(NewEvent {
        stream: row.case_id,
        stream_kind: "case",
        kind: "case.file_removed",
        kind_version: 1,
        occurred_at: ctx.now,
        recorded_at: ctx.now,
        actor: ctx.actor.account_id(),
        actor_unit: ctx.actor.unit_id(),
        public: serde_json::json!({ "file": row.id.to_string(), "media_type": row.media_type, "size": row.size }),
        parts: vec![said.clone()],
    })?;
    Ok(())
}
