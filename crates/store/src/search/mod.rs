//! Full-text search of Chinese by character bigrams: the same tokens, so the same set, on both engines.
//! The index follows the event log; scope tokens stand inside it.

mod tokens;

use crate::{Conn, Run, StoreError, Tx, dialect, schema::search_docs};
use diesel::prelude::*;
use tokens::{Term, scope_token};

/// What is indexed of one case.
#[derive(Clone, Debug)]
pub struct Document {
    /// The case.
    pub case_id: i64,
    /// Title, detail, replies, place names, case number … in clear; tokenised here.
    pub text: String,
    /// Who may find it: tokens such as `u17` (unit), `t12` (town), `all`; any one is enough.
    pub scope: Vec<String>,
}

/// A document as tokens, ready for the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    case_id: i64,
    scope: String,
    body: String,
}

impl Document {
    /// Tokenises. Do it before the transaction.
    pub fn entry(&self) -> Entry {
        let mut scope: Vec<String> = self.scope.iter().map(|token| scope_token(token)).collect();
        scope.sort();
        scope.dedup();
        Entry { case_id: self.case_id, scope: scope.join(" "), body: tokens::of_text(&self.text) }
    }
}

/// A query.
#[derive(Clone, Debug)]
pub struct Query {
    /// The words as typed.
    pub words: String,
    /// The scope tokens of the searcher; empty finds nothing.
    pub scope: Vec<String>,
    /// Continue after this (phrase rank, case id) of the last page.
    pub after: Option<(bool, i64)>,
    /// Page size.
    pub limit: i64,
}

/// A hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The case.
    pub case_id: i64,
    /// Whether the exact phrase occurs (those come first; then the most recent).
    pub phrase: bool,
}

impl Tx<'_> {
    /// Puts or replaces a document.
    pub fn index(&mut self, document: &Document) -> Result<(), StoreError> {
        self.index_entry(&document.entry())
    }

    /// Puts or replaces a document that was tokenised before.
    pub fn index_entry(&mut self, entry: &Entry) -> Result<(), StoreError> {
        if self.indexed(entry.case_id)?.as_ref() == Some(entry) {
            return Ok(());
        }
        self.unindex(entry.case_id)?;
        diesel::insert_into(search_docs::table)
            .values((
                search_docs::case_id.eq(entry.case_id),
                search_docs::scope.eq(&entry.scope),
                search_docs::body.eq(&entry.body),
            ))
            .run(self.conn)?;
        put(self.conn, entry)
    }

    /// Takes a document out.
    pub fn unindex(&mut self, case_id: i64) -> Result<(), StoreError> {
        let Some(old) = self.indexed(case_id)? else { return Ok(()) };
        match self.conn {
            Conn::Sqlite(conn) => dialect::sqlite::unindex(conn, case_id, &old.scope, &old.body)?,
            Conn::Postgres(conn) => dialect::postgres::unindex(conn, case_id)?,
        };
        diesel::delete(search_docs::table.find(case_id)).run(self.conn)?;
        Ok(())
    }

    fn indexed(&mut self, case_id: i64) -> Result<Option<Entry>, StoreError> {
        self.lock_name(&format!("search/{case_id}"))?;
        let row: Option<(i64, String, String)> =
            search_docs::table.find(case_id).first(self.conn).optional()?;
        Ok(row.map(|(case_id, scope, body)| Entry { case_id, scope, body }))
    }
}

fn put(conn: &mut Conn, entry: &Entry) -> Result<(), StoreError> {
    match conn {
        Conn::Sqlite(conn) => dialect::sqlite::index(conn, entry.case_id, &entry.scope, &entry.body)?,
        Conn::Postgres(conn) => {
            let literal = tokens::vector(&entry.scope, &entry.body);
            dialect::postgres::index(conn, entry.case_id, &literal)?
        }
    };
    Ok(())
}

/// Makes the index anew from `search_docs` (after a restore).
pub(crate) fn rebuild(conn: &mut Conn) -> Result<(), StoreError> {
    if let Conn::Sqlite(conn) = conn {
        return dialect::sqlite::rebuild_index(conn);
    }
    let mut last = i64::MIN;
    loop {
        let rows: Vec<(i64, String, String)> = search_docs::table
            .filter(search_docs::case_id.gt(last))
            .order(search_docs::case_id)
            .limit(500)
            .load(conn)?;
        let Some((end, ..)) = rows.last() else { return Ok(()) };
        last = *end;
        for (case_id, scope, body) in rows {
            put(conn, &Entry { case_id, scope, body })?;
        }
    }
}

/// Finds cases: those with the exact phrase first, then those with all its parts; in each group the most recent first.
pub fn find(conn: &mut Conn, query: &Query) -> Result<Vec<Hit>, StoreError> {
    let segments = tokens::of_query(&query.words);
    if segments.is_empty() || query.scope.is_empty() || query.limit <= 0 {
        return Ok(Vec::new());
    }
    let scope: Vec<String> = query.scope.iter().map(|token| scope_token(token)).collect();
    let mut hits = Vec::new();
    if query.after.is_none_or(|(phrase, _)| phrase) {
        let below = query.after.map_or(i64::MAX, |(_, id)| id);
        let ids = page(conn, &scope, Want::Phrase(&segments), below, query.limit)?;
        hits.extend(ids.into_iter().map(|case_id| Hit { case_id, phrase: true }));
    }
    let left = query.limit - hits.len() as i64;
    if left > 0 && segments.iter().any(|segment| segment.len() > 1) {
        let below = query.after.filter(|(phrase, _)| !phrase).map_or(i64::MAX, |(_, id)| id);
        let ids = page(conn, &scope, Want::PartsOnly(&segments), below, left)?;
        hits.extend(ids.into_iter().map(|case_id| Hit { case_id, phrase: false }));
    }
    Ok(hits)
}

/// A text's tokens, and with a scope the `tsvector` of them: what seeders write (see `testkit::bulk`).
#[cfg(feature = "testkit")]
pub(crate) fn raw(scope: &str, text: &str) -> (String, String) {
    let body = tokens::of_text(text);
    let vector = tokens::vector(scope, &body);
    (body, vector)
}

/// What a page holds.
pub(crate) enum Want<'q> {
    /// Documents with every segment as a phrase.
    Phrase(&'q [Vec<Term>]),
    /// Documents with every term, but not every phrase.
    PartsOnly(&'q [Vec<Term>]),
}

fn page(
    conn: &mut Conn,
    scope: &[String],
    want: Want<'_>,
    below: i64,
    limit: i64,
) -> Result<Vec<i64>, StoreError> {
    Ok(match conn {
        Conn::Sqlite(conn) => dialect::sqlite::search(conn, &fts_query(scope, &want), below, limit)?,
        Conn::Postgres(conn) => dialect::postgres::search(conn, &ts_query(scope, &want), below, limit)?,
    })
}

/// The query in FTS5's words. Tokens hold letters and digits only, so nothing needs escaping.
fn fts_query(scope: &[String], want: &Want<'_>) -> String {
    fn term(term: &Term) -> String {
        format!("\"{}\"{}", term.token, if term.prefix { " *" } else { "" })
    }
    let phrases = |segments: &[Vec<Term>]| join(segments, " AND ", |segment| join(segment, " + ", term));
    let scope = join(scope, " OR ", |token| format!("\"{token}\""));
    let body = match want {
        Want::Phrase(segments) => phrases(segments),
        Want::PartsOnly(segments) => {
            let parts = join(&flat(segments), " AND ", |part| term(part));
            format!("({parts}) NOT ({})", phrases(segments))
        }
    };
    format!("scope : ({scope}) AND body : ({body})")
}

/// The query in PostgreSQL's words.
fn ts_query(scope: &[String], want: &Want<'_>) -> String {
    fn term(term: &Term) -> String {
        format!("'{}'{}", term.token, if term.prefix { ":*" } else { "" })
    }
    let phrases = |segments: &[Vec<Term>]| {
        join(segments, " & ", |segment| format!("({})", join(segment, " <-> ", term)))
    };
    let scope = join(scope, " | ", |token| format!("'{}{token}'", tokens::SCOPE_MARK));
    let body = match want {
        Want::Phrase(segments) => phrases(segments),
        Want::PartsOnly(segments) => {
            let parts = join(&flat(segments), " & ", |part| term(part));
            format!("{parts} & !({})", phrases(segments))
        }
    };
    format!("({scope}) & {body}")
}

fn flat(segments: &[Vec<Term>]) -> Vec<&Term> {
    segments.iter().flatten().collect()
}

fn join<T>(items: &[T], between: &str, show: impl Fn(&T) -> String) -> String {
    items.iter().map(show).collect::<Vec<_>>().join(between)
}
