//! What a write closure holds.

use crate::{Conn, StoreError};

/// One write transaction: the connection plus ids, events, clocks and tallies (see the modules of those names).
pub struct Tx<'c> {
    conn: &'c mut Conn,
}

impl Tx<'_> {
    /// The connection.
    pub fn conn(&mut self) -> &mut Conn {
        self.conn
    }

    /// A new identifier, unique in the whole database, growing, small enough for JavaScript (< 2^53).
    pub fn id(&mut self) -> Result<i64, StoreError> {
        todo!()
    }

    /// The next number of a gapless named series (`case-number/620521/20261122`), from 1.
    pub fn next_in_series(&mut self, name: &str) -> Result<i64, StoreError> {
        let _ = name;
        todo!()
    }
}
