//! The rules against the law's own examples, an independent count, and their own promises.

mod calendar;
mod limits;
