//! What the area's routes share: the store, the settings, and what other areas hook in.

use crate::{PeopleError, Settings};
use std::sync::Arc;
use store::{Store, Timestamp, Tx};
use tokio::sync::Semaphore;

/// Who changed something and when: for the events that the change writes.
#[derive(Clone, Copy, Debug)]
pub struct Change {
    /// The account that does it; `None` for the system.
    pub by: Option<i64>,
    /// The unit it does it for.
    pub by_unit: Option<i64>,
    /// When.
    pub now: Timestamp,
}

/// What owns things must hand them over before it goes, in the same transaction.
///
/// Invariant: no open case is ever owned by a retired unit or a disabled account.
pub trait Ownership: Send + Sync + 'static {
    /// `unit` is being retired: what it owns goes to `successor`.
    fn hand_over_unit(
        &self,
        tx: &mut Tx<'_>,
        unit: i64,
        successor: i64,
        change: &Change,
    ) -> Result<(), PeopleError>;

    /// `account` is being disabled or leaves `unit`: what it owns goes back to the unit's desk.
    fn release_account(
        &self,
        tx: &mut Tx<'_>,
        account: i64,
        unit: i64,
        change: &Change,
    ) -> Result<(), PeopleError>;
}

/// Nothing is owned (tests, and programs without cases).
#[derive(Clone, Copy, Debug, Default)]
pub struct NoHooks;

impl Ownership for NoHooks {
    fn hand_over_unit(&self, _: &mut Tx<'_>, _: i64, _: i64, _: &Change) -> Result<(), PeopleError> {
        Ok(())
    }

    fn release_account(&self, _: &mut Tx<'_>, _: i64, _: i64, _: &Change) -> Result<(), PeopleError> {
        Ok(())
    }
}

/// The area's service. Cheap to clone; the state of its routes and of [`crate::web::authenticate`].
#[derive(Clone)]
pub struct People {
    pub(crate) store: Store,
    pub(crate) settings: Arc<Settings>,
    pub(crate) ownership: Arc<dyn Ownership>,
    pub(crate) hashing: Arc<Semaphore>,
}

impl People {
    /// Puts the service together.
    pub fn new(store: Store, settings: Settings, ownership: Arc<dyn Ownership>) -> People {
        let hashing = Arc::new(Semaphore::new(settings.argon2_at_once.max(1)));
        People { store, settings: Arc::new(settings), ownership, hashing }
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }
}
