//! The engine's tests; each runs on both engines.

mod common;
mod searching;
mod writing;
