//! What machine it was.

use std::{fs, path::Path, process::Command};

/// Processor, memory, kernel, file system: a line each.
#[must_use]
pub fn words(folder: &Path, postgres: Option<&str>) -> String {
    let cpu = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".into());
    let cores = std::thread::available_parallelism().map(usize::from).unwrap_or(1);
    let kib: f64 = field("/proc/meminfo", "MemTotal")
        .and_then(|text| text.split(' ').next().and_then(|number| number.parse().ok()))
        .unwrap_or(0.0);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let mut lines = vec![
        format!(
            "- {cores} cores of {cpu}, {:.0} GiB of memory; the driver runs on them too",
            kib / 1_048_576.0
        ),
        format!("- Linux {}, {}", kernel.trim(), file_system(folder)),
        format!("- OneDoor {}, SQLite {}", env!("CARGO_PKG_VERSION"), rusqlite::version()),
    ];
    if let Some(version) = postgres {
        lines.push(format!("- PostgreSQL {version} with its default settings, over a Unix socket"));
    }
    lines.join("\n")
}

fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// The kind of file system that a folder lies on.
fn file_system(folder: &Path) -> String {
    let asked = Command::new("stat").args(["-f", "-c", "%T"]).arg(folder).output();
    let kind =
        asked.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
    if kind.is_empty() { "unknown file system".into() } else { format!("data on {kind}") }
}
