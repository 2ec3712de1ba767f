//! Every link between documents leads somewhere.

use super::files::Tree;
use std::collections::BTreeSet;

pub(super) fn check(tree: &Tree) -> Vec<String> {
    let known: BTreeSet<&str> = tree.paths.iter().map(String::as_str).collect();
    let mut faults = Vec::new();
    for (path, text) in tree.texts.iter().filter(|(path, _)| path.ends_with(".md")) {
        for target in links(text) {
            let file = target.split('#').next().unwrap_or_default();
            if file.is_empty() {
                continue;
            }
            let resolved = resolve(path, file);
            let folder = format!("{}/", resolved.trim_end_matches('/'));
            if !known.contains(resolved.as_str()) && !known.iter().any(|known| known.starts_with(&folder)) {
                faults.push(format!("{path}: the link {target} leads nowhere"));
            }
        }
    }
    faults
}

/// The targets of relative Markdown links outside code blocks.
fn links(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut in_code = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        for (at, _) in line.match_indices("](") {
            let target = line[at + 2..].split([')', ' ']).next().unwrap_or_default();
            if !target.contains("://") && !target.starts_with("mailto:") {
                found.push(target);
            }
        }
    }
    found
}

/// A target seen from the document's folder.
fn resolve(document: &str, target: &str) -> String {
    let mut parts: Vec<&str> = document.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_and_resolved() {
        let text = "see [a](docs/a.md#x) and [b](https://example.org)\n```\n[c](no.md)\n```\n";
        assert_eq!(links(text), ["docs/a.md#x"]);
        assert_eq!(resolve("docs/decisions/1.md", "../../README.md"), "README.md");
    }
}
