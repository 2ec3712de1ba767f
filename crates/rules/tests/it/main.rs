//! The rules against the law's own examples, an independent count, and their own promises.
#![allow(clippy::unwrap_used, clippy::cast_possible_wrap, reason = "a test that cannot go on fails")]

mod calendar;
mod catalogue;
mod deadlines;
mod evaluation;
mod hostile;
mod limits;
mod routing;
