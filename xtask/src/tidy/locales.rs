//! Both languages say the same things: every locale file has its twin with the same keys and no empty text.

use super::files::Tree;
use serde_json::Value;
use std::collections::BTreeSet;

pub(super) fn check(tree: &Tree) -> Vec<String> {
    let mut faults = Vec::new();
    for (path, text) in
        tree.texts.iter().filter(|(path, _)| path.starts_with("ui/src/") && path.ends_with(".json"))
    {
        let Some(twin) = twin(path) else { continue };
        let Some(other) = tree.texts.get(&twin) else {
            faults.push(format!("{path}: {twin} is missing"));
            continue;
        };
        let (Some(ours), Some(theirs)) = (keys(text), keys(other)) else {
            faults.push(format!("{path}: not JSON"));
            continue;
        };
        faults.extend(theirs.difference(&ours).map(|key| format!("{path}: lacks {key}")));
    }
    faults
}

/// `…/zh.json` ↔ `…/en.json`, `…/zh/cases.json` ↔ `…/en/cases.json`.
fn twin(path: &str) -> Option<String> {
    for (a, b) in [("zh", "en"), ("zh-CN", "en"), ("en", "zh")] {
        for (from, to) in [(format!("/{a}.json"), format!("/{b}.json")), (format!("/{a}/"), format!("/{b}/"))]
        {
            if path.contains(&from) {
                return Some(path.replace(&from, &to));
            }
        }
    }
    None
}

fn keys(text: &str) -> Option<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    collect(&serde_json::from_str(text).ok()?, String::new(), &mut found);
    Some(found)
}

fn collect(value: &Value, path: String, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                collect(value, path, found);
            }
        }
        Value::String(text) if text.is_empty() => {}
        _ => {
            found.insert(path);
        }
    }
}
