//! What can go wrong in territory. Every error has a stable code; see [`TerritoryError::code`].

use store::StoreError;

/// A territory error.
#[derive(Debug, thiserror::Error)]
pub enum TerritoryError {
    /// The engine failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A code that is no area code.
    #[error("`{0}` is no area code: 12 digits (15 for a grid), right-padded with 0")]
    BadCode(String),
    /// A level that does not exist.
    #[error("`{0}` is no level of area")]
    BadLevel(String),
    /// A datum that is not known.
    #[error("`{0}` is no datum; known are wgs84, gcj02, bd09")]
    BadDatum(String),
    /// A coordinate outside the globe or not a number.
    #[error("longitude and latitude are degrees within ±180 and ±90")]
    BadPoint,
    /// A table of divisions that cannot be read.
    #[error("divisions, line {line}: {detail}")]
    BadTable {
        /// The line in the file, from 1 (the header).
        line: u64,
        /// What is wrong.
        detail: String,
    },
    /// A file that is no GeoJSON feature collection of polygons.
    #[error("GeoJSON: {0}")]
    BadGeoJson(String),
    /// Grids that were refused; nothing was written.
    #[error("{} problems in the grids", .0.errors())]
    BadGrids(Box<crate::commands::import_grids::GridReport>),
    /// The area does not exist.
    #[error("area not found")]
    AreaNotFound,
    /// The service point does not exist.
    #[error("service point not found")]
    PointNotFound,
    /// A field with a value that is not allowed.
    #[error("{field}: {code}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// The stable code of what is wrong with it.
        code: &'static str,
    },
}

impl TerritoryError {
    /// The stable code that the API and the locale files know.
    pub fn code(&self) -> &'static str {
        match self {
            TerritoryError::Store(error) => error.code(),
            TerritoryError::BadCode(_) => "area.bad_code",
            TerritoryError::BadLevel(_) => "area.bad_level",
            TerritoryError::BadDatum(_) => "place.bad_datum",
            TerritoryError::BadPoint => "place.bad_point",
            TerritoryError::BadTable { .. } => "divisions.bad_table",
            TerritoryError::BadGeoJson(_) => "grid.bad_geojson",
            TerritoryError::BadGrids(_) => "grid.refused",
            TerritoryError::AreaNotFound => "area.not_found",
            TerritoryError::PointNotFound => "service_point.not_found",
            TerritoryError::Invalid { code, .. } => code,
        }
    }
}

impl From<diesel::result::Error> for TerritoryError {
    fn from(error: diesel::result::Error) -> Self {
        TerritoryError::Store(StoreError::Database(error))
    }
}
