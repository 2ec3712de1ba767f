//! Full-text search of Chinese by character bigrams: the same tokens, so the same set, on both engines.
//! The index follows the event log; scope tokens stand inside it.

use crate::{Conn, StoreError, Tx};

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
        let _ = document;
        todo!()
    }

    /// Takes a document out.
    pub fn unindex(&mut self, case_id: i64) -> Result<(), StoreError> {
        let _ = case_id;
        todo!()
    }
}

/// Finds cases.
pub fn find(conn: &mut Conn, query: &Query) -> Result<Vec<Hit>, StoreError> {
    let _ = (conn, query);
    todo!()
}
