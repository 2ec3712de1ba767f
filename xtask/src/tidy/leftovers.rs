//! Nothing unfinished, nothing of one machine, nothing silenced without a reason.

use super::files::{Tree, is_test};

/// In shipped code.
const UNFINISHED: [&str; 6] = ["todo!(", "unimplemented!(", "dbg!(", "FIXME", "console.log(", "debugger;"];

pub(super) fn check(tree: &Tree) -> Vec<String> {
    let mut faults = Vec::new();
    for (path, text) in &tree.texts {
        if path.starts_with("xtask/src/tidy/") {
            continue;
        }
        let code = [".rs", ".ts", ".vue", ".mjs", ".sh"].iter().any(|end| path.ends_with(end));
        for (number, line) in text.lines().enumerate() {
            let mut fault = |what: &str| faults.push(format!("{path}:{}: {what}", number + 1));
            if code && !is_test(path) {
                for mark in UNFINISHED {
                    if line.contains(mark) {
                        fault(&format!("left over: {mark}"));
                    }
                }
            }
            if code && path.ends_with(".rs") && line.contains("#[ignore]") {
                fault("a test is switched off without a reason");
            }
            if let Some(place) = own_place(line) {
                fault(&format!("names a place of one machine: {place}"));
            }
        }
    }
    faults.extend(lock_hosts(tree));
    faults
}

/// Paths that exist on somebody's machine only.
fn own_place(line: &str) -> Option<&'static str> {
    ["/root/", "/Users/", "/work/main", "/work/shared", "/work/tmp"]
        .into_iter()
        .find(|place| line.contains(place))
}

/// The lock file of the front end names packages and their checksums, not where they were fetched.
fn lock_hosts(tree: &Tree) -> Vec<String> {
    tree.texts
        .iter()
        .filter(|(path, text)| path.ends_with("package-lock.json") && text.contains("\"resolved\": \"http"))
        .map(|(path, _)| {
            format!("{path}: names download addresses; set omit-lockfile-registry-resolved=true")
        })
        .collect()
}
