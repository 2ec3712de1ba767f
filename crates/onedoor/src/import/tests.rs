//! Imports against counts made apart from the product's code.

use super::{Outcome, county, map::Map, run, table};
use crate::{App, Config, cli::DayUnit, report};
use diesel::prelude::*;
use indicatif::ProgressBar;
use jiff::{
    Timestamp, ToSpan as _,
    civil::{Date, DateTime},
};
use std::{
    collections::{BTreeMap, HashMap},
    io::Write as _,
    path::{Path, PathBuf},
};
use store::{StoreError, schema, testkit::Kit, testkit::on_both_kits};

const MAP: &str = include_str!("../../../../data/maps/replies.toml");
const HEAD: &str = "source_id,title,posted_at,detail,reply,replied_at\n";

async fn county(kit: &Kit) -> App {
    let config = Config { data: kit.folder().to_owned(), ..Config::default() };
    let app = App::on(kit.store.clone(), config).await.unwrap();
    county::prepare(&app, &Map::parse(MAP).unwrap(), Path::new(".")).await.unwrap();
    app
}

async fn import(app: &App, map: &str, csv: &str, replay: bool) -> Outcome {
    let mut file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
    file.write_all(csv.as_bytes()).unwrap();
    let map = Map::parse(map).unwrap();
    let table = table::read(file.path(), &map.file).unwrap();
    run(app, &map, &table, replay, &ProgressBar::hidden()).await.unwrap()
}

fn count(outcome: &Outcome) -> [usize; 5] {
    [outcome.rows, outcome.taken, outcome.closed, outcome.known, outcome.rejects.len()]
}

async fn cards(app: &App) -> Vec<(i64, String)> {
    let query = |conn: &mut store::Conn| -> Result<Vec<(i64, String)>, StoreError> {
        let cards = schema::cards::table.select((schema::cards::case_id, schema::cards::level));
        Ok(cards.load(conn)?)
    };
    app.store.read(query).await.unwrap()
}

/// (number, case, state, received, replied).
async fn matters(app: &App) -> HashMap<String, (i64, String, i64, Option<i64>)> {
    type Row = (String, i64, String, i64, Option<i64>);
    let query = |conn: &mut store::Conn| -> Result<Vec<Row>, StoreError> {
        use schema::{cases, external_refs};
        let joined = external_refs::table.inner_join(cases::table.on(cases::id.eq(external_refs::case_id)));
        let columns = (external_refs::number, cases::id, cases::state, cases::received_at, cases::replied_at);
        Ok(joined.select(columns).load(conn)?)
    };
    let rows = app.store.read(query).await.unwrap();
    rows.into_iter()
        .map(|(number, id, state, received, replied)| (number, (id, state, received, replied)))
        .collect()
}

const FOUR: &str = "\
1,路灯不亮,2026/2/2 10:00:00,村口的路灯坏了,已修好,2026/2/5 9:00:00
2,井盖丢失,2026/2/2 10:00:00,巷子里的井盖没了,已补上,2026/2/10 9:00:00
3,道路坑洼,2026/2/2 10:05:00,\"路面坏了
走不了\",已修补,2026/2/25 9:00:00
4,垃圾没人收,2026/2/2 11:00:00,三天没人来,,
";

#[tokio::test]
async fn a_replay_gives_the_cards_of_its_time_and_can_be_run_again() {
    on_both_kits(async |kit| {
        let app = county(kit).await;
        let csv = format!("{HEAD}{FOUR}");
        let outcome = import(&app, MAP, &csv, true).await;
        assert_eq!(outcome.rejects, []);
        assert_eq!(count(&outcome), [4, 4, 3, 0, 0]);
        assert_eq!((outcome.yellow, outcome.red), (3, 2), "due on 9 February, red on 11 February");
        let matters = matters(&app).await;
        let states: BTreeMap<&str, &str> =
            matters.iter().map(|(number, (_, state, ..))| (number.as_str(), state.as_str())).collect();
        let expected = [("1", "closed"), ("2", "closed"), ("3", "closed"), ("4", "signed")];
        assert_eq!(states, BTreeMap::from(expected));
        let mut levels: Vec<(&str, String)> = Vec::new();
        for (case, level) in cards(&app).await {
            let number = matters.iter().find(|(_, (id, ..))| *id == case).map(|(number, _)| number.as_str());
            levels.push((number.unwrap(), level));
        }
        levels.sort();
        let card = |number, level: &str| (number, level.to_owned());
        assert_eq!(
            levels,
            [
                card("2", "yellow"),
                card("3", "red"),
                card("3", "yellow"),
                card("4", "red"),
                card("4", "yellow")
            ]
        );
        let figures = report::count(&app, &[3, 6, 7, 15], DayUnit::Workdays).await.unwrap();
        assert_eq!(figures.total, 4);
        assert_eq!(figures.within, BTreeMap::from([(3, 1), (6, 2), (7, 2), (15, 3)]));
        let days = report::count(&app, &[3, 8, 23], DayUnit::Days).await.unwrap();
        assert_eq!(days.within, BTreeMap::from([(3, 1), (8, 2), (23, 3)]));

        let again = import(&app, MAP, &csv, true).await;
        assert_eq!(count(&again), [4, 0, 0, 4, 0], "a second run finds everything known");
        assert_eq!((again.yellow, again.red), (0, 0));
    })
    .await;
}

#[tokio::test]
async fn an_interrupted_replay_goes_on() {
    on_both_kits(async |kit| {
        let app = county(kit).await;
        let unanswered =
            FOUR.replace(",已修好,2026/2/5 9:00:00", ",,").replace(",已补上,2026/2/10 9:00:00", ",,");
        kit.clock.set("2026-02-04T01:00:00Z".parse().unwrap());
        let first: String = unanswered.lines().take(2).map(|line| format!("{line}\n")).collect();
        let half = import(&app, MAP, &format!("{HEAD}{first}"), true).await;
        assert_eq!(count(&half), [2, 2, 0, 0, 0]);
        kit.clock.set("2026-03-02T01:00:00Z".parse().unwrap());
        let rest = import(&app, MAP, &format!("{HEAD}{FOUR}"), true).await;
        assert_eq!(count(&rest), [4, 2, 3, 2, 0]);
        assert_eq!((rest.yellow, rest.red), (3, 2), "as if nothing had interrupted it");
    })
    .await;
}

#[tokio::test]
async fn rows_that_cannot_be_taken_are_named() {
    on_both_kits(async |kit| {
        let app = county(kit).await;
        let bad = "\
1,标题,2026/2/2 10:00:00,内容,答复,2026/2/1 9:00:00
2,标题,二月二日,内容,,
,标题,2026/2/2 10:00:00,内容,,
4,标题,2026/2/2 10:00:00,内容,,
4,标题,2026/2/2 10:00:00,内容,,
6,,2026/2/2 10:00:00,,,
7,标题,2026/2/2 10:00:00,内容,,2026/2/3
";
        let outcome = import(&app, MAP, &format!("{HEAD}{bad}"), true).await;
        assert_eq!(count(&outcome), [7, 1, 0, 0, 6]);
        let lines: Vec<u64> = outcome.rejects.iter().map(|reject| reject.line).collect();
        assert_eq!(lines, [2, 3, 4, 6, 7, 8]);
        let reason = |line: u64| {
            let reject = outcome.rejects.iter().find(|reject| reject.line == line);
            reject.map(|reject| reject.reason.clone()).unwrap_or_default()
        };
        assert_eq!(reason(2), "answered before it was received");
        assert!(reason(3).contains("二月二日"));
        assert!(reason(6).contains("stands twice"));
        let numbers: Vec<&str> = outcome.rejects.iter().map(|reject| reject.number.as_str()).collect();
        assert_eq!(numbers, ["1", "2", "", "4", "6", "7"], "every reject that has a number names it");

        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("in.csv");
        super::rejects::write(&file, folder.path(), &outcome.rejects).unwrap();
        let side = folder.path().join("in.csv.rejects.csv");
        let text = std::fs::read_to_string(&side).unwrap();
        assert_eq!(text.lines().count(), 7);
        assert!(text.starts_with("line,number,reason\n2,"), "{text}");
        super::rejects::write(&file, folder.path(), &[]).unwrap();
        assert!(!side.exists(), "an earlier side file goes when nothing is rejected");
    })
    .await;
}

/// A mapping of a file with positions in a datum.
fn with_points(datum: &str) -> String {
    let map = MAP.replace("[file]\n", &format!("[file]\ndatum = \"{datum}\"\n"));
    let map = map.replace("leader-message-board", datum);
    format!("{map}\n[fields.lon]\ncolumn = \"lon\"\n[fields.lat]\ncolumn = \"lat\"\n")
}

#[tokio::test]
async fn a_point_without_an_area_code_finds_its_grid_whatever_its_datum() {
    use territory::{Datum, GridOptions, commands::Actor};
    on_both_kits(async |kit| {
        let app = county(kit).await;
        let towns = &include_bytes!("../../../../data/divisions/620521-towns.csv")[..];
        let villages = &include_bytes!("../../../../data/divisions/620521-villages.csv")[..];
        let now = kit.store.clock().now();
        territory::import_divisions(&kit.store, towns, villages, now).await.unwrap();
        let ring = [[106.1, 34.7], [106.102, 34.7], [106.102, 34.702], [106.1, 34.702], [106.1, 34.7]];
        let grids = serde_json::json!({ "type": "FeatureCollection", "features": [{
            "type": "Feature", "properties": { "code": "620521100205001", "name": "", "households": 120 },
            "geometry": { "type": "Polygon", "coordinates": [ring] },
        }] });
        let options = GridOptions::default();
        territory::import_grids(&kit.store, Actor::default(), &grids, &options, now).await.unwrap();
        app.territory.reload().await.unwrap();
        for datum in ["wgs84", "gcj02", "bd09"] {
            let (lon, lat) = Datum::parse(datum).unwrap().from_wgs84(106.101, 34.701);
            let csv = format!(
                "source_id,title,posted_at,detail,reply,replied_at,lon,lat\n\
                 {datum},路灯不亮,2026/2/2 10:00:00,坏了,,,{lon},{lat}\n\
                 {datum}-far,路灯不亮,2026/2/2 10:00:00,坏了,,,106.9,34.1\n\
                 {datum}-half,路灯不亮,2026/2/2 10:00:00,坏了,,,106.9,\n"
            );
            let outcome = import(&app, &with_points(datum), &csv, false).await;
            assert_eq!(count(&outcome), [3, 2, 0, 0, 1], "{:?}", outcome.rejects);
            let matters = matters(&app).await;
            let placed = async |number: &str| {
                let case = matters[number].0;
                let query = move |conn: &mut store::Conn| {
                    use schema::cases::{grid_id, lon, table, town_id};
                    type Placed = (Option<i64>, Option<i64>, Option<f64>);
                    Ok::<Placed, StoreError>(table.find(case).select((town_id, grid_id, lon)).first(conn)?)
                };
                app.store.read(query).await.unwrap()
            };
            let (town, grid, stored) = placed(datum).await;
            assert!(town.is_some() && grid.is_some(), "{datum}");
            assert!((stored.unwrap() - 106.101).abs() < 1e-6, "{datum}: stored in WGS 84");
            let (town, grid, stored) = placed(&format!("{datum}-far")).await;
            assert_eq!((town, grid), (None, None), "{datum}: outside every known shape");
            assert!(stored.is_some(), "{datum}: the point stays");
        }
    })
    .await;
}

#[tokio::test]
async fn without_history_open_matters_are_new_work_and_answered_ones_are_ended() {
    on_both_kits(async |kit| {
        let app = county(kit).await;
        let csv = format!("{HEAD}{FOUR}");
        let outcome = import(&app, MAP, &csv, false).await;
        assert_eq!(outcome.rejects, []);
        assert_eq!(count(&outcome), [4, 4, 3, 0, 0]);
        let matters = matters(&app).await;
        assert_eq!(matters["4"].1, "received");
        assert_eq!(matters["1"].1, "answered");
        let again = import(&app, MAP, &csv, false).await;
        assert_eq!(count(&again), [4, 0, 0, 4, 0]);
    })
    .await;
}

#[tokio::test]
async fn the_columns_must_be_there() {
    let kit = Kit::open(store::testkit::Engine::Sqlite).await;
    let app = county(&kit).await;
    let map = Map::parse(MAP).unwrap();
    let mut file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
    file.write_all(b"source_id,title\n1,x\n").unwrap();
    let table = table::read(file.path(), &map.file).unwrap();
    let why = run(&app, &map, &table, true, &ProgressBar::hidden()).await.unwrap_err().to_string();
    assert!(why.contains("posted_at") && why.contains("source_id, title"), "{why}");
    for wrong in
        ["system = \"\"\n[fields]", "system = \"x\"\n[fields.number]\nconst = \"1\"", "sytem = \"x\""]
    {
        assert!(Map::parse(wrong).is_err(), "{wrong}");
    }
}

/// The calendar as a plain list, walked day by day.
struct Days(HashMap<Date, String>);

impl Days {
    fn new() -> Self {
        let mut reader =
            csv::Reader::from_reader(include_str!("../../../rules/data/cn-workdays.csv").as_bytes());
        let rows = reader.records().map(|row| row.unwrap());
        Self(rows.map(|row| (row[0].parse().unwrap(), row[1].to_owned())).collect())
    }

    fn worked(&self, day: Date) -> bool {
        match self.0.get(&day) {
            Some(kind) => kind == "makeup_workday",
            None => day.weekday().to_monday_zero_offset() < 5,
        }
    }

    fn after(&self, day: Date, n: u32) -> Date {
        let worked = day.series(1.day()).skip(1).filter(|day| self.worked(*day));
        worked.take(usize::try_from(n).unwrap()).last().unwrap()
    }

    fn between(&self, from: Date, to: Date) -> usize {
        from.series(1.day()).skip(1).take_while(|day| *day <= to).filter(|day| self.worked(*day)).count()
    }
}

/// A time of the file, parted by hand.
fn civil(text: &str) -> DateTime {
    let text = text.replace('-', "/");
    let (day, time) = text.split_once(' ').unwrap_or((&text, "23:59:59"));
    let part = |text: &str, mark: char, index: usize| -> i16 {
        text.split(mark).nth(index).unwrap().parse().unwrap()
    };
    let small = |value: i16| i8::try_from(value).unwrap();
    jiff::civil::datetime(
        part(day, '/', 0),
        small(part(day, '/', 1)),
        small(part(day, '/', 2)),
        small(part(time, ':', 0)),
        small(part(time, ':', 1)),
        small(part(time, ':', 2)),
        0,
    )
}

fn shared(path: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var("ONEDOOR_SHARED").map_or(beside, PathBuf::from);
    let file = shared.join("data").join(path);
    if file.exists() {
        return Some(file);
    }
    eprintln!("left out: data/{path} is not here");
    None
}

#[tokio::test(flavor = "multi_thread")]
async fn real_answers_are_as_timely_as_the_file_says() {
    let Some(file) = shared("complaints/replies-dev.csv") else { return };
    let days = Days::new();
    let mut rows: HashMap<String, (DateTime, DateTime)> = HashMap::new();
    for row in csv::Reader::from_path(&file).unwrap().records() {
        let row = row.unwrap();
        rows.insert(row[0].to_owned(), (civil(&row[2]), civil(&row[5])));
    }
    let kit = Kit::open(store::testkit::Engine::Sqlite).await;
    let app = county(&kit).await;
    let map = Map::parse(MAP).unwrap();
    let table = table::read(&file, &map.file).unwrap();
    let watch = crate::ambient::Stopwatch::start();
    let outcome = run(&app, &map, &table, true, &ProgressBar::hidden()).await.unwrap();
    eprintln!("{} rows in {:.1} s", outcome.rows, watch.elapsed().as_secs_f64());
    assert_eq!(outcome.rejects, []);
    assert_eq!((outcome.taken, outcome.closed), (rows.len(), rows.len()));

    let counted = report::count(&app, &[7, 15, 30], DayUnit::Workdays).await.unwrap();
    let within = |limit: usize| {
        let timely = rows.values().filter(|(from, to)| days.between(from.date(), to.date()) <= limit);
        timely.count() as u64
    };
    assert_eq!(counted.total, rows.len() as u64);
    assert_eq!(counted.within, BTreeMap::from([(7, within(7)), (15, within(15)), (30, within(30))]));
    recount(&app, &rows, &days).await;
}

/// Every card, and no other, as a walk over the calendar says.
async fn recount(app: &App, rows: &HashMap<String, (DateTime, DateTime)>, days: &Days) {
    let clocks: Vec<(i64, String)> = app
        .store
        .read(|conn| -> Result<_, StoreError> {
            let clocks = schema::clocks::table.filter(schema::clocks::kind.eq("resolve"));
            Ok(clocks.select((schema::clocks::case_id, schema::clocks::time_limit)).load(conn)?)
        })
        .await
        .unwrap();
    let limits: HashMap<i64, u32> = clocks
        .into_iter()
        .map(|(case, limit)| (case, limit.strip_suffix("wd").unwrap().parse().unwrap()))
        .collect();
    let mut expected = Vec::new();
    for (number, (case, _, received, replied)) in matters(app).await {
        let (from, to) = rows[&number];
        let instant = |at: DateTime| jiff::tz::offset(8).to_timestamp(at).unwrap();
        assert_eq!(Timestamp::from_millisecond(received).unwrap(), instant(from), "{number}");
        assert_eq!(Timestamp::from_millisecond(replied.unwrap()).unwrap(), instant(to), "{number}");
        let due = days.after(from.date(), limits[&case]);
        if to > due.at(18, 0, 0, 0) {
            expected.push((case, "yellow".to_owned()));
        }
        if to > days.after(due, 2).at(18, 0, 0, 0) {
            expected.push((case, "red".to_owned()));
        }
    }
    let mut given = cards(app).await;
    expected.sort();
    given.sort();
    assert!(!given.is_empty());
    assert_eq!(given, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_city_that_counts_hours_gets_the_cards_of_its_hours() {
    let Some(file) = shared("us311/baltimore-311-2018-sample.csv") else { return };
    let text = std::fs::read_to_string(&file).unwrap();
    let some: String = text.lines().take(401).map(|line| format!("{line}\n")).collect();
    let kit = Kit::open(store::testkit::Engine::Sqlite).await;
    let app = county(&kit).await;
    let maps = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/maps");
    let map = Map::read(&maps.join("baltimore-311.toml")).unwrap();
    county::prepare(&app, &map, &maps).await.unwrap();
    let mut part = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
    part.write_all(some.as_bytes()).unwrap();
    let table = table::read(part.path(), &map.file).unwrap();
    let outcome = run(&app, &map, &table, true, &ProgressBar::hidden()).await.unwrap();
    assert_eq!(outcome.rejects, []);
    assert_eq!(outcome.taken + outcome.skipped, outcome.rows);
    assert!(outcome.skipped > 0 && outcome.closed > 300);
    type Clock = (i64, String, i64, i64, Option<i64>);
    let clocks: Vec<Clock> = app
        .store
        .read(|conn| -> Result<_, StoreError> {
            use schema::clocks::{case_id, due_at, ended_at, kind, started_at, table, time_limit};
            Ok(table
                .filter(kind.eq("resolve"))
                .select((case_id, time_limit, started_at, due_at, ended_at))
                .load(conn)?)
        })
        .await
        .unwrap();
    assert_eq!(clocks.len(), outcome.taken);
    let mut late = 0;
    for (case, limit, started, due, ended) in clocks {
        let hours: i64 = limit.strip_suffix('h').expect("every limit is in hours").parse().unwrap();
        assert_eq!(due - started, hours * 3_600_000, "case {case}: night and day");
        late += usize::from(ended.is_none_or(|ended| ended > due));
    }
    assert_eq!(outcome.yellow, late);
}
