//! The lifecycle of a case and of a work order, as two tables in code.
//!
//! A case has one state and each work order has one state; return requests, extension requests, suspensions,
//! supervision and escalation are overlays with clocks of their own. [`Tables::step`] decides every move from the tables
//! alone; the list of allowed actions, the forms of the console and the diagrams in the documents are made from
//! the same rows.
//!
//! Invariant: every open state has exactly one next step ([`next_step`]), every ending lists its evidence
//! ([`evidence_of`]).

mod case_table;
pub mod diagram;
mod evidence;
mod facts;
mod guards;
mod next_step;
mod order_table;
mod step;
mod table;
mod words;

#[cfg(test)]
mod tests;

pub use evidence::evidence_of;
pub use facts::{ActorFacts, CaseFacts, OrderFacts, OtherCase, Proposal, ReporterFacts, UnitFacts};
pub use guards::{may_help, may_host};
pub use next_step::{NextStep, after_callbacks, next_step};
pub use step::{Transition, may_lie_over, may_whistle_wait};
pub use table::{By, CaseRule, Effect, Guard, OrderClock, OrderEffect, OrderRule, Owner, Tables, To, When};
pub use words::{
    CaseAction, CaseState, ClockKind, Ending, Evidence, OrderAction, OrderState, OverlayKind, Part, Power,
    Refusal, Who,
};
