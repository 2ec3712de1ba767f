//! Every error code that the API may give has its words in the console's locale files.

use super::files::Tree;
use serde_json::Value;
use std::collections::BTreeMap;

/// Both languages hold the same keys (see `locales`), so one is enough to look in.
const WORDS: &str = "ui/src/shared/i18n/zh/errors.json";

/// After these the next string is a code, if it looks like one.
const MARKS: [&str; 6] =
    ["Refused(", "Problem::new(", "Refusal::new(", "::field(", "problem(StatusCode::", "code: "];

/// Where a mark's code ends at the latest.
const REACH: usize = 160;

/// Codes of these files are said on the command line, not by the API.
const ELSEWHERE: [&str; 1] = ["crates/store/src/verify.rs"];

pub(super) fn check(tree: &Tree) -> Vec<String> {
    let words = tree.texts.get(WORDS).and_then(|text| serde_json::from_str::<Value>(text).ok());
    let Some(words) = words else {
        return vec![format!("{WORDS}: missing or not JSON")];
    };
    let mut codes = BTreeMap::new();
    for (path, text) in tree.shipped_rust().filter(|(path, _)| !ELSEWHERE.contains(path)) {
        for code in marked(text).into_iter().chain(listed(text)) {
            codes.entry(code).or_insert(path);
        }
    }
    if codes.len() < 100 {
        return vec![format!(
            "only {} error codes were found: the search in xtask/src/tidy/codes.rs is out of date",
            codes.len()
        )];
    }
    let untold = codes.into_iter().filter(|(code, _)| !told(&words, code));
    untold.map(|(code, path)| format!("{path}: the code {code} has no words in {WORDS}")).collect()
}

fn told(words: &Value, code: &str) -> bool {
    let mut at = &words["error"];
    for part in code.split('.') {
        at = &at[part];
    }
    at.is_string()
}

/// Codes behind a mark.
fn marked(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for mark in MARKS {
        for (at, _) in text.match_indices(mark) {
            let rest = &text[at + mark.len()..];
            let end = rest.find([';', '}']).unwrap_or(rest.len()).min(REACH);
            let end = (0..=end).rev().find(|end| rest.is_char_boundary(*end)).unwrap_or(0);
            let mut codes = strings(&rest[..end]).filter(|text| is_code(text));
            // A field's own path may look like a code and comes first.
            found.extend(if mark == "::field(" { codes.last() } else { codes.next() });
        }
    }
    found
}

/// Codes in the body of a function that gives them: `fn code(&self) -> &'static str { … }`.
fn listed(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("fn code") {
        let Some(open) = text[at..].find('{') else { continue };
        let signature = &text[at..at + open];
        if signature.contains(';') || !signature.contains("str") {
            continue;
        }
        found.extend(strings(body(&text[at + open..])).filter(|text| is_code(text)));
    }
    found
}

/// From an opening brace to the one that closes it.
fn body(text: &str) -> &str {
    let mut depth = 0usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[..at];
        }
    }
    text
}

fn strings(text: &str) -> impl Iterator<Item = &str> {
    text.split('"').skip(1).step_by(2)
}

fn is_code(text: &str) -> bool {
    let word = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    text.contains('.') && text.split('.').all(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_where_they_are_given() {
        let text = "Err(X::Refused(\"a.b\")); E::field(\n \"name\", \"c.d\"); fn code(&self) -> &'static str { match self { A => \"e.f\" } } \"g.h\"";
        let mut found: Vec<&str> = marked(text).into_iter().chain(listed(text)).collect();
        found.sort_unstable();
        assert_eq!(found, ["a.b", "c.d", "e.f"]);
    }
}
