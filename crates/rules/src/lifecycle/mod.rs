//! The lifecycle of a case and of a work order, as two tables in code.
//!
//! A case has one state and each work order has one state; return requests, extension requests, suspensions,
//! supervision and escalation are overlays with clocks of their own. [`step`] decides every move from the tables
//! alone; the list of allowed actions, the forms of the console and the diagrams in the documents are made from
//! the same rows.

mod facts;
mod words;

pub use facts::{ActorFacts, CaseFacts, OrderFacts, OtherCase, Proposal, ReporterFacts, UnitFacts};
pub use words::{
    CaseAction, CaseState, ClockKind, Ending, Evidence, OrderAction, OrderState, OverlayKind, Part, Power, Refusal, Who,
};
