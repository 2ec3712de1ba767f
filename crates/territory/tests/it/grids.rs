//! The import of grids and the way from a point to its grid.

use crate::support::{TOWNS, VILLAGES, area, collection, day, feature, import, put_square, square};
use serde_json::json;
use store::testkit::on_both;
use territory::{
    Datum, GridOptions, Territory, TerritoryError, commands::Actor, commands::import_grids::Severity,
    import_grids, queries,
};

const VILLAGE: &str = "620521100205";

fn code(number: u32) -> String {
    format!("{VILLAGE}{number:03}")
}

/// Four squares that tile the square of the village at 106.1, 34.7.
fn four() -> Vec<serde_json::Value> {
    vec![
        square(&code(1), 106.10, 34.71, 0.01),
        square(&code(2), 106.11, 34.71, 0.01),
        square(&code(3), 106.10, 34.70, 0.01),
        square(&code(4), 106.11, 34.70, 0.01),
    ]
}

async fn village_with_shape(store: &store::Store) -> i64 {
    import(store, TOWNS, VILLAGES, 0).await;
    let village = area(store, VILLAGE).await.id;
    put_square(store, village, 106.1, 34.7, 0.02).await;
    village
}

fn problems(error: TerritoryError) -> Vec<(usize, &'static str)> {
    match error {
        TerritoryError::BadGrids(report) => report
            .problems
            .iter()
            .filter(|problem| problem.severity == Severity::Error)
            .map(|problem| (problem.feature, problem.code))
            .collect(),
        other => panic!("not a refusal: {other}"),
    }
}

#[tokio::test]
async fn grids_come_in_and_a_point_finds_its_grid() {
    on_both(|store| async move {
        let village = village_with_shape(&store).await;
        let territory = Territory::open(store.clone()).await.unwrap();
        let place = territory.locator().locate(106.105, 34.715).unwrap();
        assert_eq!((place.village_id, place.grid_id), (Some(village), None), "before the import");

        let options = GridOptions::default();
        let report =
            import_grids(&store, Actor::default(), &collection(four()), &options, day(1)).await.unwrap();
        assert_eq!((report.features, report.opened, report.problems.len()), (4, 4, 0));
        territory.reload().await.unwrap();
        let place = territory.locator().locate(106.105, 34.715).unwrap();
        let grid = area(&store, &code(1)).await;
        assert_eq!(place.grid_id, Some(grid.id));
        assert_eq!((place.village_id, place.town_id), (grid.village_id, grid.town_id));
        assert_eq!((place.county_id, place.finest()), (grid.county_id, Some(grid.id)));
        assert_eq!(grid.name, "西关村民委员会第1网格");
        assert_eq!(territory.locator().locate(107.0, 30.0), None);

        let again =
            import_grids(&store, Actor::default(), &collection(four()), &options, day(2)).await.unwrap();
        assert_eq!((again.opened, again.changed, again.unchanged), (0, 0, 4));
        let events = store.read(move |conn| store::events::of_stream(conn, village)).await.unwrap();
        assert_eq!(events.len(), 1, "nothing changed, nothing to tell");
    })
    .await;
}

#[tokio::test]
async fn every_problem_is_told_with_its_feature_and_nothing_is_written() {
    on_both(|store| async move {
        village_with_shape(&store).await;
        let open_ring = json!([[[106.1, 34.7], [106.11, 34.7], [106.11, 34.71], [106.1, 34.71]]]);
        let bow_tie =
            json!([[[106.1, 34.7], [106.11, 34.71], [106.11, 34.7], [106.1, 34.71], [106.1, 34.7]]]);
        let polygon = |rings| json!({ "type": "Polygon", "coordinates": rings });
        let mut unowned = square("620521100999001", 106.1, 34.7, 0.001);
        unowned["properties"]["households"] = json!(-3);
        let features = [
            square(&code(1), 106.10, 34.70, 0.01),
            square(&code(1), 106.11, 34.71, 0.01),
            square(&code(3), 106.105, 34.705, 0.01),
            square(&code(4), 106.30, 34.70, 0.01),
            feature(&code(5), polygon(open_ring)),
            feature(&code(6), polygon(bow_tie)),
            feature(&code(7), json!({ "type": "Point", "coordinates": [106.1, 34.7] })),
            feature("620521100205", polygon(json!([]))),
            unowned,
        ];
        let options = GridOptions::default();
        let error = import_grids(&store, Actor::default(), &collection(features), &options, day(1)).await;
        assert_eq!(
            problems(error.unwrap_err()),
            [
                (1, "grid.duplicate_code"),
                (2, "grid.overlap"),
                (3, "grid.outside_village"),
                (4, "grid.ring_open"),
                (5, "grid.self_crossing"),
                (6, "grid.not_polygon"),
                (7, "grid.bad_code"),
                (8, "grid.bad_households"),
                (8, "grid.no_village"),
            ]
        );
        let none = store.read(|conn| queries::area_by_code(conn, &code(1))).await.unwrap();
        assert_eq!(none, None);
        let not_a_collection = json!({ "type": "Feature" });
        let error =
            import_grids(&store, Actor::default(), &not_a_collection, &options, day(1)).await.unwrap_err();
        assert_eq!(error.code(), "grid.bad_geojson");
    })
    .await;
}

#[tokio::test]
async fn hand_drawn_borders_pass_within_the_tolerance_only() {
    on_both(|store| async move {
        village_with_shape(&store).await;
        // 5 % of the second square lies in the first.
        let features = [square(&code(1), 106.10, 34.70, 0.01), square(&code(2), 106.1095, 34.70, 0.01)];
        let strict = GridOptions { tolerance: 0.04, dry_run: true, ..GridOptions::default() };
        let report = import_grids(&store, Actor::default(), &collection(features.clone()), &strict, day(1))
            .await
            .unwrap();
        assert_eq!(report.errors(), 1, "a dry run tells instead of failing");
        let lenient = GridOptions { tolerance: 0.06, ..GridOptions::default() };
        let report =
            import_grids(&store, Actor::default(), &collection(features), &lenient, day(1)).await.unwrap();
        assert_eq!(report.opened, 2);
    })
    .await;
}

#[tokio::test]
async fn a_grid_with_too_many_households_is_taken_with_a_warning() {
    on_both(|store| async move {
        village_with_shape(&store).await;
        let mut features = four();
        features[2]["properties"]["households"] = json!(301);
        features[3]["properties"]["households"] = json!(300);
        let report =
            import_grids(&store, Actor::default(), &collection(features), &GridOptions::default(), day(1))
                .await
                .unwrap();
        assert_eq!(report.opened, 4);
        let told: Vec<_> =
            report.problems.iter().map(|p| (p.feature, p.code, p.severity, p.about.as_str())).collect();
        assert_eq!(told, [(2, "grid.too_many_households", Severity::Warning, "301")]);
    })
    .await;
}

#[tokio::test]
async fn grids_already_there_count_unless_they_are_replaced() {
    on_both(|store| async move {
        village_with_shape(&store).await;
        let usual = GridOptions::default();
        import_grids(&store, Actor::default(), &collection(four()), &usual, day(1)).await.unwrap();
        let whole = collection([square(&code(9), 106.1, 34.7, 0.02)]);
        let error = import_grids(&store, Actor::default(), &whole, &usual, day(2)).await.unwrap_err();
        assert_eq!(problems(error), vec![(0, "grid.overlap"); 4]);
        let replace = GridOptions { replace: true, ..GridOptions::default() };
        let report = import_grids(&store, Actor::default(), &whole, &replace, day(2)).await.unwrap();
        assert_eq!((report.opened, report.closed), (1, 4));
        let territory = Territory::open(store.clone()).await.unwrap();
        assert_eq!(territory.locator().grid_count(), 1);
        let gone = store.read(|conn| queries::area_by_code(conn, &code(1))).await.unwrap();
        assert_eq!(gone, None);
    })
    .await;
}

#[tokio::test]
async fn a_file_in_another_datum_is_stored_in_wgs84() {
    on_both(|store| async move {
        village_with_shape(&store).await;
        let shifted: Vec<_> = four()
            .into_iter()
            .map(|mut feature| {
                let ring = feature["geometry"]["coordinates"][0].as_array_mut().unwrap();
                for at in ring {
                    let (lon, lat) = Datum::Bd09.from_wgs84(at[0].as_f64().unwrap(), at[1].as_f64().unwrap());
                    *at = json!([lon, lat]);
                }
                feature
            })
            .collect();
        let as_wgs84 = GridOptions { dry_run: true, ..GridOptions::default() };
        let wrong = import_grids(&store, Actor::default(), &collection(shifted.clone()), &as_wgs84, day(1))
            .await
            .unwrap();
        assert!(wrong.errors() > 0, "a kilometre off");
        let as_bd09 = GridOptions { datum: Datum::Bd09, ..GridOptions::default() };
        import_grids(&store, Actor::default(), &collection(shifted), &as_bd09, day(1)).await.unwrap();
        let territory = Territory::open(store.clone()).await.unwrap();
        let grid = area(&store, &code(4)).await;
        for inside in [(106.110_001, 34.700_001), (106.119_999, 34.709_999)] {
            assert_eq!(territory.locator().locate(inside.0, inside.1).unwrap().grid_id, Some(grid.id));
        }
    })
    .await;
}

#[tokio::test]
async fn another_node_follows_the_log_and_reloads() {
    on_both(|store| async move {
        village_with_shape(&store).await;
        let other = Territory::open(store.clone()).await.unwrap();
        let follower = tokio::spawn(other.clone().follow());
        import_grids(&store, Actor::default(), &collection(four()), &GridOptions::default(), day(1))
            .await
            .unwrap();
        for _ in 0..200 {
            if other.locator().grid_count() == 4 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        assert_eq!(other.locator().grid_count(), 4);
        follower.abort();
    })
    .await;
}
