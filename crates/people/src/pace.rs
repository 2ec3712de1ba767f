//! How fast one address and one account may ask: a leaky bucket each (GCRA, ATM Forum TM 4.0 §4.4.2), so that one
//! client gone wild leaves the others their service. Far above what people at their desks do.
//!
//! What comes from this very machine is not held back: a proxy that was not named in `trusted_proxies` would else
//! hold the whole county to the pace of one address.

use crate::{PeopleError, Settings};
use governor::{
    Quota, RateLimiter,
    clock::{Clock, MonotonicClock},
    middleware::NoOpMiddleware,
    state::keyed::DashMapStateStore,
};
use std::{
    hash::Hash,
    net::IpAddr,
    num::NonZeroU32,
    sync::atomic::{AtomicUsize, Ordering},
};

/// So many seconds' worth may come at once: a page asks for several things, a list is worked off in one go.
const BURST_SECONDS: NonZeroU32 = NonZeroU32::MIN.saturating_add(4);
/// With more keys than this, those that are at rest are forgotten.
const KEYS_KEPT: usize = 10_000;

/// The paces of all addresses and accounts. Its clock never goes back: a clock set right must hold nobody up.
#[derive(Debug)]
pub struct Pace<C: Clock = MonotonicClock> {
    addresses: Option<Buckets<IpAddr, C>>,
    accounts: Option<Buckets<i64, C>>,
}

impl Pace {
    /// As the settings say.
    pub fn new(settings: &Settings) -> Pace {
        Pace::by(settings, &MonotonicClock)
    }
}

impl<C: Clock + Clone> Pace<C> {
    fn by(settings: &Settings, clock: &C) -> Pace<C> {
        Pace {
            addresses: Buckets::new(settings.address_requests_per_second, clock),
            accounts: Buckets::new(settings.account_requests_per_second, clock),
        }
    }

    /// Counts a request of an address.
    ///
    /// # Errors
    /// `request.too_many` with the seconds to wait.
    pub fn address(&self, address: &str) -> Result<(), PeopleError> {
        match (&self.addresses, elsewhere(address)) {
            (Some(buckets), Some(address)) => buckets.take(&address),
            _ => Ok(()),
        }
    }

    /// Counts a request of an account, sent from this address.
    ///
    /// # Errors
    /// `request.too_many` with the seconds to wait.
    pub fn account(&self, account: i64, address: &str) -> Result<(), PeopleError> {
        match (&self.accounts, elsewhere(address)) {
            (Some(buckets), Some(_)) => buckets.take(&account),
            _ => Ok(()),
        }
    }
}

/// The address, when it is another machine's. An IPv6 client owns a /64 at least (RFC 6177): that is its address here.
fn elsewhere(address: &str) -> Option<IpAddr> {
    let address: IpAddr = address.parse().ok()?;
    match address.to_canonical() {
        here if here.is_loopback() => None,
        IpAddr::V6(v6) => Some(IpAddr::from((v6.to_bits() & !u128::from(u64::MAX)).to_be_bytes())),
        v4 @ IpAddr::V4(_) => Some(v4),
    }
}

#[derive(Debug)]
struct Buckets<K: Hash + Eq + Clone, C: Clock> {
    limiter: RateLimiter<K, DashMapStateStore<K>, C, NoOpMiddleware<C::Instant>>,
    clock: C,
    /// With more keys than this those at rest are looked for: twice what was left the last time, so that looking stays
    /// cheap when ten thousands of them are busy.
    room: AtomicUsize,
}

impl<K: Hash + Eq + Clone, C: Clock + Clone> Buckets<K, C> {
    /// `None` for no limit.
    fn new(per_second: u32, clock: &C) -> Option<Buckets<K, C>> {
        let rate = NonZeroU32::new(per_second)?;
        let quota = Quota::per_second(rate).allow_burst(rate.saturating_mul(BURST_SECONDS));
        Some(Buckets {
            limiter: RateLimiter::dashmap_with_clock(quota, clock.clone()),
            clock: clock.clone(),
            room: AtomicUsize::new(KEYS_KEPT),
        })
    }

    fn take(&self, key: &K) -> Result<(), PeopleError> {
        self.limiter.check_key(key).map_err(|refused| {
            let wait = refused.wait_time_from(self.clock.now());
            let seconds = i64::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(i64::MAX).max(1);
            PeopleError::Wait { code: "request.too_many", seconds }
        })?;
        if self.limiter.len() > self.room.load(Ordering::Relaxed) {
            self.limiter.retain_recent();
            self.room.store(KEYS_KEPT.max(self.limiter.len() * 2), Ordering::Relaxed);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use governor::clock::FakeRelativeClock;
    use std::time::Duration;

    fn paced(account: u32, address: u32) -> (Pace<FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        let settings = Settings {
            account_requests_per_second: account,
            address_requests_per_second: address,
            ..Settings::default()
        };
        (Pace::by(&settings, &clock), clock)
    }

    /// How many of a hundred at once are taken.
    fn taken(mut take: impl FnMut() -> Result<(), PeopleError>) -> usize {
        (0..100).filter(|_| take().is_ok()).count()
    }

    #[test]
    fn an_account_has_its_burst_then_its_pace() {
        let (pace, clock) = paced(4, 0);
        assert_eq!(taken(|| pace.account(1, "10.0.0.1")), 20);
        assert_eq!(taken(|| pace.account(1, "10.0.0.2")), 0, "another address is no way around");
        let wait = pace.account(1, "10.0.0.1").unwrap_err();
        assert!(matches!(wait, PeopleError::Wait { code: "request.too_many", seconds: 1 }));
        assert_eq!(taken(|| pace.account(2, "10.0.0.1")), 20, "nobody else waits for it");
        clock.advance(Duration::from_secs(1));
        assert_eq!(taken(|| pace.account(1, "10.0.0.1")), 4);
        clock.advance(Duration::from_secs(600));
        assert_eq!(taken(|| pace.account(1, "10.0.0.1")), 20, "rest is not saved up");
    }

    #[test]
    fn an_address_is_a_machine_elsewhere_or_a_network_of_its_own() {
        let (pace, _) = paced(0, 2);
        assert_eq!(taken(|| pace.address("10.0.0.1")), 10);
        assert_eq!(taken(|| pace.address("::ffff:10.0.0.1")), 0, "the same address otherwise written");
        assert_eq!(taken(|| pace.address("2001:db8:1:2::1")), 10);
        assert_eq!(taken(|| pace.address("2001:db8:1:2:ffff::9")), 0, "one network, one client");
        assert_eq!(taken(|| pace.address("2001:db8:1:3::1")), 10);
        assert_eq!(taken(|| pace.address("127.0.0.1")), 100);
        assert_eq!(taken(|| pace.account(1, "10.0.0.1")), 100, "0 means no limit");
    }

    #[test]
    fn who_is_at_rest_is_forgotten() {
        let (pace, clock) = paced(0, 1);
        let more = u32::try_from(KEYS_KEPT).unwrap() + 2;
        let ask = |n: u32| pace.address(&IpAddr::from(n.to_be_bytes()).to_string()).unwrap();
        (0..more).for_each(ask);
        assert_eq!(pace.addresses.as_ref().unwrap().limiter.len(), KEYS_KEPT + 2, "nobody is at rest yet");
        clock.advance(Duration::from_secs(60));
        (more..2 * more).for_each(ask);
        assert!(pace.addresses.as_ref().unwrap().limiter.len() <= KEYS_KEPT + 2);
    }
}
