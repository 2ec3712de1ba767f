//! What a fault came to, as a table and as JSON.

use serde::Serialize;
use std::fmt::Write as _;

/// A run that must lose something: it shows that the test would have seen it.
#[derive(Clone, Debug, Serialize)]
pub struct Control {
    /// What was made unsafe.
    pub setting: String,
    /// Rounds.
    pub rounds: u32,
    /// Commands that were answered well.
    pub acknowledged: u64,
    /// How many of them were gone, half done or refused to be built upon afterwards. Must not be 0.
    pub lost: u64,
}

/// One fault.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Row {
    /// Its name, as the command line takes it.
    pub name: String,
    /// How often it was done.
    pub rounds: u32,
    /// Commands that were answered well.
    pub acknowledged: u64,
    /// Of these, how many are gone.
    pub lost: u64,
    /// Commands that took effect more than once.
    pub doubled: u64,
    /// Everything else that is not as it must be: half-done commands, broken chains, clocks or tallies that differ from a recount,
    /// unclear errors, no recovery.
    pub broken: u64,
    /// Requests that failed while the fault lasted, every one with a clear error.
    pub refused: u64,
    /// Commands that were sent again under their own id after no answer or a refusal.
    pub retried: u64,
    /// Wall time.
    pub seconds: f64,
    /// The seed: give it with `--seed` to repeat the choices of the run.
    pub seed: u64,
    /// Figures of this fault: seconds until writes went through again, and the like.
    pub notes: Vec<String>,
    /// What was wrong, in words.
    pub faults: Vec<String>,
    /// Runs with safety taken away.
    pub controls: Vec<Control>,
    /// Why it could not be done here; nothing else is filled then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_out: Option<String>,
}

impl Row {
    /// Whether everything was as it must be.
    #[must_use]
    pub fn good(&self) -> bool {
        let clean = self.lost == 0 && self.doubled == 0 && self.broken == 0 && self.faults.is_empty();
        clean && self.controls.iter().all(|control| control.lost > 0)
    }

    /// A fault that cannot be done here.
    #[must_use]
    pub fn left_out(name: &str, why: impl Into<String>) -> Row {
        Row { name: name.into(), left_out: Some(why.into()), ..Row::default() }
    }
}

/// A fault as other programs read it: the row, and beside it what every figure of the project has.
#[derive(Clone, Debug, Serialize)]
pub struct Record<'a> {
    #[serde(flatten)]
    row: &'a Row,
    /// What went wrong: lost, doubled, broken and everything told in words; absent when the fault was left out.
    value: Option<u64>,
    unit: &'static str,
    goal: u64,
    /// Absent when the fault was left out.
    met: Option<bool>,
}

impl<'a> Record<'a> {
    /// The record of a row.
    #[must_use]
    pub fn of(row: &'a Row) -> Record<'a> {
        let wrong = row.lost + row.doubled + row.broken.max(row.faults.len() as u64);
        let blind = row.controls.iter().filter(|control| control.lost == 0).count() as u64;
        let done = row.left_out.is_none();
        Record {
            row,
            value: done.then_some(wrong + blind),
            unit: "commands lost, doubled or otherwise wrong",
            goal: 0,
            met: done.then(|| row.good()),
        }
    }
}

/// The line of a table: what a fault came to.
#[must_use]
pub fn line(row: &Row) -> String {
    if let Some(why) = &row.left_out {
        return format!("{:<24} left out: {why}", row.name);
    }
    let Row { name, rounds, acknowledged, lost, doubled, broken, seconds, .. } = row;
    let mut text = format!(
        "{name:<24} {rounds:>6} {acknowledged:>13} {lost:>6} {doubled:>8} {broken:>7} {seconds:>8.0}  {}",
        if row.good() { "good" } else { "BAD" }
    );
    for note in &row.notes {
        let _ = write!(text, "\n    {note}");
    }
    for Control { setting, rounds, acknowledged, lost } in &row.controls {
        let verdict = if *lost > 0 { "as it must" } else { "BUT MUST LOSE" };
        let _ = write!(
            text,
            "\n    control, {setting}: {rounds} rounds, {acknowledged} acknowledged, {lost} lost, {verdict}"
        );
    }
    for fault in row.faults.iter().take(12) {
        let _ = write!(text, "\n    WRONG: {fault}");
    }
    text
}

/// The head of the table.
#[must_use]
pub fn head() -> String {
    format!(
        "{:<24} {:>6} {:>13} {:>6} {:>8} {:>7} {:>8}",
        "fault", "rounds", "acknowledged", "lost", "doubled", "broken", "seconds"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn control(lost: u64) -> Control {
        Control { setting: "unsafe".into(), rounds: 1, acknowledged: 9, lost }
    }

    #[test]
    fn a_control_that_loses_nothing_is_a_failure() {
        assert!(Row::default().good());
        assert!(Row { controls: vec![control(3)], ..Row::default() }.good());
        assert!(!Row { controls: vec![control(0)], ..Row::default() }.good());
    }

    #[test]
    fn a_record_has_the_figure_and_whether_its_goal_was_met() {
        let good = serde_json::to_value(Record::of(&Row { name: "kill".into(), ..Row::default() })).unwrap();
        assert_eq!((&good["name"], &good["value"], &good["met"]), (&"kill".into(), &0.into(), &true.into()));
        let row = Row { lost: 2, acknowledged: 9, controls: vec![control(0)], ..Row::default() };
        let bad = serde_json::to_value(Record::of(&row)).unwrap();
        assert_eq!((&bad["value"], &bad["goal"], &bad["met"]), (&3.into(), &0.into(), &false.into()));
        assert_eq!((&bad["acknowledged"], &bad["lost"], &bad["doubled"]), (&9.into(), &2.into(), &0.into()));
        let out = serde_json::to_value(Record::of(&Row::left_out("disk", "none"))).unwrap();
        assert!(out["value"].is_null() && out["met"].is_null() && out["left_out"] == "none");
    }

    #[test]
    fn any_loss_doubling_or_fault_is_a_failure() {
        assert!(!Row { lost: 1, ..Row::default() }.good());
        assert!(!Row { doubled: 1, ..Row::default() }.good());
        assert!(!Row { broken: 1, ..Row::default() }.good());
        assert!(!Row { faults: vec!["x".into()], ..Row::default() }.good());
    }
}
