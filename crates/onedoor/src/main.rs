//! OneDoor.
fn main() {}
