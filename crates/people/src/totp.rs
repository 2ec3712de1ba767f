//! The second factor: time-based one-time codes (RFC 6238: SHA-1, six digits, 30 seconds, one step either way).

use crate::PeopleError;
use data_encoding::BASE32_NOPAD;
use qrcode::{QrCode, render::svg};
use store::{
    Conn, Entropy, Timestamp, Tx,
    vault::{DataKey, Vault},
};

/// `accounts.totp_last_step` while an enrolment waits for its first code.
pub const PENDING: i64 = -1;

const CONTEXT: &str = "accounts.totp";

/// A shared secret (160 bits, as RFC 4226 recommends).
#[derive(Clone)]
pub struct Secret([u8; 20]);

impl Drop for Secret {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.0);
    }
}

impl Secret {
    /// A new secret.
    pub fn new(entropy: &dyn Entropy) -> Secret {
        let mut bytes = [0u8; 20];
        entropy.fill(&mut bytes);
        Secret(bytes)
    }

    /// As it is typed into an authenticator.
    pub fn base32(&self) -> String {
        BASE32_NOPAD.encode(&self.0)
    }

    /// Reads the typed form.
    pub fn from_base32(text: &str) -> Option<Secret> {
        let bytes = BASE32_NOPAD.decode(text.as_bytes()).ok()?;
        Some(Secret(bytes.try_into().ok()?))
    }

    /// The `otpauth:` link that authenticators scan.
    pub fn uri(&self, issuer: &str, login: &str) -> String {
        let issuer = percent_encode(issuer);
        format!(
            "otpauth://totp/{issuer}:{}?secret={}&issuer={issuer}&algorithm=SHA1&digits=6&period=30",
            percent_encode(login),
            self.base32()
        )
    }

    /// The step that the code belongs to, if it is right now or one step off.
    pub fn matching_step(&self, code: &str, now: Timestamp) -> Option<i64> {
        let seconds = u64::try_from(now.as_second()).ok()?;
        let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let step = self.totp()?.check(&digits, seconds)?;
        i64::try_from(step).ok()
    }

    /// The code of an instant (for tests and tools).
    pub fn code_at(&self, at: Timestamp) -> Option<String> {
        let seconds = u64::try_from(at.as_second()).ok()?;
        Some(self.totp()?.generate(seconds).to_string())
    }

    fn totp(&self) -> Option<totp_rs::Totp> {
        totp_rs::Builder::new().with_secret(self.0.to_vec()).build().ok()
    }

    /// Seals it for `accounts.totp_sealed`: the key's id, then the sealed bytes.
    pub fn seal(&self, vault: &Vault, key: &DataKey) -> Vec<u8> {
        let mut sealed = key.id.to_be_bytes().to_vec();
        sealed.extend(vault.seal(key, CONTEXT, &self.0));
        sealed
    }

    /// Opens what [`Secret::seal`] sealed.
    pub fn open(conn: &mut Conn, vault: &Vault, sealed: &[u8]) -> Result<Secret, PeopleError> {
        let corrupt = || store::StoreError::Unsealable;
        let (id, rest) = sealed.split_first_chunk::<8>().ok_or_else(corrupt)?;
        let key = vault.key(conn, i64::from_be_bytes(*id))?;
        let bytes = vault.open(&key, CONTEXT, rest)?;
        Ok(Secret(bytes.try_into().map_err(|_| corrupt())?))
    }
}

/// Stores the key that seals an account's secret, after destroying the one before.
pub fn keep_key(tx: &mut Tx<'_>, key: &DataKey, account: i64, now: Timestamp) -> Result<(), PeopleError> {
    tx.erase_subject("account", account)?;
    Ok(tx.keep_key(key, "account", account, now)?)
}

/// A picture of the link to scan.
pub fn qr_svg(uri: &str) -> Result<String, PeopleError> {
    let code = QrCode::new(uri).map_err(|_| PeopleError::Refused("internal.qr"))?;
    Ok(code.render::<svg::Color<'_>>().min_dimensions(220, 220).quiet_zone(true).build())
}

fn percent_encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B (SHA-1; the last six of the eight digits given there).
    #[test]
    fn codes_are_those_of_the_rfc() {
        let secret = Secret(*b"12345678901234567890");
        let code = |seconds| secret.code_at(Timestamp::from_second(seconds).unwrap()).unwrap();
        assert_eq!(code(59), "287082");
        assert_eq!(code(1_111_111_109), "081804");
        assert_eq!(code(2_000_000_000), "279037");
    }

    #[test]
    fn a_code_names_its_step_and_only_neighbours_count() {
        let secret = Secret(*b"12345678901234567890");
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        let code = secret.code_at(at(3000)).unwrap();
        assert_eq!(secret.matching_step(&code, at(3000)), Some(100));
        assert_eq!(secret.matching_step(&code, at(3030)), Some(100));
        assert_eq!(secret.matching_step(&format!("{} {} ", &code[..3], &code[3..]), at(3000)), Some(100));
        assert_eq!(secret.matching_step(&code, at(3060)), None);
        assert_eq!(secret.matching_step("", at(3000)), None);
        assert_eq!(secret.matching_step("12345a", at(3000)), None);
    }

    #[test]
    fn the_link_carries_issuer_account_and_secret() {
        let secret = Secret(*b"12345678901234567890");
        let uri = secret.uri("清水 县", "wang:li");
        assert!(uri.starts_with("otpauth://totp/%E6%B8%85%E6%B0%B4%20%E5%8E%BF:wang%3Ali?secret="));
        assert!(qr_svg(&uri).unwrap().contains("<svg"));
        assert_eq!(Secret::from_base32(&secret.base32()).unwrap().0, secret.0);
    }
}
