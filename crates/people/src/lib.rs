//! Who: units, accounts, roles, sign-in, the people a matter is about, and who may see what.
//!
//! Invariant: whether somebody may see a case is decided in [`scope`] alone.
//! Invariant: an error becomes an HTTP status in [`web`] alone.

pub mod actor;
pub mod bootstrap;
pub mod commands;
pub mod county;
pub mod error;
pub mod http;
pub mod model;
pub mod pace;
pub mod permission;
pub mod persons;
pub mod queries;
pub mod scope;
pub mod secret;
pub mod service;
pub mod settings;
mod standing;
pub mod throttle;
pub mod totp;
pub mod tree;
pub mod verification;
pub mod web;

pub use actor::{AccountActor, Actor, Grant};
pub use bootstrap::{FirstAccount, bootstrap};
pub use error::PeopleError;
pub use permission::{Permission, Role};
pub use rules::words::UnitKind;
pub use service::{Change, NoHooks, Ownership, People};
pub use settings::Settings;
pub use tree::UnitTree;
