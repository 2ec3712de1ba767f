//! Reads: one function per question.

use crate::{Area, Level, Place, Shape, TerritoryError};
use diesel::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use store::{
    Conn, StoreError,
    schema::{area_shapes, areas, grid_posts, service_points},
};

/// Which areas to list.
#[derive(Clone, Debug, Default)]
pub struct AreaFilter {
    /// Directly under this area.
    pub parent_id: Option<i64>,
    /// Of this level.
    pub level: Option<Level>,
    /// With these characters in the name, or a code that begins so.
    pub text: Option<String>,
    /// After this code (keyset).
    pub after: Option<String>,
    /// At most so many.
    pub limit: i64,
}

/// The area that holds now with this id. Closed rows are no areas any more.
///
/// # Errors
/// [`TerritoryError::AreaNotFound`].
pub fn area(conn: &mut Conn, id: i64) -> Result<Area, TerritoryError> {
    areas::table
        .find(id)
        .filter(areas::valid_to.is_null())
        .select(Area::as_select())
        .first(conn)
        .optional()?
        .ok_or(TerritoryError::AreaNotFound)
}

/// The area with this code that holds now.
///
/// # Errors
/// When the store fails.
pub fn area_by_code(conn: &mut Conn, code: &str) -> Result<Option<Area>, TerritoryError> {
    Ok(areas::table
        .filter(areas::code.eq(code))
        .filter(areas::valid_to.is_null())
        .select(Area::as_select())
        .first(conn)
        .optional()?)
}

/// The versions that stood under this code, oldest first: what an old document means.
///
/// # Errors
/// When the store fails.
pub fn history_of_code(conn: &mut Conn, code: &str) -> Result<Vec<Area>, TerritoryError> {
    Ok(areas::table
        .filter(areas::code.eq(code))
        .order((areas::valid_from, areas::id))
        .select(Area::as_select())
        .load(conn)?)
}

/// The place that an area is: what a case carries.
///
/// # Errors
/// [`TerritoryError::AreaNotFound`].
pub fn place(conn: &mut Conn, area_id: i64) -> Result<Place, TerritoryError> {
    Ok(Place::of(&area(conn, area_id)?))
}

/// A page of areas by code.
///
/// # Errors
/// When the store fails.
pub fn list(conn: &mut Conn, filter: &AreaFilter) -> Result<Vec<Area>, TerritoryError> {
    let mut query = areas::table
        .filter(areas::valid_to.is_null())
        .order(areas::code)
        .limit(filter.limit)
        .select(Area::as_select())
        .into_boxed();
    if let Some(parent) = filter.parent_id {
        query = query.filter(areas::parent_id.eq(parent));
    }
    if let Some(level) = filter.level {
        query = query.filter(areas::level.eq(level.as_str()));
    }
    if let Some(after) = &filter.after {
        query = query.filter(areas::code.gt(after.clone()));
    }
    if let Some(text) = filter.text.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        let plain = text.replace(['%', '_', '\\'], "");
        let pattern = if plain.bytes().all(|b| b.is_ascii_digit()) {
            query = query.filter(areas::code.like(format!("{plain}%")));
            return Ok(query.load(conn)?);
        } else {
            format!("%{plain}%")
        };
        query = query.filter(areas::name.like(pattern));
    }
    Ok(query.load(conn)?)
}

/// The shape of an area, if it has one.
///
/// # Errors
/// [`StoreError::Corrupt`] when what is stored is no shape.
pub fn shape_of(conn: &mut Conn, area_id: i64) -> Result<Option<Shape>, TerritoryError> {
    let text: Option<String> =
        area_shapes::table.find(area_id).select(area_shapes::geojson).first(conn).optional()?;
    text.map(|text| parse_shape(area_id, &text)).transpose()
}

/// The grids of a village that hold now, by code, with their shapes.
///
/// # Errors
/// When the store fails.
pub fn grids_of(conn: &mut Conn, village_id: i64) -> Result<Vec<(Area, Option<Shape>)>, TerritoryError> {
    let rows: Vec<(Area, Option<String>)> = areas::table
        .left_join(area_shapes::table.on(area_shapes::area_id.eq(areas::id)))
        .filter(areas::parent_id.eq(village_id))
        .filter(areas::level.eq(Level::Grid.as_str()))
        .filter(areas::valid_to.is_null())
        .order(areas::code)
        .select((Area::as_select(), area_shapes::geojson.nullable()))
        .load(conn)?;
    rows.into_iter()
        .map(|(area, text)| {
            let shape = text.map(|text| parse_shape(area.id, &text)).transpose()?;
            Ok((area, shape))
        })
        .collect()
}

/// Every area that holds now and has a shape.
///
/// # Errors
/// When the store fails.
pub fn shapes_of_all(conn: &mut Conn) -> Result<Vec<(Area, Shape)>, TerritoryError> {
    let rows: Vec<(Area, String)> = areas::table
        .inner_join(area_shapes::table.on(area_shapes::area_id.eq(areas::id)))
        .filter(areas::valid_to.is_null())
        .order(areas::code)
        .select((Area::as_select(), area_shapes::geojson))
        .load(conn)?;
    rows.into_iter().map(|(area, text)| parse_shape(area.id, &text).map(|shape| (area, shape))).collect()
}

/// The areas of a level with the text of their geometry, within a town if one is named: for a map.
///
/// # Errors
/// When the store fails.
pub fn outlines(
    conn: &mut Conn,
    level: Level,
    town_id: Option<i64>,
) -> Result<Vec<(Area, String)>, TerritoryError> {
    let mut query = areas::table
        .inner_join(area_shapes::table.on(area_shapes::area_id.eq(areas::id)))
        .filter(areas::valid_to.is_null())
        .filter(areas::level.eq(level.as_str()))
        .order(areas::code)
        .select((Area::as_select(), area_shapes::geojson))
        .into_boxed();
    if let Some(town) = town_id {
        query = query.filter(areas::town_id.eq(town));
    }
    Ok(query.load(conn)?)
}

fn parse_shape(area_id: i64, text: &str) -> Result<Shape, TerritoryError> {
    let corrupt = |detail: String| StoreError::Corrupt {
        what: "area shape",
        detail: format!("area {area_id}: {detail}"),
    };
    let value = serde_json::from_str(text).map_err(|error| corrupt(error.to_string()))?;
    Ok(Shape::read(&value, |lon, lat| (lon, lat)).map_err(|fault| corrupt(fault.code().to_owned()))?)
}

/// Who stands for an area.
#[derive(Clone, Debug, PartialEq, Eq, diesel::Queryable, diesel::Selectable)]
#[diesel(table_name = grid_posts)]
pub struct PostRow {
    /// Its id.
    pub id: i64,
    /// The area.
    pub area_id: i64,
    /// `lead`, `worker`, …: see [`crate::commands::set_posts::POSTS`].
    pub post: String,
    /// The account, if the person has one.
    pub account_id: Option<i64>,
    /// The name, as published on the notice in the grid.
    pub name: String,
    /// The telephone, as published.
    pub phone: String,
    /// Since when (ms).
    pub from_at: i64,
    /// Until when (ms); `None` means now.
    pub until_at: Option<i64>,
}

/// Who stands for an area now.
///
/// # Errors
/// When the store fails.
pub fn posts_of(conn: &mut Conn, area_id: i64) -> Result<Vec<PostRow>, TerritoryError> {
    Ok(grid_posts::table
        .filter(grid_posts::area_id.eq(area_id))
        .filter(grid_posts::until_at.is_null())
        .order(grid_posts::id)
        .select(PostRow::as_select())
        .load(conn)?)
}

/// Who works in each of these areas now: the grid worker, else who leads.
///
/// # Errors
/// When the store fails.
pub fn workers_of(conn: &mut Conn, areas: &[i64]) -> Result<BTreeMap<i64, String>, TerritoryError> {
    if areas.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<(i64, String, String)> = grid_posts::table
        .filter(grid_posts::area_id.eq_any(areas.to_vec()))
        .filter(grid_posts::until_at.is_null())
        .filter(grid_posts::post.eq_any(["worker", "lead"]))
        .order(grid_posts::id.desc())
        .select((grid_posts::area_id, grid_posts::post, grid_posts::name))
        .load(conn)?;
    let mut found: BTreeMap<i64, (bool, String)> = BTreeMap::new();
    for (area, post, name) in rows {
        let works = post == "worker";
        if found.get(&area).is_none_or(|(held, _)| works >= *held) {
            found.insert(area, (works, name));
        }
    }
    Ok(found.into_iter().map(|(area, (_, name))| (area, name)).collect())
}

/// The areas that an account stands for now, with the post.
///
/// # Errors
/// When the store fails.
pub fn areas_of_account(conn: &mut Conn, account_id: i64) -> Result<Vec<(i64, String)>, TerritoryError> {
    Ok(grid_posts::table
        .filter(grid_posts::account_id.eq(account_id))
        .filter(grid_posts::until_at.is_null())
        .order(grid_posts::area_id)
        .select((grid_posts::area_id, grid_posts::post))
        .load(conn)?)
}

/// The version of those who stand for an area: another one when anybody came, went or changed.
#[must_use]
pub fn posts_version(standing: &[PostRow]) -> i64 {
    let mut ids: Vec<i64> = standing.iter().map(|row| row.id).collect();
    ids.sort_unstable();
    fingerprint(&ids)
}

/// A number that tells contents apart, small enough to be exact in JSON (53 bits).
fn fingerprint(content: &impl std::fmt::Debug) -> i64 {
    let hash = Sha256::digest(format!("{content:?}"));
    let head = hash.iter().take(8).fold(0_i64, |sum, byte| (sum << 8) | i64::from(*byte));
    head & ((1 << 53) - 1)
}

/// A place where people are served.
#[derive(Clone, Debug, PartialEq, diesel::Queryable, diesel::Selectable)]
#[diesel(table_name = service_points)]
pub struct ServicePointRow {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// What it is: `centre`, `town_hall`, `village_office`, `party_service`, `legal`, `clinic`, `other`.
    pub kind: String,
    /// The area it serves.
    pub area_id: i64,
    /// Longitude, degrees, WGS 84.
    pub lon: Option<f64>,
    /// Latitude.
    pub lat: Option<f64>,
    /// The address.
    pub address: String,
    /// The telephone.
    pub phone: String,
    /// When it is open, in words.
    pub hours: String,
    /// Whether it is in service.
    pub active: bool,
}

impl ServicePointRow {
    /// Another number when anything of it was changed.
    #[must_use]
    pub fn version(&self) -> i64 {
        fingerprint(self)
    }
}

/// A page of service points by id: in an area or below it, of a kind, in service.
///
/// # Errors
/// [`TerritoryError::AreaNotFound`] for an unknown area.
pub fn service_points(
    conn: &mut Conn,
    within: Option<i64>,
    kind: Option<&str>,
    after: i64,
    limit: i64,
) -> Result<Vec<ServicePointRow>, TerritoryError> {
    let mut query = service_points::table
        .inner_join(areas::table.on(areas::id.eq(service_points::area_id)))
        .filter(service_points::active.eq(true))
        .filter(service_points::id.gt(after))
        .order(service_points::id)
        .limit(limit)
        .select(ServicePointRow::as_select())
        .into_boxed();
    if let Some(id) = within {
        let code = crate::AreaCode::parse(&area(conn, id)?.code)?;
        query = query.filter(areas::code.like(format!("{}%", code.prefix())));
    }
    if let Some(kind) = kind {
        query = query.filter(service_points::kind.eq(kind.to_owned()));
    }
    Ok(query.load(conn)?)
}

/// One service point.
///
/// # Errors
/// [`TerritoryError::PointNotFound`].
pub fn service_point(conn: &mut Conn, id: i64) -> Result<ServicePointRow, TerritoryError> {
    service_points::table
        .find(id)
        .select(ServicePointRow::as_select())
        .first(conn)
        .optional()?
        .ok_or(TerritoryError::PointNotFound)
}
