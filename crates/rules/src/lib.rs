//! The rules of the house: pure, testable, without a clock, randomness or a database.
//!
//! Invariant: nothing here reads the time, a file or a database; instants, ids and data arrive as parameters.
//!
//! What a law says is named where it is used; what a county decides is data.

pub mod words;
