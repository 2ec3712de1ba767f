//! Stamps copies: rows ready to be written, with keys, hashes and texts of their own.

use super::{
    cubes::{Counts, counts},
    mould::{Cell, Clear, Mould, column, form_text, position, search_text},
    pieces::join,
    plan::{Copy, WEEK},
    tables::Marks,
};
use crate::{
    county::{Ground, Matter, Writer},
    db::{Rows, Table, Value},
};
use people::persons::{Person, Phone};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};
use store::{Entropy, Store, testkit::bulk, vault::DataKey};

/// What all copies share.
pub struct Stamping {
    store: Store,
    ground: Arc<Ground>,
    moulds: Arc<Vec<Mould>>,
    tables: Arc<Vec<Table>>,
}

impl Stamping {
    /// Puts it together.
    #[must_use]
    pub fn new(
        store: Store,
        ground: Arc<Ground>,
        moulds: Arc<Vec<Mould>>,
        tables: Arc<Vec<Table>>,
    ) -> Stamping {
        Stamping { store, ground, moulds, tables }
    }

    pub(super) fn ground(&self) -> &Arc<Ground> {
        &self.ground
    }
}

/// What one copy has of its own.
pub(super) struct Turn<'m> {
    pub(super) base: i64,
    pub(super) shift: i64,
    pub(super) number: String,
    pub(super) village: i64,
    pub(super) grid: i64,
    matter: &'m Matter,
    form: String,
    names: [String; 3],
    keys: HashMap<i64, DataKey>,
    entropy: Arc<dyn Entropy>,
}

/// Stamps one copy after the other.
pub struct Stamper {
    with: Stamping,
    marks: Marks,
    writer: Writer,
    /// Copies by mould and week: what their counts are appended for.
    stamped: BTreeMap<(usize, i64), i64>,
    places: Places,
}

/// Where in the tables the chain's cells stand.
struct Places {
    events: usize,
    parts: usize,
    streams: usize,
    part_sealed: usize,
    head: usize,
    event: EventColumns,
}

struct EventColumns {
    id: usize,
    position: usize,
    stream: usize,
    seq: usize,
    kind: usize,
    kind_version: usize,
    occurred_at: usize,
    recorded_at: usize,
    actor: usize,
    actor_unit: usize,
    public: usize,
    commitments: usize,
    prev_hash: usize,
    hash: usize,
}

impl Places {
    fn find(tables: &[Table]) -> Result<Places, String> {
        let (events, parts) = (position(tables, "events")?, position(tables, "event_parts")?);
        let streams = position(tables, "streams")?;
        let of = |name| column(&tables[events], name);
        Ok(Places {
            events,
            parts,
            streams,
            part_sealed: column(&tables[parts], "sealed")?,
            head: column(&tables[streams], "head")?,
            event: EventColumns {
                id: of("id")?,
                position: of("position")?,
                stream: of("stream")?,
                seq: of("seq")?,
                kind: of("kind")?,
                kind_version: of("kind_version")?,
                occurred_at: of("occurred_at")?,
                recorded_at: of("recorded_at")?,
                actor: of("actor")?,
                actor_unit: of("actor_unit")?,
                public: of("public")?,
                commitments: of("commitments")?,
                prev_hash: of("prev_hash")?,
                hash: of("hash")?,
            },
        })
    }
}

impl Stamper {
    /// Goes on from these marks.
    pub(super) fn new(with: Stamping, marks: Marks, writer: Writer) -> Result<Stamper, String> {
        let places = Places::find(&with.tables)?;
        Ok(Stamper { with, marks, writer, stamped: BTreeMap::new(), places })
    }

    pub(super) fn marks(&self) -> &Marks {
        &self.marks
    }

    /// Rows of some copies, by table.
    pub(super) fn batch(&mut self, copies: &[Copy]) -> Result<Vec<Rows>, String> {
        let mut rows: Vec<Rows> = self.with.tables.iter().map(|_| Rows::default()).collect();
        for copy in copies {
            let category = self.with.moulds[copy.mould].category.clone();
            let matter = self.writer.again(&category, copy.spot);
            self.stamp(copy, &matter, &mut rows)?;
        }
        Ok(rows)
    }

    /// Appends the rows of one copy about a matter.
    pub(super) fn stamp(&mut self, copy: &Copy, matter: &Matter, out: &mut [Rows]) -> Result<(), String> {
        let moulds = Arc::clone(&self.with.moulds);
        let mould = &moulds[copy.mould];
        let turn = self.turn(mould, copy, matter)?;
        let first_event = out[self.places.events].rows.len();
        let first_part = out[self.places.parts].rows.len();
        for (table, rows) in mould.rows.iter().enumerate() {
            for row in rows {
                let cells: Result<Vec<Value>, String> =
                    row.iter().map(|cell| self.value(mould, cell, &turn)).collect();
                out[table].rows.push(cells?);
            }
        }
        let head = self.chain(mould, &turn, out, (first_event, first_part))?;
        if let Some(stream) = out[self.places.streams].rows.last_mut() {
            stream[self.places.head] = Value::Bytes(head);
        }
        *self.stamped.entry((copy.mould, copy.weeks)).or_default() += 1;
        Ok(())
    }

    fn turn<'m>(&mut self, mould: &Mould, copy: &Copy, matter: &'m Matter) -> Result<Turn<'m>, String> {
        let base = self.marks.next_id;
        self.marks.next_id += mould.ids;
        let shift = copy.weeks * WEEK;
        // China keeps no summer time: eight hours after midnight in Greenwich.
        let local = store::at(mould.started + shift + 8 * 3_600_000);
        let day: String = local.to_string().chars().take(10).filter(char::is_ascii_digit).collect();
        let county = &self.with.ground.code()[..6];
        let running = self.marks.series.entry(format!("case-number/{county}/{day}")).or_default();
        *running += 1;
        let number = format!("{county}-{day}-{running:04}");
        let mut keys = HashMap::new();
        for offset in [Some(mould.key), mould.person_key].into_iter().flatten() {
            let key = bulk::key(self.with.store.vault(), base + offset).map_err(text)?;
            keys.insert(offset, key);
        }
        let place = &matter.place;
        let names = [place.town_id, place.village_id, place.grid_id].map(|id| self.with.ground.name(id));
        Ok(Turn {
            base,
            shift,
            number,
            village: place.village_id.unwrap_or(0),
            grid: place.grid_id.unwrap_or(0),
            matter,
            form: form_text(matter),
            names: mould.names.map(|at| names[at].clone()),
            keys,
            entropy: Arc::clone(self.with.store.entropy()),
        })
    }

    fn value(&self, mould: &Mould, cell: &Cell, turn: &Turn<'_>) -> Result<Value, String> {
        let vault = self.with.store.vault();
        Ok(match cell {
            Cell::Keep(value) => value.clone(),
            Cell::Own(offset) => Value::Int(turn.base + offset),
            Cell::Moved(at) => Value::Int(at + turn.shift),
            Cell::Number => Value::Text(turn.number.clone()),
            Cell::Village => Value::Int(turn.village),
            Cell::Grid => Value::Int(turn.grid),
            Cell::Lon => turn.matter.place.lon.map_or(Value::Null, Value::Real),
            Cell::Lat => turn.matter.place.lat.map_or(Value::Null, Value::Real),
            Cell::Text(pieces) => Value::Text(join(pieces, turn)),
            Cell::Scope(pieces) => Value::Text(turn.scope(pieces)),
            Cell::Sealed(context, clear) => {
                let key = turn.key(mould.key)?;
                Value::Bytes(vault.seal(key, context, turn.clear(clear)))
            }
            Cell::Wrapped(offset) => Value::Bytes(bulk::wrapped(turn.key(*offset)?).1.to_vec()),
            Cell::Random(length) => {
                let mut bytes = vec![0; *length];
                turn.entropy.fill(&mut bytes);
                Value::Bytes(bytes)
            }
            Cell::PersonSealed => {
                let key = turn.key(mould.person_key.ok_or("a person without a key")?)?;
                let person = serde_json::to_vec(&turn.person()?).map_err(text)?;
                Value::Bytes(vault.seal(key, "persons.sealed", &person))
            }
            Cell::PhoneHash => Value::Bytes(vault.lookup_hash("phone", &turn.matter.phone)),
            Cell::PhoneLast4 => Value::Text(turn.matter.phone[turn.matter.phone.len() - 4..].to_owned()),
            Cell::Body => Value::Text(bulk::document("", &turn.search_text()).0),
            Cell::Vector(scope) => Value::Text(bulk::document(&turn.scope(scope), &turn.search_text()).1),
            Cell::Later => Value::Null,
        })
    }

    /// Seals the parts of the events, gives positions, and links the chain; gives the last hash.
    fn chain(
        &mut self,
        mould: &Mould,
        turn: &Turn<'_>,
        out: &mut [Rows],
        (first_event, first_part): (usize, usize),
    ) -> Result<Vec<u8>, String> {
        let vault = self.with.store.vault();
        let mut head: Vec<u8> = Vec::new();
        for event in &mould.events {
            let mut sealed = Vec::with_capacity(event.parts.len());
            for part in &event.parts {
                let parted = vault.seal_part(turn.key(part.key)?, part.name, turn.clear(&part.clear));
                let row = &mut out[self.places.parts].rows[first_part + part.row];
                row[self.places.part_sealed] = Value::Bytes(parted.sealed.clone());
                sealed.push(parted);
            }
            let row = &mut out[self.places.events].rows[first_event + event.row];
            let at = &self.places.event;
            if head.is_empty() {
                head = bulk::genesis(int(&row[at.stream])?, "case").to_vec();
            }
            let commitments = bulk::commitments(&sealed);
            let hash = at.cells(row, &commitments, &head)?.hash().to_vec();
            row[at.position] = Value::Int(self.marks.next_position);
            self.marks.next_position += 1;
            row[at.commitments] = Value::Bytes(commitments);
            row[at.prev_hash] = Value::Bytes(std::mem::replace(&mut head, hash.clone()));
            row[at.hash] = Value::Bytes(hash);
        }
        Ok(head)
    }

    /// The waiting counts of everything stamped: those of a mould, moved, once for each copy; equal ones as one.
    pub(super) fn deltas(&self, table: &Table) -> Result<Rows, String> {
        let (id, day, packed) = (column(table, "id")?, column(table, "day")?, column(table, "counts")?);
        let mut sums: BTreeMap<String, (Vec<Value>, Counts)> = BTreeMap::new();
        for ((mould, weeks), copies) in &self.stamped {
            for delta in &self.with.moulds[*mould].deltas {
                let mut row = delta.clone();
                row[id] = Value::Int(0);
                row[day] = Value::Int(moved_day(int(&delta[day])?, *weeks)?);
                row[packed] = Value::Null;
                let sum = &mut sums.entry(format!("{row:?}")).or_insert_with(|| (row, Counts::new())).1;
                for (measure, n) in counts(&delta[packed])? {
                    *sum.entry(measure).or_default() += n * copies;
                }
            }
        }
        let numbered = (self.marks.next_id..).zip(sums.into_values()).map(|(next, (mut row, sum))| {
            row[id] = Value::Int(next);
            row[packed] = Value::Text(serde_json::to_string(&sum).map_err(text)?);
            Ok(row)
        });
        Ok(Rows { rows: numbered.collect::<Result<_, String>>()? })
    }
}

/// A local day such as `20261122`, some weeks on.
fn moved_day(day: i64, weeks: i64) -> Result<i64, String> {
    let part = |number: i64| i8::try_from(number).map_err(text);
    let year = i16::try_from(day / 10_000).map_err(text)?;
    let date = jiff::civil::Date::new(year, part(day / 100 % 100)?, part(day % 100)?).map_err(text)?;
    let date = date.checked_add(jiff::Span::new().days(weeks * 7)).map_err(text)?;
    Ok(i64::from(date.year()) * 10_000 + i64::from(date.month()) * 100 + i64::from(date.day()))
}

impl EventColumns {
    fn cells<'r>(
        &self,
        row: &'r [Value],
        commitments: &'r [u8],
        prev_hash: &'r [u8],
    ) -> Result<bulk::EventCells<'r>, String> {
        Ok(bulk::EventCells {
            id: int(&row[self.id])?,
            stream: int(&row[self.stream])?,
            seq: int(&row[self.seq])?,
            kind: row[self.kind].text().unwrap_or_default(),
            kind_version: int(&row[self.kind_version])?,
            occurred_at: int(&row[self.occurred_at])?,
            recorded_at: int(&row[self.recorded_at])?,
            actor: row[self.actor].int(),
            actor_unit: row[self.actor_unit].int(),
            public: row[self.public].text().unwrap_or_default(),
            commitments,
            prev_hash,
        })
    }
}

impl Turn<'_> {
    fn key(&self, offset: i64) -> Result<&DataKey, String> {
        self.keys.get(&offset).ok_or_else(|| "a key that is neither the case's nor the person's".to_owned())
    }

    fn clear<'c>(&'c self, clear: &'c Clear) -> &'c [u8] {
        match clear {
            Clear::Title => self.matter.title.trim().as_bytes(),
            Clear::Detail => self.matter.detail.as_bytes(),
            Clear::Place => self.matter.place.text.as_bytes(),
            Clear::Reply => self.matter.reply.as_bytes(),
            Clear::Form => self.form.as_bytes(),
            Clear::Same(bytes) => bytes,
        }
    }

    fn scope(&self, pieces: &[super::pieces::Piece]) -> String {
        let joined = join(pieces, self);
        let mut tokens: Vec<&str> = joined.split(' ').collect();
        tokens.sort_unstable();
        tokens.dedup();
        tokens.join(" ")
    }

    fn search_text(&self) -> String {
        search_text(&self.number, self.matter, [&self.names[0], &self.names[1], &self.names[2]])
    }

    fn person(&self) -> Result<Person, String> {
        let phone = Phone::parse(&self.matter.phone).map_err(text)?;
        Ok(Person { name: Some(self.matter.name.clone()), phone: Some(phone), ..Person::default() })
    }
}

fn int(value: &Value) -> Result<i64, String> {
    value.int().ok_or_else(|| "a cell that must be a whole number is none".to_owned())
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::moved_day;

    #[test]
    fn days_move_over_the_ends_of_months_and_years() {
        assert_eq!(moved_day(20_260_302, 0), Ok(20_260_302));
        assert_eq!(moved_day(20_260_302, -1), Ok(20_260_223));
        assert_eq!(moved_day(20_251_229, 1), Ok(20_260_105));
        assert_eq!(moved_day(20_260_302, -52), Ok(20_250_303));
    }
}
