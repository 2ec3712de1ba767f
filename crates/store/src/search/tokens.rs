//! Text to tokens. A run of Chinese characters gives one token per character: the character with its successor, the last
//! one alone. So every character begins exactly one token, a single character is found by prefix, and neighbours in the
//! text are neighbours in position. A run of letters and digits is one token.

/// Stands between two runs and for tokens left out, so that no phrase reaches over it; never a token of a query.
const GAP: &str = "·";
/// Precedes scope tokens in a `tsvector`.
pub(super) const SCOPE_MARK: char = '§';
/// Characters of a word that count.
const WORD: usize = 40;
/// Positions that are indexed: a `tsvector` holds positions up to 16,383.
const POSITIONS: usize = 16_000;
/// Occurrences of one token that are indexed: a `tsvector` holds 255.
const OCCURRENCES: u32 = 200;
/// Bytes of tokens that are indexed: a `tsvector` holds 1 MiB.
const BYTES: usize = 400_000;

/// One token of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Term {
    pub(crate) token: String,
    /// Whether it may go on in the text.
    pub(crate) prefix: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Han,
    Word,
    Other,
}

/// A run of characters of one kind.
struct Run {
    han: bool,
    chars: Vec<char>,
    /// Whether it follows the run before without anything between.
    joined: bool,
}

/// The token of a scope such as `u17`; what is neither letter nor digit is written as a number.
pub(super) fn scope_token(scope: &str) -> String {
    let mut token = String::with_capacity(scope.len());
    for c in scope.chars() {
        if c.is_ascii_alphanumeric() {
            token.push(c.to_ascii_lowercase());
        } else {
            token.push_str(&format!("x{:x}x", u32::from(c)));
        }
    }
    token
}

/// The tokens of a text in order, parted by blanks.
pub(super) fn of_text(text: &str) -> String {
    let mut body = String::with_capacity(text.len() * 3);
    let mut seen = std::collections::HashMap::<String, u32>::new();
    let mut positions = 0;
    for run in runs(text) {
        if positions > 0 && !run.joined {
            positions += 1;
            push(&mut body, GAP);
        }
        for token in tokens(&run) {
            positions += 1;
            if positions > POSITIONS || body.len() > BYTES {
                return body;
            }
            let occurrence = seen.entry(token.clone()).or_default();
            *occurrence += 1;
            push(&mut body, if *occurrence > OCCURRENCES { GAP } else { &token });
        }
    }
    body
}

fn push(body: &mut String, token: &str) {
    if !body.is_empty() {
        body.push(' ');
    }
    body.push_str(token);
}

/// The same tokens as a `tsvector` literal with positions, and the scope tokens without.
pub(super) fn vector(scope: &str, body: &str) -> String {
    let mut positions = std::collections::BTreeMap::<&str, Vec<usize>>::new();
    for (before, token) in body.split(' ').enumerate() {
        if !token.is_empty() && token != GAP {
            positions.entry(token).or_default().push(before + 1);
        }
    }
    let mut literal = String::with_capacity(body.len() * 2);
    for token in scope.split(' ').filter(|token| !token.is_empty()) {
        literal.push_str(&format!("'{SCOPE_MARK}{token}' "));
    }
    for (token, positions) in positions {
        let list: Vec<String> = positions.iter().map(usize::to_string).collect();
        literal.push_str(&format!("'{token}':{} ", list.join(",")));
    }
    literal
}

/// The terms of a query: segments (parted by blanks and signs) of neighbouring terms. A segment's end may go on in the
/// text: the last word and a single last character are prefixes.
pub(super) fn of_query(words: &str) -> Vec<Vec<Term>> {
    let mut segments: Vec<Vec<Run>> = Vec::new();
    for run in runs(words).into_iter().take(32) {
        match segments.last_mut() {
            Some(segment) if run.joined => segment.push(run),
            _ => segments.push(vec![run]),
        }
    }
    segments.iter().map(|segment| terms(segment)).collect()
}

fn terms(segment: &[Run]) -> Vec<Term> {
    let mut terms: Vec<Term> =
        segment.iter().flat_map(tokens).take(64).map(|token| Term { token, prefix: false }).collect();
    let ends_open = segment.last().is_some_and(|run| run.han && run.chars.len() > 1);
    if ends_open {
        // The last character's own token is there only where the text's run ends as well.
        terms.pop();
    } else if let Some(last) = terms.last_mut() {
        last.prefix = true;
    }
    terms
}

fn tokens(run: &Run) -> Vec<String> {
    if run.han {
        (0..run.chars.len()).map(|at| run.chars[at..].iter().take(2).collect()).collect()
    } else {
        vec![run.chars.iter().take(WORD).collect()]
    }
}

fn runs(text: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut before = Kind::Other;
    for c in text.chars().map(plain) {
        let kind = kind(c);
        match runs.last_mut() {
            Some(run) if kind == before && kind != Kind::Other => run.chars.push(c),
            _ if kind == Kind::Other => {}
            _ => runs.push(Run { han: kind == Kind::Han, chars: vec![c], joined: before != Kind::Other }),
        }
        before = kind;
    }
    runs
}

/// Full-width forms become plain ones, letters lower case.
fn plain(c: char) -> char {
    let half = match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        other => other,
    };
    let mut lower = half.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => half,
    }
}

fn kind(c: char) -> Kind {
    match c {
        '\u{3005}' | '\u{3007}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' => Kind::Han,
        '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' => Kind::Han,
        '\u{20000}'..='\u{3ffff}' => Kind::Han,
        other if other.is_alphanumeric() => Kind::Word,
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(words: &str) -> Vec<String> {
        let show = |term: &Term| format!("{}{}", term.token, if term.prefix { "*" } else { "" });
        of_query(words).iter().map(|segment| segment.iter().map(show).collect::<Vec<_>>().join("+")).collect()
    }

    #[test]
    fn every_character_begins_one_token() {
        assert_eq!(of_text("路灯坏了,A3区 ＱＳ-20261122"), "路灯 灯坏 坏了 了 · a3 区 · qs · 20261122");
        assert_eq!(of_text("?!"), "");
    }

    #[test]
    fn the_end_of_a_query_may_go_on() {
        assert_eq!(query("路灯坏"), ["路灯+灯坏"]);
        assert_eq!(query("桥"), ["桥*"]);
        assert_eq!(query("A3区 QS20"), ["a3+区*", "qs20*"]);
        assert_eq!(query("新区a3"), ["新区+区+a3*"]);
        assert!(query(" ,。 ").is_empty());
    }

    #[test]
    fn what_a_tsvector_cannot_hold_is_left_out_on_both_engines() {
        let body = of_text(&"路灯,".repeat(9_000));
        let tokens: Vec<_> = body.split(' ').collect();
        assert!(tokens.len() <= POSITIONS);
        assert_eq!(tokens.iter().filter(|token| **token == "路灯").count(), OCCURRENCES as usize);
        assert_eq!(vector("u17", "路灯 灯 · 路"), "'§u17' '灯':2 '路':4 '路灯':1 ");
    }

    #[test]
    fn a_scope_token_cannot_be_mistaken_for_another() {
        assert_ne!(scope_token("u1:7"), scope_token("u17"));
        assert!(scope_token("u\"; 17").bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }
}
