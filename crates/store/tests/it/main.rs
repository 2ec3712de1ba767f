//! The engine's tests; each runs on both engines.
#![expect(clippy::unwrap_used, reason = "a test may fail where it stands, in its helpers too")]

mod access;
mod backup;
mod clocks;
mod common;
mod erasure;
mod following;
mod lag;
mod log;
mod nodes;
mod schema;
mod searching;
mod tallies;
mod tree;
mod writing;
