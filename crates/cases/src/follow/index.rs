//! The search index follows the log: whatever happened to a case, its document is made anew from how it stands.
//! Doing so twice does no harm.

use crate::{
    CaseError,
    model::{CaseRow, CaseTextRow, ReplyRow, contexts},
    queries::{self, secrets},
};
use diesel::prelude::*;
use people::scope::document_tokens;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use store::{
    Conn, Store,
    events::Event,
    follow::Follower,
    schema::{areas, case_texts, cases, external_refs, replies},
    search::{Document, Entry},
    vault::Vault,
};

/// The follower's name (its cursor stands under it).
pub const INDEX: &str = "search-index";

/// Events taken at once: a case with several of them is indexed once.
const EVENTS: i64 = 1000;
/// For how long events are gathered; what is committed can be found within a second.
const GATHER: Duration = Duration::from_millis(200);
/// One batch of documents is written in one transaction.
const DOCUMENTS: usize = 50;

/// The follower that keeps the index. Run it as
/// `Follower::run(store, stop, |events| index(store.clone(), events))`.
#[must_use]
pub fn follower() -> Follower {
    Follower::new(INDEX).batch(EVENTS).gather(GATHER)
}

/// Brings the documents of all cases that the events speak of up to date.
///
/// # Errors
/// When the store fails; the batch may be handed in again.
pub async fn index(store: Store, events: Vec<Event>) -> Result<(), CaseError> {
    let cases: BTreeSet<i64> = events.iter().map(|event| event.stream).collect();
    let cases: Vec<i64> = cases.into_iter().collect();
    reindex(&store, &cases).await
}

/// Makes the documents of these cases anew.
///
/// # Errors
/// When the store fails.
pub async fn reindex(store: &Store, ids: &[i64]) -> Result<(), CaseError> {
    for chunk in ids.chunks(DOCUMENTS) {
        let (vault, chunk) = (store.clone(), chunk.to_vec());
        let entries: Vec<Entry> = store
            .read(move |conn| {
                let documents = documents(conn, vault.vault(), &chunk)?;
                Ok::<_, CaseError>(documents.iter().map(Document::entry).collect())
            })
            .await?;
        if entries.is_empty() {
            continue;
        }
        store
            .write(move |tx| {
                for entry in &entries {
                    tx.index_entry(entry)?;
                }
                Ok::<_, CaseError>(())
            })
            .await?;
    }
    Ok(())
}

/// The documents of those ids that are cases.
fn documents(conn: &mut Conn, vault: &Vault, ids: &[i64]) -> Result<Vec<Document>, CaseError> {
    let rows: Vec<CaseRow> =
        cases::table.filter(cases::id.eq_any(ids.to_vec())).select(CaseRow::as_select()).load(conn)?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let facts = queries::facts(conn, &rows)?;
    let mut texts: BTreeMap<i64, CaseTextRow> = case_texts::table
        .filter(case_texts::case_id.eq_any(ids.to_vec()))
        .select(CaseTextRow::as_select())
        .load(conn)?
        .into_iter()
        .map(|row: CaseTextRow| (row.case_id, row))
        .collect();
    let mut answers: BTreeMap<i64, Vec<ReplyRow>> = BTreeMap::new();
    let found: Vec<ReplyRow> = replies::table
        .filter(replies::case_id.eq_any(ids.to_vec()))
        .select(ReplyRow::as_select())
        .load(conn)?;
    for reply in found {
        answers.entry(reply.case_id).or_default().push(reply);
    }
    let mut documents = Vec::new();
    for (case, facts) in rows.iter().zip(facts) {
        let texts = texts.remove(&case.id);
        let replies = answers.remove(&case.id).unwrap_or_default();
        let text = text(conn, vault, case, texts.as_ref(), &replies)?;
        documents.push(Document { case_id: case.id, text, scope: document_tokens(&facts) });
    }
    Ok(documents)
}

/// What can be found of a case: its numbers, title, matter, place, area names, answers. Nothing of the people.
fn text(
    conn: &mut Conn,
    vault: &Vault,
    case: &CaseRow,
    texts: Option<&CaseTextRow>,
    replies: &[ReplyRow],
) -> Result<String, CaseError> {
    let mut lines = vec![case.number.clone()];
    lines.extend(
        external_refs::table
            .filter(external_refs::case_id.eq(case.id))
            .select(external_refs::number)
            .load::<String>(conn)?,
    );
    let mut open = |context: &str, sealed: &[u8]| secrets::open(conn, vault, case.key_id, context, sealed);
    lines.extend(open(contexts::TITLE, &case.title)?);
    if let Some(texts) = texts {
        lines.extend(open(contexts::DETAIL, &texts.detail)?);
        lines.extend(open(contexts::PLACE, &texts.place)?);
    }
    for reply in replies {
        lines.extend(open(contexts::REPLY, &reply.text)?);
    }
    let within = [case.town_id, case.village_id, case.grid_id];
    lines.extend(
        areas::table
            .filter(areas::id.eq_any(within.into_iter().flatten().collect::<Vec<_>>()))
            .select(areas::name)
            .load::<String>(conn)?,
    );
    Ok(lines.join("\n"))
}
