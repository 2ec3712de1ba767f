//! How figures are told: as a table, as JSON, as a document.

pub mod machine;

use crate::work::Figure;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// A line of people's table.
struct Line {
    cells: [String; 7],
}

fn lines(figures: &[Figure]) -> Vec<Line> {
    let line = |figure: &Figure| {
        let (limit, ratio) = match (&figure.limit, figure.ratio()) {
            (Some((name, value)), Some(ratio)) => {
                (format!("{} {name}", number(*value)), format!("{ratio:.2}"))
            }
            _ => (String::new(), String::new()),
        };
        let goal = figure.goal.map(|goal| goal.words()).unwrap_or_default();
        let met = match figure.met() {
            Some(true) => "met",
            Some(false) => "NOT MET",
            None => "",
        };
        let value = format!("{} {}", number(figure.value), figure.unit);
        Line { cells: [figure.name.clone(), value, limit, ratio, goal, met.to_owned(), figure.note.clone()] }
    };
    figures.iter().map(line).collect()
}

const HEAD: [&str; 7] = ["figure", "value", "limit", "ratio", "goal", "", "conditions"];

/// A number as people read it: three digits that matter.
fn number(value: f64) -> String {
    match value.abs() {
        v if v >= 100.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// The table for a terminal.
#[must_use]
pub fn table(figures: &[Figure]) -> String {
    let lines = lines(figures);
    let mut widths = HEAD.map(|head| head.chars().count());
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(&line.cells) {
            *width = (*width).max(cell.chars().count());
        }
    }
    widths[6] = 0;
    let mut text = String::new();
    for cells in std::iter::once(&HEAD.map(str::to_owned)).chain(lines.iter().map(|line| &line.cells)) {
        let padded: Vec<String> =
            cells.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        let _ = writeln!(text, "{}", padded.join("  ").trim_end());
    }
    text
}

/// `[{"name", "value", "unit", "goal", "met"}]`, and limit, ratio and conditions beside them.
#[must_use]
pub fn to_json(figures: &[Figure]) -> Value {
    let one = |figure: &Figure| {
        json!({
            "name": figure.name,
            "value": figure.value,
            "unit": figure.unit,
            "goal": figure.goal.map(|goal| goal.words()),
            "met": figure.met(),
            "limit": figure.limit.as_ref().map(|(name, value)| json!({ "name": name, "value": value })),
            "ratio": figure.ratio(),
            "note": figure.note,
        })
    };
    figures.iter().map(one).collect()
}

/// The document of a full run.
#[must_use]
pub fn document(figures: &[Figure], machine: &str, day: &str) -> String {
    let met = figures.iter().filter(|figure| figure.met() == Some(true)).count();
    let goals = figures.iter().filter(|figure| figure.goal.is_some()).count();
    let mut text = format!(
        "# Performance\n\nMeasured by `./dev bench` on {day}: {met} of {goals} goals met. This document is written by the full run; \
         `./dev bench --quick` shows the same table in a few minutes, without writing here.\n\n## The machine\n\n{machine}\n\n\
         ## The figures\n\n| figure | value | limit | ratio | goal | | conditions |\n|---|---|---|---|---|---|---|\n"
    );
    for line in lines(figures) {
        let cells = line.cells.map(|cell| cell.replace('|', "\\|"));
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    text.push_str(include_str!("how.md"));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work::Goal;

    fn figures() -> Vec<Figure> {
        vec![
            Figure::new("sqlite.10000.register.rate", 3_200.4, "1/s")
                .limit("engine", 6_400.8)
                .goal(Goal::AtLeast(3_000.0))
                .note("32 clients"),
            Figure::new("sqlite.10000.desk.p99", 17.25, "ms").goal(Goal::AtMost(15.0)),
        ]
    }

    #[test]
    fn json_names_value_unit_goal_and_whether_it_is_met() {
        let json = to_json(&figures());
        assert_eq!(json[0]["name"], "sqlite.10000.register.rate");
        assert_eq!((&json[0]["met"], &json[1]["met"]), (&Value::Bool(true), &Value::Bool(false)));
        assert_eq!(json[1]["goal"], "≤ 15");
        assert_eq!(json[1]["limit"], Value::Null);
    }

    #[test]
    fn the_table_and_the_document_show_every_figure() {
        let (table, document) = (table(&figures()), document(&figures(), "two cores", "2026-11-22"));
        assert!(table.contains("3200 1/s") && table.contains("0.50") && table.contains("NOT MET"), "{table}");
        assert!(document.contains("1 of 2 goals met") && document.contains("| 17.2 ms |"), "{document}");
    }
}
