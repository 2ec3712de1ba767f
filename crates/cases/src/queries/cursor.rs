//! Where a page begins: the key and id of the last row before it. Keyset paging: a row that comes or goes
//! elsewhere never makes a page skip or double another.

use crate::CaseError;

/// The place after which a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    /// The sort key of the last row; `None` among rows without one (they come last).
    pub key: Option<i64>,
    /// The id of the last row.
    pub id: i64,
}

impl Cursor {
    /// Reads what [`Cursor::to_text`] wrote.
    ///
    /// # Errors
    /// `request.cursor`.
    pub(super) fn parse(text: &str) -> Result<Cursor, CaseError> {
        let read = || {
            let (key, id) = text.split_once('.')?;
            let key = if key.is_empty() { None } else { Some(key.parse().ok()?) };
            Some(Cursor { key, id: id.parse().ok()? })
        };
        read().ok_or_else(|| CaseError::field("cursor", "request.cursor"))
    }

    /// As text for the client.
    #[must_use]
    pub(super) fn to_text(self) -> String {
        match self.key {
            Some(key) => format!("{key}.{}", self.id),
            None => format!(".{}", self.id),
        }
    }
}

/// A page size within bounds.
///
/// # Errors
/// `request.limit` for anything but 1 to `most`.
pub(super) fn page_size(asked: Option<i64>, usual: i64, most: i64) -> Result<usize, CaseError> {
    let size = asked.unwrap_or(usual);
    if !(1..=most).contains(&size) {
        return Err(CaseError::field("limit", "request.limit"));
    }
    usize::try_from(size).map_err(|_| CaseError::field("limit", "request.limit"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cursor_is_read_as_it_was_written(key in any::<Option<i64>>(), id in any::<i64>()) {
            let cursor = Cursor { key, id };
            prop_assert_eq!(Cursor::parse(&cursor.to_text()).ok(), Some(cursor));
        }

        #[test]
        fn any_other_text_is_refused(text in "[0-9.+-]{0,24}|\\PC{0,12}") {
            match Cursor::parse(&text) {
                Ok(cursor) => prop_assert_eq!(Cursor::parse(&cursor.to_text()).ok(), Some(cursor)),
                Err(error) => prop_assert_eq!(error.code(), "input.invalid"),
            }
            let size = page_size(text.parse().ok(), 20, 100);
            prop_assert!(size.is_err() || (1..=100).contains(&size.unwrap_or_default()));
        }
    }
}
