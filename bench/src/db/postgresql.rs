//! PostgreSQL by its own protocol; rows go in by COPY.

use super::{Rows, Table, Value};
use postgres::{
    Client, NoTls,
    types::{ToSql, Type},
};
use std::{fmt::Write as _, io::Write as _};

/// Tables and columns in their order.
pub(super) const COLUMNS: &str = "SELECT t.relname::text, a.attname::text FROM pg_class t \
     JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped \
     WHERE t.relkind = 'r' AND t.relnamespace = current_schema()::regnamespace AND t.relname <> 'search_fts' \
     AND left(t.relname, 8) <> '__diesel' ORDER BY t.relname, a.attnum";

/// Indexes that no constraint needs: table, name, statement.
pub(super) const INDEXES: &str = "SELECT i.tablename::text, i.indexname::text, i.indexdef FROM pg_indexes i \
     WHERE i.schemaname = current_schema() AND NOT EXISTS (SELECT 1 FROM pg_constraint c \
     WHERE c.conname = i.indexname AND c.connamespace = current_schema()::regnamespace)";

/// An open connection.
pub struct Connection(Client);

impl Connection {
    /// The blocking client runs a reactor of its own: open and use it on a blocking thread.
    pub(super) fn open(url: &str) -> Result<Connection, String> {
        Client::connect(url, NoTls).map(Connection).map_err(text)
    }

    pub(super) fn query(&mut self, sql: &str, parameters: &[i64]) -> Result<Vec<Vec<Value>>, String> {
        let parameters: Vec<&(dyn ToSql + Sync)> =
            parameters.iter().map(|number| number as &(dyn ToSql + Sync)).collect();
        let rows = self.0.query(sql, &parameters).map_err(text)?;
        rows.iter().map(|row| (0..row.len()).map(|at| value(row, at)).collect()).collect()
    }

    pub(super) fn run(&mut self, sql: &str) -> Result<(), String> {
        self.0.batch_execute(sql).map_err(text)
    }

    pub(super) fn insert(&mut self, batch: &[(&Table, &Rows)]) -> Result<(), String> {
        let mut transaction = self.0.transaction().map_err(text)?;
        for (table, rows) in batch {
            let sql = format!("COPY {} ({}) FROM STDIN", table.name, table.columns.join(","));
            let mut copy = transaction.copy_in(sql.as_str()).map_err(text)?;
            let mut lines = String::new();
            for row in &rows.rows {
                line(&mut lines, row);
                if lines.len() > 1 << 20 {
                    copy.write_all(lines.as_bytes()).map_err(text)?;
                    lines.clear();
                }
            }
            copy.write_all(lines.as_bytes()).map_err(text)?;
            copy.finish().map_err(|error| format!("{}: {error:?}", table.name))?;
        }
        transaction.commit().map_err(text)
    }

    pub(super) fn size(&mut self) -> Result<u64, String> {
        let row = self.0.query_one("SELECT pg_database_size(current_database())", &[]).map_err(text)?;
        u64::try_from(row.get::<_, i64>(0)).map_err(text)
    }
}

/// A row in COPY's text form.
fn line(out: &mut String, row: &[Value]) {
    for (at, cell) in row.iter().enumerate() {
        if at > 0 {
            out.push('\t');
        }
        match cell {
            Value::Null => out.push_str("\\N"),
            Value::Int(number) => drop(write!(out, "{number}")),
            Value::Flag(flag) => out.push(if *flag { 't' } else { 'f' }),
            Value::Real(number) => drop(write!(out, "{number:?}")),
            Value::Text(text) => text.chars().for_each(|c| match c {
                '\\' => out.push_str("\\\\"),
                '\t' => out.push_str("\\t"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                c => out.push(c),
            }),
            Value::Bytes(bytes) => {
                out.push_str("\\\\x");
                for byte in bytes {
                    out.push(char::from(b"0123456789abcdef"[usize::from(byte >> 4)]));
                    out.push(char::from(b"0123456789abcdef"[usize::from(byte & 15)]));
                }
            }
        }
    }
    out.push('\n');
}

fn value(row: &postgres::Row, at: usize) -> Result<Value, String> {
    let kind = row.columns()[at].type_().clone();
    let cell = match kind {
        Type::INT8 => row.try_get::<_, Option<i64>>(at).map(|cell| cell.map(Value::Int)),
        Type::INT4 => row.try_get::<_, Option<i32>>(at).map(|cell| cell.map(|n| Value::Int(n.into()))),
        Type::BOOL => row.try_get::<_, Option<bool>>(at).map(|cell| cell.map(Value::Flag)),
        Type::FLOAT8 => row.try_get::<_, Option<f64>>(at).map(|cell| cell.map(Value::Real)),
        Type::TEXT | Type::VARCHAR | Type::NAME => {
            row.try_get::<_, Option<String>>(at).map(|cell| cell.map(Value::Text))
        }
        Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(at).map(|cell| cell.map(Value::Bytes)),
        other => return Err(format!("{}: the type {other} is not read here", row.columns()[at].name())),
    };
    cell.map(|cell| cell.unwrap_or(Value::Null)).map_err(text)
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copy_lines_escape_what_would_end_a_cell() {
        let mut out = String::new();
        line(
            &mut out,
            &[
                Value::Null,
                Value::Int(-3),
                Value::Flag(true),
                Value::Real(0.5),
                Value::Text("a\tb\\c\n".into()),
                Value::Bytes(vec![0, 255]),
            ],
        );
        assert_eq!(out, "\\N\t-3\tt\t0.5\ta\\tb\\\\c\\n\t\\\\x00ff\n");
    }
}
