//! Exports of exactly what a list shows: the same question, the same scope, the same columns.

mod columns;
mod sheets;
mod words;

pub use columns::{Cell, Column, Language, cells};
pub use sheets::{csv, xlsx};

use crate::{
    CaseError, Cases,
    http::dto::{CaseRow, ListQuestion},
    queries::{self, Ask},
};

/// An export holds at most this many rows; a larger list is narrowed first.
pub const MOST: usize = 20_000;

/// What is exported.
#[derive(Debug)]
pub struct Export {
    /// The columns in order.
    pub columns: Vec<Column>,
    /// The language of headings and words.
    pub language: Language,
    /// The rows.
    pub rows: Vec<CaseRow>,
}

/// Collects the whole list that a question asks for.
///
/// # Errors
/// As the list; `export.too_many` when it is longer than [`MOST`], `field.unknown_choice` for an unknown column or language.
pub async fn collect(cases: &Cases, ask: &Ask, question: ListQuestion) -> Result<Export, CaseError> {
    let columns = Column::parse_list(question.columns.as_deref())?;
    let language = Language::parse(question.lang.as_deref())?;
    let mut question = ListQuestion { cursor: None, limit: None, ..question };
    let mut rows = Vec::new();
    loop {
        let page = queries::for_export(cases, ask, question.clone()).await?;
        rows.extend(page.items);
        if rows.len() > MOST {
            return Err(CaseError::field("limit", "export.too_many"));
        }
        match page.next_cursor {
            Some(cursor) => question.cursor = Some(cursor),
            None => return Ok(Export { columns, language, rows }),
        }
    }
}
