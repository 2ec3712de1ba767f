//! The mapping file: which column becomes which field, how dates are written, what other words mean.

use super::table::{Row, Table};
use crate::Failure;
use serde::Deserialize;
use std::{collections::BTreeMap, path::Path};
use territory::Datum;

/// A field of a matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The number in the other system; needed.
    Number,
    /// One line; the beginning of the detail when absent.
    Title,
    /// The matter in the person's words.
    Detail,
    /// Where, in words.
    Place,
    /// The division code of the place.
    AreaCode,
    /// Longitude, in the file's datum.
    Lon,
    /// Latitude.
    Lat,
    /// The kind of case; `request` when absent.
    Kind,
    /// The channel; `partner` when absent.
    Channel,
    /// The category's code.
    Category,
    /// The urgency; the category's when absent.
    Urgency,
    /// The resolution class.
    ResolutionClass,
    /// The reporter's name.
    Name,
    /// The reporter's phone.
    Phone,
    /// How many people came.
    HeadCount,
    /// When it was received; needed.
    ReceivedAt,
    /// The answer.
    Reply,
    /// When it was answered.
    RepliedAt,
    /// What the person said when called back: `yes`, `partly`, `no`.
    Resolved,
    /// 1 very satisfied … 5 very dissatisfied.
    Satisfaction,
}

/// Where a field's value comes from.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Source {
    /// A column.
    pub column: Option<String>,
    /// Several columns in a text: `{SRType} ({Neighborhood})`.
    pub template: Option<String>,
    /// Always the same.
    #[serde(rename = "const")]
    pub constant: Option<String>,
    /// What the column's words mean.
    pub values: BTreeMap<String, String>,
    /// What words mean that begin so; the longest beginning wins.
    pub starts: BTreeMap<String, String>,
    /// Where the column is empty or its word has no meaning given.
    pub default: Option<String>,
    /// Category only: by the catalogue's words in title and detail, `default` where none is found.
    pub suggest: bool,
}

/// Rows to leave out.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skip {
    /// The column to look at.
    pub column: String,
    /// Leave out when it contains this.
    pub contains: String,
}

/// How the file is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Shape {
    /// `utf-8`, `gb18030`, or `auto`: UTF-8 where it is valid, GB18030 otherwise.
    pub encoding: String,
    /// The character between columns.
    pub delimiter: char,
    /// The sheet of a workbook; the first when absent.
    pub sheet: Option<String>,
    /// The offset of the file's times from UTC.
    pub utc_offset: String,
    /// How times are written, tried in order (`%Y/%m/%d %H:%M:%S`). A date without a time means the beginning of the
    /// day for `received_at` and its end for `replied_at`.
    pub dates: Vec<String>,
    /// The datum of the file's positions: `wgs84`, `gcj02` (AMap, Tencent), `bd09` (Baidu).
    pub datum: Datum,
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            encoding: "auto".to_owned(),
            delimiter: ',',
            sheet: None,
            utc_offset: "+08:00".to_owned(),
            dates: ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"]
                .map(str::to_owned)
                .to_vec(),
            datum: Datum::Wgs84,
        }
    }
}

/// Rules that the matters of the file were handled by.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RuleFiles {
    /// Deadline rules, published when the county has published none of its own; a file beside the mapping.
    pub deadlines: Option<String>,
}

/// A mapping file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Map {
    /// The name of the other system; with the number it makes a matter known, so that a second run skips it.
    pub system: String,
    /// How the file is written.
    #[serde(default)]
    pub file: Shape,
    /// The fields.
    pub fields: BTreeMap<Field, Source>,
    /// The category's own form fields, given where the category has them.
    #[serde(default)]
    pub form: BTreeMap<String, Source>,
    /// Rows to leave out.
    #[serde(default)]
    pub skip: Vec<Skip>,
    /// The rules.
    #[serde(default)]
    pub rules: RuleFiles,
}

impl Map {
    /// Reads a mapping file.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let said = |why: String| Failure::said(format!("{}: {why}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|why| said(why.to_string()))?;
        Self::parse(&text).map_err(said)
    }

    /// Reads the text of a mapping file.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let map: Self = toml::from_str(text).map_err(|why| why.to_string())?;
        for needed in [Field::Number, Field::ReceivedAt] {
            if !map.fields.contains_key(&needed) {
                return Err(format!("the field {needed:?} is needed"));
            }
        }
        if map.system.trim().is_empty() {
            return Err("`system` is empty".to_owned());
        }
        if let Some(field) =
            map.fields.iter().find(|(field, source)| source.suggest && **field != Field::Category)
        {
            return Err(format!("{:?}: only a category can be suggested", field.0));
        }
        Ok(map)
    }

    /// Checks that the file has every column that the mapping names.
    ///
    /// # Errors
    /// The missing columns.
    pub fn check(&self, table: &Table) -> Result<(), Failure> {
        let columns = self.fields.values().chain(self.form.values()).flat_map(Source::columns);
        let skips = self.skip.iter().map(|skip| skip.column.clone());
        let missing: Vec<String> = columns.chain(skips).filter(|column| !table.has(column)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(Failure::said(format!(
            "the file has no column {}; it has {}",
            missing.join(", "),
            table.headers()
        )))
    }

    /// Whether a row is to be left out.
    pub fn skips(&self, table: &Table, row: &Row) -> bool {
        self.skip.iter().any(|skip| table.cell(row, &skip.column).contains(&skip.contains))
    }

    /// A field's value in a row; `None` where there is none.
    ///
    /// # Errors
    /// A word without a meaning.
    pub fn value(&self, field: Field, table: &Table, row: &Row) -> Result<Option<String>, String> {
        self.fields.get(&field).map_or(Ok(None), |source| source.value(table, row))
    }

    /// A form field's value in a row.
    ///
    /// # Errors
    /// A word without a meaning.
    pub fn form_value(&self, name: &str, table: &Table, row: &Row) -> Result<Option<String>, String> {
        self.form.get(name).map_or(Ok(None), |source| source.value(table, row))
    }

    /// Whether the category is to be suggested.
    pub fn suggests(&self) -> bool {
        self.fields.get(&Field::Category).is_some_and(|source| source.suggest)
    }
}

impl Source {
    fn columns(&self) -> Vec<String> {
        let template = self.template.as_deref().unwrap_or_default();
        let named = pieces(template).into_iter().filter_map(|piece| match piece {
            Piece::Column(name) => Some(name.to_owned()),
            Piece::Words(_) => None,
        });
        self.column.iter().cloned().chain(named).collect()
    }

    fn value(&self, table: &Table, row: &Row) -> Result<Option<String>, String> {
        if let Some(constant) = &self.constant {
            return Ok(Some(constant.clone()));
        }
        let raw = match (&self.column, &self.template) {
            (Some(column), _) => table.cell(row, column).trim().to_owned(),
            (None, Some(template)) => fill(template, table, row),
            (None, None) => String::new(),
        };
        if raw.is_empty() {
            return Ok(self.default.clone());
        }
        if self.values.is_empty() && self.starts.is_empty() {
            return Ok(Some(raw));
        }
        let longest = self.starts.iter().filter(|(start, _)| raw.starts_with(start.as_str()));
        let longest = longest.max_by_key(|(start, _)| start.len()).map(|(_, value)| value);
        match self.values.get(&raw).or(longest).or(self.default.as_ref()) {
            Some(value) => Ok(Some(value.clone())),
            None => Err(format!("`{raw}` has no meaning in the mapping")),
        }
    }
}

enum Piece<'a> {
    Words(&'a str),
    Column(&'a str),
}

fn pieces(template: &str) -> Vec<Piece<'_>> {
    let mut left = template;
    let mut pieces = Vec::new();
    while let Some((words, rest)) = left.split_once('{') {
        let Some((column, rest)) = rest.split_once('}') else { break };
        pieces.extend([Piece::Words(words), Piece::Column(column)]);
        left = rest;
    }
    pieces.push(Piece::Words(left));
    pieces
}

fn fill(template: &str, table: &Table, row: &Row) -> String {
    let filled = pieces(template).into_iter().map(|piece| match piece {
        Piece::Words(words) => words,
        Piece::Column(column) => table.cell(row, column).trim(),
    });
    filled.collect::<String>().trim().to_owned()
}
