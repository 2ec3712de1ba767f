//! A mould: every row that one lived case left, each cell told apart by what a copy does with it.

use super::{
    lives::{Course, live},
    pieces::{Own, Piece, is_instant},
    tables::{self, DELTAS},
};
use crate::{
    county::{Ground, Matter, Writer},
    db::{Db, Table, Value},
};
use onedoor::{App, demo::dice::Dice};
use rules::calendar::WorkCalendar;
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};
use store::{Store, Timestamp, ms, testkit::bulk, vault::DataKey};

/// What a copy does with a cell.
#[derive(Clone, Debug)]
pub(super) enum Cell {
    Keep(Value),
    /// An id of the case's own, by its distance from the first.
    Own(i64),
    /// An instant: moved.
    Moved(i64),
    Number,
    Village,
    Grid,
    Lon,
    Lat,
    Text(Vec<Piece>),
    /// Tokens in their order.
    Scope(Vec<Piece>),
    /// A text sealed for its column under the case's key.
    Sealed(String, Clear),
    /// A fresh key, wrapped; the distance of its id.
    Wrapped(i64),
    /// So many bytes that nobody can foresee.
    Random(usize),
    PersonSealed,
    PhoneHash,
    PhoneLast4,
    /// A search document's tokens.
    Body,
    /// A search document's `tsvector`.
    Vector(Vec<Piece>),
    /// Set when the events are put together.
    Later,
}

/// The clear text of a sealed cell in a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Clear {
    Title,
    Detail,
    Place,
    Reply,
    Form,
    Same(Vec<u8>),
}

/// A private part of an event.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// Its row in `event_parts`.
    pub(super) row: usize,
    pub(super) name: &'static str,
    /// The distance of its key's id.
    pub(super) key: i64,
    pub(super) clear: Clear,
}

/// An event: its row, and its parts in the order of its commitments.
#[derive(Clone, Debug)]
pub(super) struct EventMould {
    pub(super) row: usize,
    pub(super) parts: Vec<Part>,
}

/// A mould.
pub struct Mould {
    /// The grid it was lived in.
    pub spot: usize,
    /// What it is about.
    pub category: String,
    /// When it was registered.
    pub started: i64,
    /// When it was closed.
    pub ended: i64,
    /// The last instant that stands in any of its rows.
    pub span_until: i64,
    /// How many ids it takes.
    pub(super) ids: i64,
    /// Rows by table, in the order of the tables.
    pub(super) rows: Vec<Vec<Vec<Cell>>>,
    pub(super) events: Vec<EventMould>,
    /// The distance of the case's key.
    pub(super) key: i64,
    /// The distance of the person's key.
    pub(super) person_key: Option<i64>,
    /// Whether area names stand in the search text as grid, village, town (0) or otherwise.
    pub(super) names: [usize; 3],
    /// Its waiting counts.
    pub(super) deltas: Vec<Vec<Value>>,
}

/// A case that was lived, before its rows are taken down.
struct Lived {
    matter: Matter,
    spot: usize,
    low: i64,
    high: i64,
    case: i64,
    started: i64,
}

/// Lives so many cases in each town, some days and weeks back, and takes their moulds.
///
/// # Errors
/// In words.
pub async fn moulds(
    app: &App,
    ground: &Arc<Ground>,
    tables: &Arc<Vec<Table>>,
    in_each_town: usize,
    seed: u64,
) -> Result<Vec<Mould>, String> {
    let mut writer = Writer::new(Arc::clone(ground), seed)?;
    let mut dice = Dice::new(seed, 13);
    let calendar = Arc::clone(&app.cases.rules.current().calendar);
    let days = quiet_days(&calendar, app.store.clock().now());
    let mut of_place: BTreeMap<(i64, bool), Vec<usize>> = BTreeMap::new();
    for spot in &ground.by_rank {
        let place = &ground.spots[*spot];
        of_place.entry((place.town_id, place.urban)).or_default().push(*spot);
    }
    let mut all = Vec::new();
    for spots in of_place.values() {
        for turn in 0..in_each_town {
            let spot = spots[turn % spots.len()];
            let (start, left) = moment(&days, &mut dice);
            let matter = writer.matter_at(spot);
            let course = Course { seed: dice.roll(), days: i64::try_from(dice.below(left)).unwrap_or(0) };
            all.push(lived(app, ground, matter, spot, start, course).await?);
        }
    }
    take(app, tables, all).await
}

/// The mould of one case that is lived as told, for tests.
///
/// # Errors
/// In words.
pub async fn mould_of(
    app: &App,
    ground: &Arc<Ground>,
    tables: &Arc<Vec<Table>>,
    (matter, spot): (Matter, usize),
    start: Timestamp,
    course: Course,
) -> Result<Mould, String> {
    let one = lived(app, ground, matter, spot, start, course).await?;
    take(app, tables, vec![one]).await?.pop().ok_or_else(|| "no mould".into())
}

async fn lived(
    app: &App,
    ground: &Ground,
    matter: Matter,
    spot: usize,
    start: Timestamp,
    course: Course,
) -> Result<Lived, String> {
    let low = app.store.new_id().map_err(text)?;
    let case = live(app, ground, &matter, start, course).await?;
    let high = app.store.new_id().map_err(text)? - 1;
    Ok(Lived { matter, spot, low, high, case, started: ms(start) })
}

/// Workdays of the last year in whose next six weeks every Monday to Friday is a working day and no other day is.
fn quiet_days(calendar: &WorkCalendar, now: Timestamp) -> Vec<(i64, usize)> {
    let today = ms(now) / 86_400_000;
    let regular = |day: i64| {
        let date = calendar.date(store::at(day * 86_400_000));
        let weekday = date.weekday().to_monday_zero_offset() < 5;
        calendar.is_workday(date).is_ok_and(|workday| workday == weekday)
    };
    let quiet = |day: &i64| (0..42).all(|after| regular(day + after));
    let weekday = |day: i64| {
        let offset = calendar.date(store::at(day * 86_400_000)).weekday().to_monday_zero_offset();
        usize::try_from(offset).unwrap_or(0)
    };
    (today - 420..today - 12)
        .filter(quiet)
        .map(|day| (day, weekday(day)))
        .filter(|(_, weekday)| *weekday < 5)
        .collect()
}

/// A moment in the morning of a quiet day, and how many working days are left in its week.
fn moment(days: &[(i64, usize)], dice: &mut Dice) -> (Timestamp, usize) {
    let (day, weekday) = *dice.pick(days);
    // From 08:40 to 10:20 in China.
    let minutes = 40 + i64::try_from(dice.below(100)).unwrap_or(0);
    let millis = i64::try_from(dice.below(60_000)).unwrap_or(0);
    (store::at(day * 86_400_000 + minutes * 60_000 + millis), 5 - weekday)
}

async fn take(app: &App, tables: &Arc<Vec<Table>>, lived: Vec<Lived>) -> Result<Vec<Mould>, String> {
    app.store.sequence().await.map_err(text)?;
    let ids: Vec<i64> = lived.iter().map(|one| one.case).collect();
    cases::follow::reindex(&app.store, &ids).await.map_err(text)?;
    let (data, url) = (app.config.data.clone(), app.config.database_url.clone());
    let (tables_there, ranges) =
        (Arc::clone(tables), lived.iter().map(|one| (one.low, one.high)).collect::<Vec<_>>());
    let read = move || read(&data, url.as_deref(), &tables_there, &ranges);
    let (rows, names) = tokio::task::spawn_blocking(read).await.map_err(text)??;
    let mut moulds = Vec::new();
    for (one, rows) in lived.into_iter().zip(rows) {
        let keys = keys_of(&app.store, tables, &rows).await?;
        let compiler = Compiler { store: &app.store, tables, one: &one, keys: &keys, names: &names };
        moulds.push(compiler.mould(rows)?);
    }
    Ok(moulds)
}

type TableRows = Vec<Vec<Vec<Value>>>;

/// The rows of each range of ids, and the names of areas.
fn read(
    data: &std::path::Path,
    url: Option<&str>,
    tables: &[Table],
    ranges: &[(i64, i64)],
) -> Result<(Vec<TableRows>, HashMap<i64, String>), String> {
    let mut db = Db::open(data, url)?;
    let mut all = Vec::new();
    for (low, high) in ranges {
        let of_one: Result<TableRows, String> =
            tables.iter().map(|table| rows_of_range(&mut db, table, *low, *high)).collect();
        all.push(of_one?);
    }
    let areas = db.query("SELECT id, name FROM areas", &[])?;
    let names = areas.iter().filter_map(|row| Some((row[0].int()?, row[1].text()?.to_owned())));
    Ok((all, names.collect()))
}

/// The rows of a table whose case, or own id, is after `low` and not after `high`.
///
/// # Errors
/// In words.
pub fn rows_of_range(db: &mut Db, table: &Table, low: i64, high: i64) -> Result<Vec<Vec<Value>>, String> {
    let Some(key) = tables::key(table).filter(|_| table.name != "search_fts") else { return Ok(Vec::new()) };
    let (columns, name) = (table.columns.join(", "), &table.name);
    let order = table
        .columns
        .iter()
        .filter(|column| *column != key && column.ends_with("id"))
        .fold(key.to_owned(), |order, column| format!("{order}, {column}"));
    let sql = format!("SELECT {columns} FROM {name} WHERE {key} > $1 AND {key} <= $2 ORDER BY {order}");
    db.query(&sql, &[low, high])
}

async fn keys_of(store: &Store, tables: &[Table], rows: &TableRows) -> Result<HashMap<i64, DataKey>, String> {
    let at = position(tables, "data_keys")?;
    let id = column(&tables[at], "id")?;
    let ids: Vec<i64> = rows[at].iter().filter_map(|row| row[id].int()).collect();
    let vault = store.clone();
    store.read(move |conn| vault.vault().keys(conn, &ids)).await.map_err(text)
}

pub(super) fn position(tables: &[Table], name: &str) -> Result<usize, String> {
    tables.iter().position(|table| table.name == name).ok_or_else(|| format!("there is no table {name}"))
}

pub(super) fn column(table: &Table, name: &str) -> Result<usize, String> {
    let at = table.columns.iter().position(|column| column == name);
    at.ok_or_else(|| format!("{} has no column {name}", table.name))
}

struct Compiler<'a> {
    store: &'a Store,
    tables: &'a [Table],
    one: &'a Lived,
    keys: &'a HashMap<i64, DataKey>,
    names: &'a HashMap<i64, String>,
}

impl Compiler<'_> {
    fn mould(&self, rows: TableRows) -> Result<Mould, String> {
        let case = self.row(&rows, "cases")?;
        let own = Own {
            low: self.one.low,
            high: self.one.high,
            number: case("number")?.text().unwrap_or_default().to_owned(),
            village: case("village_id")?.int(),
            grid: case("grid_id")?.int(),
        };
        let key_id = case("key_id")?.int().ok_or("the case has no key")?;
        let ended = case("closed_at")?.int().ok_or("the case was not closed")?;
        let key = self.keys.get(&key_id).ok_or("the case's key is gone")?;
        let person = self.row(&rows, "persons").ok().and_then(|person| person("key_id").ok()?.int());
        let mut cells = Vec::new();
        let mut span_until = ended;
        for (table, rows) in self.tables.iter().zip(&rows) {
            let mut of_table = Vec::new();
            for row in rows.iter().filter(|_| table.name != DELTAS) {
                let instants = row.iter().filter_map(Value::int).filter(|number| is_instant(*number));
                span_until = instants.fold(span_until, i64::max);
                let row: Result<Vec<Cell>, String> =
                    (0..row.len()).map(|at| self.cell(table, row, at, &own, key)).collect();
                of_table.push(row?);
            }
            cells.push(of_table);
        }
        self.vectors(&mut cells)?;
        Ok(Mould {
            spot: self.one.spot,
            category: self.one.matter.category.clone(),
            started: self.one.started,
            ended,
            span_until,
            ids: own.high - own.low,
            events: self.events(&rows, &own)?,
            names: self.order_of_names(&rows)?,
            key: key_id - own.low - 1,
            person_key: person.map(|id| id - own.low - 1),
            deltas: rows[position(self.tables, DELTAS)?].clone(),
            rows: cells,
        })
    }

    /// Reads the cells of a table's only row by name.
    fn row<'r>(
        &'r self,
        rows: &'r TableRows,
        name: &str,
    ) -> Result<impl Fn(&str) -> Result<&'r Value, String> + use<'r>, String> {
        let at = position(self.tables, name)?;
        let row = rows[at].first().ok_or_else(|| format!("no row in {name}"))?;
        Ok(move |name: &str| Ok(&row[column(&self.tables[at], name)?]))
    }

    fn cell(
        &self,
        table: &Table,
        row: &[Value],
        at: usize,
        own: &Own,
        key: &DataKey,
    ) -> Result<Cell, String> {
        let (name, value) = (table.columns[at].as_str(), &row[at]);
        Ok(match (table.name.as_str(), name) {
            ("cases", "number") => Cell::Number,
            ("cases", "village_id") => Cell::Village,
            ("cases", "grid_id") => Cell::Grid,
            ("cases", "lon") => Cell::Lon,
            ("cases", "lat") => Cell::Lat,
            ("cases", "check_code_hash") => Cell::Random(value.bytes().map_or(32, <[u8]>::len)),
            ("data_keys", "wrapped") => {
                let id = row[column(table, "id")?].int().and_then(|id| own.offset(id));
                Cell::Wrapped(id.ok_or("a key that is not the case's own")?)
            }
            ("persons", "sealed") => Cell::PersonSealed,
            ("persons", "phone_hash") if *value != Value::Null => Cell::PhoneHash,
            ("persons", "phone_last4") if *value != Value::Null => Cell::PhoneLast4,
            ("events", "position" | "commitments" | "prev_hash" | "hash")
            | ("event_parts", "sealed")
            | ("streams", "head") => Cell::Later,
            ("search_docs", "body") => Cell::Body,
            ("search_docs", "scope") => Cell::Scope(own.cut(value.text().unwrap_or_default())),
            _ => self.ordinary(table, name, value, own, key)?,
        })
    }

    fn ordinary(
        &self,
        table: &Table,
        name: &str,
        value: &Value,
        own: &Own,
        key: &DataKey,
    ) -> Result<Cell, String> {
        Ok(match value {
            Value::Int(number) => match own.offset(*number) {
                Some(offset) => Cell::Own(offset),
                None if is_instant(*number) => Cell::Moved(*number),
                None => Cell::Keep(value.clone()),
            },
            Value::Text(text) => match &own.cut(text)[..] {
                [] | [Piece::Plain(_)] => Cell::Keep(value.clone()),
                pieces => Cell::Text(pieces.to_vec()),
            },
            // A text that is not there is not sealed.
            Value::Bytes(bytes) if bytes.is_empty() => Cell::Keep(value.clone()),
            Value::Bytes(sealed) => {
                let context = format!("{}.{name}", table.name);
                let clear = self.store.vault().open(key, &context, sealed);
                let clear =
                    clear.map_err(|_| format!("{context}: these bytes are not known; say what they are"))?;
                Cell::Sealed(context, self.clear(clear))
            }
            Value::Null | Value::Flag(_) | Value::Real(_) => Cell::Keep(value.clone()),
        })
    }

    fn clear(&self, clear: Vec<u8>) -> Clear {
        let matter = &self.one.matter;
        match clear.as_slice() {
            text if text == matter.title.trim().as_bytes() => Clear::Title,
            text if text == matter.detail.as_bytes() => Clear::Detail,
            text if text == matter.place.text.as_bytes() => Clear::Place,
            text if text == matter.reply.as_bytes() => Clear::Reply,
            text if text == form_text(matter).as_bytes() => Clear::Form,
            _ => Clear::Same(clear),
        }
    }

    fn events(&self, rows: &TableRows, own: &Own) -> Result<Vec<EventMould>, String> {
        let (events, parts) = (position(self.tables, "events")?, position(self.tables, "event_parts")?);
        let of_event = |name| column(&self.tables[events], name);
        let (id, seq, committed) = (of_event("id")?, of_event("seq")?, of_event("commitments")?);
        let mut order: Vec<usize> = (0..rows[events].len()).collect();
        order.sort_by_key(|row| rows[events][*row][seq].int());
        let mut moulds = Vec::new();
        for row in order {
            let names = bulk::committed_names(rows[events][row][committed].bytes().unwrap_or_default());
            let names = names.ok_or("commitments cannot be read")?;
            let event = rows[events][row][id].int();
            let parts = names.iter().map(|name| self.part(&rows[parts], event, name, own));
            moulds.push(EventMould { row, parts: parts.collect::<Result<_, _>>()? });
        }
        Ok(moulds)
    }

    fn part(&self, parts: &[Vec<Value>], event: Option<i64>, name: &str, own: &Own) -> Result<Part, String> {
        let table = &self.tables[position(self.tables, "event_parts")?];
        let of = |name| column(table, name);
        let (event_id, named, key_id, sealed) = (of("event_id")?, of("name")?, of("key_id")?, of("sealed")?);
        let found = |row: &&Vec<Value>| row[event_id].int() == event && row[named].text() == Some(name);
        let (row, cells) =
            parts.iter().enumerate().find(|(_, row)| found(row)).ok_or("an event's part is missing")?;
        let id = cells[key_id].int().unwrap_or(0);
        let key = self.keys.get(&id).ok_or("a part's key is gone")?;
        let clear = self.store.vault().open_part(key, name, cells[sealed].bytes().unwrap_or_default());
        let clear = self.clear(clear.map_err(text)?);
        // There are a few names, the same for every mould.
        Ok(Part { row, name: name.to_owned().leak(), key: id - own.low - 1, clear })
    }

    /// In which order town, village and grid stand in the search text: tried until the tokens are those that stand there.
    fn order_of_names(&self, rows: &TableRows) -> Result<[usize; 3], String> {
        let docs = self.row(rows, "search_docs")?;
        let body = docs("body")?.text().unwrap_or_default();
        let case = self.row(rows, "cases")?;
        let number = case("number")?.text().unwrap_or_default();
        let place = &self.one.matter.place;
        let name = |id: Option<i64>| id.and_then(|id| self.names.get(&id)).map_or("", String::as_str);
        let names = [name(place.town_id), name(place.village_id), name(place.grid_id)];
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let text = search_text(number, &self.one.matter, order.map(|at| names[at]));
            if bulk::document("", &text).0 == body {
                return Ok(order);
            }
        }
        Err("the search text is put together otherwise than the seeder does".into())
    }

    /// PostgreSQL: the index's row beside each document.
    fn vectors(&self, cells: &mut [Vec<Vec<Cell>>]) -> Result<(), String> {
        let Ok(index) = position(self.tables, "search_fts") else { return Ok(()) };
        let docs = position(self.tables, "search_docs")?;
        let (id, scope) = (column(&self.tables[docs], "case_id")?, column(&self.tables[docs], "scope")?);
        let vectors = cells[docs].iter().filter_map(|row| match &row[scope] {
            Cell::Scope(pieces) => Some(vec![row[id].clone(), Cell::Vector(pieces.clone())]),
            _ => None,
        });
        cells[index] = vectors.collect();
        Ok(())
    }
}

/// A form as it is sealed.
pub(super) fn form_text(matter: &Matter) -> String {
    serde_json::Value::Object(matter.form.clone()).to_string()
}

/// What can be found of a case, as `cases::follow` puts it together: the compiler of moulds checks that against a real row.
pub(super) fn search_text(number: &str, matter: &Matter, names: [&str; 3]) -> String {
    let lines = [number, matter.title.trim(), &matter.detail, &matter.place.text, &matter.reply];
    let lines = lines.into_iter().chain(names.into_iter().filter(|name| !name.is_empty()));
    lines.collect::<Vec<_>>().join("\n")
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
