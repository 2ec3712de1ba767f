//! The engine's tests; each runs on both engines.

mod backup;
mod clocks;
mod common;
mod erasure;
mod following;
mod log;
mod schema;
mod searching;
mod tallies;
mod tree;
mod writing;
