//! The catalogue of matters: a tree of categories with words, default urgency and typed forms. Data to edit.

use crate::{
    RuleError,
    words::{CaseKind, Urgency},
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The shipped catalogue as TOML of [`CatalogueFile`].
pub const SHIPPED: &str = include_str!("../data/catalogue.toml");

const LONGEST_TEXT: usize = 500;

/// What a form field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Words, 500 characters at most.
    Text,
    /// A number.
    Number,
    /// A day, `2026-11-22`.
    Date,
    /// One of a list.
    Choice,
    /// `true` or `false`.
    Boolean,
}

/// One possible answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What is stored.
    pub value: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// A field as defined once and used by several categories.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldDef {
    /// What it holds.
    pub kind: FieldKind,
    /// Label in Chinese.
    pub zh: String,
    /// Label in English.
    pub en: String,
    /// The answers of a choice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
}

/// A category as stored. Its parent is the code without the last two digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CategoryDef {
    /// Two digits a level: `01`, `0103`.
    pub code: String,
    /// Name in Chinese.
    pub zh: String,
    /// Name in English.
    pub en: String,
    /// Words that hint at it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// Default urgency; the parent's when absent, `ordinary` at the top.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urgency: Option<Urgency>,
    /// The kind of case it usually is; the parent's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<CaseKind>,
    /// Whether it is a village's own affair, which a village may host; the parent's when absent, no at the top.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub village: Option<bool>,
    /// Names of fields; `!` at the end: required. Added to those of the parent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
}

/// The catalogue as stored and edited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogueFile {
    /// Grows with every publication.
    #[serde(default)]
    pub version: i64,
    /// The fields by name.
    #[serde(default)]
    pub fields: BTreeMap<String, FieldDef>,
    /// The categories, parents before children.
    pub categories: Vec<CategoryDef>,
}

/// A field of a category's form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FormField {
    /// The name under which the answer is stored.
    pub name: String,
    /// Whether an answer is needed.
    pub required: bool,
    /// What it holds, labels, answers.
    #[serde(flatten)]
    pub def: FieldDef,
}

/// A category with everything that it inherits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Category {
    /// The code.
    pub code: String,
    /// The parent's code.
    pub parent: Option<String>,
    /// Name in Chinese.
    pub zh: String,
    /// Name in English.
    pub en: String,
    /// Words that hint at it.
    pub keywords: Vec<String>,
    /// Default urgency.
    pub urgency: Urgency,
    /// The kind of case it usually is.
    pub kind: Option<CaseKind>,
    /// Whether a village may host it.
    pub village: bool,
    /// Whether nothing stands under it.
    pub leaf: bool,
    /// The form.
    pub fields: Vec<FormField>,
}

/// The checked catalogue.
#[derive(Debug, Clone)]
pub struct Catalogue {
    file: CatalogueFile,
    categories: BTreeMap<String, Category>,
}

/// Whether a text is a category code: two digits a level, one to four levels.
#[must_use]
pub fn is_code(text: &str) -> bool {
    matches!(text.len(), 2 | 4 | 6 | 8) && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl Catalogue {
    /// Checks the catalogue and hands down what children inherit.
    ///
    /// # Errors
    /// `catalogue.invalid` when a code is malformed, stands twice or has no parent, a field is not defined, or a
    /// choice has no answers.
    pub fn build(file: CatalogueFile) -> Result<Self, RuleError> {
        for (name, field) in &file.fields {
            if (field.kind == FieldKind::Choice) == field.choices.is_empty() {
                return Err(bad(format!("field `{name}`: a choice has answers, and only a choice has")));
            }
        }
        let mut categories: BTreeMap<String, Category> = BTreeMap::new();
        for def in &file.categories {
            let parent = parent_code(&def.code)?;
            let above = match parent {
                None => None,
                Some(code) => {
                    let above = categories.get_mut(code);
                    let above =
                        above.ok_or_else(|| bad(format!("`{}` stands before its parent", def.code)))?;
                    above.leaf = false;
                    Some(above.clone())
                }
            };
            let category = inherit(def, above.as_ref(), &file.fields)?;
            if categories.insert(def.code.clone(), category).is_some() {
                return Err(bad(format!("`{}` stands twice", def.code)));
            }
        }
        Ok(Self { file, categories })
    }

    /// The version of the data.
    #[must_use]
    pub const fn version(&self) -> i64 {
        self.file.version
    }

    /// The catalogue as data.
    #[must_use]
    pub const fn file(&self) -> &CatalogueFile {
        &self.file
    }

    /// Every category, by code.
    pub fn categories(&self) -> impl Iterator<Item = &Category> {
        self.categories.values()
    }

    /// One category.
    ///
    /// # Errors
    /// `catalogue.no_category`.
    pub fn get(&self, code: &str) -> Result<&Category, RuleError> {
        self.categories.get(code).ok_or_else(|| RuleError::NoCategory(code.to_owned()))
    }

    /// Checks the answers of a form: nothing missing, nothing unknown, everything of its type.
    ///
    /// # Errors
    /// `catalogue.no_category`, `catalogue.form_value`.
    pub fn check_form(&self, code: &str, answers: &BTreeMap<String, String>) -> Result<(), RuleError> {
        match self.form_problems(code, answers)?.into_iter().next() {
            Some((field, reason)) => Err(RuleError::BadFormValue { field, reason }),
            None => Ok(()),
        }
    }

    /// Everything that is wrong with a form: the field, and `unknown`, `missing`, `too_long`, `not_a_number`, `not_a_date`,
    /// `not_a_choice` or `not_a_boolean`.
    ///
    /// # Errors
    /// `catalogue.no_category`.
    pub fn form_problems(
        &self,
        code: &str,
        answers: &BTreeMap<String, String>,
    ) -> Result<Vec<(String, &'static str)>, RuleError> {
        let fields = &self.get(code)?.fields;
        let unknown = answers.keys().filter(|name| fields.iter().all(|field| field.name != **name));
        let wrong = fields.iter().filter_map(|field| {
            let answer = answers.get(&field.name).map_or("", |answer| answer.trim());
            check_answer(field, answer).err().map(|reason| (field.name.clone(), reason))
        });
        Ok(unknown.map(|name| (name.clone(), "unknown")).chain(wrong).collect())
    }

    /// Leaves whose words occur in a text, best first: a suggestion for a person to decide, never a decision.
    /// The score is the number of characters of the words found.
    #[must_use]
    pub fn suggest(&self, text: &str, most: usize) -> Vec<(&Category, usize)> {
        let score = |category: &Category| -> usize {
            let found = category.keywords.iter().filter(|word| text.contains(word.as_str()));
            found.map(|word| word.chars().count()).sum()
        };
        let leaves = self.categories.values().filter(|category| category.leaf);
        let mut scored: Vec<_> =
            leaves.map(|leaf| (leaf, score(leaf))).filter(|(_, score)| *score > 0).collect();
        scored.sort_by(|(a, x), (b, y)| y.cmp(x).then_with(|| a.code.cmp(&b.code)));
        scored.truncate(most);
        scored
    }
}

fn check_answer(field: &FormField, answer: &str) -> Result<(), &'static str> {
    if answer.is_empty() {
        return if field.required { Err("missing") } else { Ok(()) };
    }
    match field.def.kind {
        FieldKind::Text if answer.chars().count() > LONGEST_TEXT => Err("too_long"),
        FieldKind::Text => Ok(()),
        FieldKind::Number => match answer.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(()),
            Ok(_) | Err(_) => Err("not_a_number"),
        },
        FieldKind::Date => answer.parse::<Date>().map(drop).map_err(|_| "not_a_date"),
        FieldKind::Choice if field.def.choices.iter().any(|choice| choice.value == answer) => Ok(()),
        FieldKind::Choice => Err("not_a_choice"),
        FieldKind::Boolean if matches!(answer, "true" | "false") => Ok(()),
        FieldKind::Boolean => Err("not_a_boolean"),
    }
}

fn parent_code(code: &str) -> Result<Option<&str>, RuleError> {
    if !is_code(code) {
        return Err(bad(format!("`{code}` is no code; write two digits a level")));
    }
    Ok(code.get(..code.len() - 2).filter(|parent| !parent.is_empty()))
}

fn inherit(
    def: &CategoryDef,
    above: Option<&Category>,
    fields: &BTreeMap<String, FieldDef>,
) -> Result<Category, RuleError> {
    let mut form = above.map(|above| above.fields.clone()).unwrap_or_default();
    for entry in &def.fields {
        let (name, required) = entry.strip_suffix('!').map_or((entry.as_str(), false), |name| (name, true));
        let field = fields.get(name).ok_or_else(|| bad(format!("`{}`: no field `{name}`", def.code)))?;
        form.retain(|held| held.name != name);
        form.push(FormField { name: name.to_owned(), required, def: field.clone() });
    }
    Ok(Category {
        code: def.code.clone(),
        parent: above.map(|above| above.code.clone()),
        zh: def.zh.clone(),
        en: def.en.clone(),
        keywords: def.keywords.clone(),
        urgency: def.urgency.or_else(|| above.map(|above| above.urgency)).unwrap_or(Urgency::Ordinary),
        kind: def.kind.or_else(|| above.and_then(|above| above.kind)),
        village: def.village.or_else(|| above.map(|above| above.village)).unwrap_or(false),
        leaf: true,
        fields: form,
    })
}

const fn bad(what: String) -> RuleError {
    RuleError::BadCatalogue(what)
}
