//! Reading CSV (UTF-8 or GB18030, with or without a byte order mark) and XLSX into rows of text.

use super::map::Shape;
use crate::Failure;
use calamine::{Data, Reader as _};
use std::{collections::HashMap, path::Path};

/// A file's rows.
pub struct Table {
    columns: HashMap<String, usize>,
    names: Vec<String>,
    /// The rows.
    pub rows: Vec<Row>,
}

/// One row.
pub struct Row {
    /// Where it begins in the file, from 1.
    pub line: u64,
    cells: Vec<String>,
}

impl Table {
    fn new(names: Vec<String>) -> Self {
        let names: Vec<String> = names.into_iter().map(|name| name.trim().to_owned()).collect();
        let columns = names.iter().enumerate().map(|(index, name)| (name.clone(), index)).collect();
        Self { columns, names, rows: Vec::new() }
    }

    /// Whether the file has this column.
    pub fn has(&self, column: &str) -> bool {
        self.columns.contains_key(column)
    }

    /// Every column, for people.
    pub fn headers(&self) -> String {
        self.names.join(", ")
    }

    /// A cell; empty where the row is shorter.
    pub fn cell<'a>(&self, row: &'a Row, column: &str) -> &'a str {
        let index = self.columns.get(column);
        index.and_then(|index| row.cells.get(*index)).map_or("", String::as_str)
    }
}

/// Reads a whole file: XLSX by its name, CSV otherwise.
///
/// # Errors
/// What keeps it from being read, in words.
pub fn read(path: &Path, shape: &Shape) -> Result<Table, Failure> {
    let said = |why: String| Failure::said(format!("{}: {why}", path.display()));
    let is_workbook = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("xlsx"));
    if is_workbook {
        return workbook(path, shape.sheet.as_deref()).map_err(said);
    }
    let bytes = std::fs::read(path).map_err(|why| said(why.to_string()))?;
    let text = decode(&bytes, &shape.encoding).map_err(said)?;
    csv(&text, shape.delimiter).map_err(said)
}

fn decode(bytes: &[u8], encoding: &str) -> Result<String, String> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let utf8 = || std::str::from_utf8(bytes).map(str::to_owned);
    match encoding {
        "utf-8" => utf8().map_err(|why| format!("not UTF-8: {why}")),
        "gb18030" => gb18030(bytes),
        "auto" => utf8().or_else(|_| gb18030(bytes)),
        other => Err(format!("encoding `{other}`: write utf-8, gb18030 or auto")),
    }
}

fn gb18030(bytes: &[u8]) -> Result<String, String> {
    let text = encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(bytes);
    text.map(std::borrow::Cow::into_owned).ok_or_else(|| "neither UTF-8 nor GB18030".to_owned())
}

fn csv(text: &str, delimiter: char) -> Result<Table, String> {
    let delimiter = u8::try_from(delimiter).map_err(|_| "the delimiter must be one byte".to_owned())?;
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
    let headers = reader.headers().map_err(|why| why.to_string())?;
    let mut table = Table::new(headers.iter().map(str::to_owned).collect());
    for record in reader.into_records() {
        let record = record.map_err(|why| why.to_string())?;
        let line = record.position().map_or(0, csv::Position::line);
        table.rows.push(Row { line, cells: record.iter().map(str::to_owned).collect() });
    }
    Ok(table)
}

fn workbook(path: &Path, sheet: Option<&str>) -> Result<Table, String> {
    let mut book: calamine::Xlsx<_> =
        calamine::open_workbook(path).map_err(|why: calamine::XlsxError| why.to_string())?;
    let first = || book.sheet_names().first().cloned();
    let name = sheet.map(str::to_owned).or_else(first).ok_or("the workbook has no sheet")?;
    let range = book.worksheet_range(&name).map_err(|why| format!("sheet `{name}`: {why}"))?;
    let top = range.start().map_or(0, |(row, _)| row);
    let mut rows = range.rows();
    let mut table = Table::new(rows.next().unwrap_or_default().iter().map(cell).collect());
    for (index, cells) in rows.enumerate() {
        let line = u64::from(top) + u64::try_from(index).unwrap_or_default() + 2;
        table.rows.push(Row { line, cells: cells.iter().map(cell).collect() });
    }
    table.rows.retain(|row| row.cells.iter().any(|cell| !cell.is_empty()));
    Ok(table)
}

/// A cell as text; dates as `2026-11-22 08:30:00`, whole numbers without a point.
fn cell(data: &Data) -> String {
    match data {
        Data::DateTime(at) => {
            let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_encodings_and_a_byte_order_mark_are_read() {
        let text = "编号,内容\n1,\"第一行\n第二行\"\n2,井盖坏了\n";
        let (gb, _, _) = encoding_rs::GB18030.encode(text);
        let with_mark = [b"\xEF\xBB\xBF".as_slice(), text.as_bytes()].concat();
        for bytes in [text.as_bytes(), gb.as_ref(), with_mark.as_slice()] {
            let table = csv(&decode(bytes, "auto").unwrap(), ',').unwrap();
            assert_eq!(table.headers(), "编号, 内容");
            assert_eq!(table.cell(&table.rows[0], "内容"), "第一行\n第二行");
            assert_eq!((table.rows[0].line, table.rows[1].line), (2, 4), "lines of the file, not rows");
            assert_eq!(table.cell(&table.rows[1], "没有"), "");
        }
        assert!(decode(b"\xff\xff\xff", "auto").is_err());
        assert!(decode(gb.as_ref(), "utf-8").is_err());
        assert!(decode(b"", "latin-1").is_err());
    }

    #[test]
    fn a_workbook_is_read_with_its_dates() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("one.xlsx");
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        let format = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd hh:mm:ss");
        sheet.write_row(0, 0, ["number", "at", "text"]).unwrap();
        sheet.write_number(1, 0, 17).unwrap();
        let at = rust_xlsxwriter::ExcelDateTime::parse_from_str("2019-04-24T16:03:40").unwrap();
        sheet.write_datetime_with_format(1, 1, &at, &format).unwrap();
        sheet.write_string(1, 2, "路灯不亮").unwrap();
        book.save(&path).unwrap();
        let table = read(&path, &Shape::default()).unwrap();
        let row = &table.rows[0];
        assert_eq!(row.line, 2);
        let cells = ["number", "at", "text"].map(|column| table.cell(row, column));
        assert_eq!(cells, ["17", "2019-04-24 16:03:40", "路灯不亮"]);
        let missing = Shape { sheet: Some("none".to_owned()), ..Shape::default() };
        assert!(read(&path, &missing).is_err());
    }
}
