//! The order of all events. SQLite's writer gives positions as it appends; on PostgreSQL, where transactions commit in
//! any order, one sequencer at a time gives them to what has been committed.
//!
//! Invariant: positions are 1, 2, 3 … without gaps and become visible in that order, so no follower skips an event.

use crate::{
    Conn, Store, StoreError, access,
    conn::{Inner, Writer},
    dialect, events, listen,
    pool::commit,
};
use std::{
    path::Path,
    sync::{Arc, Weak},
    time::Duration,
};
use tokio::sync::watch;

/// How often SQLite's log is moved into the database, and other processes' events are looked for there.
const POLL: Duration = Duration::from_millis(250);

impl Store {
    /// A receiver that is woken (coalesced) whenever new events have positions; read them with
    /// [`events::after`](crate::events::after).
    pub fn wakeups(&self) -> tokio::sync::watch::Receiver<i64> {
        self.inner.positions.subscribe()
    }

    /// Gives positions to everything committed so far and returns the last position.
    ///
    /// The store does this by itself in the background; call it where the log must be complete now (tests, `verify`).
    pub async fn sequence(&self) -> Result<i64, StoreError> {
        let last = match &self.inner.sequencer {
            None => self.read(events::last_position).await?,
            Some(pool) => {
                pool.run(|pool| {
                    let mut conn = pool.begin("BEGIN ISOLATION LEVEL READ COMMITTED")?;
                    let last = give_positions(&mut conn)?;
                    access::chain(&mut conn)?;
                    commit(&mut conn)?;
                    pool.give_back(conn);
                    Ok::<_, StoreError>(last)
                })
                .await??
            }
        };
        publish(&self.inner.positions, last);
        Ok(last)
    }
}

/// Wakes everybody who waits for events, if `last` is news to them.
pub(crate) fn publish(positions: &watch::Sender<i64>, last: i64) {
    positions.send_if_modified(|known| {
        let news = *known < last;
        *known = last.max(*known);
        news
    });
}

fn give_positions(conn: &mut Conn) -> Result<i64, StoreError> {
    match conn {
        Conn::Sqlite(_) => Err(StoreError::Defect("SQLite needs no sequencer".into())),
        Conn::Postgres(conn) => {
            dialect::postgres::lock_name(conn, "sequencer")?;
            let (given, last) = dialect::postgres::give_positions(conn)?;
            if given > 0 {
                dialect::postgres::notify(conn, last)?;
            }
            Ok(last)
        }
    }
}

/// Starts the store's own background work.
pub(crate) async fn start(store: &Store) -> Result<(), StoreError> {
    match &store.inner.writer {
        Writer::Group(_) => {
            tokio::spawn(checkpoints(Arc::downgrade(&store.inner)));
        }
        Writer::Pooled(_) => {
            store.sequence().await?;
            tokio::spawn(sequencer(Arc::downgrade(&store.inner)));
            if let Some(url) = store.inner.config.database_url.clone() {
                listen::start(&store.inner, url)?;
            }
        }
    }
    Ok(())
}

/// The least time between two rounds of the sequencer. Each is a transaction that is flushed, and after each every follower
/// looks; under load one round serves many commits, and nobody sees the difference.
const GATHER: Duration = Duration::from_millis(10);

async fn sequencer(inner: Weak<Inner>) {
    loop {
        let about = |inner: Arc<Inner>| (Arc::clone(&inner.appended), inner.ear.poll());
        let Some((appended, poll)) = inner.upgrade().map(about) else { return };
        let _ = tokio::time::timeout(poll, appended.notified()).await;
        let Some(inner) = inner.upgrade() else { return };
        if let Err(error) = (Store { inner }).sequence().await {
            tracing::warn!(%error, "the sequencer could not work; it tries again");
        }
        tokio::time::sleep(GATHER).await;
    }
}

/// Looks after the write-ahead log whenever it has changed, and makes events known that another process appended.
async fn checkpoints(inner: Weak<Inner>) {
    let mut seen = None;
    let mut conn = None;
    loop {
        tokio::time::sleep(POLL).await;
        let Some(inner) = inner.upgrade() else { return };
        let file = inner.config.data.join(crate::conn::DATABASE);
        let positions = inner.positions.clone();
        drop(inner);
        let wal = std::fs::metadata(file.with_extension("db-wal"))
            .ok()
            .map(|about| (about.len(), about.modified().ok()));
        if wal == seen {
            continue;
        }
        seen = wal;
        let filled = wal.is_some_and(|(size, _)| size > 0);
        let done = tokio::task::spawn_blocking(move || look_after(conn.take(), &file, filled));
        conn = match done.await {
            Ok(Ok((open, last))) => {
                publish(&positions, last);
                Some(open)
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "the write-ahead log could not be moved into the database");
                None
            }
            Err(_) => None,
        };
    }
}

/// Moves the write-ahead log into the database if there is something in it; returns the connection for the next time
/// and the last position.
fn look_after(conn: Option<Conn>, file: &Path, filled: bool) -> Result<(Conn, i64), StoreError> {
    let mut conn = match conn {
        Some(open) => open,
        None => Conn::Sqlite(dialect::sqlite::open(file, dialect::sqlite::Purpose::Write)?),
    };
    let last = events::last_position(&mut conn)?;
    if let Conn::Sqlite(conn) = &mut conn
        && filled
    {
        dialect::sqlite::checkpoint(conn)?;
    }
    Ok((conn, last))
}
