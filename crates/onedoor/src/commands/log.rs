//! `onedoor verify-log` and `export-head`.

use super::{open_store, write_out};
use crate::{
    Config, Failure,
    cli::{FileOut, VerifyArgs},
    out::say,
};
use cases::attachments::{FileProblem, FileReport};
use std::{path::Path, process::ExitCode};
use store::{Store, tree::TreeHead, verify::Report};

/// Says OK, or names the first broken event and exits non-zero.
pub(super) async fn verify(config: &Config, args: &VerifyArgs) -> Result<ExitCode, Failure> {
    let head = args.head.as_deref().map(read_head).transpose()?;
    let store = open_store(config).await?;
    let report = store.verify(head).await?;
    tell(&report);
    let mut sound = report.problem.is_none();
    if args.files {
        sound &= files(config, &store).await?;
    }
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Compares the attachments with the log; every fault is named.
async fn files(config: &Config, store: &Store) -> Result<bool, Failure> {
    let files = crate::app::files(config)?;
    let report = cases::attachments::check(store, &files).await;
    let report = report.map_err(|error| Failure::said(error.to_string()))?;
    for FileProblem { code, file, case } in &report.problems {
        say(format!("BROKEN: {code}\n  file {file}\n  case {case}"));
    }
    let FileReport { files, removed, problems } = report;
    if problems.is_empty() {
        say(format!("OK: {files} files are as they were added, {removed} were taken off"));
    }
    Ok(problems.is_empty())
}

fn tell(report: &Report) {
    let Report { events, streams, parts, erased, heads, accesses, problem } = report;
    match problem {
        None => say(format!(
            "OK: {events} events in {streams} streams, {parts} private parts, {erased} erased, {heads} signed heads, {accesses} entries of the access log"
        )),
        Some(problem) => {
            say(format!("BROKEN: {}: {}", problem.code, problem.text));
            let named =
                [("event", problem.event_id), ("position", problem.position), ("stream", problem.stream)];
            for (name, value) in named {
                if let Some(value) = value {
                    say(format!("  {name} {value}"));
                }
            }
        }
    }
}

fn read_head(file: &Path) -> Result<TreeHead, Failure> {
    let unreadable = |why: &dyn std::fmt::Display| Failure::said(format!("{}: {why}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|why| unreadable(&why))?;
    serde_json::from_str(&text).map_err(|why| unreadable(&why))
}

/// Signs the log as it stands and writes the head down.
pub(super) async fn export_head(config: &Config, out: &FileOut) -> Result<(), Failure> {
    let store = open_store(config).await?;
    let head = store
        .sign_head()
        .await?
        .ok_or_else(|| Failure::said("the log is empty: there is nothing to sign"))?;
    let text = serde_json::to_string_pretty(&head).map_err(std::io::Error::from)?;
    write_out(out, &text)
}
