//! Work that one node at a time does. On PostgreSQL a lease is an advisory lock of a connection that the node keeps open: it
//! ends with the node, and another one takes over. On SQLite there is one node.
//!
//! A node that loses its connection hears of it within seconds and may work that long beside its successor: whatever is done
//! under a lease must bear that, as followers do.

use crate::{Store, StoreError, dialect::postgres};
use diesel::PgConnection;
use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

/// How often a waiting node asks again, and a holder makes sure.
const ASK: Duration = Duration::from_secs(1);
/// A server that does not answer for so long has given the lease away, or will.
const SILENCE: Duration = Duration::from_secs(10);

/// The connection that holds a node's leases.
pub(crate) struct Keeper {
    url: String,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    conn: Option<PgConnection>,
    /// Counts up with every connection: leases of an earlier one are lost.
    turn: u64,
}

impl Keeper {
    pub(crate) fn new(url: String) -> Arc<Keeper> {
        Arc::new(Keeper { url, held: Mutex::default() })
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Tries to take a name; gives the turn of the connection that holds it.
    fn take(&self, name: &str) -> Result<Option<u64>, StoreError> {
        let mut held = self.held();
        if held.conn.is_none() {
            held.conn = Some(postgres::open(&self.url)?);
            held.turn += 1;
        }
        let turn = held.turn;
        let taken = held.with(|conn| postgres::try_lease(conn, name))?;
        Ok(taken.then_some(turn))
    }

    /// Whether the connection of a turn still stands.
    fn stands(&self, turn: u64) -> bool {
        let mut held = self.held();
        held.turn == turn && held.conn.is_some() && held.with(postgres::ping).is_ok()
    }

    fn give_back(&self, name: &str, turn: u64) {
        let mut held = self.held();
        if held.turn == turn && held.conn.is_some() {
            // Where that fails the connection is gone, and the lease with it.
            let _ = held.with(|conn| postgres::end_lease(conn, name));
        }
    }
}

impl Held {
    /// Works on the connection, which is dropped when that fails.
    fn with<T>(
        &mut self,
        work: impl FnOnce(&mut PgConnection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let conn = self.conn.as_mut().ok_or_else(|| StoreError::Unavailable("no connection".into()))?;
        let done = work(conn);
        if done.is_err() {
            self.conn = None;
        }
        done
    }
}

/// The right to do something alone; given back when dropped.
pub struct Lease {
    /// `None` where there is one node only.
    of: Option<(Arc<Keeper>, &'static str, u64)>,
}

impl Lease {
    /// Returns when the lease was lost; never where there is one node only.
    pub async fn lost(&self) {
        let Some((keeper, _, turn)) = &self.of else { return std::future::pending().await };
        loop {
            tokio::time::sleep(ASK).await;
            let (keeper, turn) = (Arc::clone(keeper), *turn);
            let asked = tokio::task::spawn_blocking(move || keeper.stands(turn));
            if !matches!(tokio::time::timeout(SILENCE, asked).await, Ok(Ok(true))) {
                return;
            }
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some((keeper, name, turn)) = self.of.take() else { return };
        let back = move || keeper.give_back(name, turn);
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(back)),
            Err(_) => back(),
        }
    }
}

impl Store {
    /// Waits until no other node does `name`, and keeps others from it. A node asks once for each name.
    pub async fn lease(&self, name: &'static str) -> Lease {
        let Some(keeper) = self.inner.leases.clone() else { return Lease { of: None } };
        loop {
            let asked = Arc::clone(&keeper);
            match tokio::task::spawn_blocking(move || asked.take(name)).await {
                Ok(Ok(Some(turn))) => return Lease { of: Some((keeper, name, turn)) },
                Ok(Ok(None)) => {}
                Ok(Err(error)) => tracing::warn!(name, %error, "a lease could not be asked for"),
                Err(error) => tracing::warn!(name, %error, "a lease could not be asked for"),
            }
            tokio::time::sleep(ASK).await;
        }
    }

    /// Does work on one node at a time: begins it when this node holds the lease `name`, drops it when the lease is lost,
    /// and begins again with the next.
    ///
    /// # Errors
    /// Those of the work, which ends with them.
    pub async fn alone<T, E, F>(&self, name: &'static str, work: impl Fn() -> F) -> Result<T, E>
    where
        F: Future<Output = Result<T, E>>,
    {
        loop {
            let lease = self.lease(name).await;
            tokio::select! {
                done = work() => return done,
                () = lease.lost() => tracing::warn!(name, "the lease was lost; another node goes on"),
            }
        }
    }
}
