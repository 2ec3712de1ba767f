//! The import of divisions.

use crate::support::{TOWNS, VILLAGES, area, day, history, import};
use store::{ms, testkit::on_both};
use territory::{AreaCode, Level, queries};

#[tokio::test]
async fn the_county_comes_in_whole_and_a_second_time_changes_nothing() {
    on_both(|store| async move {
        let first = import(&store, TOWNS, VILLAGES, 0).await;
        assert_eq!((first.read, first.opened), (1 + 19 + 268, 1 + 19 + 268));
        let again = import(&store, TOWNS, VILLAGES, 1).await;
        assert_eq!(again, territory::DivisionReport { read: 288, ..Default::default() });

        let county = area(&store, "620521000000").await;
        let town = area(&store, "620521100000").await;
        let village = area(&store, "620521100205").await;
        assert_eq!(
            (county.name.as_str(), county.parent_id, county.county_id),
            ("清水县", None, Some(county.id))
        );
        assert_eq!((town.parent_id, town.town_id, town.village_id), (Some(county.id), Some(town.id), None));
        assert_eq!((village.name.as_str(), village.level.as_str()), ("西关村民委员会", "village"));
        assert_eq!((village.parent_id, village.county_id), (Some(town.id), Some(county.id)));
        assert_eq!((village.town_id, village.village_id), (Some(town.id), Some(village.id)));
        assert_eq!(village.valid_from, ms(day(0)), "the second import did not touch it");

        let events = store.read(move |conn| store::events::of_stream(conn, county.id)).await.unwrap();
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].kind, "area.divisions_imported");
        assert_eq!(events[0].public["opened"], 288);
    })
    .await;
}

#[tokio::test]
async fn a_new_name_keeps_the_id_and_the_old_name_stays_known() {
    on_both(|store| async move {
        import(&store, TOWNS, VILLAGES, 0).await;
        let before = area(&store, "620521100205").await;
        let renamed = VILLAGES.replace("西关村民委员会", "西关新村村民委员会");
        let report = import(&store, TOWNS, &renamed, 5).await;
        assert_eq!((report.renamed, report.opened, report.closed, report.recoded), (1, 0, 0, 0));
        let after = area(&store, "620521100205").await;
        assert_eq!((after.id, after.name.as_str()), (before.id, "西关新村村民委员会"));
        let versions = history(&store, "620521100205").await;
        assert_eq!(versions.len(), 2);
        assert_eq!((versions[0].name.as_str(), versions[0].valid_to), ("西关村民委员会", Some(ms(day(5)))));
        assert_eq!((versions[1].valid_from, versions[1].valid_to), (ms(day(5)), None));
    })
    .await;
}

#[tokio::test]
async fn a_new_code_keeps_the_id_and_names_its_successor() {
    on_both(|store| async move {
        import(&store, TOWNS, VILLAGES, 0).await;
        let village = area(&store, "620521100205").await;
        let grid = serde_json::json!([crate::support::square("620521100205001", 106.0, 34.0, 0.01)]);
        let grids = serde_json::json!({ "type": "FeatureCollection", "features": grid });
        territory::import_grids(&store, Default::default(), &grids, &Default::default(), day(1))
            .await
            .unwrap();
        let grid = area(&store, "620521100205001").await;

        let recoded = VILLAGES.replace("620521100205,", "620521100299,");
        let report = import(&store, TOWNS, &recoded, 7).await;
        assert_eq!((report.recoded, report.opened, report.closed), (2, 0, 0), "the village and its grid");
        assert_eq!(area(&store, "620521100299").await.id, village.id);
        assert_eq!(area(&store, "620521100299001").await.id, grid.id);
        let old = history(&store, "620521100205").await;
        assert_eq!(old.len(), 1);
        assert_eq!(old[0].successor_code.as_deref(), Some("620521100299"));
        assert_eq!(old[0].valid_to, Some(ms(day(7))));
        assert_ne!(old[0].id, village.id);
    })
    .await;
}

#[tokio::test]
async fn a_town_that_is_merged_away_is_closed_and_its_villages_move() {
    on_both(|store| async move {
        import(&store, TOWNS, VILLAGES, 0).await;
        let town = area(&store, "620521207000").await;
        let village = area(&store, "620521207205").await;
        let towns: String = TOWNS
            .lines()
            .filter(|line| !line.contains("620521207"))
            .map(|line| format!("{line}\n"))
            .collect();
        let moved: String = VILLAGES
            .lines()
            .map(|line| match line.strip_prefix("620521207") {
                Some(rest) => {
                    let rest = rest.replace(",620521207,丰望乡,", ",620521206,贾川乡,");
                    let first = if rest.starts_with('0') { '8' } else { '9' };
                    format!("620521206{first}{}\n", &rest[1..])
                }
                None => format!("{line}\n"),
            })
            .collect();
        let report = import(&store, &towns, &moved, 9).await;
        assert_eq!((report.closed, report.recoded, report.opened), (1, 13, 0));
        let closed = history(&store, "620521207000").await;
        assert_eq!((closed[0].id, closed[0].valid_to), (town.id, Some(ms(day(9)))));
        assert_eq!(closed[0].successor_code.as_deref(), Some("620521206000"));
        let now = area(&store, "620521206905").await;
        let new_town = area(&store, "620521206000").await;
        assert_eq!((now.id, now.town_id, now.parent_id), (village.id, Some(new_town.id), Some(new_town.id)));
        let gone = store.read(move |conn| queries::area(conn, town.id)).await;
        assert_eq!(gone.unwrap_err().code(), "area.not_found");
    })
    .await;
}

#[tokio::test]
async fn a_bad_table_is_refused_with_its_line_and_nothing_is_written() {
    on_both(|store| async move {
        let cases = [
            (TOWNS.to_owned(), VILLAGES.replace("620521100003,", "62052110X003,"), 4),
            (TOWNS.to_owned(), VILLAGES.replace("620521100003,", "620521101903,"), 4),
            (TOWNS.replace("620521101,", "620522101,"), VILLAGES.to_owned(), 3),
            (TOWNS.to_owned(), VILLAGES.replace("620521100003,", "620521100002,"), 4),
            ("town_code,town\n1,x\n".to_owned(), VILLAGES.to_owned(), 2),
            (TOWNS.lines().take(2).map(|l| format!("{l}\n")).collect(), VILLAGES.to_owned(), 27),
        ];
        for (towns, villages, line) in cases {
            let error = territory::import_divisions(&store, towns.as_bytes(), villages.as_bytes(), day(0));
            let error = error.await.unwrap_err();
            assert_eq!(error.code(), "divisions.bad_table");
            assert!(error.to_string().contains(&format!("line {line}:")), "{error} should name line {line}");
        }
        let filter = queries::AreaFilter { limit: 10, ..Default::default() };
        assert_eq!(store.read(move |conn| queries::list(conn, &filter)).await.unwrap(), vec![]);
    })
    .await;
}

#[tokio::test]
async fn areas_are_listed_by_parent_level_name_and_code() {
    on_both(|store| async move {
        import(&store, TOWNS, VILLAGES, 0).await;
        let county = area(&store, "620521000000").await;
        let list = |filter: queries::AreaFilter| {
            let store = store.clone();
            async move { store.read(move |conn| queries::list(conn, &filter)).await.unwrap() }
        };
        let towns =
            list(queries::AreaFilter { parent_id: Some(county.id), limit: 100, ..Default::default() }).await;
        assert_eq!(towns.len(), 19);
        let named = queries::AreaFilter { text: Some("丰盛".into()), limit: 100, ..Default::default() };
        assert_eq!(list(named).await.len(), 2, "two villages of one name");
        let coded = queries::AreaFilter {
            text: Some("620521100".into()),
            level: Some(Level::Village),
            limit: 100,
            ..Default::default()
        };
        assert_eq!(list(coded).await.len(), 25);
        let wild = queries::AreaFilter { text: Some("%关%".into()), limit: 100, ..Default::default() };
        assert!(list(wild).await.iter().all(|area| area.name.contains('关')));
        let page = queries::AreaFilter { limit: 3, after: Some("620521113000".into()), ..Default::default() };
        let codes: Vec<String> = list(page).await.into_iter().map(|area| area.code).collect();
        assert_eq!(codes, ["620521113001", "620521113002", "620521113202"]);
    })
    .await;
}

#[test]
fn codes_in_the_shipped_tables_all_parse() {
    for line in VILLAGES.lines().skip(1) {
        let code = AreaCode::parse(line.split(',').next().unwrap()).unwrap();
        assert_eq!(code.level(), Some(Level::Village));
    }
}
