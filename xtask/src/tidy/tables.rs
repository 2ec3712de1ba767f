//! Only the area that owns a table writes it. The owners stand in the map of the data.

use super::files::Tree;
use std::collections::BTreeMap;

const MAP: &str = "crates/store/src/schema.rs";

/// What begins a write through the query builder; its argument names the table.
const BUILDER: [&str; 5] = ["insert_into(", "insert_or_ignore_into(", "replace_into(", "update(", "delete("];

/// What begins a write in plain SQL.
const SQL: [&str; 4] = ["INSERT INTO ", "INSERT OR IGNORE INTO ", "UPDATE ", "DELETE FROM "];

pub(super) fn check(tree: &Tree) -> Vec<String> {
    let Some(map) = tree.texts.get(MAP) else {
        return vec![format!("{MAP}: missing")];
    };
    let owners = owners(map);
    if owners.is_empty() {
        return vec![format!("{MAP}: no table names its owner")];
    }
    let mut faults = Vec::new();
    for (path, text) in tree.shipped_rust() {
        let area = path.split('/').nth(1).unwrap_or_default();
        for (line, table) in writes(text, &owners) {
            let owner = owners[table.as_str()];
            if owner != area {
                faults.push(format!("{path}:{line}: writes {table}, which only {owner} may"));
            }
        }
    }
    faults
}

/// Table → owner.
fn owners(map: &str) -> BTreeMap<&str, &str> {
    let mut owner = None;
    let mut found = BTreeMap::new();
    for line in map.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix("/// Owner: ") {
            owner = Some(name.trim_end_matches('.').split(['.', ' ', ',']).next().unwrap_or_default());
        } else if let (Some(name), Some((table, rest))) = (owner, line.split_once(' '))
            && rest.starts_with('(')
            && line.ends_with('{')
        {
            found.insert(table, name);
            owner = None;
        }
    }
    found
}

/// The tables that a text writes, with line numbers.
fn writes(text: &str, owners: &BTreeMap<&str, &str>) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut note = |offset: usize, table: &str| {
        if owners.contains_key(table) {
            found.push((text[..offset].lines().count() + 1, table.to_owned()));
        }
    };
    for start in BUILDER {
        for (offset, _) in text.match_indices(start) {
            let argument = &text[offset + start.len()..];
            let argument = argument
                .get(..argument.len().min(120))
                .unwrap_or_else(|| argument.split('\n').next().unwrap_or_default());
            note(offset, table_of(argument));
        }
    }
    for start in SQL {
        for (offset, _) in text.match_indices(start) {
            let name =
                text[offset + start.len()..].split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next();
            note(offset, name.unwrap_or_default());
        }
    }
    found
}

/// `schema::cases::table.filter(…)` → `cases`; `cases::table` → `cases`.
fn table_of(argument: &str) -> &str {
    let path = argument
        .trim_start()
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':'))
        .next()
        .unwrap_or_default();
    let mut parts: Vec<&str> = path.split("::").filter(|part| !part.is_empty()).collect();
    if parts.last().is_some_and(|last| matches!(*last, "table" | "dsl")) {
        parts.pop();
    }
    parts.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAP: &str = "table! {\n    /// Owner: cases.\n    cases (id) {\n    }\n}\ntable! {\n    /// Owner: people.\n    units (id) {\n }\n}";

    #[test]
    fn the_map_tells_owners() {
        let owners = owners(MAP);
        assert_eq!(owners["cases"], "cases");
        assert_eq!(owners["units"], "people");
    }

    #[test]
    fn writes_are_found_in_both_forms() {
        let owners = owners(MAP);
        let text = "diesel::insert_into(schema::units::table)\n.values(x);\ndiesel::update(\n cases::table.filter(a))\n\"DELETE FROM units\"";
        let mut tables: Vec<String> = writes(text, &owners).into_iter().map(|(_, table)| table).collect();
        tables.sort();
        assert_eq!(tables, ["cases", "units", "units"]);
        assert!(writes("SELECT * FROM cases; update(self)", &owners).is_empty());
    }
}
