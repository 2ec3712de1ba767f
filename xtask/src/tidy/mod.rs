//! The checks. Each takes the files of the repository and returns its faults as lines `path: what`.

mod arrows;
mod codes;
mod documents;
mod files;
mod leftovers;
mod locales;
mod sizes;
mod tables;

use files::Tree;
use std::path::Path;

/// Runs every check.
pub(crate) fn run(root: &Path) -> Vec<String> {
    let tree = match Tree::load(root) {
        Ok(tree) => tree,
        Err(why) => return vec![format!("the repository's files cannot be listed: {why}")],
    };
    let checks: [fn(&Tree) -> Vec<String>; 7] = [
        arrows::check,
        codes::check,
        documents::check,
        leftovers::check,
        locales::check,
        sizes::check,
        tables::check,
    ];
    let mut faults: Vec<String> = checks.iter().flat_map(|check| check(&tree)).collect();
    faults.sort();
    faults
}
