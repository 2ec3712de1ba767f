//! The engine: transactions on SQLite and PostgreSQL, the event log, clocks, tallies, search, keys, backup.
//!
//! Everything that touches the database goes through [`Store::write`] and [`Store::read`].

pub mod access;
pub mod ambient;
pub mod backup;
pub mod clocks;
pub mod error;
pub mod events;
pub mod follow;
pub mod lease;
pub mod requests;
pub mod schema;
pub mod search;
pub mod tally;
#[cfg(feature = "testkit")]
pub mod testkit;
pub mod tree;
pub mod vault;
pub mod verify;

mod compact;
mod conn;
mod dialect;
mod drawn;
mod ids;
mod kept;
mod keys;
mod listen;
mod migrate;
mod pool;
mod sequence;
mod settings;
mod tx;
mod writer;

pub use ambient::{Clock, Entropy};
pub use conn::{Conn, Store, StoreConfig};
pub use error::StoreError;
pub use jiff::Timestamp;
pub use kept::{Run, update};
pub use tx::{Tx, expect_version};

/// Milliseconds since 1970-01-01T00:00:00Z: the form of every `*_at` column.
pub fn ms(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// The instant of an `*_at` column.
///
/// # Panics
/// Never for a value that [`ms`] made; the range of `Timestamp` is wider than any date the product writes.
pub fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
}
