//! Sets OneDoor on fire: kills it, its database and its disk under load, and counts what was acknowledged and is gone.
//!
//! The faults stand in `faults/`, one file each. All of them drive the real program over HTTP with retries under the same client id
//! (`load`), and afterwards read the database again (`check`).

pub mod check;
pub mod disk;
pub mod ear;
pub mod faults;
pub mod life;
pub mod load;
pub mod pg;
pub mod report;
pub mod server;
pub mod site;
pub mod standby;
pub mod wire;
