//! What a county sets for itself: its name and look, and a few numbers of its rules. Kept in the table `settings`; what was
//! never set has the product's value.

use crate::{PeopleError, model::checked_text};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::{Conn, StoreError, schema::settings};

/// The largest emblem, in bytes.
pub const LARGEST_EMBLEM: usize = 64 * 1024;

/// A number that a county sets: its name in the table, its name in JSON, what it may be, and the product's value.
struct Number {
    stored: &'static str,
    field: &'static str,
    least: i64,
    most: i64,
    usual: i64,
}

/// Households from which a grid is too big (清水县: 300).
const HOUSEHOLDS: Number = Number {
    stored: "grids.household_limit",
    field: "grid_household_limit",
    least: 1,
    most: 10_000,
    usual: 300,
};
/// Days in which a person may reopen a matter after its end.
const REOPEN_DAYS: Number =
    Number { stored: "cases.reopen_days", field: "reopen_days", least: 1, most: 3650, usual: 30 };
/// Attempts after which a person counts as unreachable.
const CALLBACKS: Number =
    Number { stored: "cases.callback_attempts", field: "callback_attempts", least: 1, most: 20, usual: 3 };

const NAME: &str = "county.name";
const NAME_EN: &str = "county.name_en";
const COLOR: &str = "county.color";
pub(crate) const EMBLEM: &str = "county.emblem";
/// The row that counts changes.
pub(crate) const VERSION: &str = "settings.version";

/// A county's emblem.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Emblem {
    /// `image/svg+xml` or `image/png`.
    pub media_type: String,
    /// The file in base64, at most 64 KiB of it.
    pub data: String,
}

/// What a county has set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct CountySettings {
    /// Counts up with every change; 0 before anything was set.
    pub version: i64,
    /// Its name, shown beside the product's; empty: as the configuration file says.
    pub county_name: String,
    /// Its name for readers of English.
    pub county_name_en: String,
    /// The main colour, `#1a5fb4`; tints are made readable from it. Empty: as the configuration file says.
    pub color: String,
    /// Its emblem; absent: as the configuration file says.
    pub emblem: Option<Emblem>,
    /// Households from which an import warns that a grid is too big, 1 to 10000.
    pub grid_household_limit: i64,
    /// Days in which a person may reopen a matter after its end, 1 to 3650.
    pub reopen_days: i64,
    /// Attempts after which a person counts as unreachable, 1 to 20.
    pub callback_attempts: i64,
}

/// What to change; `None` leaves it.
#[derive(Clone, Debug, Default)]
pub struct SettingsChange {
    /// The name.
    pub county_name: Option<String>,
    /// The name in English.
    pub county_name_en: Option<String>,
    /// The main colour; empty takes it away.
    pub color: Option<String>,
    /// The emblem; `Some(None)` takes it away.
    pub emblem: Option<Option<Emblem>>,
    /// The household limit of grids.
    pub grid_household_limit: Option<i64>,
    /// The days for reopening.
    pub reopen_days: Option<i64>,
    /// The attempts.
    pub callback_attempts: Option<i64>,
}

/// The settings as they stand.
///
/// # Errors
/// When the store fails.
pub fn load(conn: &mut Conn) -> Result<CountySettings, PeopleError> {
    let rows: Vec<(String, String)> = settings::table.select((settings::name, settings::value)).load(conn)?;
    let mut values: BTreeMap<String, String> = rows.into_iter().collect();
    let emblem = values.remove(EMBLEM).filter(|text| !text.is_empty());
    let corrupt =
        |error: serde_json::Error| StoreError::Corrupt { what: "setting", detail: error.to_string() };
    let emblem = emblem.map(|text| serde_json::from_str(&text).map_err(corrupt)).transpose()?;
    let number = |number: Number| {
        let value = values.get(number.stored).and_then(|text| text.trim().parse().ok());
        value.unwrap_or(number.usual).clamp(number.least, number.most)
    };
    let text = |name: &str| values.get(name).cloned().unwrap_or_default();
    Ok(CountySettings {
        version: values.get(VERSION).and_then(|text| text.parse().ok()).unwrap_or(0),
        county_name: text(NAME),
        county_name_en: text(NAME_EN),
        color: text(COLOR),
        emblem,
        grid_household_limit: number(HOUSEHOLDS),
        reopen_days: number(REOPEN_DAYS),
        callback_attempts: number(CALLBACKS),
    })
}

impl SettingsChange {
    /// What is to be written: names and values of the table, checked.
    pub(crate) fn rows(&self) -> Result<Vec<(&'static str, String)>, PeopleError> {
        let mut rows = Vec::new();
        let texts = [
            (NAME, "county_name", &self.county_name, 40),
            (NAME_EN, "county_name_en", &self.county_name_en, 80),
        ];
        for (stored, field, text, longest) in texts {
            if let Some(text) = text {
                rows.push((stored, checked_text(field, text, longest)?));
            }
        }
        if let Some(color) = &self.color {
            rows.push((COLOR, checked_color(color)?));
        }
        if let Some(emblem) = &self.emblem {
            let text = emblem.as_ref().map(|emblem| emblem.checked()).transpose()?;
            rows.push((EMBLEM, text.unwrap_or_default()));
        }
        let numbers = [
            (HOUSEHOLDS, self.grid_household_limit),
            (REOPEN_DAYS, self.reopen_days),
            (CALLBACKS, self.callback_attempts),
        ];
        for (number, value) in numbers {
            let Some(value) = value else { continue };
            if !(number.least..=number.most).contains(&value) {
                return Err(PeopleError::field(number.field, "field.out_of_range"));
            }
            rows.push((number.stored, value.to_string()));
        }
        Ok(rows)
    }
}

fn checked_color(color: &str) -> Result<String, PeopleError> {
    let color = color.trim().to_ascii_lowercase();
    let digits = color.strip_prefix('#').unwrap_or_default();
    let valid = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if valid || color.is_empty() { Ok(color) } else { Err(PeopleError::field("color", "settings.color")) }
}

impl Emblem {
    /// The file.
    ///
    /// # Errors
    /// `settings.emblem` for what is no base64.
    pub fn bytes(&self) -> Result<Vec<u8>, PeopleError> {
        BASE64.decode(&self.data).map_err(|_| PeopleError::field("emblem", "settings.emblem"))
    }

    /// As it is stored. An SVG that could run something or fetch something is refused, although it is shown as an image
    /// only, where browsers do neither.
    fn checked(&self) -> Result<String, PeopleError> {
        let refused = |code| Err(PeopleError::field("emblem", code));
        if self.data.len() > LARGEST_EMBLEM * 4 / 3 + 4 {
            return refused("settings.emblem_too_large");
        }
        let bytes = self.bytes()?;
        if bytes.len() > LARGEST_EMBLEM {
            return refused("settings.emblem_too_large");
        }
        let right = match self.media_type.as_str() {
            "image/png" => bytes.starts_with(b"\x89PNG\r\n\x1a\n"),
            "image/svg+xml" => std::str::from_utf8(&bytes).is_ok_and(is_plain_svg),
            _ => false,
        };
        if !right {
            return refused("settings.emblem");
        }
        let corrupt =
            |error: serde_json::Error| StoreError::Corrupt { what: "setting", detail: error.to_string() };
        Ok(serde_json::to_string(self).map_err(corrupt)?)
    }
}

/// An SVG without scripts, handlers, entities, foreign content and references to elsewhere.
fn is_plain_svg(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let forbidden = [
        "<script",
        "<foreignobject",
        "<iframe",
        "<!entity",
        "<!doctype",
        "javascript:",
        "@import",
        "url(http",
        "url('http",
        "url(\"http",
        "url(//",
        "href=\"http",
        "href='http",
        "href=\"//",
        "href='//",
    ];
    let has_handler =
        text.split(|c: char| c.is_ascii_whitespace() || c == '"' || c == '\'' || c == '/').any(|word| {
            let name = word.split('=').next().unwrap_or_default();
            name.len() > 2 && name.starts_with("on") && word.contains('=')
        });
    text.contains("<svg") && !has_handler && !forbidden.iter().any(|word| text.contains(word))
}
