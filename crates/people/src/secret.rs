//! Passwords and tokens: how they are made, hashed and compared.

use crate::{PeopleError, Settings};
use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};
use store::Entropy;

/// The longest password: longer ones would only serve to keep the machine busy.
const LONGEST_PASSWORD: usize = 128;

/// Letters and digits that nobody mistakes for another.
const CLEAR_CHARACTERS: &[u8] = b"ABCDEFGHJKMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789";

/// Passwords that are tried first by whoever guesses.
const COMMON: &[&str] =
    &["password", "qwert", "asdf", "123456", "abc123", "admin", "welcome", "letmein", "111111", "onedoor"];

/// A new bearer secret (256 bits) in URL-safe letters.
pub fn new_token(entropy: &dyn Entropy) -> String {
    let mut bytes = [0u8; 32];
    entropy.fill(&mut bytes);
    BASE64URL_NOPAD.encode(&bytes)
}

/// What is stored of a bearer secret. It has 256 random bits, so a plain hash cannot be guessed back.
pub fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// A new one-time password of four groups, `kT7v-9qWe-…`: 90 bits, easy to read out.
pub fn one_time_password(entropy: &dyn Entropy) -> String {
    let alphabet = CLEAR_CHARACTERS.len();
    loop {
        let mut bytes = [0u8; 64];
        entropy.fill(&mut bytes);
        // Bytes beyond the last whole multiple of the alphabet would favour its first letters.
        let limit = 256 - 256 % alphabet;
        let letters: Vec<char> = bytes
            .iter()
            .filter(|byte| usize::from(**byte) < limit)
            .map(|byte| char::from(CLEAR_CHARACTERS[usize::from(*byte) % alphabet]))
            .take(16)
            .collect();
        let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
        let password = groups.join("-");
        if letters.len() == 16 && classes(&password) >= 3 {
            return password;
        }
    }
}

/// Refuses a weak password: too short or long, fewer than three kinds of characters, the login or a word that
/// everybody tries (GB/T 22239-2019, 8.1.4.1: complexity).
pub fn check_password(settings: &Settings, login: &str, password: &str) -> Result<(), PeopleError> {
    let length = password.chars().count();
    let lower = password.to_lowercase();
    let code = if length < settings.password_length {
        "password.too_short"
    } else if length > LONGEST_PASSWORD {
        "password.too_long"
    } else if classes(password) < 3 {
        "password.too_simple"
    } else if !login.is_empty() && lower.contains(&login.to_lowercase()) {
        "password.contains_login"
    } else if COMMON.iter().any(|word| lower.contains(word)) {
        "password.too_common"
    } else {
        return Ok(());
    };
    Err(PeopleError::field("password", code))
}

/// How many kinds of characters a password has: lower case, upper case, digits, others.
fn classes(password: &str) -> usize {
    let kinds: [fn(char) -> bool; 4] = [
        |c| c.is_lowercase(),
        |c| c.is_uppercase(),
        |c| c.is_ascii_digit(),
        |c| !c.is_lowercase() && !c.is_uppercase() && !c.is_ascii_digit(),
    ];
    kinds.iter().filter(|kind| password.chars().any(*kind)).count()
}

/// Hashes a password with Argon2id. Slow on purpose: never in a transaction, see [`crate::People::hash`].
pub fn hash_password(
    settings: &Settings,
    entropy: &dyn Entropy,
    password: &str,
) -> Result<String, PeopleError> {
    let mut salt = [0u8; 16];
    entropy.fill(&mut salt);
    let params = Params::new(settings.argon2_memory_kib, settings.argon2_passes, 1, None)
        .map_err(|_| PeopleError::Refused("internal.argon2"))?;
    let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash: PasswordHash = hasher
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map_err(|_| PeopleError::Refused("internal.argon2"))?;
    Ok(hash.to_string())
}

/// Whether the password is the hashed one. A hash that cannot be read fits no password.
pub fn verify_password(hash: &str, password: &str) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting(std::sync::atomic::AtomicU8);

    impl Entropy for Counting {
        fn fill(&self, buf: &mut [u8]) {
            for byte in buf {
                *byte = self.0.fetch_add(37, std::sync::atomic::Ordering::Relaxed);
            }
        }
    }

    fn entropy() -> Counting {
        Counting(std::sync::atomic::AtomicU8::new(11))
    }

    fn code(login: &str, password: &str) -> Option<&'static str> {
        check_password(&Settings::default(), login, password).err().map(|error| error.code())
    }

    #[test]
    fn weak_passwords_are_refused_with_their_reason() {
        assert_eq!(code("wang", "Ab3-efgh"), Some("password.too_short"));
        assert_eq!(code("wang", "abcdefghijk1"), Some("password.too_simple"));
        assert_eq!(code("wang", "Wang-2026-xyz"), Some("password.contains_login"));
        assert_eq!(code("wang", "Password-2026"), Some("password.too_common"));
        assert_eq!(code("wang", &"aB3".repeat(60)), Some("password.too_long"));
        assert_eq!(code("wang", "清水河边2026-x"), None);
    }

    #[test]
    fn a_hash_fits_its_password_only() {
        let hash = hash_password(&Settings::weak(), &entropy(), "Stone-bridge-7").unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(verify_password(&hash, "Stone-bridge-7"));
        assert!(!verify_password(&hash, "Stone-bridge-8"));
        assert!(!verify_password("", "Stone-bridge-7"));
    }

    #[test]
    fn one_time_passwords_pass_the_rules_and_differ() {
        let entropy = entropy();
        let one = one_time_password(&entropy);
        assert_eq!(code("wang", &one), None);
        assert_eq!(one.len(), 19);
        assert_ne!(one, one_time_password(&entropy));
    }
}
