//! Maps: outlines as GeoJSON, point → areas, the import of grids.

use super::{PlaceView, change, id};
use crate::{
    Area, Datum, GridOptions, GridReport, Level, Territory, TerritoryError,
    commands::import_grids::import_grids_once, datum::check_point, queries,
};
use axum::{
    body::Body,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use people::web::{Caller, Json, Problem, Query, Retriable};
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct TownParam {
    /// Only within this town.
    town: Option<String>,
}

/// The outlines of the counties and their towns.
#[utoipa::path(get, path = "/boundary.geojson", tag = "territory",
    responses((status = 200, body = Object, content_type = "application/geo+json")))]
pub(super) async fn boundary(State(territory): State<Territory>) -> Result<Response, Problem> {
    let rows = territory
        .store()
        .read(|conn| -> Result<_, TerritoryError> {
            let mut rows = queries::outlines(conn, Level::County, None)?;
            rows.extend(queries::outlines(conn, Level::Town, None)?);
            Ok(rows)
        })
        .await?;
    Ok(collection(&rows))
}

/// The outlines of villages.
#[utoipa::path(get, path = "/villages.geojson", tag = "territory", params(TownParam),
    responses((status = 200, body = Object, content_type = "application/geo+json")))]
pub(super) async fn villages(
    State(territory): State<Territory>,
    Query(params): Query<TownParam>,
) -> Result<Response, Problem> {
    outlines(&territory, Level::Village, params).await
}

/// The outlines of grids.
#[utoipa::path(get, path = "/grids.geojson", tag = "territory", params(TownParam),
    responses((status = 200, body = Object, content_type = "application/geo+json")))]
pub(super) async fn grids(
    State(territory): State<Territory>,
    Query(params): Query<TownParam>,
) -> Result<Response, Problem> {
    outlines(&territory, Level::Grid, params).await
}

async fn outlines(territory: &Territory, level: Level, params: TownParam) -> Result<Response, Problem> {
    let town = params.town.as_deref().map(id).transpose()?;
    let rows = territory.store().read(move |conn| queries::outlines(conn, level, town)).await?;
    Ok(collection(&rows))
}

/// A feature collection; the geometries are stored as text and go through as they are.
fn collection(rows: &[(Area, String)]) -> Response {
    let features: Vec<String> = rows.iter().map(|(area, geometry)| feature(area, geometry)).collect();
    let text = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","));
    let mut response = Body::from(text).into_response();
    let kind = HeaderValue::from_static("application/geo+json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

fn feature(area: &Area, geometry: &str) -> String {
    let text = |id: Option<i64>| id.map(|id| id.to_string());
    let properties = serde_json::json!({
        "id": area.id.to_string(), "code": area.code, "level": area.level, "name": area.name,
        "parent_id": text(area.parent_id), "town_id": text(area.town_id),
        "village_id": text(area.village_id), "households": area.households,
        "lon": area.lon, "lat": area.lat,
    });
    let id = area.id;
    format!(r#"{{"type":"Feature","id":"{id}","properties":{properties},"geometry":{geometry}}}"#)
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct LocateParams {
    /// Longitude, degrees.
    lon: f64,
    /// Latitude, degrees.
    lat: f64,
    /// `wgs84` (also CGCS2000; usual), `gcj02` or `bd09`.
    datum: Option<String>,
}

/// Which areas a position lies in, and who stands for its grid.
#[utoipa::path(get, path = "/locate", tag = "territory", params(LocateParams),
    responses((status = 200, body = PlaceView), (status = 422, body = Problem)))]
pub(super) async fn locate(
    State(territory): State<Territory>,
    Query(params): Query<LocateParams>,
) -> Result<Json<PlaceView>, Problem> {
    check_point(params.lon, params.lat)?;
    let datum = params.datum.as_deref().map_or(Ok(Datum::Wgs84), Datum::parse)?;
    let (lon, lat) = datum.to_wgs84(params.lon, params.lat);
    let Some(place) = territory.locator().locate(lon, lat) else {
        return Ok(Json(PlaceView::nowhere(lon, lat)));
    };
    let view = territory.store().read(move |conn| PlaceView::read(conn, lon, lat, place)).await?;
    Ok(Json(view))
}

/// Grids to import.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct ImportBody {
    /// A GeoJSON feature collection; each feature has a polygon and the properties `code` (15 digits), `name`, `households`.
    #[schema(value_type = Object)]
    geojson: serde_json::Value,
    /// The datum of the file; usually `wgs84`.
    datum: Option<Datum>,
    /// Households from which a grid is too big (usually what the county has set).
    household_limit: Option<i64>,
    /// The share of a grid that may lie outside its village or in another grid (usually 0.01).
    tolerance: Option<f64>,
    /// Close the grids of the named villages that the file does not name.
    #[serde(default)]
    replace: bool,
    /// Judge only.
    #[serde(default)]
    dry_run: bool,
}

/// Imports grids, all or none.
#[utoipa::path(post, path = "/grids/import", tag = "territory", request_body = ImportBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "A UUID that the client made for this command")),
    responses((status = 200, body = GridReport), (status = 422, body = Problem)))]
pub(super) async fn import_grids(
    State(territory): State<Territory>,
    caller: Caller,
    command: Retriable<ImportBody>,
) -> Result<Json<Value>, Problem> {
    let body = command.body;
    let usual = GridOptions::default();
    let county = territory.store().read(people::county::load).await?;
    let options = GridOptions {
        datum: body.datum.unwrap_or(usual.datum),
        household_limit: body.household_limit.unwrap_or(county.grid_household_limit).max(1),
        tolerance: body.tolerance.unwrap_or(usual.tolerance).clamp(0.0, 0.5),
        replace: body.replace,
        dry_run: body.dry_run,
    };
    let change = change(&territory, &caller, command.request, None);
    let report = import_grids_once(territory.store(), change, &body.geojson, &options).await?;
    if !options.dry_run {
        territory.reload().await?;
    }
    Ok(Json(report))
}
