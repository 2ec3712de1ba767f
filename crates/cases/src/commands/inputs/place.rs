//! Where a matter is.

use crate::model::ids;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where a matter is. The areas are given by the caller (the point was looked up at the edge).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Place {
    /// Words: street, landmark.
    pub text: String,
    /// The county.
    #[serde(with = "ids::option")]
    #[schema(value_type = Option<String>)]
    pub county_id: Option<i64>,
    /// The town.
    #[serde(with = "ids::option")]
    #[schema(value_type = Option<String>)]
    pub town_id: Option<i64>,
    /// The village.
    #[serde(with = "ids::option")]
    #[schema(value_type = Option<String>)]
    pub village_id: Option<i64>,
    /// The grid.
    #[serde(with = "ids::option")]
    #[schema(value_type = Option<String>)]
    pub grid_id: Option<i64>,
    /// Longitude, WGS 84.
    pub lon: Option<f64>,
    /// Latitude, WGS 84.
    pub lat: Option<f64>,
}
