//! No file of production code is longer than a reader can hold.

use super::files::{Tree, is_test, production_part};

const MOST_LINES: usize = 500;

/// The map of the data is one file on purpose: every table at one glance.
const EXEMPT: [&str; 1] = ["crates/store/src/schema.rs"];

pub(super) fn check(tree: &Tree) -> Vec<String> {
    tree.texts
        .iter()
        .filter(|(path, _)| is_production(path))
        .filter_map(|(path, text)| {
            let lines = production_part(text).lines().count();
            (lines > MOST_LINES).then(|| format!("{path}: {lines} lines, at most {MOST_LINES}"))
        })
        .collect()
}

fn is_production(path: &str) -> bool {
    let code = path.ends_with(".rs")
        || (path.starts_with("ui/") && (path.ends_with(".ts") || path.ends_with(".vue")));
    code && !is_test(path) && !path.ends_with("generated.d.ts") && !EXEMPT.contains(&path)
}
