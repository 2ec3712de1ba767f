//! Files for the import from anybody: read, or refused in words; never a panic.

use super::{
    map::{Field, Map, Shape},
    table::read,
};
use proptest::prelude::*;
use std::path::PathBuf;

const MAPS: [&str; 2] = [
    include_str!("../../../../data/maps/baltimore-311.toml"),
    include_str!("../../../../data/maps/replies.toml"),
];

fn file(ending: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(format!("given.{ending}"));
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn book() -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_row(0, 0, ["number", "at", "text"]).unwrap();
    for row in 1..20 {
        sheet.write_row(row, 0, ["17", "2019-04-24 16:03:40", "路灯不亮"]).unwrap();
    }
    book.save_to_buffer().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_bytes_as_csv(bytes in proptest::collection::vec(any::<u8>(), 0..300), delimiter in ",|;|\t|路") {
        let (_folder, path) = file("csv", &bytes);
        let shape = Shape { delimiter: delimiter.chars().next().unwrap(), ..Shape::default() };
        match read(&path, &shape) {
            Ok(table) => prop_assert!(table.rows.len() <= bytes.len() + 1),
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }

    /// What was written as CSV is what is read, whatever stands in the cells.
    #[test]
    fn cells_are_read_as_they_were_written(
        rows in proptest::collection::vec(("\\PC{1,9}|[,\"\r\n=']{1,5}x", "\\PC{0,9}|[,\"\n]{0,5}"), 1..9),
    ) {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["a", "b"]).unwrap();
        for (a, b) in &rows {
            writer.write_record([a, b]).unwrap();
        }
        let (_folder, path) = file("csv", &writer.into_inner().unwrap());
        let shape = Shape { encoding: "utf-8".to_owned(), ..Shape::default() };
        let table = read(&path, &shape).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let found: Vec<(String, String)> =
            table.rows.iter().map(|row| (table.cell(row, "a").to_owned(), table.cell(row, "b").to_owned())).collect();
        prop_assert_eq!(found, rows);
    }

    #[test]
    fn damaged_workbooks(
        harm in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..12),
        cut in proptest::option::weighted(0.3, any::<proptest::sample::Index>()),
    ) {
        let mut bytes = book();
        for (at, byte) in harm {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let (_folder, path) = file("xlsx", &bytes);
        match read(&path, &Shape::default()) {
            Ok(table) => prop_assert!(table.rows.len() < 100_000),
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }

    #[test]
    fn damaged_mappings(
        which in 0..MAPS.len(),
        harm in proptest::collection::vec((any::<proptest::sample::Index>(), "[ -~\n\\x00年]{0,5}"), 1..5),
    ) {
        let mut chars: Vec<char> = MAPS[which].chars().collect();
        for (at, piece) in harm {
            let at = at.index(chars.len());
            chars.splice(at..=at, piece.chars());
        }
        match Map::parse(&chars.into_iter().collect::<String>()) {
            Ok(map) => prop_assert!(map.fields.contains_key(&Field::Number) && map.fields.contains_key(&Field::ReceivedAt)),
            Err(why) => prop_assert!(!why.is_empty()),
        }
    }
}
