//! `onedoor verify-log` and `export-head`.

use super::{open_store, write_out};
use crate::{
    Config, Failure,
    cli::{FileOut, VerifyArgs},
    out::say,
};
use std::{path::Path, process::ExitCode};
use store::{tree::TreeHead, verify::Report};

/// Says OK, or names the first broken event and exits non-zero.
pub(super) async fn verify(config: &Config, args: &VerifyArgs) -> Result<ExitCode, Failure> {
    let head = args.head.as_deref().map(read_head).transpose()?;
    let store = open_store(config).await?;
    let report = store.verify(head).await?;
    tell(&report);
    Ok(if report.problem.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn tell(report: &Report) {
    let Report { events, streams, parts, erased, heads, problem } = report;
    match problem {
        None => say(format!(
            "OK: {events} events in {streams} streams, {parts} private parts, {erased} erased, {heads} signed heads"
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
