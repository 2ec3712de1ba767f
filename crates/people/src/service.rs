//! What the area's routes share: the store, the settings, and what other areas hook in.

use crate::{
    PeopleError, Settings, pace::Pace, secret, standing::Actors, throttle::Throttle, verification::Board,
    web::Caller,
};
use serde::{Serialize, de::DeserializeOwned};
use std::sync::Arc;
use store::{Store, Timestamp, Tx, access::Access, events::NewEvent, requests::ClientRequest};
use tokio::sync::Semaphore;

/// Who changed something and when: for the events that the change writes.
#[derive(Clone, Debug)]
pub struct Change {
    /// The account that does it; `None` for the system.
    pub by: Option<i64>,
    /// The unit it does it for.
    pub by_unit: Option<i64>,
    /// When.
    pub now: Timestamp,
    /// The client's address; empty for the system.
    pub address: String,
    /// The client's request, so that a retry never doubles.
    pub request: Option<ClientRequest>,
}

impl Change {
    /// The product itself does it.
    pub fn by_system(now: Timestamp) -> Change {
        Change { by: None, by_unit: None, now, address: String::new(), request: None }
    }

    /// The caller does it.
    pub fn by_caller(caller: &Caller, now: Timestamp) -> Change {
        Change {
            by: Some(caller.actor.account_id),
            by_unit: Some(caller.actor.unit_id),
            now,
            address: caller.address.clone(),
            request: None,
        }
    }

    /// As a client asked for it with this request.
    #[must_use]
    pub fn asked(self, request: impl Into<Option<ClientRequest>>) -> Change {
        Change { request: request.into(), ..self }
    }

    /// Does `work` once for the client's request; a retry gets what the first one gave.
    pub(crate) fn once<'c, T>(
        &self,
        tx: &mut Tx<'c>,
        work: impl FnOnce(&mut Tx<'c>) -> Result<T, PeopleError>,
    ) -> Result<T, PeopleError>
    where
        T: Serialize + DeserializeOwned,
    {
        tx.once(self.request.as_ref(), self.now, work)
    }

    /// Writes an administrative act down in the access log.
    pub(crate) fn log(&self, tx: &mut Tx<'_>, subject: String) -> Result<(), PeopleError> {
        Ok(tx.log_access(Access {
            at: self.now,
            account_id: self.by,
            unit_id: self.by_unit,
            action: "admin",
            case_id: None,
            subject,
            purpose: String::new(),
            outcome: "allowed",
            address: self.address.clone(),
        })?)
    }

    /// An event of this change, without private parts.
    pub(crate) fn event(
        &self,
        stream_kind: &'static str,
        stream: i64,
        kind: &'static str,
        public: serde_json::Value,
    ) -> NewEvent {
        NewEvent {
            stream,
            stream_kind,
            kind,
            kind_version: 1,
            occurred_at: self.now,
            recorded_at: self.now,
            actor: self.by,
            actor_unit: self.by_unit,
            public,
            parts: Vec::new(),
        }
    }
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
    pub(crate) throttle: Arc<Throttle>,
    pub(crate) pace: Arc<Pace>,
    pub(crate) verification: Arc<Board>,
    pub(crate) actors: Arc<Actors>,
}

impl People {
    /// Puts the service together.
    pub fn new(store: Store, settings: Settings, ownership: Arc<dyn Ownership>) -> People {
        let hashing = Arc::new(Semaphore::new(settings.argon2_at_once.max(1)));
        let pace = Arc::new(Pace::new(&settings));
        let (settings, throttle) = (Arc::new(settings), Arc::default());
        let (verification, actors) = (Arc::default(), Arc::default());
        People { store, settings, ownership, hashing, throttle, pace, verification, actors }
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        self.store.clock().now()
    }

    /// Hashes a password off the async threads, a few at a time.
    pub async fn hash(&self, password: &str) -> Result<String, PeopleError> {
        let (people, password) = (self.clone(), password.to_owned());
        self.slowly(move || {
            secret::hash_password(&people.settings, people.store.entropy().as_ref(), &password)
        })
        .await?
    }

    /// Checks a password off the async threads. Without a hash it takes as long and answers no, so that nobody
    /// learns which logins exist.
    pub async fn verify(&self, hash: Option<String>, password: &str) -> Result<bool, PeopleError> {
        let (people, password) = (self.clone(), password.to_owned());
        self.slowly(move || match hash {
            Some(hash) => Ok(secret::verify_password(&hash, &password)),
            None => secret::hash_password(&people.settings, people.store.entropy().as_ref(), &password)
                .map(|_| false),
        })
        .await?
    }

    async fn slowly<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PeopleError> {
        let stopped = |_| PeopleError::Refused("store.unavailable");
        let _turn = self.hashing.acquire().await.map_err(|_| PeopleError::Refused("store.unavailable"))?;
        tokio::task::spawn_blocking(work).await.map_err(stopped)
    }
}
