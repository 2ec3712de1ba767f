//! Tables as CSV and as an Excel workbook. No cell can become a formula.

use super::{Cell, Export, cells};
use rust_xlsxwriter::{Format, Workbook, XlsxError};

/// The list as CSV: UTF-8 with a byte order mark (Excel asks for it), RFC 4180.
///
/// # Errors
/// When a row cannot be written (out of memory).
pub fn csv(export: &Export) -> Result<Vec<u8>, csv::Error> {
    let mut out = vec![0xEF, 0xBB, 0xBF];
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(&mut out);
    writer.write_record(export.columns.iter().map(|column| column.heading(export.language)))?;
    for row in &export.rows {
        let cells = cells(&export.columns, row, export.language);
        writer.write_record(cells.into_iter().map(|cell| match cell {
            Cell::Text(text) => harmless(&text),
            Cell::Time(text) => text,
            Cell::Number(number) => number.to_string(),
            Cell::Empty => String::new(),
        }))?;
    }
    writer.flush()?;
    drop(writer);
    Ok(out)
}

/// A text that no spreadsheet takes for a formula: one that begins (spaces aside) with a sign that starts one, in
/// either width, gets an apostrophe in front, as spreadsheets themselves mark text.
fn harmless(text: &str) -> String {
    let starts = text.trim_start_matches([' ', '\u{3000}', '\u{a0}']).chars().next();
    let begins_formula = matches!(
        starts,
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '|' | '%' | '＝' | '＋' | '－' | '＠')
    );
    if begins_formula { format!("'{text}") } else { text.to_owned() }
}

/// The list as an Excel workbook. Every text is a string cell, never a formula.
///
/// # Errors
/// When the workbook cannot be put together.
pub fn xlsx(export: &Export) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    let bold = Format::new().set_bold();
    for (index, column) in export.columns.iter().enumerate() {
        let index = u16::try_from(index).unwrap_or(u16::MAX);
        sheet.set_column_width(index, 18)?;
        sheet.write_string_with_format(0, index, column.heading(export.language), &bold)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    for (line, row) in (1_u32..).zip(&export.rows) {
        for (index, cell) in (0_u16..).zip(cells(&export.columns, row, export.language)) {
            match cell {
                Cell::Text(text) | Cell::Time(text) => sheet.write_string(line, index, text)?,
                #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
                Cell::Number(number) => sheet.write_number(line, index, number as f64)?,
                Cell::Empty => sheet,
            };
        }
    }
    workbook.save_to_buffer()
}

#[cfg(test)]
mod tests {
    use super::harmless;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_text_becomes_a_formula(text in "[ \\t\\r\\n=+@|%＝＋－＠　\u{a0}'\"-]{0,4}\\PC{0,8}") {
            let cell = harmless(&text);
            let marked = format!("'{text}");
            prop_assert!(cell == text || cell == marked);
            let first = cell.trim_start_matches([' ', '　', '\u{a0}']).chars().next();
            prop_assert!(!first.is_some_and(|first| "=+-@\t\r\n|%＝＋－＠".contains(first)), "{:?}", cell);
        }
    }
}
