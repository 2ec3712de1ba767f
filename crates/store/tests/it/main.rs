//! The engine's tests; each runs on both engines.

mod clocks;
mod common;
mod following;
mod log;
mod schema;
mod searching;
mod tallies;
mod tree;
mod writing;
