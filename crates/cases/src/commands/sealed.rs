//! Free texts are sealed before the transaction: as private parts of the event and, where a column holds them, for that column.

use crate::CaseError;
use std::{borrow::Cow, collections::BTreeMap};
use store::{
    Store, StoreError,
    schema::cases,
    vault::{DataKey, SealedPart},
};

/// A free text of a command.
#[derive(Clone, Debug)]
pub struct Text<'a> {
    /// The name of the event's private part; none for a text that stands in its column alone.
    pub name: Option<&'static str>,
    /// The sealed column that holds it too (`model::contexts`).
    pub column: Option<&'static str>,
    /// The text.
    pub text: Cow<'a, str>,
}

impl<'a> Text<'a> {
    /// A text that stands in the event alone.
    pub(crate) fn event(name: &'static str, text: impl Into<Cow<'a, str>>) -> Text<'a> {
        Text { name: Some(name), column: None, text: text.into() }
    }

    /// A text that stands in a column too.
    pub(crate) fn column(
        name: &'static str,
        column: &'static str,
        text: impl Into<Cow<'a, str>>,
    ) -> Text<'a> {
        Text { name: Some(name), column: Some(column), text: text.into() }
    }

    /// A text that stands in a column alone: it can be taken away from one reporter of a case that others stand behind.
    pub(crate) fn kept(column: &'static str, text: impl Into<Cow<'a, str>>) -> Text<'a> {
        Text { name: None, column: Some(column), text: text.into() }
    }
}

/// Sealed texts of one command.
#[derive(Default)]
pub(crate) struct Sealed {
    hand: Option<(Store, DataKey)>,
    parts: Vec<SealedPart>,
    columns: BTreeMap<&'static str, Vec<u8>>,
}

impl Sealed {
    /// Seals under a key; empty texts are left out of the event and stay empty in their column.
    pub(crate) fn under(store: &Store, key: &DataKey, texts: &[Text<'_>]) -> Sealed {
        let mut sealed = Sealed { hand: Some((store.clone(), key.clone())), ..Sealed::default() };
        for text in texts.iter().filter(|text| !text.text.is_empty()) {
            if let Some(name) = text.name {
                sealed.parts.push(store.vault().seal_part(key, name, text.text.as_bytes()));
            }
            if let Some(column) = text.column {
                sealed.columns.insert(column, store.vault().seal(key, column, text.text.as_bytes()));
            }
        }
        sealed
    }

    /// Seals under the key of an existing case.
    pub(crate) async fn for_case(
        store: &Store,
        case_id: i64,
        texts: &[Text<'_>],
    ) -> Result<Sealed, CaseError> {
        if texts.iter().all(|text| text.text.is_empty()) {
            return Ok(Sealed::default());
        }
        let at = store.clone();
        let key = store
            .read(move |conn| -> Result<DataKey, CaseError> {
                use diesel::prelude::*;
                let key: Option<i64> =
                    cases::table.find(case_id).select(cases::key_id).first(conn).optional()?;
                Ok(at.vault().key(conn, key.ok_or(CaseError::NotFound)?)?)
            })
            .await?;
        Ok(Sealed::under(store, &key, texts))
    }

    /// Opens a text that the case holds already.
    ///
    /// # Errors
    /// When the key does not open it, or the command brought no text at all and so no key.
    pub(crate) fn open(&self, column: &'static str, sealed: &[u8]) -> Result<String, CaseError> {
        let (store, key) = self.hand.as_ref().ok_or_else(no_key)?;
        let text = store.vault().open(key, column, sealed)?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// Seals a text that is known only once the case is read: a short one.
    ///
    /// # Errors
    /// As [`Sealed::open`].
    pub(crate) fn seal(&self, column: &'static str, text: &str) -> Result<Vec<u8>, CaseError> {
        let (store, key) = self.hand.as_ref().ok_or_else(no_key)?;
        Ok(store.vault().seal(key, column, text.as_bytes()))
    }

    /// The private parts of the command's event.
    pub(crate) fn parts(&self) -> Vec<SealedPart> {
        self.parts.clone()
    }

    /// What a column holds; empty when the text was.
    pub(crate) fn column(&self, column: &'static str) -> Vec<u8> {
        self.columns.get(column).cloned().unwrap_or_default()
    }

    /// The same, null when the text was empty.
    pub(crate) fn column_or_null(&self, column: &'static str) -> Option<Vec<u8>> {
        self.columns.get(column).cloned()
    }
}

fn no_key() -> CaseError {
    CaseError::Store(StoreError::Corrupt { what: "command", detail: "no key for its texts".to_owned() })
}
