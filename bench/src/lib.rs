//! Measures OneDoor: a load driver over HTTP, a bulk seeder, and the limits that figures are held against.
