//! Slows guessing from one address down without locking a whole office out: failures are counted per minute, and
//! the address waits for the rest of that minute, except for accounts that signed in from it lately
//! (`commands::sign_in`). Accounts are locked one by one (`accounts.locked_until`).

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};
use store::{Timestamp, ms};

const WINDOW_MS: i64 = 60_000;
const ADDRESSES_KEPT: usize = 10_000;

/// Failures by address in this minute.
#[derive(Debug, Default)]
pub struct Throttle {
    windows: Mutex<HashMap<String, Window>>,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    began: i64,
    failures: u32,
}

impl Throttle {
    /// How many seconds the address has to wait; `None` when it may try.
    pub fn wait(&self, address: &str, limit: u32, now: Timestamp) -> Option<i64> {
        let windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let window = windows.get(address)?;
        let left = window.began + WINDOW_MS - ms(now);
        (window.failures >= limit && left > 0).then_some((left + 999) / 1000)
    }

    /// Counts a failure.
    pub fn failed(&self, address: &str, now: Timestamp) {
        let now = ms(now);
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() >= ADDRESSES_KEPT {
            windows.retain(|_, window| window.began + WINDOW_MS > now);
        }
        let window = windows.entry(address.to_owned()).or_insert(Window { began: now, failures: 0 });
        if window.began + WINDOW_MS <= now {
            *window = Window { began: now, failures: 0 };
        }
        window.failures = window.failures.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_waits_for_the_rest_of_its_minute_only() {
        let throttle = Throttle::default();
        let start = store::at(1_800_000_000_000);
        for _ in 0..3 {
            assert_eq!(throttle.wait("10.0.0.1", 3, start), None);
            throttle.failed("10.0.0.1", start);
        }
        assert_eq!(throttle.wait("10.0.0.1", 3, start), Some(60));
        assert_eq!(throttle.wait("10.0.0.2", 3, start), None);
        assert_eq!(throttle.wait("10.0.0.1", 3, store::at(1_800_000_060_000)), None);
    }
}
