//! What goes over the wire. Identifiers are strings, instants RFC 3339, words snake_case.

mod admin;
mod case_page;
mod common;
mod deeds;
mod lists;
mod overview;
mod parts;
mod timeline;

pub use admin::*;
pub use case_page::*;
pub use common::*;
pub use deeds::*;
pub use lists::*;
pub use overview::*;
pub use parts::*;
pub use people::http::Total;
pub use timeline::*;
