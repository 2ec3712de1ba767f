//! The workloads.

pub mod bodies;
pub mod desk;
mod figures;
pub mod lifecycle;
pub mod live;
pub mod locate;
pub mod mixed;
pub mod read;
pub mod recount;
pub mod register;
pub mod site;
pub mod spike;

pub use figures::{Figure, Goal};
pub use site::Site;
