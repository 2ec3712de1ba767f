//! Measures OneDoor: a load driver over HTTP, a bulk seeder, and the limits that figures are held against.
//!
//! It drives the shipped binary in a process of its own and is no part of it. `./dev bench --quick` shows how.

pub mod cli;
pub mod county;
pub mod db;
pub mod http;
pub mod limits;
pub mod load;
pub mod pg;
pub mod process;
pub mod report;
pub mod run;
pub mod seed;
pub mod work;
