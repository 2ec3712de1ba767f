//! The rules of the house: pure, testable, without a clock, randomness or a database.
//!
//! Invariant: nothing here reads the time, a file or a database; instants, ids and data arrive as parameters.
//!
//! What a law says is named where it is used; what a county decides is data (`data/`, embedded as text, read by
//! whoever has a parser, edited in the administration).

pub mod calendar;
pub mod catalogue;
pub mod deadlines;
mod error;
pub mod evaluation;
pub mod lifecycle;
pub mod limits;
pub mod routing;
mod scope;
pub mod supervision;
mod unit_template;
pub mod words;

pub use error::RuleError;
pub use scope::{RuleName, trim_area};
