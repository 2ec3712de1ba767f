//! Numbers drawn from a series that many writers share, without one waiting for the other's commit.
//!
//! On SQLite there is one writer, and a number is as gapless as its transaction. On PostgreSQL a gapless series makes all
//! who use it wait in line, each for the whole rest of the one before, its commit included. A drawn number is taken on
//! a connection of its own that commits at once: it is nobody else's, and one whose transaction fails leaves a gap.
//! Whoever waits meanwhile is served by the next draw, all of them by one statement.

use crate::{Conn, StoreError, dialect::postgres, pool::Pool};
use std::{
    collections::HashMap,
    ops::Range,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
};

/// Series whose rest is remembered: yesterday's is not asked for again.
const KEPT: usize = 64;

/// The numbers that this node has drawn and not yet handed out.
pub(crate) struct Drawn {
    pool: Arc<Pool>,
    waiting: AtomicI64,
    left: Mutex<HashMap<String, Range<i64>>>,
}

/// Counts one who waits out, however that ends.
struct Waiter<'a>(&'a AtomicI64);

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drawn {
    pub(crate) fn new(url: String) -> Drawn {
        // Its commits are flushed like all others: a server that fell must not count again what this node still holds.
        let open = move || Ok(Conn::Postgres(postgres::open(&url)?));
        Drawn { pool: Pool::new(1, Box::new(open)), waiting: AtomicI64::new(0), left: Mutex::default() }
    }

    /// The next number of a series, from 1. Blocks for a round trip at most twice.
    pub(crate) fn next(&self, name: &str) -> Result<i64, StoreError> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let _waiter = Waiter(&self.waiting);
        let mut left = self.left.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(number) = left.get_mut(name).and_then(Iterator::next) {
            return Ok(number);
        }
        let wanted = self.waiting.load(Ordering::Relaxed).max(1);
        let last = self.pool.at_once(|conn| match conn {
            Conn::Postgres(conn) => postgres::draw(conn, name, wanted),
            Conn::Sqlite(_) => Err(StoreError::Defect("SQLite draws no numbers aside".into())),
        })?;
        let mut drawn = last - wanted + 1..last + 1;
        let number = drawn.next().ok_or_else(|| StoreError::Defect("an empty draw".into()))?;
        if left.len() >= KEPT {
            left.clear();
        }
        left.insert(name.to_owned(), drawn);
        Ok(number)
    }
}
