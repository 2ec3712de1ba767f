//! Outlines from anybody: read or refused with a code, never a panic; what is read can be written and read again.

use proptest::prelude::*;
use serde_json::{Value, json};
use territory::shape::Shape;

/// A number as people and programs write them, sound and not.
fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => (105.7..106.6_f64).prop_map(|n| json!(n)),
        2 => (-1e3..1e3_f64).prop_map(|n| json!(n)),
        1 => prop_oneof![Just(json!(1e308)), Just(json!(-1e308)), Just(json!(5e-324)), Just(json!(i64::MIN))],
        1 => prop_oneof![Just(json!(null)), Just(json!("106.1")), Just(json!([])), Just(json!({}))],
    ]
}

fn ring() -> impl Strategy<Value = Value> {
    let position = prop_oneof![
        9 => (number(), number()).prop_map(|(a, b)| json!([a, b])),
        1 => proptest::collection::vec(number(), 0..4).prop_map(Value::from),
    ];
    (proptest::collection::vec(position, 0..9), any::<bool>()).prop_map(|(mut ring, close)| {
        if let Some(first) = ring.first().filter(|_| close).cloned() {
            ring.push(first);
        }
        Value::from(ring)
    })
}

fn geometry() -> impl Strategy<Value = Value> {
    let polygon = || proptest::collection::vec(ring(), 0..3).prop_map(Value::from);
    prop_oneof![
        polygon().prop_map(|rings| json!({ "type": "Polygon", "coordinates": rings })),
        proptest::collection::vec(polygon(), 0..3)
            .prop_map(|parts| json!({ "type": "MultiPolygon", "coordinates": parts })),
        ring().prop_map(|ring| json!({ "type": "Polygon", "coordinates": ring })),
        ("[A-Za-z]{0,12}", ring()).prop_map(|(kind, ring)| json!({ "type": kind, "coordinates": ring })),
        number(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn an_outline_is_read_or_refused(geometry in geometry()) {
        let shape = match Shape::read(&geometry, |lon, lat| (lon, lat)) {
            Ok(shape) => shape,
            Err(fault) => {
                prop_assert!(fault.code().starts_with("grid."));
                return Ok(());
            }
        };
        match shape.check() {
            Err(fault) => prop_assert!(fault.code().starts_with("grid.")),
            Ok(()) => {
                prop_assert!(shape.area() > 0.0 && shape.area().is_finite());
                prop_assert_eq!(shape.label_point().is_some(), true);
                let again = Shape::read(&shape.geojson(), |lon, lat| (lon, lat)).expect("what was written is read");
                let (was, is) = (shape.bounds(), again.bounds());
                prop_assert!((was.min_lon - is.min_lon).abs() < 1e-6 && (was.max_lat - is.max_lat).abs() < 1e-6);
            }
        }
    }
}
