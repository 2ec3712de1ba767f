//! Standard output: what a command has to say, nothing else.

use std::io::Write as _;

/// Prints a line. A closed pipe (`onedoor … | head`) ends the talking, not the work.
pub fn say(line: impl AsRef<str>) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{}", line.as_ref());
}
