//! From a place as people give it to the areas that a case carries.

use super::{
    Web,
    dto::{Id, PlaceBody},
};
use crate::{CaseError, commands::Place};
use diesel::prelude::*;
use store::schema::areas;

/// Looks the areas of a place up: by the named area where one is given, by the point otherwise. A point outside
/// every known shape keeps its coordinates and has no area.
pub(super) async fn resolve(web: &Web, body: PlaceBody) -> Result<Place, CaseError> {
    let mut place = Place { text: body.text, lon: body.lon, lat: body.lat, ..Place::default() };
    if place.lon.is_some() != place.lat.is_some() {
        return Err(CaseError::field("place", "place.half_a_point"));
    }
    if let Some(Id(area)) = body.area_id {
        return named(web, place, area).await;
    }
    if let (Some(lon), Some(lat)) = (place.lon, place.lat) {
        territory::datum::check_point(lon, lat).map_err(|_| CaseError::field("place", "place.bad_point"))?;
        if let Some(found) = web.territory.locator().locate(lon, lat) {
            place.county_id = found.county_id;
            place.town_id = found.town_id;
            place.village_id = found.village_id;
            place.grid_id = found.grid_id;
        }
    }
    Ok(place)
}

type AreaRow = (String, Option<i64>, Option<i64>, Option<i64>);

async fn named(web: &Web, mut place: Place, area: i64) -> Result<Place, CaseError> {
    let row: Option<AreaRow> = web
        .cases
        .store
        .peek(move |conn| {
            Ok::<_, CaseError>(
                areas::table
                    .find(area)
                    .select((areas::level, areas::county_id, areas::town_id, areas::village_id))
                    .first(conn)
                    .optional()?,
            )
        })
        .await?;
    let (level, county, town, village) =
        row.ok_or_else(|| CaseError::field("place.area_id", "area.unknown"))?;
    (place.county_id, place.town_id, place.village_id) = (county, town, village);
    match level.as_str() {
        "county" => place.county_id = Some(area),
        "town" => place.town_id = Some(area),
        "village" => place.village_id = Some(area),
        "grid" => place.grid_id = Some(area),
        _ => return Err(CaseError::field("place.area_id", "area.unknown")),
    }
    Ok(place)
}
