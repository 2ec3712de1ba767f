//! Keyset pages.

use crate::PeopleError;
use serde::Serialize;

/// One page of a list.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Ask with this `cursor` for the next page; absent on the last.
    pub next_cursor: Option<String>,
    /// How many there are on all pages, where that was asked for (`total=true`) with the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<Total>,
}

/// How many rows a list has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Total {
    /// How many were counted.
    pub count: i64,
    /// Whether there may be more than was counted.
    pub capped: bool,
}

impl<T> Page<T> {
    /// A page of at most `limit` items out of one more than that, `key` being what the next page continues after.
    pub fn cut(mut items: Vec<T>, limit: i64, key: impl Fn(&T) -> String) -> Page<T> {
        let limit = usize::try_from(limit).unwrap_or_default();
        let more = items.len() > limit;
        items.truncate(limit);
        let next_cursor = if more { items.last().map(key) } else { None };
        Page { items, next_cursor, total: None }
    }

    /// The page with how many there are in all.
    #[must_use]
    pub fn of(self, total: Option<Total>) -> Page<T> {
        Page { total, ..self }
    }
}

/// How many items a page may have: what was asked for, `usual` when nothing was.
///
/// # Errors
/// `input.invalid` with `limit: request.limit` for anything but 1 to `most`.
pub fn page_size(asked: Option<i64>, usual: i64, most: i64) -> Result<i64, PeopleError> {
    match asked.unwrap_or(usual) {
        size if (1..=most).contains(&size) => Ok(size),
        _ => Err(PeopleError::PageSize),
    }
}
