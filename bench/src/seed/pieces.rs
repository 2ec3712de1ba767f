//! Texts of rows (JSON, scopes) cut at what a copy has of its own: ids, its number, its village and grid, instants.

use super::stamp::Turn;
use std::fmt::Write as _;
use store::Timestamp;

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// As it is.
    Plain(String),
    /// An id of the case's own, by its distance from the first.
    Own(i64),
    /// The case's number.
    Number,
    /// The village's id.
    Village,
    /// The grid's id.
    Grid,
    /// An instant in milliseconds.
    Ms(i64),
    /// An instant in words.
    Words(i64),
}

/// What a mould has of its own.
#[derive(Clone, Debug)]
pub(super) struct Own {
    /// Ids after this one …
    pub(super) low: i64,
    /// … up to this one.
    pub(super) high: i64,
    /// The number.
    pub(super) number: String,
    /// The village.
    pub(super) village: Option<i64>,
    /// The grid.
    pub(super) grid: Option<i64>,
}

/// Instants of these years are told from other numbers by their size.
const INSTANTS: std::ops::Range<i64> = 1_400_000_000_000..2_600_000_000_000;

/// Whether a number is an instant.
pub(super) fn is_instant(number: i64) -> bool {
    INSTANTS.contains(&number)
}

impl Own {
    /// The distance of an id of the case's own.
    pub(super) fn offset(&self, number: i64) -> Option<i64> {
        (self.low < number && number <= self.high).then(|| number - self.low - 1)
    }

    /// Cuts a text.
    pub(super) fn cut(&self, text: &str) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for (place, part) in text.split(self.number.as_str()).enumerate() {
            if place > 0 {
                pieces.push(Piece::Number);
            }
            self.cut_part(part, &mut pieces);
        }
        pieces
    }

    fn cut_part(&self, mut rest: &str, pieces: &mut Vec<Piece>) {
        let mut plain = String::new();
        while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
            plain.push_str(&rest[..at]);
            rest = &rest[at..];
            let (length, piece) = self.number_at(rest);
            match piece {
                Some(piece) => {
                    if !plain.is_empty() {
                        pieces.push(Piece::Plain(std::mem::take(&mut plain)));
                    }
                    pieces.push(piece);
                }
                None => plain.push_str(&rest[..length]),
            }
            rest = &rest[length..];
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            pieces.push(Piece::Plain(plain));
        }
    }

    /// The run of digits (or the instant in words) that a text begins with, and what it stands for.
    fn number_at(&self, text: &str) -> (usize, Option<Piece>) {
        let words = text.find('"').unwrap_or(text.len());
        if text.get(4..5) == Some("-")
            && let Ok(instant) = text[..words].parse::<Timestamp>()
        {
            return (words, Some(Piece::Words(store::ms(instant))));
        }
        let length = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let Ok(number) = text[..length].parse::<i64>() else { return (length, None) };
        let piece = if let Some(offset) = self.offset(number) {
            Some(Piece::Own(offset))
        } else if self.village == Some(number) {
            Some(Piece::Village)
        } else if self.grid == Some(number) {
            Some(Piece::Grid)
        } else {
            is_instant(number).then_some(Piece::Ms(number))
        };
        (length, piece)
    }
}

/// Puts a text together for a copy.
pub(super) fn join(pieces: &[Piece], turn: &Turn<'_>) -> String {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Plain(plain) => text.push_str(plain),
            Piece::Own(offset) => drop(write!(text, "{}", turn.base + offset)),
            Piece::Number => text.push_str(&turn.number),
            Piece::Village => drop(write!(text, "{}", turn.village)),
            Piece::Grid => drop(write!(text, "{}", turn.grid)),
            Piece::Ms(at) => drop(write!(text, "{}", at + turn.shift)),
            Piece::Words(at) => drop(write!(text, "{}", store::at(at + turn.shift))),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_of_the_case_is_cut_out_and_nothing_else() {
        let own = Own {
            low: 1_000,
            high: 1_010,
            number: "620521-20260302-0007".into(),
            village: Some(55),
            grid: Some(66),
        };
        let text = r#"{"number":"620521-20260302-0007","order":"1003","owner":"12","village_id":"55","due":"2026-03-02T09:00:00Z","at":1772413200000,"n":100}"#;
        let pieces = own.cut(text);
        let cut: Vec<&Piece> = pieces.iter().filter(|piece| !matches!(piece, Piece::Plain(_))).collect();
        assert_eq!(
            cut,
            [
                &Piece::Number,
                &Piece::Own(2),
                &Piece::Village,
                &Piece::Words(1_772_442_000_000),
                &Piece::Ms(1_772_413_200_000)
            ]
        );
        assert_eq!(own.cut("t55 t66 u12 everything").len(), 5);
    }
}
