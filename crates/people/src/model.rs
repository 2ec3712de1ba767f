//! Rows and the words in them.

use crate::permission::words;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use store::schema::{accounts, api_tokens, grants, sessions, units};

words! {
    /// Whether an account works.
    AccountState {
        /// It works.
        Active = "active",
        /// It was disabled and owns nothing.
        Disabled = "disabled",
    }
}

/// A unit as stored.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = units, treat_none_as_default_value = false)]
#[allow(missing_docs)]
pub struct UnitRow {
    pub id: i64,
    pub code: String,
    pub name: String,
    pub short_name: String,
    pub kind: String,
    pub parent_id: Option<i64>,
    pub area_id: Option<i64>,
    pub phone: String,
    pub active: bool,
    pub successor_id: Option<i64>,
    pub version: i64,
    pub created_at: i64,
}

/// An account as stored.
#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = accounts, treat_none_as_default_value = false)]
#[allow(missing_docs)]
pub struct AccountRow {
    pub id: i64,
    pub login: String,
    pub name: String,
    pub unit_id: i64,
    pub phone: String,
    pub password_hash: String,
    pub must_change_password: bool,
    pub password_set_at: i64,
    pub totp_sealed: Option<Vec<u8>>,
    pub totp_last_step: i64,
    pub state: String,
    pub failed_count: i64,
    pub locked_until: Option<i64>,
    pub language: String,
    pub version: i64,
    pub created_at: i64,
    pub last_sign_in_at: Option<i64>,
}

impl AccountRow {
    /// Whether it may sign in.
    pub fn is_active(&self) -> bool {
        self.state == AccountState::Active.as_str()
    }

    /// Whether a second factor is enrolled and confirmed.
    pub fn has_second_factor(&self) -> bool {
        self.totp_sealed.is_some() && self.totp_last_step != crate::totp::PENDING
    }
}

/// A grant as stored.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = grants, treat_none_as_default_value = false)]
#[allow(missing_docs)]
pub struct GrantRow {
    pub id: i64,
    pub account_id: i64,
    pub role: String,
    pub unit_id: Option<i64>,
    pub area_id: Option<i64>,
    pub granted_by: Option<i64>,
    pub granted_at: i64,
    pub expires_at: Option<i64>,
}

/// A session as stored.
#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions, treat_none_as_default_value = false)]
#[allow(missing_docs)]
pub struct SessionRow {
    pub token_hash: Vec<u8>,
    pub account_id: i64,
    pub csrf: String,
    pub second_factor: bool,
    pub created_at: i64,
    pub last_seen_at: i64,
    pub expires_at: i64,
    pub address: String,
    pub agent: String,
}

/// An API token as stored.
#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = api_tokens, treat_none_as_default_value = false)]
#[allow(missing_docs)]
pub struct TokenRow {
    pub id: i64,
    pub token_hash: Vec<u8>,
    pub account_id: i64,
    pub name: String,
    pub scopes: String,
    pub created_at: i64,
    pub expires_at: Option<i64>,
    pub revoked_at: Option<i64>,
    pub last_used_at: Option<i64>,
}

/// A name of a person or unit: trimmed, 1 to `longest` characters, no control characters.
pub(crate) fn checked_name(
    field: &'static str,
    text: &str,
    longest: usize,
) -> Result<String, crate::PeopleError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(crate::PeopleError::field(field, "field.required"));
    }
    checked_text(field, text, longest)
}

/// Free text that may be empty.
pub(crate) fn checked_text(
    field: &'static str,
    text: &str,
    longest: usize,
) -> Result<String, crate::PeopleError> {
    let text = text.trim();
    if text.chars().count() > longest {
        return Err(crate::PeopleError::field(field, "field.too_long"));
    }
    if text.chars().any(char::is_control) {
        return Err(crate::PeopleError::field(field, "field.invalid"));
    }
    Ok(text.to_owned())
}

/// A login or unit code: lower case letters, digits, `.`, `_`, `-`; `shortest` to 40 characters.
pub(crate) fn checked_handle(
    field: &'static str,
    text: &str,
    shortest: usize,
) -> Result<String, crate::PeopleError> {
    let handle = text.trim().to_lowercase();
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
    if (shortest..=40).contains(&handle.len()) && handle.chars().all(allowed) {
        Ok(handle)
    } else {
        Err(crate::PeopleError::field(field, "field.invalid"))
    }
}
