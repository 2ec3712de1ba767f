//! The rules against the law's own examples, an independent count, and their own promises.

mod calendar;
mod catalogue;
mod deadlines;
mod evaluation;
mod limits;
mod routing;
