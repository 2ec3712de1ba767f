//! Chinese map datums. Maps sold in China shift every position: GCJ-02 (by law, all public maps) and BD-09 (Baidu,
//! a second shift on top). OneDoor stores WGS 84, which is CGCS2000 for every purpose here.
//!
//! The forward formulas are the published ones (Krasovsky 1940 ellipsoid, `a` = 6378245 m, `e²` = 0.00669342162296594323);
//! the inverse is found by iteration, to far below 10⁻⁶ degrees.

use crate::TerritoryError;
use std::f64::consts::PI;

const SEMI_MAJOR: f64 = 6_378_245.0;
const ECCENTRICITY_SQUARED: f64 = 0.006_693_421_622_965_943;
const BAIDU_PI: f64 = PI * 3000.0 / 180.0;

/// A datum in which somebody may give a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Datum {
    /// WGS 84, also CGCS2000: what receivers give and what is stored.
    Wgs84,
    /// GCJ-02: AMap, Tencent.
    Gcj02,
    /// BD-09: Baidu.
    Bd09,
}

impl Datum {
    /// Reads the word of the API.
    ///
    /// # Errors
    /// [`TerritoryError::BadDatum`].
    pub fn parse(word: &str) -> Result<Datum, TerritoryError> {
        match word {
            "wgs84" | "cgcs2000" => Ok(Datum::Wgs84),
            "gcj02" => Ok(Datum::Gcj02),
            "bd09" => Ok(Datum::Bd09),
            other => Err(TerritoryError::BadDatum(other.chars().take(40).collect())),
        }
    }

    /// The WGS 84 position of a position in this datum. Degrees, longitude first.
    pub fn to_wgs84(self, lon: f64, lat: f64) -> (f64, f64) {
        match self {
            Datum::Wgs84 => (lon, lat),
            Datum::Gcj02 => invert(wgs84_to_gcj02, lon, lat),
            Datum::Bd09 => {
                let (lon, lat) = invert(gcj02_to_bd09, lon, lat);
                invert(wgs84_to_gcj02, lon, lat)
            }
        }
    }

    /// The position in this datum of a WGS 84 position. Degrees, longitude first.
    pub fn from_wgs84(self, lon: f64, lat: f64) -> (f64, f64) {
        match self {
            Datum::Wgs84 => (lon, lat),
            Datum::Gcj02 => wgs84_to_gcj02(lon, lat),
            Datum::Bd09 => {
                let (lon, lat) = wgs84_to_gcj02(lon, lat);
                gcj02_to_bd09(lon, lat)
            }
        }
    }
}

/// Checks that a position is on the globe.
///
/// # Errors
/// [`TerritoryError::BadPoint`].
pub fn check_point(lon: f64, lat: f64) -> Result<(), TerritoryError> {
    if lon.is_finite() && lat.is_finite() && lon.abs() <= 180.0 && lat.abs() <= 90.0 {
        Ok(())
    } else {
        Err(TerritoryError::BadPoint)
    }
}

/// GCJ-02 shifts only inside this box (the one the published formula comes with).
fn is_shifted(lon: f64, lat: f64) -> bool {
    (72.004..=137.8347).contains(&lon) && (0.8293..=55.8271).contains(&lat)
}

fn wgs84_to_gcj02(lon: f64, lat: f64) -> (f64, f64) {
    if !is_shifted(lon, lat) {
        return (lon, lat);
    }
    let (x, y) = (lon - 105.0, lat - 35.0);
    let common = (20.0 * (6.0 * x * PI).sin() + 20.0 * (2.0 * x * PI).sin()) * 2.0 / 3.0;
    let north = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * x.abs().sqrt()
        + common
        + (20.0 * (y * PI).sin() + 40.0 * (y / 3.0 * PI).sin()) * 2.0 / 3.0
        + (160.0 * (y / 12.0 * PI).sin() + 320.0 * (y * PI / 30.0).sin()) * 2.0 / 3.0;
    let east = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * x.abs().sqrt()
        + common
        + (20.0 * (x * PI).sin() + 40.0 * (x / 3.0 * PI).sin()) * 2.0 / 3.0
        + (150.0 * (x / 12.0 * PI).sin() + 300.0 * (x / 30.0 * PI).sin()) * 2.0 / 3.0;
    let phi = lat.to_radians();
    let magic = 1.0 - ECCENTRICITY_SQUARED * phi.sin().powi(2);
    let root = magic.sqrt();
    let per_north = (SEMI_MAJOR * (1.0 - ECCENTRICITY_SQUARED)) / (magic * root) * PI;
    let per_east = SEMI_MAJOR / root * phi.cos() * PI;
    (lon + east * 180.0 / per_east, lat + north * 180.0 / per_north)
}

fn gcj02_to_bd09(lon: f64, lat: f64) -> (f64, f64) {
    let radius = lon.hypot(lat) + 0.00002 * (lat * BAIDU_PI).sin();
    let angle = lat.atan2(lon) + 0.000_003 * (lon * BAIDU_PI).cos();
    (radius * angle.cos() + 0.0065, radius * angle.sin() + 0.006)
}

/// Finds what `forward` maps onto the given position. The shift changes by less than 1 part in 100 over its own
/// length, so each round gains two digits; eight rounds reach the limit of `f64`.
fn invert(forward: fn(f64, f64) -> (f64, f64), lon: f64, lat: f64) -> (f64, f64) {
    let (mut x, mut y) = (lon, lat);
    for _ in 0..12 {
        let (fx, fy) = forward(x, y);
        let (dx, dy) = (fx - lon, fy - lat);
        x -= dx;
        y -= dy;
        if dx.abs() < 1e-12 && dy.abs() < 1e-12 {
            break;
        }
    }
    (x, y)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(got: (f64, f64), want: (f64, f64), within: f64) {
        assert!(
            (got.0 - want.0).abs() < within && (got.1 - want.1).abs() < within,
            "{got:?} is not {want:?}"
        );
    }

    /// Pairs that the common open-source converters publish in their own tests: (WGS 84, GCJ-02), longitude first.
    const GCJ02_PAIRS: [((f64, f64), (f64, f64)); 4] = [
        ((121.527_210_6, 31.177_427_6), (121.531_541_859_215, 31.175_303_983_645_97)), // Shanghai
        ((113.912_316, 22.543_847), (113.917_176_480_836_3, 22.540_796_131_694_766)),  // Shenzhen
        ((116.377_817, 39.911_954), (116.384_047_224_556_57, 39.913_345_455_360_69)),  // Beijing
        ((116.404, 39.915), (116.410_244_499_169_38, 39.916_404_281_501_64)),          // Beijing
    ];

    #[test]
    fn gcj02_agrees_with_the_published_pairs() {
        for (wgs, gcj) in &GCJ02_PAIRS {
            near(Datum::Gcj02.from_wgs84(wgs.0, wgs.1), *gcj, 1e-9);
            near(Datum::Gcj02.to_wgs84(gcj.0, gcj.1), *wgs, 1e-9);
        }
    }

    #[test]
    fn bd09_agrees_with_the_published_pairs() {
        // GCJ-02 (116.404, 39.915) is BD-09 (116.41036949371029, 39.92133699351021).
        near(gcj02_to_bd09(116.404, 39.915), (116.410_369_493_710_29, 39.921_336_993_510_21), 1e-9);
        // BD-09 (116.404, 39.915) is about GCJ-02 (116.39762729119315, 39.90865673957631) by the published
        // approximate inverse; the exact inverse lies within 10⁻⁵ degrees of it.
        near(invert(gcj02_to_bd09, 116.404, 39.915), (116.397_627_291_193_15, 39.908_656_739_576_31), 1e-5);
        let (lon, lat) = invert(gcj02_to_bd09, 116.404, 39.915);
        near(gcj02_to_bd09(lon, lat), (116.404, 39.915), 1e-10);
    }

    #[test]
    fn the_inverse_is_exact_over_the_whole_country() {
        for step_lon in 0..60 {
            for step_lat in 0..35 {
                let (lon, lat) = (73.66 + f64::from(step_lon) * 1.03, 18.2 + f64::from(step_lat) * 1.01);
                for datum in [Datum::Gcj02, Datum::Bd09] {
                    let (x, y) = datum.from_wgs84(lon, lat);
                    near(datum.to_wgs84(x, y), (lon, lat), 1e-9);
                }
            }
        }
    }

    #[test]
    fn nothing_is_shifted_outside_the_box() {
        assert_eq!(Datum::Gcj02.from_wgs84(2.3522, 48.8566), (2.3522, 48.8566));
        assert_eq!(Datum::Gcj02.to_wgs84(2.3522, 48.8566), (2.3522, 48.8566));
    }

    #[test]
    fn a_position_off_the_globe_is_refused() {
        assert!(check_point(106.1, 34.7).is_ok());
        for (lon, lat) in [(181.0, 0.0), (0.0, 91.0), (f64::NAN, 0.0), (0.0, f64::INFINITY)] {
            assert_eq!(check_point(lon, lat).unwrap_err().code(), "place.bad_point");
        }
        assert_eq!(Datum::parse("mars").unwrap_err().code(), "place.bad_datum");
    }
}
