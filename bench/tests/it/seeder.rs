//! A stamped case is row by row the case that the commands would have made then and there.
#![expect(clippy::unwrap_used, reason = "what is unwrapped here must be there, or the test fails")]

use onedoor::{App, Config};
use onedoor_bench::{
    county::{Ground, Matter, Writer, found},
    db::{Db, Table, Value},
    seed::{
        lives::{Course, live},
        mould::{Mould, mould_of, moulds},
        plan::Copy,
        seed, stamp_one, tables,
    },
};
use std::{collections::BTreeMap, sync::Arc};
use store::{
    Store, Timestamp,
    tally::{Cube, by_day},
    testkit::{Kit, on_both_kits},
    vault::DataKey,
};

/// A Wednesday noon late in the year.
const NOW: &str = "2026-11-18T04:00:00Z";
/// A Tuesday morning; two weeks before another whose working days fall alike.
const START: &str = "2026-10-27T01:12:34.567Z";

async fn open(kit: &Kit) -> (App, Arc<Ground>) {
    kit.clock.set(NOW.parse().unwrap());
    let config = Config {
        data: kit.folder().to_owned(),
        database_url: kit.database_url().map(str::to_owned),
        people: people::Settings::weak(),
        ..Config::default()
    };
    let app = App::on(kit.store.clone(), config).await.unwrap();
    let ground = found(&app, "2026-01-05T01:00:00Z".parse().unwrap()).await.unwrap();
    (app, Arc::new(ground))
}

/// Runs something with the database on a blocking thread.
async fn in_db<T: Send + 'static>(kit: &Kit, work: impl FnOnce(&mut Db) -> T + Send + 'static) -> T {
    let (data, url) = (kit.folder().to_owned(), kit.database_url().map(str::to_owned));
    tokio::task::spawn_blocking(move || work(&mut Db::open(&data, url.as_deref()).unwrap())).await.unwrap()
}

/// Another grid of the same town and kind of place.
fn neighbour(ground: &Ground, spot: usize) -> usize {
    let here = &ground.spots[spot];
    let found = ground.spots.iter().position(|there| {
        there.town_id == here.town_id && there.urban == here.urban && there.village_id != here.village_id
    });
    found.unwrap()
}

type Row = BTreeMap<String, String>;

/// A case's rows with ids told from the first, what is sealed opened, what is random or depends on the place in the log left out.
struct Comparable<'a> {
    store: &'a Store,
    keys: &'a std::collections::HashMap<i64, DataKey>,
    low: i64,
    high: i64,
    case_key: i64,
}

impl Comparable<'_> {
    fn rows(&self, tables: &[Table], rows: &[Vec<Vec<Value>>]) -> BTreeMap<String, Vec<Row>> {
        let of_table = |(table, rows): (&Table, &Vec<Vec<Value>>)| {
            let mut rows: Vec<Row> = rows.iter().map(|row| self.row(table, row)).collect();
            rows.sort();
            (table.name.clone(), rows)
        };
        tables.iter().zip(rows).map(of_table).collect()
    }

    fn row(&self, table: &Table, row: &[Value]) -> Row {
        let get = |name: &str| table.columns.iter().position(|c| c == name).map(|at| &row[at]);
        let own_key = get("key_id").and_then(Value::int).unwrap_or(self.case_key);
        let cell = |(name, value): (&String, &Value)| {
            let shown = match (table.name.as_str(), name.as_str()) {
                // Random, or following from what is random: the log's own verification judges them.
                ("data_keys", "wrapped") | ("cases", "check_code_hash") | ("streams", "head") => {
                    "random".into()
                }
                ("events", "hash" | "prev_hash" | "commitments") => "random".into(),
                ("events", "position") => format!("placed: {}", value.int().is_some()),
                ("event_parts", "sealed") => {
                    let part = get("name").and_then(Value::text).unwrap();
                    let key = &self.keys[&own_key];
                    let clear = self.store.vault().open_part(key, part, value.bytes().unwrap()).unwrap();
                    String::from_utf8(clear).unwrap()
                }
                _ => self.shown(&format!("{}.{name}", table.name), value, own_key),
            };
            (name.clone(), shown)
        };
        table.columns.iter().zip(row).map(cell).collect()
    }

    fn shown(&self, column: &str, value: &Value, key: i64) -> String {
        match value {
            Value::Int(id) if self.low < *id && *id <= self.high => format!("own {}", id - self.low),
            Value::Bytes(bytes) => match self.store.vault().open(&self.keys[&key], column, bytes) {
                Ok(clear) => String::from_utf8(clear).unwrap(),
                Err(_) => format!("{bytes:02x?}"),
            },
            Value::Text(text) => self.with_own_ids(text),
            other => format!("{other:?}"),
        }
    }

    fn with_own_ids(&self, text: &str) -> String {
        let mut shown = text.to_owned();
        for id in (self.low + 1..=self.high).rev() {
            shown = shown.replace(&id.to_string(), &format!("own{}", id - self.low));
        }
        shown
    }
}

async fn rows_of(
    kit: &Kit,
    tables: &Arc<Vec<Table>>,
    (low, high): (i64, i64),
    number: String,
) -> BTreeMap<String, Vec<Row>> {
    let there = Arc::clone(tables);
    let rows: Vec<Vec<Vec<Value>>> = in_db(kit, move |db| {
        there
            .iter()
            .map(|table| onedoor_bench::seed::mould::rows_of_range(db, table, low, high).unwrap())
            .collect()
    })
    .await;
    let at = |name: &str| tables.iter().position(|table| table.name == name).unwrap();
    let id = |row: &Vec<Value>| {
        row[tables[at("data_keys")].columns.iter().position(|c| c == "id").unwrap()].int().unwrap()
    };
    let ids: Vec<i64> = rows[at("data_keys")].iter().map(id).collect();
    let store = kit.store.clone();
    let keys = kit.store.read(move |conn| store.vault().keys(conn, &ids)).await.unwrap();
    let key_at = tables[at("cases")].columns.iter().position(|c| c == "key_id").unwrap();
    let case_key = rows[at("cases")][0][key_at].int().unwrap();
    let comparable = Comparable { store: &kit.store, keys: &keys, low, high, case_key };
    let mut shown = comparable.rows(tables, &rows);
    // The running number of the day differs: the other case of that day came first.
    for row in shown.values_mut().flatten().flat_map(BTreeMap::values_mut) {
        *row = row.replace(&number, "NUMBER").replace(&number.replace('-', " · "), "NUMBER");
    }
    shown
}

fn matter_for(ground: &Arc<Ground>, category: &str, spot: usize) -> Matter {
    Writer::new(Arc::clone(ground), 99).unwrap().again(category, spot)
}

async fn number_after(kit: &Kit, low: i64) -> String {
    let sql = "SELECT number FROM cases WHERE id > $1 ORDER BY id LIMIT 1";
    in_db(kit, move |db| db.query(sql, &[low]).unwrap()[0][0].text().unwrap().to_owned()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_the_case_that_the_commands_would_have_made() {
    on_both_kits(async |kit| {
        let (app, ground) = open(kit).await;
        let tables = Arc::new(in_db(kit, |db| tables::of_a_case(db).unwrap()).await);
        for (turn, days) in [(0, 0), (3, 2), (40, 3)] {
            let spot = ground.by_rank[turn];
            let course = Course { seed: 4 + turn as u64, days };
            let start: Timestamp = START.parse().unwrap();
            let first = Writer::new(Arc::clone(&ground), 7 + turn as u64).unwrap().matter_at(spot);
            let mould = mould_of(&app, &ground, &tables, (first.clone(), spot), start, course).await.unwrap();

            // The same kind of matter, another text, person and village, two weeks later: once by the commands …
            let there = neighbour(&ground, spot);
            let matter = Matter {
                kind: first.kind,
                channel: first.channel,
                ..matter_for(&ground, &mould.category, there)
            };
            let later = store::at(store::ms(start) + 14 * 86_400_000);
            let low = kit.store.new_id().unwrap();
            let case = live(&app, &ground, &matter, later, course).await.unwrap();
            let high = kit.store.new_id().unwrap() - 1;
            kit.store.sequence().await.unwrap();
            cases::follow::reindex(&kit.store, &[case]).await.unwrap();
            let number = number_after(kit, low).await;
            let lived = rows_of(kit, &tables, (low, high), number).await;

            // … once stamped.
            let copy = Copy { mould: 0, weeks: 2, spot: there };
            let moulds: Arc<Vec<Mould>> = Arc::new(vec![mould]);
            let range = stamp_one(&app, &ground, &moulds, &tables, copy, &matter).await.unwrap();
            let number = number_after(kit, range.0).await;
            let stamped = rows_of(kit, &tables, range, number).await;

            assert!(lived["events"].len() >= 8 && !lived["deliveries"].is_empty());
            for (table, rows) in
                lived.iter().filter(|(name, _)| *name != tables::DELTAS && *name != "search_fts")
            {
                assert_eq!(rows, &stamped[table], "{table}");
            }
        }
        let verified = kit.store.verify(None).await.unwrap();
        assert!(verified.problem.is_none(), "{:?}", verified.problem);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_chains_numbers_and_search_are_whole_after_seeding() {
    on_both_kits(async |kit| {
        let (app, ground) = open(kit).await;
        let tables = Arc::new(in_db(kit, |db| tables::of_a_case(db).unwrap()).await);
        let taken = Arc::new(moulds(&app, &ground, &tables, 1, 5).await.unwrap());
        let seeded = seed(&app, &ground, &taken, &tables, 400, 6).await.unwrap();
        assert_eq!(seeded.cases, 400);

        // The log verifies from end to end, and new cases go on from where the copies ended.
        let spot = ground.by_rank[0];
        let matter = matter_for(&ground, &taken[0].category, spot);
        let course = Course { seed: 1, days: 1 };
        live(&app, &ground, &matter, "2026-11-10T01:30:00Z".parse().unwrap(), course).await.unwrap();
        let verified = kit.store.verify(None).await.unwrap();
        assert!(verified.problem.is_none(), "{:?}", verified.problem);

        // Cubes and tail equal a recount of everything.
        let rules = app.cases.rules.current();
        let counted = kit.store.read(move |conn| cases::commands::recount(conn, &rules)).await.unwrap();
        let mut totals: BTreeMap<(i64, &str), i64> = BTreeMap::new();
        for (key, n) in &counted {
            *totals.entry((key.day, key.measure)).or_default() += n;
        }
        let read = kit.store.read(|conn| by_day(conn, Cube::Total, 20_000_101, 20_991_231)).await;
        let cells = read.unwrap();
        assert!(cells.len() > 100);
        for cell in &cells {
            let total = totals.remove(&(cell.period, cell.measure.as_str()));
            assert_eq!(total, Some(cell.n), "{} on {}", cell.measure, cell.period);
        }
        assert!(totals.values().all(|n| *n == 0), "counted but in no cube: {totals:?}");

        // Every copy can be found by a word of its own text, and no two bear one number.
        let found = in_db(kit, |db| {
            let cases = db.query("SELECT count(*), count(DISTINCT number) FROM cases", &[]).unwrap();
            let index = db.query("SELECT count(*) FROM search_fts", &[]).unwrap();
            (cases, index)
        })
        .await;
        assert_eq!(found.0[0][0], found.0[0][1]);
        assert_eq!(found.1[0][0].int().unwrap() + 1, found.0[0][0].int().unwrap());
    })
    .await;
}
