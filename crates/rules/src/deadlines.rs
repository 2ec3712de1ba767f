//! Deadline rules: which limit each clock of a case has. All of it is data; a county's own rules replace ours.

use crate::{
    RuleError,
    lifecycle::ClockKind,
    limits::Limit,
    scope::{Conditional, Ranking, RuleName, Scope, Subject},
    words::{CaseKind, Channel, ResolutionClass, Urgency},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The shipped rules as TOML of [`DeadlineFile`]; sources stand in its comments.
pub const SHIPPED: &str = include_str!("../data/deadlines.toml");

/// How far a limit may be extended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// The longest extension, counted from the present end.
    pub most: Limit,
    /// How often.
    pub times: u32,
}

/// One rule: the cases it holds for and what it sets for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeadlineRule {
    /// Its name, unique, kept with every clock it set.
    pub id: String,
    /// What people call it, in Chinese; its name where there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// The same in English.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title_en: String,
    /// Where it comes from, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// A higher number wins whatever the conditions.
    #[serde(default)]
    pub priority: i32,
    /// A category and everything under it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// The urgency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urgency: Option<Urgency>,
    /// The kind of case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<CaseKind>,
    /// The channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// The resolution class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<ResolutionClass>,
    /// Limits by clock.
    #[serde(default)]
    pub limits: BTreeMap<ClockKind, Limit>,
    /// How far `resolve` may be extended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<Extension>,
}

/// The rules as stored and edited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeadlineFile {
    /// Grows with every publication.
    #[serde(default)]
    pub version: i64,
    /// The rules, in any order.
    pub rules: Vec<DeadlineRule>,
}

/// What is known of a case when a limit is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeadlineCase<'a> {
    /// The kind.
    pub kind: CaseKind,
    /// The channel.
    pub channel: Channel,
    /// The urgency.
    pub urgency: Urgency,
    /// The resolution class.
    pub class: ResolutionClass,
    /// The category code; empty when not yet known.
    pub category: &'a str,
}

/// A limit and the rule that set it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChosenLimit {
    /// The limit.
    pub limit: Limit,
    /// The rule's name.
    pub rule: String,
    /// Where the rule comes from.
    pub note: String,
    /// The version of the rules.
    pub version: i64,
}

/// What a rule can set.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Aspect {
    Clock(ClockKind),
    Extension,
}

/// Checked deadline rules.
#[derive(Debug, Clone)]
pub struct DeadlineRules {
    version: i64,
    rules: Ranking<DeadlineRule>,
}

impl DeadlineRules {
    /// Checks the rules.
    ///
    /// # Errors
    /// `deadlines.ambiguous` names two rules that tie; `deadlines.invalid` when names repeat, a category is no
    /// code, or a clock has no limit for every case.
    pub fn build(file: DeadlineFile) -> Result<Self, RuleError> {
        let coded = |rule: &&DeadlineRule| rule.category.as_deref().is_none_or(crate::catalogue::is_code);
        if let Some(rule) = file.rules.iter().find(|rule| !coded(rule)) {
            return Err(RuleError::BadDeadlines(format!("`{}`: the category is no code", rule.id)));
        }
        let rules = Ranking::of(file.rules)
            .map_err(|name| RuleError::BadDeadlines(format!("the name `{name}` is empty or stands twice")))?;
        let built = Self { version: file.version, rules };
        built.check()?;
        Ok(built)
    }

    fn check(&self) -> Result<(), RuleError> {
        let aspects = ClockKind::ALL.iter().copied().map(Aspect::Clock).chain([Aspect::Extension]);
        for aspect in aspects {
            let clock = match aspect {
                Aspect::Clock(kind) => kind.as_str(),
                Aspect::Extension => "extension",
            };
            if let Some((first, second)) = self.rules.tie(|rule| aspect.set_by(rule)) {
                return Err(RuleError::DeadlinesAmbiguous {
                    first: first.to_owned(),
                    second: second.to_owned(),
                    clock: clock.to_owned(),
                });
            }
            if !self.rules.covers_all(|rule| aspect.set_by(rule)) {
                return Err(RuleError::BadDeadlines(format!("no rule sets `{clock}` for every case")));
            }
        }
        Ok(())
    }

    /// The version of the data.
    #[must_use]
    pub const fn version(&self) -> i64 {
        self.version
    }

    /// The rules as data.
    #[must_use]
    pub fn file(&self) -> DeadlineFile {
        DeadlineFile { version: self.version, rules: self.rules.rules().cloned().collect() }
    }

    /// What people call a rule; the name itself where it has no title or no longer stands.
    #[must_use]
    pub fn name(&self, rule: &str) -> RuleName {
        self.rules.name(rule)
    }

    /// Every category that the rules name; whoever publishes rules checks that they exist.
    #[must_use]
    pub fn categories(&self) -> BTreeSet<&str> {
        self.rules.rules().filter_map(|rule| rule.category.as_deref()).collect()
    }

    /// The limit of a clock for a case.
    ///
    /// # Errors
    /// `deadlines.none`; cannot happen with checked rules, which set every clock for every case.
    pub fn limit(&self, clock: ClockKind, case: &DeadlineCase<'_>) -> Result<ChosenLimit, RuleError> {
        let none = || RuleError::NoDeadline(clock.as_str().to_owned());
        let rule = self.choose(Aspect::Clock(clock), case).ok_or_else(none)?;
        let limit = rule.limits.get(&clock).copied().ok_or_else(none)?;
        Ok(ChosenLimit { limit, rule: rule.id.clone(), note: rule.note.clone(), version: self.version })
    }

    /// How far `resolve` may be extended for a case, given how often it was extended before.
    ///
    /// # Errors
    /// `extension.used_up`; `deadlines.none` as for [`Self::limit`].
    pub fn extension(&self, case: &DeadlineCase<'_>, before: u32) -> Result<Limit, RuleError> {
        let rule = self.choose(Aspect::Extension, case);
        let extension = rule.and_then(|rule| rule.extension);
        let extension = extension.ok_or_else(|| RuleError::NoDeadline("extension".to_owned()))?;
        if before < extension.times {
            Ok(extension.most)
        } else {
            Err(RuleError::ExtensionsUsedUp(extension.times))
        }
    }

    /// How often `resolve` may be extended for a case.
    #[must_use]
    pub fn extensions(&self, case: &DeadlineCase<'_>) -> u32 {
        let rule = self.choose(Aspect::Extension, case);
        rule.and_then(|rule| rule.extension).map_or(0, |extension| extension.times)
    }

    fn choose(&self, aspect: Aspect, case: &DeadlineCase<'_>) -> Option<&DeadlineRule> {
        let subject = Subject {
            category: case.category,
            area: None,
            urgency: Some(case.urgency),
            kind: case.kind,
            channel: case.channel,
            class: Some(case.class),
        };
        self.rules.choose(&subject, |rule| aspect.set_by(rule)).next()
    }
}

impl Aspect {
    fn set_by(self, rule: &DeadlineRule) -> bool {
        match self {
            Self::Clock(kind) => rule.limits.contains_key(&kind),
            Self::Extension => rule.extension.is_some(),
        }
    }
}

impl Conditional for DeadlineRule {
    fn id(&self) -> &str {
        &self.id
    }

    fn titles(&self) -> (&str, &str) {
        (&self.title, &self.title_en)
    }

    fn priority(&self) -> i32 {
        self.priority
    }

    fn scope(&self) -> Scope {
        Scope {
            category: self.category.clone(),
            area: None,
            urgency: self.urgency,
            kind: self.kind,
            channel: self.channel,
            class: self.class,
        }
    }
}
