//! Importing without history: what is open in the file enters as new work today, with the recorded time as the time it
//! happened; what the file says was answered is registered and ended with that answer.

use super::{entry::Entry, known::Known, rejects::Reject, run::Outcome};
use cases::{CaseError, Cases, Ctx, commands::Answer};
use futures::{StreamExt as _, stream};
use indicatif::ProgressBar;
use jiff::Timestamp;
use std::collections::HashMap;

const AT_ONCE: usize = 64;

/// Registers every entry that is not known yet.
///
/// # Errors
/// When the store fails; what a command refuses is a reject.
pub(super) async fn run(
    cases: &Cases,
    entries: &[Entry],
    known: &HashMap<String, Known>,
    now: Timestamp,
    bar: &ProgressBar,
) -> Result<Outcome, CaseError> {
    let new: Vec<&Entry> = entries.iter().filter(|entry| is_open_work(entry, known)).collect();
    bar.set_length(new.len() as u64);
    let mut outcome = Outcome::default();
    let steps = new.into_iter().map(|entry| async move {
        let before = known.get(&entry.number).copied();
        (entry, one(cases, entry, before, now).await)
    });
    let mut done = stream::iter(steps).buffered(AT_ONCE);
    while let Some((entry, result)) = done.next().await {
        bar.inc(1);
        match result {
            Ok(ended) => {
                outcome.taken += usize::from(!known.contains_key(&entry.number));
                outcome.closed += usize::from(ended);
            }
            Err(CaseError::Store(error)) => return Err(error.into()),
            Err(refused) => outcome.rejects.push(Reject {
                line: entry.line,
                number: entry.number.clone(),
                reason: format!("{}: {refused}", refused.code()),
            }),
        }
    }
    Ok(outcome)
}

/// New, or registered by an import that was interrupted before the answer.
fn is_open_work(entry: &Entry, known: &HashMap<String, Known>) -> bool {
    let interrupted =
        |known: &Known| known.state == rules::lifecycle::CaseState::Received && entry.reply.is_some();
    known.get(&entry.number).is_none_or(interrupted)
}

/// Whether it ended.
async fn one(cases: &Cases, entry: &Entry, before: Option<Known>, now: Timestamp) -> Result<bool, CaseError> {
    let ctx = Ctx::system(now);
    let case = match before {
        Some(known) => known.case,
        None => cases.register(&ctx, entry.register.clone()).await?.case_id,
    };
    let Some((_, text)) = &entry.reply else { return Ok(false) };
    cases.run(&ctx, case, Answer { text: text.clone(), told_by: "portal".to_owned() }).await?;
    Ok(true)
}
