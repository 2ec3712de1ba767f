//! A small pool of connections; work runs on the blocking threads of tokio, in one transaction per piece.

use crate::{Conn, StoreError};
use diesel::{
    connection::{AnsiTransactionManager, Connection, TransactionManager},
    r2d2::R2D2Connection,
};
use std::sync::{Arc, Mutex};
use tokio::sync::Semaphore;

type Open = Box<dyn Fn() -> Result<Conn, StoreError> + Send + Sync>;

/// Connections that are opened when needed and used again.
pub(crate) struct Pool {
    open: Open,
    idle: Mutex<Vec<Conn>>,
    permits: Arc<Semaphore>,
}

impl Pool {
    pub(crate) fn new(size: usize, open: Open) -> Arc<Pool> {
        Arc::new(Pool { open, idle: Mutex::default(), permits: Arc::new(Semaphore::new(size)) })
    }

    /// Runs `work` with a connection on a blocking thread. A panic in it is [`StoreError::Defect`].
    pub(crate) async fn run<T, F>(self: &Arc<Self>, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Pool) -> T + Send + 'static,
    {
        let permit = Arc::clone(&self.permits)
            .acquire_owned()
            .await
            .map_err(|_| StoreError::Unavailable("the store is closed".into()))?;
        let pool = Arc::clone(self);
        tokio::task::spawn_blocking(move || {
            let done = work(&pool);
            drop(permit);
            done
        })
        .await
        .map_err(|error| StoreError::Defect(error.to_string()))
    }

    /// A connection in which the transaction `sql` has begun; idle ones that died meanwhile are thrown away.
    pub(crate) fn begin(&self, sql: &str) -> Result<Conn, StoreError> {
        loop {
            let (mut conn, fresh) = self.take()?;
            match begin(&mut conn, sql) {
                Ok(()) => return Ok(conn),
                Err(error) if fresh => return Err(StoreError::Unavailable(error.to_string())),
                Err(_) => {}
            }
        }
    }

    /// Runs statements outside any transaction; again on another connection when an idle one has died meanwhile. A fresh
    /// one that dies is [`StoreError::Unavailable`], whatever the closure makes of it.
    pub(crate) fn at_once<T, E>(&self, work: impl Fn(&mut Conn) -> Result<T, E>) -> Result<T, E>
    where
        E: From<StoreError>,
    {
        loop {
            let (mut conn, fresh) = self.take()?;
            let done = work(&mut conn);
            if !conn.is_broken() {
                self.give_back(conn);
                return done;
            }
            if fresh {
                return done.map_err(|_| StoreError::Unavailable("the connection was lost".into()).into());
            }
        }
    }

    /// A connection, and whether it was opened just now.
    fn take(&self) -> Result<(Conn, bool), StoreError> {
        let idle = self.idle().pop();
        match idle {
            Some(conn) => Ok((conn, false)),
            None => Ok(((self.open)()?, true)),
        }
    }

    /// Takes a connection back, unless it is in a state nobody should meet.
    pub(crate) fn give_back(&self, mut conn: Conn) {
        if depth(&mut conn) == Some(0) && !conn.is_broken() {
            self.idle().push(conn);
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Conn>> {
        self.idle.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// Begins the outermost transaction with the engine's own words.
pub(crate) fn begin(conn: &mut Conn, sql: &str) -> diesel::QueryResult<()> {
    crate::native!(conn, |conn| AnsiTransactionManager::begin_transaction_sql(conn, sql))
}

/// How many transactions and savepoints are open; `None` if that is not known any more.
pub(crate) fn depth(conn: &mut Conn) -> Option<u32> {
    let depth = crate::native!(conn, |conn| {
        AnsiTransactionManager::transaction_manager_status_mut(conn).transaction_depth()
    });
    depth.ok().map(|depth| depth.map_or(0, |depth| depth.get()))
}

/// Opens a savepoint.
pub(crate) fn savepoint(conn: &mut Conn) -> diesel::QueryResult<()> {
    <Conn as Connection>::TransactionManager::begin_transaction(conn)
}

/// Commits the innermost transaction or savepoint.
pub(crate) fn commit(conn: &mut Conn) -> diesel::QueryResult<()> {
    <Conn as Connection>::TransactionManager::commit_transaction(conn)
}

/// Rolls back until only `depth` transactions are open.
pub(crate) fn roll_back_to(conn: &mut Conn, to: u32) -> diesel::QueryResult<()> {
    for _ in 0..64 {
        match depth(conn) {
            Some(now) if now > to => <Conn as Connection>::TransactionManager::rollback_transaction(conn)?,
            Some(now) if now == to => return Ok(()),
            _ => break,
        }
    }
    Err(diesel::result::Error::BrokenTransactionManager)
}
