//! Followers of the log: each has a named cursor and sees every event at least once, in order.

use crate::{
    Conn, Run, Store, StoreError, Timestamp, Tx,
    events::{self, Event},
    ms,
    schema::cursors,
    update,
};
use diesel::prelude::*;
use std::{fmt::Display, time::Duration};
use tokio_util::sync::CancellationToken;

/// Events that are given to a handler at once, unless said otherwise.
const BATCH: i64 = 200;
/// Waits between attempts when a handler fails: from the first to the second, doubling.
const WAITS: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(30));

/// Something that follows the log.
#[derive(Clone, Copy, Debug)]
pub struct Follower {
    name: &'static str,
    batch: i64,
    gather: Duration,
}

impl Follower {
    /// A follower whose cursor has this name; a new one begins with the first event.
    pub fn new(name: &'static str) -> Follower {
        Follower { name, batch: BATCH, gather: Duration::ZERO }
    }

    /// Sets how many events the handler gets at most.
    #[must_use]
    pub fn batch(self, events: i64) -> Follower {
        Follower { batch: events, ..self }
    }

    /// Makes [`Follower::run`] wait so long before each batch, unless the last one was full: events that come close
    /// together are handled together.
    #[must_use]
    pub fn gather(self, time: Duration) -> Follower {
        Follower { gather: time, ..self }
    }

    /// Hands one batch to the handler and then moves the cursor; returns how many events there were.
    ///
    /// The handler may see events again after a crash or when two nodes follow under one name: it must do the same
    /// thing twice without harm.
    pub async fn step<E, F, H>(&self, store: &Store, handle: &mut H) -> Result<usize, E>
    where
        E: From<StoreError>,
        F: Future<Output = Result<(), E>>,
        H: FnMut(Vec<Event>) -> F,
    {
        let Follower { name, batch, .. } = *self;
        let found = store
            .read::<_, StoreError, _>(move |conn| {
                let done = position(conn, name)?;
                events::after(conn, done, batch)
            })
            .await?;
        let Some(last) = found.last().and_then(|event| event.position) else { return Ok(0) };
        let count = found.len();
        handle(found).await?;
        let now = store.clock().now();
        store.write::<_, StoreError, _>(move |tx| tx.advance_cursor(name, last, now)).await?;
        Ok(count)
    }

    /// Hands batches to the handler until the end of the log and returns how many events there were.
    pub async fn catch_up<E, F, H>(&self, store: &Store, mut handle: H) -> Result<usize, E>
    where
        E: From<StoreError>,
        F: Future<Output = Result<(), E>>,
        H: FnMut(Vec<Event>) -> F,
    {
        store.sequence().await?;
        let mut all = 0;
        loop {
            match self.step(store, &mut handle).await? {
                0 => return Ok(all),
                some => all += some,
            }
        }
    }

    /// Follows until `stop` is cancelled: spawn it as a task. A handler's error is logged and its batch tried again,
    /// at growing intervals.
    pub async fn run<E, F, H>(self, store: Store, stop: CancellationToken, mut handle: H)
    where
        E: From<StoreError> + Display,
        F: Future<Output = Result<(), E>>,
        H: FnMut(Vec<Event>) -> F,
    {
        let mut wakeups = store.wakeups();
        let mut wait = WAITS.0;
        loop {
            wakeups.mark_unchanged();
            let step = tokio::select! {
                () = stop.cancelled() => return,
                step = self.step(&store, &mut handle) => step,
            };
            let sleep = match step {
                Ok(0) => None,
                Ok(events) => {
                    wait = WAITS.0;
                    if self.gather.is_zero() || events as i64 == self.batch {
                        continue;
                    }
                    Some(self.gather)
                }
                Err(error) => {
                    tracing::warn!(follower = self.name, %error, "a batch of events failed; it is tried again");
                    metrics::counter!("store_follower_failures", "follower" => self.name).increment(1);
                    let now = wait;
                    wait = (wait * 2).min(WAITS.1);
                    Some(now)
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                changed = wakeups.changed(), if sleep.is_none() => if changed.is_err() { return },
                () = tokio::time::sleep(sleep.unwrap_or_default()), if sleep.is_some() => {}
            }
        }
    }
}

/// Calls `reload` at once, and again whenever the log tells of an event whose kind begins with one of `kinds`: for what a
/// process keeps in its memory of the database, which other processes change too. A reload that fails is tried again at
/// growing intervals. Runs until the store closes.
pub async fn keep_fresh<E, F, R>(store: Store, kinds: &'static [&'static str], mut reload: R)
where
    E: From<StoreError> + Display,
    F: Future<Output = Result<(), E>>,
    R: FnMut() -> F,
{
    let mut wakeups = store.wakeups();
    let (mut seen, mut wait) = (None, WAITS.0);
    loop {
        wakeups.mark_unchanged();
        match freshen(&store, kinds, seen, &mut reload).await {
            Ok(position) => {
                (seen, wait) = (Some(position), WAITS.0);
                if wakeups.changed().await.is_err() {
                    return;
                }
            }
            Err(error) => {
                tracing::warn!(?kinds, %error, "what changed in the database could not be reloaded");
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(WAITS.1);
            }
        }
    }
}

/// Reloads if there is news after `seen`, or nothing was seen so far; returns how far the log was read.
async fn freshen<E, F, R>(
    store: &Store,
    kinds: &'static [&'static str],
    seen: Option<i64>,
    reload: &mut R,
) -> Result<i64, E>
where
    E: From<StoreError>,
    F: Future<Output = Result<(), E>>,
    R: FnMut() -> F,
{
    let Some(mut seen) = seen else {
        // First the position: what is published while it reloads comes again.
        let last = store.read::<_, StoreError, _>(events::last_position).await?;
        reload().await?;
        return Ok(last);
    };
    let mut news = false;
    loop {
        let found = store.read::<_, StoreError, _>(move |conn| events::after(conn, seen, BATCH)).await?;
        let Some(last) = found.last().and_then(|event| event.position) else { break };
        let told = |event: &Event| kinds.iter().any(|kind| event.kind.starts_with(kind));
        news |= found.iter().any(told);
        seen = last;
    }
    if news {
        reload().await?;
    }
    Ok(seen)
}

/// How far a follower has come: 0 at the beginning.
pub fn position(conn: &mut Conn, name: &str) -> Result<i64, StoreError> {
    let position = cursors::table.find(name).select(cursors::position).first(conn).optional()?;
    Ok(position.unwrap_or(0))
}

impl Tx<'_> {
    /// Moves a cursor forward; a cursor that is further already stays.
    pub fn advance_cursor(&mut self, name: &str, position: i64, now: Timestamp) -> Result<(), StoreError> {
        crate::native!(self.conn, |conn| {
            diesel::insert_into(cursors::table)
                .values((cursors::name.eq(name), cursors::position.eq(0), cursors::updated_at.eq(ms(now))))
                .on_conflict_do_nothing()
                .execute(conn)?
        });
        update(cursors::table.find(name).filter(cursors::position.lt(position)))
            .set((cursors::position.eq(position), cursors::updated_at.eq(ms(now))))
            .run(self.conn)?;
        Ok(())
    }

    /// Sends a follower back to the beginning: it sees every event again.
    pub fn rewind_cursor(&mut self, name: &str) -> Result<(), StoreError> {
        diesel::delete(cursors::table.find(name)).execute(self.conn)?;
        Ok(())
    }
}
