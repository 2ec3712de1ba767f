//! How personal details are masked.

/// Full-width digits, letters and signs as half-width ones.
pub(super) fn half_width(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => {
            char::from_u32(u32::from(c) - 0xfee0).expect("full-width forms stand a fixed distance from ASCII")
        }
        other => other,
    }
}

/// Keeps the first and the last characters.
pub(super) fn mask(text: &str, first: usize, last: usize) -> String {
    let length = text.chars().count();
    let hidden = |index: usize| index >= first && index + last < length;
    text.chars().enumerate().map(|(index, c)| if hidden(index) { '*' } else { c }).collect()
}

/// The family name: the first character, or the first word's first letter.
pub(super) fn mask_name(name: &str) -> String {
    match name.trim().chars().next() {
        Some(first) => format!("{first}**"),
        None => String::new(),
    }
}

/// Up to the village, town, county or city, whichever is named closest; house and street are hidden, and so is
/// everything when a number already stands before that.
pub(super) fn mask_address(address: &str) -> String {
    let ends = ["村", "社区", "镇", "乡", "街道", "县", "区", "市"];
    let shown = ends.iter().find_map(|end| address.find(end).map(|at| &address[..at + end.len()]));
    match shown {
        Some(shown) if !shown.chars().any(char::is_numeric) => format!("{shown}***"),
        _ => "***".to_owned(),
    }
}

/// The first character and the host.
pub(super) fn mask_email(email: &str) -> String {
    match (email.chars().next(), email.rsplit_once('@')) {
        (Some(first), Some((_, host))) => format!("{first}***@{host}"),
        _ => "***".to_owned(),
    }
}

/// The check digit of an 18-digit identity number (GB 11643-1999, MOD 11-2).
pub(super) fn has_right_check_digit(number: &str) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = number.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    number.as_bytes().get(17) == Some(&b"10X98765432"[(sum % 11) as usize])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::persons::{Document, Phone};

    #[test]
    fn phones_are_read_as_people_type_them() {
        for text in ["13812345678", "+86 138-1234-5678", "008613812345678", "１３８１２３４５６７８"]
        {
            assert_eq!(Phone::parse(text).unwrap().as_str(), "13812345678", "{text}");
        }
        assert_eq!(Phone::parse("(0938) 7151234").unwrap().as_str(), "09387151234");
        for text in ["", "1234", "138a2345678", "1381234567890123456", "138+12345678"] {
            assert_eq!(Phone::parse(text).unwrap_err().code(), "phone.invalid", "{text}");
        }
    }

    #[test]
    fn masks_hide_what_identifies() {
        assert_eq!(Phone::parse("13812345678").unwrap().masked(), "138****5678");
        assert_eq!(Phone::parse("7151234").unwrap().masked(), "*****34");
        assert_eq!(Phone::parse("13812345678").unwrap().last4(), "5678");
        assert_eq!(Document::parse("11010519491231002x").unwrap().masked(), "110***********002X");
        assert_eq!(mask_name("王小明"), "王**");
        assert_eq!(mask_address("清水县永清镇西关村12号"), "清水县永清镇西关村***");
        assert_eq!(mask_address("清水县永清镇泰山庙12号超市"), "清水县永清镇***");
        assert_eq!(mask_address("泰山庙12号超市"), "***");
        assert_eq!(mask_address("桥头第三家"), "***");
        assert_eq!(mask_email("wang@example.org"), "w***@example.org");
        assert_eq!(mask_email("王@"), "王***@");
    }

    #[test]
    fn identity_numbers_must_check() {
        assert!(Document::parse("11010519491231002X").is_ok());
        assert_eq!(Document::parse("110105194912310021").unwrap_err().code(), "document.check_digit");
        assert_eq!(Document::parse("E12345678").unwrap().masked(), "*******78");
        assert_eq!(Document::parse("护照1").unwrap_err().code(), "document.invalid");
    }
}
