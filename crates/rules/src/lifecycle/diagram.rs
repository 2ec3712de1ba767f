//! The page of the lifecycle for the documents, made from the tables.

use super::evidence::evidence_of;
use super::table::{By, CaseRule, Tables, To};
use super::words::{CaseState, Ending, OrderState};
use std::fmt::Write as _;

/// `docs/lifecycle.md`, whole.
#[must_use]
pub fn page(tables: &Tables) -> String {
    let mut page = String::from(
        "# The lifecycle of a case\n\nGenerated from the tables in `crates/rules/src/lifecycle`; a test compares \
         (`UPDATE=1 cargo nextest run -p rules lifecycle` writes it anew).\n\n## Case\n\n",
    );
    page.push_str(&cases(tables));
    page.push_str("\n## Work order\n\n");
    page.push_str(&orders(tables));
    page.push_str("\n## Rows of the case table\n\n");
    page.push_str(
        "| action | from | to | who | must be so | clocks |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    for rule in &tables.cases {
        let _ = writeln!(page, "{}", line(rule));
    }
    page.push_str("\n## Ways of ending and their evidence\n\n| ending | evidence |\n| --- | --- |\n");
    for ending in Ending::ALL {
        let evidence: Vec<&str> = evidence_of(*ending).iter().map(|e| e.as_str()).collect();
        let _ = writeln!(page, "| {ending} | {} |", evidence.join(", "));
    }
    page
}

/// The Mermaid diagram of the case states.
#[must_use]
pub fn cases(tables: &Tables) -> String {
    let mut arrows: Vec<(String, String, String)> = Vec::new();
    for rule in &tables.cases {
        let (to, round) = match rule.to {
            To::Stay => continue,
            To::State(to) => (to, ""),
            To::NextRound(to) => (to, " (next round)"),
        };
        let label = format!("{}{round}", rule.action);
        if rule.from.is_empty() {
            arrows.push(("[*]".into(), to.to_string(), label.clone()));
        }
        for from in rule.from.iter().filter(|from| **from != to) {
            arrows.push((from.to_string(), to.to_string(), label.clone()));
        }
    }
    let ended = CaseState::ALL.iter().filter(|state| !state.is_open()).map(|state| state.as_str());
    diagram(arrows, ended)
}

/// The Mermaid diagram of the work-order states.
#[must_use]
pub fn orders(tables: &Tables) -> String {
    let first = ("[*]".to_owned(), OrderState::Dispatched.to_string(), "dispatch".to_owned());
    let moves = tables.orders.iter().flat_map(|rule| {
        let others = rule.from.iter().filter(|from| **from != rule.to);
        others.map(|from| (from.to_string(), rule.to.to_string(), rule.action.to_string()))
    });
    let ended = OrderState::ALL.iter().filter(|state| !state.is_open()).map(|state| state.as_str());
    diagram(std::iter::once(first).chain(moves).collect(), ended)
}

fn diagram<'a>(arrows: Vec<(String, String, String)>, ended: impl Iterator<Item = &'a str>) -> String {
    let mut merged: Vec<(String, String, Vec<String>)> = Vec::new();
    for (from, to, label) in arrows {
        match merged.iter_mut().find(|(f, t, _)| *f == from && *t == to) {
            Some((_, _, labels)) if labels.contains(&label) => {}
            Some((_, _, labels)) => labels.push(label),
            None => merged.push((from, to, vec![label])),
        }
    }
    let mut text = String::from("```mermaid\nstateDiagram-v2\n");
    for (from, to, labels) in merged {
        let _ = writeln!(text, "    {from} --> {to}: {}", labels.join(", "));
    }
    for state in ended {
        let _ = writeln!(text, "    {state} --> [*]");
    }
    text.push_str("```\n");
    text
}

fn line(rule: &CaseRule) -> String {
    let from: Vec<&str> = rule.from.iter().map(|state| state.as_str()).collect();
    let to = match rule.to {
        To::Stay => "stays".to_owned(),
        To::State(state) => state.to_string(),
        To::NextRound(state) => format!("{state}, next round"),
    };
    let by: Vec<String> = rule
        .by
        .iter()
        .map(|by| match by {
            By::Any(power) => power.to_string(),
            By::Host => "host unit".to_owned(),
            By::CoHandler => "co-handler".to_owned(),
        })
        .collect();
    let needs: Vec<&str> = rule.needs.iter().map(|guard| guard.code()).collect();
    let clocks: Vec<String> = rule.clocks.iter().map(|effect| format!("{effect:?}")).collect();
    format!(
        "| {} | {} | {to} | {} | {} | {} |",
        rule.action,
        from.join(", "),
        by.join(", "),
        needs.iter().map(|code| format!("not `{code}`")).collect::<Vec<_>>().join(", "),
        clocks.join(", ")
    )
}
