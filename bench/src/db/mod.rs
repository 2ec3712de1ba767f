//! Straight to the database, past the product: to recount what it acknowledged, to copy rows, to measure the raw limit.

mod postgresql;
mod sqlite;

use std::path::Path;

/// A cell of either engine. SQLite's flags are whole numbers.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A whole number.
    Int(i64),
    /// PostgreSQL's BOOLEAN.
    Flag(bool),
    /// A floating-point number.
    Real(f64),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl Value {
    /// The whole number, if it is one.
    #[must_use]
    pub fn int(&self) -> Option<i64> {
        if let Value::Int(number) = self { Some(*number) } else { None }
    }

    /// The text, if it is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        if let Value::Text(text) = self { Some(text) } else { None }
    }

    /// The bytes, if they are some.
    #[must_use]
    pub fn bytes(&self) -> Option<&[u8]> {
        if let Value::Bytes(bytes) = self { Some(bytes) } else { None }
    }
}

/// A table's columns in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns.
    pub columns: Vec<String>,
}

/// Rows for a table.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// Cells in the order of the table's columns.
    pub rows: Vec<Vec<Value>>,
}

/// An open database.
pub enum Db {
    /// The file.
    Sqlite(sqlite::File),
    /// A connection.
    Postgres(Box<postgresql::Connection>),
}

impl Db {
    /// Opens SQLite in a data folder, or the PostgreSQL of the URL.
    ///
    /// # Errors
    /// In words.
    pub fn open(data: &Path, database_url: Option<&str>) -> Result<Db, String> {
        match database_url {
            None => Ok(Db::Sqlite(sqlite::File::open(&data.join("onedoor.db"))?)),
            Some(url) => Ok(Db::Postgres(Box::new(postgresql::Connection::open(url)?))),
        }
    }

    /// The rows of a query whose parameters, if any, are whole numbers (`$1`, `$2` …).
    ///
    /// # Errors
    /// In words.
    pub fn query(&mut self, sql: &str, parameters: &[i64]) -> Result<Vec<Vec<Value>>, String> {
        match self {
            Db::Sqlite(file) => file.query(sql, parameters),
            Db::Postgres(connection) => connection.query(sql, parameters),
        }
    }

    /// Runs statements.
    ///
    /// # Errors
    /// In words.
    pub fn run(&mut self, sql: &str) -> Result<(), String> {
        match self {
            Db::Sqlite(file) => file.run(sql),
            Db::Postgres(connection) => connection.run(sql),
        }
    }

    /// Every table with its columns, migrations and search indexes apart.
    ///
    /// # Errors
    /// In words.
    pub fn tables(&mut self) -> Result<Vec<Table>, String> {
        let sql = match self {
            Db::Sqlite(_) => sqlite::COLUMNS,
            Db::Postgres(_) => postgresql::COLUMNS,
        };
        let mut tables: Vec<Table> = Vec::new();
        for row in self.query(sql, &[])? {
            let [Value::Text(table), Value::Text(column)] = &row[..] else { continue };
            match tables.last_mut() {
                Some(last) if last.name == *table => last.columns.push(column.clone()),
                _ => tables.push(Table { name: table.clone(), columns: vec![column.clone()] }),
            }
        }
        Ok(tables)
    }

    /// Writes rows in one transaction with the database's full durability, or within the transaction that is open.
    ///
    /// # Errors
    /// In words.
    pub fn insert(&mut self, batch: &[(&Table, &Rows)]) -> Result<(), String> {
        match self {
            Db::Sqlite(file) => file.insert(batch),
            Db::Postgres(connection) => connection.insert(batch),
        }
    }

    /// Takes the secondary indexes of these tables away and gives the statements that make them anew, with what the planner is
    /// told of them.
    ///
    /// # Errors
    /// In words.
    pub fn drop_indexes(&mut self, tables: &[&str]) -> Result<Vec<String>, String> {
        let sql = match self {
            Db::Sqlite(_) => sqlite::INDEXES,
            Db::Postgres(_) => postgresql::INDEXES,
        };
        let told = self.planner_lines()?;
        let mut made_by = Vec::new();
        for row in self.query(sql, &[])? {
            let [Value::Text(table), Value::Text(index), Value::Text(statement)] = &row[..] else { continue };
            if tables.contains(&table.as_str()) {
                made_by.push(statement.clone());
                self.run(&format!("DROP INDEX {index}"))?;
            }
        }
        made_by.extend(told);
        Ok(made_by)
    }

    /// The statements that tell the planner again what goes when an index goes (SQLite).
    fn planner_lines(&mut self) -> Result<Vec<String>, String> {
        if matches!(self, Db::Postgres(_)) {
            return Ok(Vec::new());
        }
        let rows = self.query("SELECT tbl, idx, stat FROM sqlite_stat1", &[])?;
        let mut lines = vec!["DELETE FROM sqlite_stat1".to_owned()];
        for row in &rows {
            let [Value::Text(table), Value::Text(index), Value::Text(stat)] = &row[..] else { continue };
            lines.push(format!("INSERT INTO sqlite_stat1 VALUES ('{table}', '{index}', '{stat}')"));
        }
        Ok(lines)
    }

    /// The size of the database on disk in bytes, its log included.
    ///
    /// # Errors
    /// In words.
    pub fn size(&mut self) -> Result<u64, String> {
        match self {
            Db::Sqlite(file) => Ok(file.size()),
            Db::Postgres(connection) => connection.size(),
        }
    }
}
