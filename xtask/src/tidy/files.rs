//! The repository's own text files: those git knows, and new ones it does not ignore.

use std::{collections::BTreeMap, fs, io, path::Path, process::Command};

/// Paths (relative, with `/`) and texts.
pub(crate) struct Tree {
    /// Every file that is UTF-8 text.
    pub(crate) texts: BTreeMap<String, String>,
    /// Every file, text or not.
    pub(crate) paths: Vec<String>,
}

impl Tree {
    /// Reads the files.
    pub(crate) fn load(root: &Path) -> io::Result<Self> {
        let listed = Command::new("git")
            .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
            .current_dir(root)
            .output()?;
        if !listed.status.success() {
            return Err(io::Error::other("git ls-files failed"));
        }
        let names = String::from_utf8(listed.stdout).map_err(io::Error::other)?;
        let mut texts = BTreeMap::new();
        let mut paths = Vec::new();
        for name in names.split('\0').filter(|name| !name.is_empty()) {
            let path = root.join(name);
            if !path.is_file() {
                continue;
            }
            paths.push(name.to_owned());
            if let Ok(text) = fs::read_to_string(path) {
                texts.insert(name.to_owned(), text);
            }
        }
        Ok(Self { texts, paths })
    }

    /// The Rust files that are shipped (no tests, no benches).
    pub(crate) fn shipped_rust(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts
            .iter()
            .filter(|(path, _)| path.ends_with(".rs") && path.starts_with("crates/") && !is_test(path))
            .map(|(path, text)| (path.as_str(), production_part(text)))
    }
}

/// Whether a path holds tests only.
pub(crate) fn is_test(path: &str) -> bool {
    path.contains("/tests/")
        || path.contains("/benches/")
        || path.contains("/testkit")
        || path.ends_with("/tests.rs")
        || path.contains(".test.")
        || path.contains(".spec.")
        || path.starts_with("e2e/")
}

/// A Rust file up to its `#[cfg(test)]` module.
pub(crate) fn production_part(text: &str) -> &str {
    text.find("\n#[cfg(test)]\nmod ").map_or(text, |end| &text[..end])
}
