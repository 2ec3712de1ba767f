//! Rebuilds when a migration changes and gives the schema a fingerprint (names the test template).

use std::{env, fs, path::Path};

fn main() {
    println!("cargo:rerun-if-changed=migrations");
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let mut files = Vec::new();
    collect(&Path::new(&root).join("migrations/postgres"), &mut files);
    files.sort();
    let mut fingerprint = 0xcbf2_9ce4_8422_2325_u64;
    for file in files {
        for byte in fs::read(&file).expect("a listed file can be read") {
            fingerprint = (fingerprint ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
    println!("cargo:rustc-env=ONEDOOR_SCHEMA_FINGERPRINT={fingerprint:016x}");
}

fn collect(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).expect("the migrations folder exists") {
        let path = entry.expect("a folder entry").path();
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}
