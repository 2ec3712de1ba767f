//! What the tests share.

use serde_json::{Value, json};
use store::{Store, Timestamp, testkit::SimClock};
use territory::{Area, TerritoryError, queries};

pub(crate) const TOWNS: &str = include_str!("../../../../data/divisions/620521-towns.csv");
pub(crate) const VILLAGES: &str = include_str!("../../../../data/divisions/620521-villages.csv");

/// The first moment of the tests, some days later with `days`.
pub(crate) fn day(days: i64) -> Timestamp {
    use store::Clock as _;
    store::at(store::ms(SimClock::default().now()) + days * 86_400_000)
}

pub(crate) async fn import(
    store: &Store,
    towns: &str,
    villages: &str,
    days: i64,
) -> territory::DivisionReport {
    territory::import_divisions(store, towns.as_bytes(), villages.as_bytes(), day(days)).await.unwrap()
}

pub(crate) async fn area(store: &Store, code: &str) -> Area {
    let code = code.to_owned();
    store.read(move |conn| queries::area_by_code(conn, &code)).await.unwrap().expect("the area stands")
}

pub(crate) async fn history(store: &Store, code: &str) -> Vec<Area> {
    let code = code.to_owned();
    store.read(move |conn| queries::history_of_code(conn, &code)).await.unwrap()
}

/// A square grid of `side` degrees, counter-clockwise and closed.
pub(crate) fn square(code: &str, lon: f64, lat: f64, side: f64) -> Value {
    let ring =
        json!([[lon, lat], [lon + side, lat], [lon + side, lat + side], [lon, lat + side], [lon, lat]]);
    feature(code, json!({ "type": "Polygon", "coordinates": [ring] }))
}

pub(crate) fn feature(code: &str, geometry: Value) -> Value {
    json!({ "type": "Feature", "properties": { "code": code, "name": "", "households": 120 }, "geometry": geometry })
}

pub(crate) fn collection(features: impl IntoIterator<Item = Value>) -> Value {
    json!({ "type": "FeatureCollection", "features": features.into_iter().collect::<Vec<_>>() })
}

/// Gives an area a square shape.
pub(crate) async fn put_square(store: &Store, area_id: i64, lon: f64, lat: f64, side: f64) {
    let geometry = square("", lon, lat, side)["geometry"].clone();
    let shape = territory::Shape::read(&geometry, |x, y| (x, y)).unwrap();
    store
        .write(move |tx| -> Result<(), TerritoryError> {
            territory::commands::import_grids::put_shape(tx, area_id, &shape, day(0))
        })
        .await
        .unwrap();
}
