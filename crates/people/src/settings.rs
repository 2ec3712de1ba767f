//! What a county may set about sign-in. Defaults follow GB/T 22239-2019 level 3 and its usual values.

use serde::Deserialize;

/// Sign-in settings, section `[people]` of `onedoor.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Cookies carry `Secure`: set when TLS ends here or at a trusted proxy.
    pub secure_cookies: bool,
    /// A session ends after so many minutes without a request.
    pub idle_minutes: i64,
    /// A session ends after so many hours in any case.
    pub session_hours: i64,
    /// Wrong passwords in a row before the account is locked.
    pub lock_after: i64,
    /// How many minutes it stays locked.
    pub lock_minutes: i64,
    /// Failed sign-ins per minute that one address may cause before it has to wait.
    pub failures_per_minute: u32,
    /// Requests a second that one account may send in the long run; five times as many at once. 0 means no limit.
    pub account_requests_per_second: u32,
    /// The same for one address: a whole office may share it. 0 means no limit.
    pub address_requests_per_second: u32,
    /// The shortest password.
    pub password_length: usize,
    /// A one-time password that nobody used stops working after so many days.
    pub one_time_days: i64,
    /// A password must be changed after so many days; 0 means never.
    pub password_days: i64,
    /// Administrators must have a second factor.
    pub administrators_need_second_factor: bool,
    /// Argon2id: memory in KiB.
    pub argon2_memory_kib: u32,
    /// Argon2id: passes.
    pub argon2_passes: u32,
    /// Passwords hashed at the same time, so that sign-ins never take the whole machine.
    pub argon2_at_once: usize,
    /// What an authenticator app shows as the issuer.
    pub issuer: String,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            secure_cookies: false,
            idle_minutes: 30,
            session_hours: 12,
            lock_after: 5,
            lock_minutes: 15,
            failures_per_minute: 30,
            account_requests_per_second: 50,
            address_requests_per_second: 400,
            password_length: 10,
            one_time_days: 7,
            password_days: 0,
            administrators_need_second_factor: false,
            argon2_memory_kib: 19 * 1024,
            argon2_passes: 2,
            argon2_at_once: 2,
            issuer: "OneDoor".to_owned(),
        }
    }
}

impl Settings {
    /// Settings for tests: the weakest hashing that Argon2 allows, and as many requests as a test sends while its
    /// clock stands still.
    pub fn weak() -> Settings {
        Settings {
            argon2_memory_kib: 8,
            argon2_passes: 1,
            account_requests_per_second: 0,
            address_requests_per_second: 0,
            ..Settings::default()
        }
    }

    /// The session cookie's name. With `Secure` it carries the `__Host-` prefix: browsers then take it only from
    /// this very host, over TLS, for the whole site.
    pub fn cookie_name(&self) -> &'static str {
        if self.secure_cookies { "__Host-onedoor" } else { "onedoor" }
    }

    /// The `Set-Cookie` value that carries a session's token; an empty token takes the cookie away.
    pub fn cookie(&self, token: &str) -> String {
        let secure = if self.secure_cookies { "; Secure" } else { "" };
        let age = if token.is_empty() { "; Max-Age=0" } else { "" };
        format!("{}={token}; Path=/; HttpOnly; SameSite=Strict{secure}{age}", self.cookie_name())
    }
}
