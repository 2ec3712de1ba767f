//! Rule files and limits from anybody: read or refused with a code, never a panic.

use proptest::prelude::*;
use rules::{
    calendar::CalendarData,
    catalogue::{Catalogue, CatalogueFile},
    deadlines::{DeadlineFile, DeadlineRules},
    limits::Limit,
    routing::{RoutingFile, RoutingRules},
    supervision::{SupervisionFile, SupervisionRules},
};

const CATALOGUE: &str = include_str!("../../data/catalogue.toml");
const DEADLINES: &str = include_str!("../../data/deadlines.toml");
const ROUTING: &str = include_str!("../../data/routing-default.toml");
const SUPERVISION: &str = include_str!("../../data/supervision.toml");
const CALENDAR: &str = include_str!("../../data/cn-workdays.csv");

/// A file with some of its lines lost, doubled or damaged.
fn damaged(text: &'static str) -> impl Strategy<Value = String> {
    let lines = text.lines().count();
    let harm = (0..lines, 0..5_u8, any::<proptest::sample::Index>(), "[ -~\\n\\x00＝年]{0,6}");
    proptest::collection::vec(harm, 1..4).prop_map(move |harms| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for (line, how, at, piece) in harms {
            let line = line.min(lines.len() - 1);
            let chars: Vec<char> = lines[line].chars().collect();
            let cut = at.index(chars.len() + 1);
            let (head, tail): (String, String) =
                (chars[..cut].iter().collect(), chars[cut..].iter().collect());
            match how {
                0 if lines.len() > 1 => _ = lines.remove(line),
                1 => lines.insert(line, lines[line].clone()),
                2 => lines[line] = head + &piece + &tail,
                3 => lines[line] = head,
                _ => lines[line] = piece,
            }
        }
        lines.join("\n")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn damaged_catalogues_are_read_or_refused(text in damaged(CATALOGUE)) {
        if let Ok(Err(error)) = toml::from_str::<CatalogueFile>(&text).map(Catalogue::build) {
            prop_assert!(error.code().contains('.'), "{error}");
        }
    }

    #[test]
    fn damaged_deadlines_are_read_or_refused(text in damaged(DEADLINES)) {
        match toml::from_str::<DeadlineFile>(&text).map(DeadlineRules::build) {
            Ok(Ok(rules)) => prop_assert!(DeadlineRules::build(rules.file()).is_ok(), "what was read can be read again"),
            Ok(Err(error)) => prop_assert!(error.code().contains('.'), "{error}"),
            Err(_) => {}
        }
    }

    #[test]
    fn damaged_routing_is_read_or_refused(text in damaged(ROUTING)) {
        let catalogue = Catalogue::build(toml::from_str(CATALOGUE).expect("shipped")).expect("shipped");
        match toml::from_str::<RoutingFile>(&text).map(|file| RoutingRules::build(file, &catalogue)) {
            Ok(Ok(rules)) => prop_assert!(RoutingRules::build(rules.file(), &catalogue).is_ok()),
            Ok(Err(error)) => prop_assert!(error.code().contains('.'), "{error}"),
            Err(_) => {}
        }
    }

    #[test]
    fn damaged_supervision_is_read_or_refused(text in damaged(SUPERVISION)) {
        if let Ok(Err(error)) = toml::from_str::<SupervisionFile>(&text).map(SupervisionRules::build) {
            prop_assert!(error.code().contains('.'), "{error}");
        }
    }

    #[test]
    fn damaged_calendars_are_read_or_refused(text in damaged(CALENDAR)) {
        match CalendarData::from_csv(&text) {
            Ok(data) => {
                let again = CalendarData::from_csv(&data.to_csv()).expect("what was written can be read");
                prop_assert_eq!(again.to_csv(), data.to_csv());
            }
            Err(error) => prop_assert!(error.code().contains('.'), "{}", error),
        }
    }

    #[test]
    fn a_limit_is_a_limit_or_refused(text in "[0-9]{0,12}[a-z ]{0,4}|\\PC{0,12}") {
        match Limit::parse(&text) {
            Ok(limit) => prop_assert_eq!(Limit::parse(&limit.to_string()).ok(), Some(limit)),
            Err(error) => prop_assert_eq!(error.code(), "limit.invalid"),
        }
    }
}
