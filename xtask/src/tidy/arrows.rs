//! Arrows between crates only point down; the pure crate stays pure.

use super::files::Tree;

/// Crate → the crates of this workspace it may use.
const MAY_USE: [(&str, &[&str]); 6] = [
    ("rules", &[]),
    ("store", &[]),
    ("people", &["rules", "store"]),
    ("territory", &["people", "rules", "store"]),
    ("cases", &["people", "rules", "store", "territory"]),
    ("onedoor", &["cases", "people", "rules", "store", "territory"]),
];

/// What the pure crate may use from outside.
const PURE: [&str; 3] = ["jiff", "serde", "thiserror"];

pub(super) fn check(tree: &Tree) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, may_use) in MAY_USE {
        let path = format!("crates/{name}/Cargo.toml");
        let Some(manifest) = tree.texts.get(&path).and_then(|text| text.parse::<toml::Table>().ok()) else {
            faults.push(format!("{path}: missing or not TOML"));
            continue;
        };
        let used = manifest.get("dependencies").and_then(toml::Value::as_table);
        for dependency in used.into_iter().flat_map(toml::Table::keys) {
            let ours = MAY_USE.iter().any(|(other, _)| other == dependency);
            if ours && !may_use.contains(&dependency.as_str()) {
                faults.push(format!("{path}: {name} may not use {dependency}"));
            }
            if name == "rules" && !PURE.contains(&dependency.as_str()) {
                faults.push(format!("{path}: the pure crate may not use {dependency}"));
            }
        }
    }
    for path in tree.paths.iter().filter(|path| path.starts_with("crates/") && path.ends_with("/Cargo.toml"))
    {
        let name = path.split('/').nth(1).unwrap_or_default();
        if !MAY_USE.iter().any(|(known, _)| *known == name) {
            faults.push(format!("{path}: say in xtask/src/tidy/arrows.rs which crates {name} may use"));
        }
    }
    faults
}
