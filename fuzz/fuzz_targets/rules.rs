//! Rule files, working calendars, limits.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rules::{
    calendar::CalendarData, catalogue::Catalogue, deadlines::DeadlineRules, limits::Limit,
    supervision::SupervisionRules,
};

fuzz_target!(|text: &str| {
    let _ = toml::from_str(text).map(Catalogue::build);
    let _ = toml::from_str(text).map(SupervisionRules::build);
    if let Ok(Ok(rules)) = toml::from_str(text).map(DeadlineRules::build) {
        DeadlineRules::build(rules.file()).expect("what was read can be read again");
    }
    if let Ok(data) = CalendarData::from_csv(text) {
        CalendarData::from_csv(&data.to_csv()).expect("what was written can be read");
    }
    if let Ok(limit) = Limit::parse(text) {
        assert_eq!(Limit::parse(&limit.to_string()).ok(), Some(limit));
    }
});
