//! One use case, one file, one transaction: state, event and clocks commit together.

mod act;
mod actor;
mod after_the_end;
mod around;
mod beginning;
mod callback;
mod cards;
mod clockwork;
mod dispatching;
mod enact;
mod erase;
mod extension;
mod facts;
mod form;
mod handling;
mod inputs;
mod merge;
mod owner;
mod register;
mod reported;
mod returning;
mod review;
mod sealed;
mod succession;
mod supervision;
mod suspension;
mod tallies;
mod unmask;
mod whistle;
mod work;

pub(crate) use actor::{facts as actor_facts, system as system_actor};
pub(crate) use around::LINKS;
pub(crate) use beginning::{LEGAL_REASONS, SERVICES, TOLD_BY};
pub(crate) use callback::{RESOLVED, WAYS};
pub(crate) use cards::issue as issue_card;
pub(crate) use enact::event_kind;
pub use erase::{Erased, Erasure};
pub(crate) use facts::{of as case_facts, reporter_facts};
pub(crate) use handling::RESULTS;
pub use inputs::*;
pub use owner::{Handover, Owned, reassign};
pub(crate) use sealed::Sealed;
pub use sealed::Text;
pub(crate) use suspension::BASES as SUSPENSION_BASES;
pub use tallies::{Counts, Key, counts, recount, recount_of};
pub use unmask::Unmasked;
pub use work::Row;
pub(crate) use work::{Work, check_sight};

use crate::{CaseError, Ctx, Done, RuleBook, Target, model::Units};
use rules::lifecycle::{CaseAction, Tables};
use std::sync::Arc;
use store::{Store, StoreError, Tx};

/// The area's service: the store, the rules in force and the lifecycle's tables. Cheap to clone.
#[derive(Clone)]
pub struct Cases {
    /// The engine.
    pub store: Store,
    /// The rules in force.
    pub rules: RuleBook,
    /// The lifecycle.
    pub tables: Arc<Tables>,
    pub(crate) units: Units,
    /// Is told every table row that a committed command took (tests measure their coverage by it).
    pub watcher: Option<Watcher>,
}

/// Listens to table rows that were taken.
pub type Watcher = Arc<dyn Fn(&[Row]) + Send + Sync>;

/// What a command does once its case is loaded. The public face is [`Command`].
pub trait Execute: Send + Sync + 'static {
    /// The action that the lifecycle decides on.
    fn action(&self) -> CaseAction;

    /// The free texts it carries: sealed before the transaction, kept as private parts of its event.
    fn texts(&self) -> Vec<Text<'_>> {
        Vec::new()
    }

    /// What is wrong with the input itself: (field, code).
    fn check(&self) -> Vec<(&'static str, &'static str)> {
        Vec::new()
    }

    /// Does it.
    ///
    /// # Errors
    /// What the rules or the database refuse; the transaction is then undone.
    fn execute(&self, work: &mut Work<'_, '_>) -> Result<(), CaseError>;
}

/// A command on an existing case. Run it with [`Cases::run`].
pub trait Command: Execute {}

impl<T: Execute> Command for T {}

impl Cases {
    /// Opens the area on a store: loads the rules.
    ///
    /// # Errors
    /// When the store fails or published rules cannot be read.
    pub async fn open(store: Store) -> Result<Cases, CaseError> {
        let rules = RuleBook::load(&store).await?;
        Ok(Cases::with(store, rules, Tables::shipped().clone()))
    }

    /// Puts the area together from parts.
    pub fn with(store: Store, rules: RuleBook, tables: Tables) -> Cases {
        Cases { store, rules, tables: Arc::new(tables), units: Units::default(), watcher: None }
    }

    /// Runs one command in one transaction: idempotency, scope, version, rules, save, clocks, tallies, event.
    ///
    /// # Errors
    /// `case.not_found` (also when the actor must not know of it), `version.conflict`, `input.invalid`, any refusal of the
    /// lifecycle, `request.client_id_reused`.
    pub async fn run<C: Command>(
        &self,
        ctx: &Ctx,
        target: impl Into<Target>,
        command: C,
    ) -> Result<Done, CaseError> {
        self.run_dyn(ctx, target.into(), Box::new(command)).await
    }

    pub(crate) async fn run_dyn(
        &self,
        ctx: &Ctx,
        target: Target,
        command: Box<dyn Execute>,
    ) -> Result<Done, CaseError> {
        let wrong = command.check();
        if !wrong.is_empty() {
            return Err(CaseError::Invalid(
                wrong.into_iter().map(|(field, code)| (field.to_owned(), code)).collect(),
            ));
        }
        let sealed = Sealed::for_case(&self.store, target.case, &command.texts()).await?;
        let (cases, at, rules) = (self.clone(), ctx.clone(), self.rules.current());
        let job = move |tx: &mut Tx<'_>| -> Result<(Done, Vec<Row>), CaseError> {
            if let Some(done) = earlier(tx, &at, target.case)? {
                return Ok((done, Vec::new()));
            }
            let mut work = Work::open(tx, &cases, &at, &rules, &sealed, target.case)?;
            let found = work.file.case.version;
            if target.version.is_some_and(|version| version != found) {
                return Err(CaseError::Conflict { case: target.case, found });
            }
            command.execute(&mut work)?;
            let (done, rows) = work.finish()?;
            keep(tx, &at, &done)?;
            Ok((done, rows))
        };
        let (done, rows) = self.store.write(job).await?;
        if let Some(watcher) = &self.watcher {
            watcher(&rows);
        }
        Ok(done)
    }
}

/// The outcome that the same request had before. An outcome of another case or kind of command: the id was used before.
fn earlier(tx: &mut Tx<'_>, ctx: &Ctx, case_id: i64) -> Result<Option<Done>, CaseError> {
    let Some(request) = &ctx.request else { return Ok(None) };
    let Some(outcome) = tx.earlier_outcome(request)? else { return Ok(None) };
    match serde_json::from_str::<Done>(&outcome) {
        Ok(done) if done.case_id == case_id => Ok(Some(done)),
        Ok(_) | Err(_) => Err(StoreError::ClientIdReused.into()),
    }
}

fn keep(tx: &mut Tx<'_>, ctx: &Ctx, done: &Done) -> Result<(), CaseError> {
    if let Some(request) = &ctx.request {
        let outcome = serde_json::to_string(done).unwrap_or_default();
        tx.keep_outcome(request, &outcome, ctx.now)?;
    }
    Ok(())
}

/// A field that must not be empty.
pub(crate) fn needed(field: &'static str, text: &str) -> Option<(&'static str, &'static str)> {
    if text.trim().is_empty() {
        Some((field, "field.missing"))
    } else if text.chars().count() > 20_000 {
        Some((field, "field.too_long"))
    } else {
        None
    }
}

/// A field that must be one of these words.
pub(crate) fn one_of(
    field: &'static str,
    word: &str,
    words: &[&str],
) -> Option<(&'static str, &'static str)> {
    (!words.contains(&word)).then_some((field, "field.unknown_choice"))
}
