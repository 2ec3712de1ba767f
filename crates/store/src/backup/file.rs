//! The lines of a backup file.

use super::{damaged, tables::Table};
use crate::StoreError;
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use std::{
    fs::File,
    io::{BufRead, BufReader, BufWriter, Write},
    path::Path,
};

/// A line after the header.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Line {
    /// A table begins.
    Table {
        /// Its name.
        table: String,
        /// The columns of its rows.
        columns: Vec<String>,
    },
    /// The file ends.
    End {
        /// Rows of all tables.
        rows: u64,
        /// All identifiers given so far are below or at this.
        ids: i64,
        /// Covers all lines before.
        sha256: String,
    },
    /// A row: a JSON array as text.
    #[serde(skip)]
    Row(String),
}

impl Line {
    pub(super) fn of_table(table: &Table) -> Line {
        let columns = table.columns.iter().map(|column| column.name.clone()).collect();
        Line::Table { table: table.name.clone(), columns }
    }
}

/// Writes a backup file.
pub(super) struct Writer {
    out: BufWriter<File>,
    sha: Sha256,
    rows: u64,
}

impl Writer {
    pub(super) fn create(file: &Path) -> Result<Writer, StoreError> {
        let out = BufWriter::with_capacity(1 << 20, File::create(file)?);
        Ok(Writer { out, sha: Sha256::new(), rows: 0 })
    }

    pub(super) fn line(&mut self, value: &impl Serialize) -> Result<(), StoreError> {
        let text = serde_json::to_string(value).map_err(|error| StoreError::Defect(error.to_string()))?;
        self.text(&text)
    }

    pub(super) fn row(&mut self, row: &str) -> Result<(), StoreError> {
        self.rows += 1;
        self.text(row)
    }

    fn text(&mut self, text: &str) -> Result<(), StoreError> {
        for bytes in [text.as_bytes(), b"\n"] {
            self.sha.update(bytes);
            self.out.write_all(bytes)?;
        }
        Ok(())
    }

    /// Writes the last line and returns how many rows there were.
    pub(super) fn finish(mut self, ids: i64) -> Result<u64, StoreError> {
        let rows = self.rows;
        let sha256 = HEXLOWER.encode(&self.sha.clone().finalize());
        self.line(&Line::End { rows, ids, sha256 })?;
        self.out.flush()?;
        self.out.get_ref().sync_all()?;
        Ok(rows)
    }
}

/// Reads a backup file.
pub(super) struct Reader {
    lines: BufReader<File>,
    sha: Sha256,
    rows: u64,
    line: String,
}

impl Reader {
    pub(super) fn open(file: &Path) -> Result<Reader, StoreError> {
        let lines = BufReader::with_capacity(1 << 20, File::open(file)?);
        Ok(Reader { lines, sha: Sha256::new(), rows: 0, line: String::new() })
    }

    pub(super) fn header<T: DeserializeOwned>(&mut self) -> Result<T, StoreError> {
        self.read()?;
        let header = parse(&self.line)?;
        self.sha.update(&self.line);
        Ok(header)
    }

    pub(super) fn next_line(&mut self) -> Result<Line, StoreError> {
        self.read()?;
        if self.line.starts_with('[') {
            self.rows += 1;
            self.sha.update(&self.line);
            return Ok(Line::Row(self.line.trim_end().to_owned()));
        }
        let line: Line = parse(&self.line)?;
        if !matches!(line, Line::End { .. }) {
            self.sha.update(&self.line);
        }
        Ok(line)
    }

    /// Compares what was read with what the last line says.
    pub(super) fn check_end(&mut self, rows: u64, sha256: &str) -> Result<(), StoreError> {
        if rows != self.rows || sha256 != HEXLOWER.encode(&self.sha.clone().finalize()) {
            return Err(damaged("the file was altered"));
        }
        Ok(())
    }

    fn read(&mut self) -> Result<(), StoreError> {
        self.line.clear();
        match self.lines.read_line(&mut self.line) {
            Ok(0) => Err(damaged("the file ends too early")),
            Ok(_) => Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                Err(damaged("the file was altered"))
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn parse<T: DeserializeOwned>(line: &str) -> Result<T, StoreError> {
    serde_json::from_str(line).map_err(|error| damaged(error.to_string()))
}
