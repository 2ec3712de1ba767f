//! Whether every package we build on is under a licence that `deny.toml` allows: Rust by `cargo metadata`, npm by the lock files.

use serde_json::Value;
use std::{collections::BTreeSet, fs, path::Path, process::Command};

/// Also allowed for packages that build or test and are never shipped.
const TOOLS: [&str; 3] = ["BlueOak-1.0.0", "MPL-2.0", "Python-2.0"];

/// Lists the packages whose licence is not allowed.
pub(crate) fn run(root: &Path) -> Vec<String> {
    let Some(allowed) = allowed(root) else {
        return vec!["deny.toml: no list of allowed licences".to_owned()];
    };
    let mut faults = Vec::new();
    match rust_packages(root) {
        Ok(packages) => faults.extend(judge(&packages, &allowed)),
        Err(why) => faults.push(format!("cargo metadata: {why}")),
    }
    let mut for_tools = allowed.clone();
    for_tools.extend(TOOLS.map(str::to_owned));
    for lock in ["ui/package-lock.json", "e2e/package-lock.json"] {
        if let Some((shipped, tools)) = npm_packages(&root.join(lock)) {
            faults.extend(judge(&shipped, &allowed));
            faults.extend(judge(&tools, &for_tools));
        } else {
            faults.push(format!("{lock}: missing or not JSON"));
        }
    }
    faults
}

fn allowed(root: &Path) -> Option<BTreeSet<String>> {
    let text = fs::read_to_string(root.join("deny.toml")).ok()?;
    let table: toml::Table = text.parse().ok()?;
    let list = table.get("licenses")?.get("allow")?.as_array()?;
    Some(list.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect())
}

type Packages = Vec<(String, String)>;

fn rust_packages(root: &Path) -> Result<Packages, String> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(root)
        .output()
        .map_err(|why| why.to_string())?;
    let value: Value = serde_json::from_slice(&output.stdout).map_err(|why| why.to_string())?;
    let packages = value["packages"].as_array().ok_or("no packages")?;
    Ok(packages.iter().map(|package| named(&package["name"], &package["license"])).collect())
}

/// What is shipped, and what only builds or tests.
fn npm_packages(lock: &Path) -> Option<(Packages, Packages)> {
    let value: Value = serde_json::from_str(&fs::read_to_string(lock).ok()?).ok()?;
    let packages = value["packages"].as_object()?;
    let (mut shipped, mut tools) = (Packages::new(), Packages::new());
    for (path, package) in packages.iter().filter(|(path, _)| !path.is_empty()) {
        let kind = if package["dev"] == Value::Bool(true) { &mut tools } else { &mut shipped };
        kind.push((path.clone(), named(&Value::Null, &package["license"]).1));
    }
    Some((shipped, tools))
}

fn named(name: &Value, licence: &Value) -> (String, String) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(name), text(licence))
}

fn judge(packages: &Packages, allowed: &BTreeSet<String>) -> Vec<String> {
    packages
        .iter()
        .filter(|(_, licence)| !holds(licence, allowed))
        .map(|(name, licence)| format!("{name}: the licence `{licence}` is not among those deny.toml allows"))
        .collect()
}

/// Whether an SPDX expression can be met with the allowed licences.
fn holds(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let tokens: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = tokens.as_slice();
    either(&mut rest, allowed) && rest.is_empty()
}

fn either(rest: &mut &[&str], allowed: &BTreeSet<String>) -> bool {
    let mut met = all(rest, allowed);
    while let ["OR", after @ ..] = *rest {
        *rest = after;
        met |= all(rest, allowed);
    }
    met
}

fn all(rest: &mut &[&str], allowed: &BTreeSet<String>) -> bool {
    let mut met = one(rest, allowed);
    while let ["AND", after @ ..] = *rest {
        *rest = after;
        met &= one(rest, allowed);
    }
    met
}

fn one(rest: &mut &[&str], allowed: &BTreeSet<String>) -> bool {
    match *rest {
        ["(", after @ ..] => {
            *rest = after;
            let met = either(rest, allowed);
            let closed = rest.first() == Some(&")");
            *rest = rest.get(1..).unwrap_or_default();
            met && closed
        }
        [name, "WITH", exception, after @ ..] => {
            *rest = after;
            allowed.contains(*name) || allowed.contains(&format!("{name} WITH {exception}"))
        }
        [name, after @ ..] => {
            *rest = after;
            allowed.contains(*name)
        }
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_read_as_written() {
        let allowed: BTreeSet<String> = ["MIT", "Unicode-3.0"].map(str::to_owned).into();
        for met in ["MIT", "MIT OR GPL-3.0", "GPL-3.0/MIT", "(MIT OR GPL-3.0) AND Unicode-3.0"] {
            assert!(holds(met, &allowed), "{met}");
        }
        for unmet in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT", "Apache-2.0 WITH LLVM-exception"] {
            assert!(!holds(unmet, &allowed), "{unmet}");
        }
    }
}
