//! Territory on both engines.

mod divisions;
mod grids;
mod http;
mod posts;
mod speed;
mod support;
