//! Search by words. The index knows scopes but follows the log a moment behind: every hit is checked against the
//! scope as it stands before it is shown.

use super::{Ask, cursor::page_size, excerpt, list::CAP, rows, visible};
use crate::{
    CaseError, Cases,
    http::dto::{SearchList, SearchQuestion, SearchRow, Total},
    model::CaseRow,
};
use people::scope::search_tokens;
use std::collections::BTreeMap;
use store::{
    Conn,
    search::{self, Hit, Query},
};

/// A list narrowed by words holds at most this many hits; what finds more is refused, never cut silently.
const IN_LIST: usize = 1_000;
/// The longest question.
const LONGEST: usize = 200;

/// A page of hits: exact phrase first, then the most recent.
///
/// # Errors
/// `request.cursor`, `request.limit`, `search.empty`, `search.too_long`.
pub async fn search(cases: &Cases, ask: &Ask, question: SearchQuestion) -> Result<SearchList, CaseError> {
    let size = page_size(question.limit, 20, 50)?;
    let words = checked(&question.q)?;
    let after = question.cursor.as_deref().map(parse_cursor).transpose()?;
    let counts = question.total == Some(true) && after.is_none();
    let rules = cases.rules.current();
    let store = cases.store.clone();
    let ask = ask.clone();
    cases
        .store
        .read(move |conn| {
            let mut found = gather(conn, &ask, &words, after, size + 1)?;
            let more = found.len() > size;
            found.truncate(size);
            let total = match counts {
                true if !more => {
                    Some(Total { count: i64::try_from(found.len()).unwrap_or(CAP), capped: false })
                }
                true => Some(total(conn, &ask, &words)?),
                false => None,
            };
            let (seen, hits): (Vec<CaseRow>, Vec<Hit>) = found.into_iter().unzip();
            let next_cursor = if more { hits.last().map(cursor_text) } else { None };
            let shown = rows::decorate(conn, store.vault(), &rules, &ask, &seen)?;
            let words = excerpt::Words::of(&words);
            let mut excerpts = excerpt::of(conn, store.vault(), &words, &seen, &shown)?;
            let items = shown
                .into_iter()
                .zip(hits)
                .map(|(case, hit)| SearchRow {
                    excerpt: excerpts.remove(&hit.case_id),
                    case,
                    phrase: hit.phrase,
                })
                .collect();
            Ok(SearchList { items, next_cursor, total })
        })
        .await
}

/// How many of the first hits the asker may see.
fn total(conn: &mut Conn, ask: &Ask, words: &str) -> Result<Total, CaseError> {
    let scope = search_tokens(&ask.viewer());
    let hits = search::find(conn, &Query { words: words.to_owned(), scope, after: None, limit: CAP + 1 })?;
    let ids: Vec<i64> = hits.iter().take(IN_LIST).map(|hit| hit.case_id).collect();
    let seen = visible::visible(conn, ask, &ids)?.len();
    Ok(Total { count: i64::try_from(seen).unwrap_or(CAP), capped: hits.len() > IN_LIST })
}

/// The first `wanted` hits after a place that the asker may see, with their rows. Reads on over hits that are out of
/// sight by now, so that a page is full and its cursor names only what was shown.
fn gather(
    conn: &mut Conn,
    ask: &Ask,
    words: &str,
    mut after: Option<(bool, i64)>,
    wanted: usize,
) -> Result<Vec<(CaseRow, Hit)>, CaseError> {
    let limit = i64::try_from(wanted).unwrap_or(i64::MAX);
    let mut found = Vec::new();
    loop {
        let scope = search_tokens(&ask.viewer());
        let hits = search::find(conn, &Query { words: words.to_owned(), scope, after, limit })?;
        found.extend(seen(conn, ask, &hits)?);
        match hits.last() {
            Some(last) if hits.len() == wanted && found.len() < wanted => {
                after = Some((last.phrase, last.case_id));
            }
            Some(_) | None => {
                found.truncate(wanted);
                return Ok(found);
            }
        }
    }
}

/// The cases that the words find, for narrowing a list.
///
/// # Errors
/// `search.too_many` when they find more than [`IN_LIST`].
pub(super) fn ids(conn: &mut Conn, ask: &Ask, words: &str) -> Result<Vec<i64>, CaseError> {
    let limit = i64::try_from(IN_LIST + 1).unwrap_or(i64::MAX);
    let query = Query { words: checked(words)?, scope: search_tokens(&ask.viewer()), after: None, limit };
    let hits = search::find(conn, &query)?;
    if hits.len() > IN_LIST {
        return Err(CaseError::field("q", "search.too_many"));
    }
    Ok(hits.into_iter().map(|hit| hit.case_id).collect())
}

fn checked(words: &str) -> Result<String, CaseError> {
    let words = words.trim();
    if words.is_empty() {
        return Err(CaseError::field("q", "search.empty"));
    }
    if words.chars().count() > LONGEST {
        return Err(CaseError::field("q", "search.too_long"));
    }
    Ok(words.to_owned())
}

/// The hits that the asker may see, in their order, with their rows.
fn seen(conn: &mut Conn, ask: &Ask, hits: &[Hit]) -> Result<Vec<(CaseRow, Hit)>, CaseError> {
    let ids: Vec<i64> = hits.iter().map(|hit| hit.case_id).collect();
    let mut rows: BTreeMap<i64, CaseRow> =
        visible::visible(conn, ask, &ids)?.into_iter().map(|row| (row.id, row)).collect();
    Ok(hits.iter().filter_map(|hit| rows.remove(&hit.case_id).map(|row| (row, *hit))).collect())
}

fn cursor_text(hit: &Hit) -> String {
    format!("{}.{}", i64::from(hit.phrase), hit.case_id)
}

fn parse_cursor(text: &str) -> Result<(bool, i64), CaseError> {
    let read = || {
        let (phrase, id) = text.split_once('.')?;
        let phrase = match phrase {
            "1" => true,
            "0" => false,
            _ => return None,
        };
        Some((phrase, id.parse().ok()?))
    };
    read().ok_or_else(|| CaseError::field("cursor", "request.cursor"))
}
