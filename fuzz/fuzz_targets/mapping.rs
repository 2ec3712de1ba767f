//! Mapping files of the import.
#![no_main]

use libfuzzer_sys::fuzz_target;
use onedoor::import::map::Map;

fuzz_target!(|text: &str| {
    if let Err(why) = Map::parse(text) {
        assert!(!why.is_empty());
    }
});
