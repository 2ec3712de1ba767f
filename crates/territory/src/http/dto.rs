//! What the API says about areas. Ids are strings.

use crate::{
    Area, Place,
    queries::{PostRow, ServicePointRow},
};
use people::PeopleError;
use serde::Serialize;
use utoipa::ToSchema;

/// An area.
#[derive(Debug, Serialize, ToSchema)]
pub struct AreaView {
    /// Its id.
    pub id: String,
    /// Its code: 12 digits, 15 for a grid.
    pub code: String,
    /// `county`, `town`, `village` or `grid`.
    pub level: String,
    /// Its name.
    pub name: String,
    /// The area above.
    pub parent_id: Option<String>,
    /// The county it is in.
    pub county_id: Option<String>,
    /// The town it is in.
    pub town_id: Option<String>,
    /// The village it is in.
    pub village_id: Option<String>,
    /// The urban-rural class, empty when unknown.
    pub urban_class: String,
    /// How many households, if known.
    pub households: Option<i64>,
    /// Longitude of a point in it, degrees, WGS 84.
    pub lon: Option<f64>,
    /// Latitude of a point in it.
    pub lat: Option<f64>,
    /// Who works in it, as published there: the grid worker, else who leads. Told in lists of grids.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worker: Option<String>,
    /// Counts up with every change; to be sent back with an edit.
    pub version: i64,
}

impl From<Area> for AreaView {
    fn from(area: Area) -> AreaView {
        let text = |id: Option<i64>| id.map(|id| id.to_string());
        AreaView {
            id: area.id.to_string(),
            parent_id: text(area.parent_id),
            county_id: text(area.county_id),
            town_id: text(area.town_id),
            village_id: text(area.village_id),
            code: area.code,
            level: area.level,
            name: area.name,
            urban_class: area.urban_class,
            households: area.households,
            lon: area.lon,
            lat: area.lat,
            worker: None,
            version: area.valid_from,
        }
    }
}

/// Which areas a position lies in.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlaceView {
    /// Longitude, WGS 84, as it is to be stored.
    pub lon: f64,
    /// Latitude, WGS 84.
    pub lat: f64,
    /// The county; all `null` when the position lies outside every known area.
    pub county: Option<AreaView>,
    /// The town.
    pub town: Option<AreaView>,
    /// The village.
    pub village: Option<AreaView>,
    /// The grid.
    pub grid: Option<AreaView>,
    /// Who stands for the grid.
    pub posts: Vec<PostView>,
}

impl PlaceView {
    /// A position outside every known area.
    pub(super) fn nowhere(lon: f64, lat: f64) -> PlaceView {
        PlaceView { lon, lat, county: None, town: None, village: None, grid: None, posts: Vec::new() }
    }

    /// Reads the areas of a place.
    pub(super) fn read(
        conn: &mut store::Conn,
        lon: f64,
        lat: f64,
        place: Place,
    ) -> Result<PlaceView, crate::TerritoryError> {
        let mut view =
            |id: Option<i64>| id.map(|id| crate::queries::area(conn, id).map(AreaView::from)).transpose();
        let (county, town) = (view(place.county_id)?, view(place.town_id)?);
        let (village, grid) = (view(place.village_id)?, view(place.grid_id)?);
        let posts = match place.grid_id {
            Some(grid) => crate::queries::posts_of(conn, grid)?,
            None => Vec::new(),
        };
        let posts = posts.into_iter().map(PostView::from).collect();
        Ok(PlaceView { lon, lat, county, town, village, grid, posts })
    }
}

/// Somebody who stands for an area, as published on the notice there.
#[derive(Debug, Serialize, ToSchema)]
pub struct PostView {
    /// Its id.
    pub id: String,
    /// `lead`, `worker`, `instructor`, `liaison`, `police` or `judge`.
    pub post: String,
    /// The account, if the person has one.
    pub account_id: Option<String>,
    /// The name.
    pub name: String,
    /// The telephone.
    pub phone: String,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub from: store::Timestamp,
}

impl From<PostRow> for PostView {
    fn from(row: PostRow) -> PostView {
        PostView {
            id: row.id.to_string(),
            post: row.post,
            account_id: row.account_id.map(|id| id.to_string()),
            name: row.name,
            phone: row.phone,
            from: store::at(row.from_at),
        }
    }
}

/// A place where people are served.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServicePointView {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `centre`, `town_hall`, `village_office`, `party_service`, `legal`, `clinic` or `other`.
    pub kind: String,
    /// The area it serves.
    pub area_id: String,
    /// Longitude, WGS 84.
    pub lon: Option<f64>,
    /// Latitude, WGS 84.
    pub lat: Option<f64>,
    /// The address.
    pub address: String,
    /// The telephone.
    pub phone: String,
    /// When it is open, in words.
    pub hours: String,
    /// Whether it is in service.
    pub active: bool,
    /// To be sent back with a change.
    pub version: i64,
}

impl From<ServicePointRow> for ServicePointView {
    fn from(row: ServicePointRow) -> ServicePointView {
        ServicePointView {
            version: row.version(),
            id: row.id.to_string(),
            area_id: row.area_id.to_string(),
            name: row.name,
            kind: row.kind,
            lon: row.lon,
            lat: row.lat,
            address: row.address,
            phone: row.phone,
            hours: row.hours,
            active: row.active,
        }
    }
}

/// A page.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Where the next one begins; `null` at the end.
    next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// A page of the first `limit` of `rows`, which holds one more when more follows.
    pub(super) fn of<R>(mut rows: Vec<R>, limit: i64, cursor: impl Fn(&R) -> String) -> Page<T>
    where
        T: From<R>,
    {
        let limit = usize::try_from(limit).unwrap_or(0);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = if more { rows.last().map(cursor) } else { None };
        Page { items: rows.into_iter().map(T::from).collect(), next_cursor }
    }
}

/// How long a page may be.
pub(super) fn page_size(asked: Option<i64>) -> Result<i64, PeopleError> {
    people::http::page_size(asked, 100, 500)
}
