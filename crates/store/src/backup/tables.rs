//! All tables of a database, their rows as JSON, and back.

use super::Described;
use crate::{
    Conn, StoreError,
    dialect::{ColumnKind, postgres, sqlite},
};

/// A table.
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
}

/// A column of it.
pub(super) struct Column {
    pub(super) name: String,
    kind: ColumnKind,
    /// Whether it belongs to the primary key.
    key: bool,
}

/// The tables a backup holds: all but the search index (made anew), Diesel's and the engine's own.
pub(super) fn all(conn: &mut Conn) -> Result<Vec<Table>, StoreError> {
    let rows: Described = match conn {
        Conn::Sqlite(conn) => sqlite::columns(conn)?,
        Conn::Postgres(conn) => postgres::columns(conn)?,
    };
    let mut tables: Vec<Table> = Vec::new();
    for row in rows {
        let kind = ColumnKind::of(&row.sql_type).ok_or_else(|| {
            StoreError::Defect(format!(
                "{}.{} has a type backups do not know",
                row.table_name, row.column_name
            ))
        })?;
        let column = Column { name: row.column_name, kind, key: row.key > 0 };
        match tables.last_mut() {
            Some(table) if table.name == row.table_name => table.columns.push(column),
            _ => tables.push(Table { name: row.table_name, columns: vec![column] }),
        }
    }
    Ok(tables)
}

/// Hands every row, as a JSON array, to `take` until that returns false; in the order of the primary key.
pub(super) fn each_row(
    conn: &mut Conn,
    table: &Table,
    take: impl FnMut(String) -> bool,
) -> Result<(), StoreError> {
    let keys: Vec<&str> = table.columns.iter().filter(|c| c.key).map(|c| c.name.as_str()).collect();
    let order = if keys.is_empty() { String::new() } else { format!(" ORDER BY {}", keys.join(", ")) };
    // The mark of the identifiers stands in the last line of the file instead; `standing` counts by itself.
    let part = if table.name == "counters" { " WHERE name NOT IN ('ids', 'standing')" } else { "" };
    let rest = format!("FROM {}{part}{order}", table.name);
    let list = |show: fn(ColumnKind, &str) -> String| {
        table.columns.iter().map(|column| show(column.kind, &column.name)).collect::<Vec<_>>().join(", ")
    };
    match conn {
        Conn::Sqlite(conn) => sqlite::each_line(
            conn,
            &format!("SELECT json_array({}) AS line {rest}", list(sqlite::to_json)),
            take,
        ),
        Conn::Postgres(conn) => {
            let list = list(postgres::to_json);
            postgres::each_line(conn, &format!("SELECT json_build_array({list})::text AS line {rest}"), take)
        }
    }
}

/// Inserts rows given as JSON arrays.
pub(super) fn insert(conn: &mut Conn, table: &Table, rows: &[String]) -> Result<(), StoreError> {
    let columns: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    let into = format!("INSERT INTO {} ({})", table.name, columns.join(", "));
    let list = |show: fn(ColumnKind, usize) -> String| {
        (0..).zip(&table.columns).map(|(at, column)| show(column.kind, at)).collect::<Vec<_>>().join(", ")
    };
    let json = format!("[{}]", rows.join(","));
    match conn {
        Conn::Sqlite(conn) => {
            let sql = format!("{into} SELECT {} FROM json_each($1)", list(sqlite::from_json));
            sqlite::run_with(conn, &sql, &json)
        }
        Conn::Postgres(conn) => {
            let values = list(postgres::from_json);
            let sql = format!("{into} SELECT {values} FROM json_array_elements($1::json) AS t (value)");
            postgres::run_with(conn, &sql, &json)
        }
    }
}
