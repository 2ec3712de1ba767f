//! For which cases a rule holds, and which of several rules is the more specific.
//!
//! One rule is more specific than another when every case it holds for is also one of the other's. Two rules that
//! overlap without one lying inside the other are a tie; a tie is refused at load unless a third rule holds for
//! exactly the overlap, or their `priority` differs. So the choice never depends on the order of a file.

use crate::words::{CaseKind, Channel, ResolutionClass, Urgency};
use std::collections::BTreeSet;

/// The conditions of a rule; `None` means any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Scope {
    /// A category and everything under it, `03` or `0302`.
    pub(crate) category: Option<String>,
    /// An area and everything in it, without padding zeros.
    pub(crate) area: Option<String>,
    pub(crate) urgency: Option<Urgency>,
    pub(crate) kind: Option<CaseKind>,
    pub(crate) channel: Option<Channel>,
    pub(crate) class: Option<ResolutionClass>,
}

/// What a rule is matched against.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) category: &'a str,
    /// The finest known area code.
    pub(crate) area: Option<&'a str>,
    pub(crate) urgency: Option<Urgency>,
    pub(crate) kind: CaseKind,
    pub(crate) channel: Channel,
    pub(crate) class: Option<ResolutionClass>,
}

/// A rule as far as naming and choosing go.
pub(crate) trait Conditional {
    /// Its name, unique among its kind.
    fn id(&self) -> &str;
    /// What people call it, in Chinese and in English; empty where it was given no title.
    fn titles(&self) -> (&str, &str);
    /// A higher number wins whatever the conditions.
    fn priority(&self) -> i32;
    /// For which cases it holds.
    fn scope(&self) -> Scope;
}

/// What people call a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleName {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// Rules of one kind with their conditions, as in their file.
#[derive(Debug, Clone)]
pub(crate) struct Ranking<R>(Vec<Ranked<R>>);

#[derive(Debug, Clone)]
struct Ranked<R> {
    rule: R,
    priority: i32,
    scope: Scope,
}

impl<R: Conditional> Ranking<R> {
    /// Reads the conditions; refuses a name that is empty or stands twice, and gives it back.
    pub(crate) fn of(rules: Vec<R>) -> Result<Self, String> {
        let mut names = BTreeSet::new();
        if let Some(rule) = rules.iter().find(|rule| rule.id().is_empty() || !names.insert(rule.id())) {
            return Err(rule.id().to_owned());
        }
        let ranked = |rule: R| Ranked { priority: rule.priority(), scope: rule.scope(), rule };
        Ok(Self(rules.into_iter().map(ranked).collect()))
    }

    /// The rules as in their file.
    pub(crate) fn rules(&self) -> impl Iterator<Item = &R> {
        self.0.iter().map(|ranked| &ranked.rule)
    }

    /// What people call a rule: its title, else its name; also where it no longer stands.
    pub(crate) fn name(&self, id: &str) -> RuleName {
        let (zh, en) = self.rules().find(|rule| rule.id() == id).map_or(("", ""), Conditional::titles);
        let first = |titles: [&str; 3]| titles.into_iter().find(|title| !title.is_empty()).map(str::to_owned);
        RuleName { zh: first([zh, en, id]).unwrap_or_default(), en: first([en, zh, id]).unwrap_or_default() }
    }

    /// The first pair that ties among the rules that `counts`.
    pub(crate) fn tie(&self, counts: impl Fn(&R) -> bool) -> Option<(&str, &str)> {
        let rules: Vec<&Ranked<R>> = self.0.iter().filter(|ranked| counts(&ranked.rule)).collect();
        for (index, first) in rules.iter().enumerate() {
            for second in &rules[index + 1..] {
                if first.priority == second.priority && ties(first, second, &rules) {
                    return Some((first.rule.id(), second.rule.id()));
                }
            }
        }
        None
    }

    /// Whether one of the rules that `counts` holds for every case.
    pub(crate) fn covers_all(&self, counts: impl Fn(&R) -> bool) -> bool {
        self.0.iter().any(|ranked| counts(&ranked.rule) && ranked.scope == Scope::default())
    }

    /// The rules that `counts` and hold for a case, the one to apply first: highest priority, then most specific.
    ///
    /// Invariant: [`Self::tie`] found nothing among them; then the first does not depend on the order of the file.
    pub(crate) fn choose(
        &self,
        subject: &Subject<'_>,
        counts: impl Fn(&R) -> bool,
    ) -> impl Iterator<Item = &R> {
        let holds = |ranked: &&Ranked<R>| counts(&ranked.rule) && ranked.scope.holds(subject);
        let mut left: Vec<&Ranked<R>> = self.0.iter().filter(holds).collect();
        std::iter::from_fn(move || best(&left).map(|index| &left.remove(index).rule))
    }
}

impl Scope {
    pub(crate) fn holds(&self, subject: &Subject<'_>) -> bool {
        same(self.urgency, subject.urgency)
            && same(self.kind, Some(subject.kind))
            && same(self.channel, Some(subject.channel))
            && same(self.class, subject.class)
            && self.category.as_deref().is_none_or(|code| subject.category.starts_with(code))
            && self.area.as_deref().is_none_or(|code| subject.area.is_some_and(|area| area.starts_with(code)))
    }

    /// Whether every case of `other` is one of this scope.
    fn contains(&self, other: &Self) -> bool {
        wider(self.urgency, other.urgency)
            && wider(self.kind, other.kind)
            && wider(self.channel, other.channel)
            && wider(self.class, other.class)
            && above(self.category.as_deref(), other.category.as_deref())
            && above(self.area.as_deref(), other.area.as_deref())
    }

    /// The cases that both hold for; `None` when there can be none.
    fn meet(&self, other: &Self) -> Option<Self> {
        Some(Self {
            urgency: both(self.urgency, other.urgency)?,
            kind: both(self.kind, other.kind)?,
            channel: both(self.channel, other.channel)?,
            class: both(self.class, other.class)?,
            category: lower(self.category.as_ref(), other.category.as_ref())?,
            area: lower(self.area.as_ref(), other.area.as_ref())?,
        })
    }
}

fn ties<R>(first: &Ranked<R>, second: &Ranked<R>, rules: &[&Ranked<R>]) -> bool {
    let Some(overlap) = first.scope.meet(&second.scope) else { return false };
    if first.scope == second.scope {
        return true;
    }
    if first.scope.contains(&second.scope) || second.scope.contains(&first.scope) {
        return false;
    }
    !rules.iter().any(|rule| rule.priority >= first.priority && rule.scope == overlap)
}

fn best<R>(rules: &[&Ranked<R>]) -> Option<usize> {
    let top = rules.iter().map(|rule| rule.priority).max()?;
    let mut chosen: Option<usize> = None;
    for (index, rule) in rules.iter().enumerate().filter(|(_, rule)| rule.priority == top) {
        if chosen.is_none_or(|held| rules[held].scope.contains(&rule.scope)) {
            chosen = Some(index);
        }
    }
    chosen
}

/// An area code without the zeros that pad it: `620521000000` → `620521`, `620521100000` → `620521100`.
#[must_use]
pub fn trim_area(code: &str) -> &str {
    if code.len() != 12 {
        return code;
    }
    for keep in [2, 4, 6, 9] {
        if code.bytes().skip(keep).all(|digit| digit == b'0') {
            return code.get(..keep).unwrap_or(code);
        }
    }
    code
}

fn same<T: PartialEq>(wanted: Option<T>, given: Option<T>) -> bool {
    wanted.is_none() || wanted == given
}

fn wider<T: PartialEq>(wide: Option<T>, narrow: Option<T>) -> bool {
    wide.is_none() || wide == narrow
}

fn above(wide: Option<&str>, narrow: Option<&str>) -> bool {
    wide.is_none_or(|wide| narrow.is_some_and(|narrow| narrow.starts_with(wide)))
}

#[expect(clippy::option_option, reason = "outer: whether they meet at all; inner: no condition")]
fn both<T: PartialEq + Copy>(a: Option<T>, b: Option<T>) -> Option<Option<T>> {
    match (a, b) {
        (Some(a), Some(b)) if a != b => None,
        (Some(x), _) | (None, Some(x)) => Some(Some(x)),
        (None, None) => Some(None),
    }
}

#[expect(clippy::option_option, reason = "outer: whether they meet at all; inner: no condition")]
fn lower(a: Option<&String>, b: Option<&String>) -> Option<Option<String>> {
    match (a, b) {
        (Some(a), Some(b)) if a.starts_with(b.as_str()) => Some(Some(a.clone())),
        (Some(a), Some(b)) if b.starts_with(a.as_str()) => Some(Some(b.clone())),
        (Some(_), Some(_)) => None,
        (Some(x), None) | (None, Some(x)) => Some(Some(x.clone())),
        (None, None) => Some(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_zeros_of_area_codes_do_not_count() {
        for (code, trimmed) in [
            ("620000000000", "62"),
            ("620500000000", "6205"),
            ("620521000000", "620521"),
            ("620521100000", "620521100"),
            ("620521100200", "620521100200"),
            ("620521100", "620521100"),
            ("620521100200001", "620521100200001"),
            ("", ""),
        ] {
            assert_eq!(trim_area(code), trimmed, "{code}");
        }
    }
}
