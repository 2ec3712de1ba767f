//! One use case, one file, one transaction.
//!
//! Functions that take a `&mut Tx` are for programs that do several things in one transaction (the first start,
//! the demo, imports); the others open their own.

pub mod accounts;
pub mod disable;
pub mod grants;
pub mod password;
pub mod preferences;
pub mod second_factor;
pub mod settings;
pub mod sign_in;
pub mod sign_out;
pub mod tokens;
pub mod units;
