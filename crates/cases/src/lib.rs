//! The one mechanism: a matter is registered, cleaned, dispatched, signed for, handled, answered, called back, closed.
//!
//! Invariant: every open case has exactly one owner and one next-step clock; every ended case has the evidence
//! that its way of ending asks for. `rules::lifecycle` decides, [`commands`] orchestrate, the store stores.

pub mod actions;
pub mod attachments;
pub mod clocks;
pub mod commands;
pub mod error;
pub mod export;
pub mod follow;
pub mod http;
pub mod model;
pub mod queries;
pub mod rulebook;

pub use commands::Cases;
pub use error::CaseError;
pub use model::{Ctx, Done, Registered, Target};
pub use rulebook::RuleBook;
