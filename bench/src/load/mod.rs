//! The driver's own arithmetic and clockwork, apart from what is driven.

pub mod measure;
pub mod plan;
pub mod run;
pub mod zipf;

pub use measure::{Measured, Verdict};
pub use plan::Plan;
pub use run::{Worker, closed, open};
pub use zipf::Zipf;
