//! Outlines of areas as GeoJSON: what is read and sound can be written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use territory::shape::Shape;

fuzz_target!(|bytes: &[u8]| {
    let Ok(geometry) = serde_json::from_slice(bytes) else { return };
    let Ok(shape) = Shape::read(&geometry, |lon, lat| (lon, lat)) else { return };
    if shape.check().is_ok() {
        Shape::read(&shape.geojson(), |lon, lat| (lon, lat)).expect("what was written is read");
    }
});
