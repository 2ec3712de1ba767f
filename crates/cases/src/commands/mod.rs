//! One use case, one file, one transaction: state, event and clocks commit together.

mod inputs;

pub use inputs::*;

use crate::{CaseError, Ctx, Done, Registered, RuleBook, Target, model::CaseRow};
use people::persons;
use store::Store;

/// The area's service: the store plus the rules in force. Cheap to clone.
#[derive(Clone)]
pub struct Cases {
    /// The engine.
    pub store: Store,
    /// The rules in force.
    pub rules: RuleBook,
}

/// A command on an existing case. Run it with [`Cases::run`].
pub trait Command: Send + Sync + 'static {
    /// The free texts it carries, by part name: sealed before the transaction, kept as private parts of the event.
    fn texts(&self) -> Vec<(&'static str, &str)> {
        Vec::new()
    }
}

impl Cases {
    /// Opens the area on a store: loads the rules.
    pub async fn open(store: Store) -> Result<Cases, CaseError> {
        let rules = RuleBook::load(&store).await?;
        Ok(Cases { store, rules })
    }

    /// Runs one command in one transaction: idempotency, version, scope, rules, save, clocks, tallies, events.
    pub async fn run<C: Command>(&self, ctx: &Ctx, target: impl Into<Target>, command: C) -> Result<Done, CaseError> {
        let _ = (ctx, target.into(), command);
        todo!()
    }

    /// Runs the action of the API by its name, its body being the command's fields as JSON.
    pub async fn act(
        &self,
        ctx: &Ctx,
        target: Target,
        action: &str,
        body: serde_json::Value,
    ) -> Result<Done, CaseError> {
        let _ = (ctx, target, action, body);
        todo!()
    }

    /// Registers a matter.
    pub async fn register(&self, ctx: &Ctx, input: Register) -> Result<Registered, CaseError> {
        let _ = (ctx, input);
        todo!()
    }

    /// Shows a reporter's details in clear, with a purpose; written to the access log whether allowed or refused.
    pub async fn unmask(&self, ctx: &Ctx, case_id: i64, purpose: &str) -> Result<Vec<Unmasked>, CaseError> {
        let _ = (ctx, case_id, purpose);
        todo!()
    }

    /// Erases a person's details everywhere (a rights request); refused while a case of theirs is open or under legal hold.
    pub async fn erase_person(&self, ctx: &Ctx, person_id: i64, reason: &str) -> Result<(), CaseError> {
        let _ = (ctx, person_id, reason);
        todo!()
    }

    /// The case of a number and a citizen's check code; `None` when either is wrong (one answer for both).
    pub async fn by_check_code(&self, number: &str, check_code: &str) -> Result<Option<CaseRow>, CaseError> {
        let _ = (number, check_code);
        todo!()
    }
}

/// Hands on what a unit or an account owned, inside `people`'s transaction that retires or disables it: open cases and orders of
/// a unit go to its successor, those of an account to its unit's post. Returns how many cases changed hands.
pub fn reassign(
    tx: &mut store::Tx<'_>,
    rules: &crate::rulebook::Rules,
    from: Owned,
    now: store::Timestamp,
) -> Result<usize, CaseError> {
    let _ = (tx, rules, from, now);
    todo!()
}

/// What is handed on by [`reassign`].
#[derive(Clone, Copy, Debug)]
pub enum Owned {
    /// Everything of a retired unit goes to its successor.
    Unit {
        /// The retired unit.
        unit: i64,
        /// Who succeeds it.
        successor: i64,
    },
    /// What an account answered for goes to its unit's post.
    Account(i64),
}

/// A reporter in clear.
#[derive(Clone, Debug)]
pub struct Unmasked {
    /// The reporter.
    pub reporter_id: i64,
    /// The person's details; `None` for an anonymous or erased one.
    pub person: Option<persons::Person>,
}
