//! Territory on both engines.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod divisions;
mod grids;
mod hostile;
mod http;
mod posts;
mod speed;
mod support;
