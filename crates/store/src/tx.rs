//! What a write closure holds.

use crate::{
    Conn, StoreError, dialect,
    drawn::Drawn,
    ids::IdSource,
    kept::{Run, update},
    schema::counters,
    vault::Vault,
};
use diesel::prelude::*;
use std::sync::Arc;

/// What the engine keeps for a transaction beside its connection.
pub(crate) struct TxState {
    pub(crate) ids: Arc<IdSource>,
    /// Seals what a closure learns too late to seal it before (the purposes of the access log).
    pub(crate) vault: Arc<Vault>,
    /// The position of the next event where positions are given at once (SQLite's single writer).
    pub(crate) next_position: Option<i64>,
    /// Whether an event was appended.
    pub(crate) appended: bool,
    /// Whether an access was written down that waits for its place in the chain.
    pub(crate) accessed: bool,
    /// Whether the closure must run again, whatever it returned (out of ids; beaten by the same request).
    pub(crate) again: bool,
    /// Where numbers are drawn without waiting for other writers (PostgreSQL).
    pub(crate) drawn: Option<Arc<Drawn>>,
}

/// One write transaction: the connection plus ids, events, clocks and tallies (see the modules of those names).
pub struct Tx<'c> {
    pub(crate) conn: &'c mut Conn,
    pub(crate) state: &'c mut TxState,
}

impl Tx<'_> {
    /// The connection.
    pub fn conn(&mut self) -> &mut Conn {
        self.conn
    }

    /// A new identifier, unique in the whole database, growing, small enough for JavaScript (< 2^53).
    pub fn id(&mut self) -> Result<i64, StoreError> {
        if let Some(id) = self.state.ids.try_next() {
            return Ok(id);
        }
        match self.conn {
            // The writer reserves a larger block outside this transaction and runs the closure again.
            Conn::Sqlite(_) => {
                self.state.again = true;
                Err(StoreError::Busy)
            }
            Conn::Postgres(conn) => {
                // Others may take all of a block before this one has its turn.
                loop {
                    self.state.ids.refill(|| dialect::postgres::take_ids(conn))?;
                    if let Some(id) = self.state.ids.try_next() {
                        return Ok(id);
                    }
                }
            }
        }
    }

    /// The next number of a gapless named series (`case-number/620521/20261122`), from 1.
    ///
    /// Transactions that use the same series run one after the other from here on.
    pub fn next_in_series(&mut self, name: &str) -> Result<i64, StoreError> {
        let next = counters::value.eq(counters::value + 1);
        let counted = update(counters::table.find(name)).set(next).run(self.conn)?;
        crate::native!(self.conn, |conn| {
            if counted == 0 {
                diesel::insert_into(counters::table)
                    .values((counters::name.eq(name), counters::value.eq(1)))
                    .on_conflict(counters::name)
                    .do_update()
                    .set(next)
                    .execute(conn)?;
            }
            Ok(counters::table.find(name).select(counters::value).first(conn)?)
        })
    }

    /// A number of a named series, from 1, that nobody else has or will have; nobody waits for another's commit.
    ///
    /// On PostgreSQL a transaction that fails leaves a gap, and a number may be given after a greater one. Where the
    /// law wants a gapless series, use [`next_in_series`](Tx::next_in_series); one name is only ever used with one
    /// of the two.
    pub fn draw_number(&mut self, name: &str) -> Result<i64, StoreError> {
        match &self.state.drawn {
            Some(drawn) => drawn.next(name),
            None => self.next_in_series(name),
        }
    }

    /// Locks a row until the transaction ends, so that what is read from now on stays true.
    ///
    /// Invariant: a command locks the case row before it reads anything of the case. SQLite has one writer and
    /// needs no lock. A missing row is [`StoreError::NotFound`] with the table's name.
    pub fn lock_row(&mut self, table: &'static str, id: i64) -> Result<(), StoreError> {
        match self.conn {
            Conn::Sqlite(_) => Ok(()),
            Conn::Postgres(conn) => dialect::postgres::lock_row(conn, table, id),
        }
    }

    /// Lets transactions that name the same thing run one after the other.
    pub fn lock_name(&mut self, name: &str) -> Result<(), StoreError> {
        match self.conn {
            Conn::Sqlite(_) => Ok(()),
            Conn::Postgres(conn) => dialect::postgres::lock_name(conn, name),
        }
    }
}

/// Refuses a change that was made on an older version of the record (HTTP 409).
pub fn expect_version(expected: i64, found: i64) -> Result<(), StoreError> {
    if expected == found { Ok(()) } else { Err(StoreError::VersionConflict { expected, found }) }
}
