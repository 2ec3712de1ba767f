//! The line of a search hit that shows where the words stand, when they stand in no title. It is cut from texts that the
//! case page shows to the same asker, as they are now, never from the index.

use super::secrets;
use crate::{
    CaseError,
    http::dto,
    model::{CaseRow, CaseTextRow, ReplyRow, contexts},
};
use diesel::prelude::*;
use std::collections::BTreeMap;
use store::{
    Conn,
    schema::{case_texts, replies},
    vault::Vault,
};

/// Characters shown before the words.
const BEFORE: usize = 20;
/// Characters shown in all.
const LENGTH: usize = 60;

/// The words of a question as they are looked for in a text: as typed, then by two characters, as the index has them.
#[derive(Clone, Debug)]
pub(super) struct Words(Vec<String>);

impl Words {
    pub(super) fn of(question: &str) -> Words {
        let question = question.to_lowercase();
        let typed: Vec<&str> = question.split_whitespace().collect();
        let pairs = typed.iter().flat_map(|word| pairs(word));
        let mut words: Vec<String> = std::iter::once(question.trim().to_owned())
            .chain(typed.iter().map(|word| (*word).to_owned()))
            .chain(pairs)
            .filter(|word| word.chars().count() > 1)
            .collect();
        let mut seen = std::collections::BTreeSet::new();
        words.retain(|word| seen.insert(word.clone()));
        Words(words)
    }

    fn stand_in(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.0.iter().any(|word| text.contains(word.as_str()))
    }

    /// The piece of a text round the first of the words that stands in it, on one line.
    fn cut(&self, text: &str) -> Option<String> {
        let line: Vec<char> = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().collect();
        // One character stays one character, so that places found in lower case are places in the text.
        let lower: String = line.iter().map(|c| c.to_lowercase().next().unwrap_or(*c)).collect();
        let at = self.0.iter().find_map(|word| lower.find(word.as_str()))?;
        let at = lower.get(..at).map_or(0, |before| before.chars().count());
        let from = at.saturating_sub(BEFORE);
        let to = line.len().min(from + LENGTH);
        let piece: String = line.get(from..to).unwrap_or_default().iter().collect();
        let (head, tail) = (if from > 0 { "…" } else { "" }, if to < line.len() { "…" } else { "" });
        Some(format!("{head}{}{tail}", piece.trim()))
    }
}

fn pairs(word: &str) -> Vec<String> {
    let chars: Vec<char> = word.chars().collect();
    chars
        .windows(2)
        .filter(|pair| pair.iter().all(|c| !c.is_ascii()))
        .map(|pair| pair.iter().collect())
        .collect()
}

/// For each of these cases (that the asker may see), shown as these rows, whose number and title lack the words: the piece of its matter, place
/// or answer that has them. In three queries.
///
/// # Errors
/// When the database fails.
pub(super) fn of(
    conn: &mut Conn,
    vault: &Vault,
    words: &Words,
    cases: &[CaseRow],
    shown: &[dto::CaseRow],
) -> Result<BTreeMap<i64, String>, CaseError> {
    let told = |row: &dto::CaseRow| {
        row.title.as_ref().is_none_or(|title| words.stand_in(&format!("{} {title}", row.number)))
    };
    let untold: Vec<&CaseRow> =
        cases.iter().zip(shown).filter(|(_, row)| !told(row)).map(|(case, _)| case).collect();
    let ids: Vec<i64> = untold.iter().map(|case| case.id).collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let texts: Vec<CaseTextRow> = case_texts::table
        .filter(case_texts::case_id.eq_any(ids.clone()))
        .select(CaseTextRow::as_select())
        .load(conn)?;
    let answers: Vec<ReplyRow> = replies::table
        .filter(replies::case_id.eq_any(ids))
        .order(replies::id.desc())
        .select(ReplyRow::as_select())
        .load(conn)?;
    let mut found = BTreeMap::new();
    for case in untold {
        let own = texts.iter().filter(|text| text.case_id == case.id);
        let sealed =
            own.flat_map(|text| [(contexts::DETAIL, &text.detail), (contexts::PLACE, &text.place)]).chain(
                answers.iter().filter(|reply| reply.case_id == case.id).map(|r| (contexts::REPLY, &r.text)),
            );
        for (context, sealed) in sealed {
            let text = secrets::open(conn, vault, case.key_id, context, sealed)?;
            if let Some(piece) = text.as_deref().and_then(|text| words.cut(text)) {
                found.insert(case.id, piece);
                break;
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::Words;

    #[test]
    fn a_piece_round_the_words_as_typed_else_by_pairs() {
        let text = format!("{}旁边路灯\n不亮，{}", "东".repeat(40), "西".repeat(80));
        let piece = Words::of("路灯").cut(&text).expect("found");
        assert_eq!(piece, format!("…{}旁边路灯 不亮，{}…", "东".repeat(18), "西".repeat(34)));
        assert_eq!(Words::of("路灯").cut("路灯坏了").as_deref(), Some("路灯坏了"));
        assert_eq!(Words::of("路灯不亮").cut("路灯 不亮").as_deref(), Some("路灯 不亮"), "by pairs");
        assert_eq!(Words::of("led").cut("İİ LED 灯").as_deref(), Some("İİ LED 灯"), "any case, any script");
        assert_eq!(Words::of("井盖").cut("路灯坏了"), None);
        assert!(Words::of("a").0.is_empty(), "one letter marks nothing");
    }
}
