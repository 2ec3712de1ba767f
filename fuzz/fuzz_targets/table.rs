//! Files for the import, CSV and XLSX: the first byte says which.
#![no_main]

use libfuzzer_sys::fuzz_target;
use onedoor::import::{map::Shape, table::read};

fuzz_target!(|bytes: &[u8]| {
    let Some((which, content)) = bytes.split_first() else { return };
    let ending = if which % 2 == 0 { ".csv" } else { ".xlsx" };
    let Ok(file) = tempfile::Builder::new().suffix(ending).tempfile() else { return };
    if std::fs::write(file.path(), content).is_ok()
        && let Err(why) = read(file.path(), &Shape::default())
    {
        assert!(!why.to_string().is_empty());
    }
});
