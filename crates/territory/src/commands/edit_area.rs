//! Edits an area: its name, its households, the point that stands for it.

use super::{Change, append};
use crate::{Area, TerritoryError, datum::check_point};
use diesel::prelude::*;
use store::{Store, Tx, ms, schema::areas};

/// What to change; `None` leaves as it is.
#[derive(Clone, Debug, Default)]
pub struct AreaEdit {
    /// A new name.
    pub name: Option<String>,
    /// A new number of households.
    pub households: Option<i64>,
    /// A new point (longitude, latitude, WGS 84).
    pub point: Option<(f64, f64)>,
    /// A new urban-rural class.
    pub urban_class: Option<String>,
}

/// Edits an area and returns it as it stands then. A new name keeps the old one in a closed row. What the editor saw is
/// the area's `valid_from` in ms.
///
/// # Errors
/// [`TerritoryError::AreaNotFound`], [`TerritoryError::Invalid`] for a name that is empty or longer than 80 characters, a
/// negative number, a class that is not three digits, [`store::StoreError::VersionConflict`].
pub async fn edit_area(
    store: &Store,
    change: Change,
    area_id: i64,
    edit: AreaEdit,
) -> Result<Area, TerritoryError> {
    check(&edit)?;
    store
        .write(move |tx| {
            change.once(tx, |tx| apply(tx, &change, area_id, &edit))?;
            crate::queries::area(tx.conn(), area_id)
        })
        .await
}

fn check(edit: &AreaEdit) -> Result<(), TerritoryError> {
    let invalid = |field, code| Err(TerritoryError::Invalid { field, code });
    if edit.name.as_ref().is_some_and(|name| !(1..=80).contains(&name.trim().chars().count())) {
        return invalid("name", "area.bad_name");
    }
    if edit.households.is_some_and(|count| !(0..=1_000_000).contains(&count)) {
        return invalid("households", "area.bad_households");
    }
    let is_class =
        |class: &String| class.is_empty() || (class.len() == 3 && class.bytes().all(|b| b.is_ascii_digit()));
    if edit.urban_class.as_ref().is_some_and(|class| !is_class(class)) {
        return invalid("urban_class", "area.bad_urban_class");
    }
    edit.point.map_or(Ok(()), |(lon, lat)| check_point(lon, lat))
}

fn apply(tx: &mut Tx<'_>, change: &Change, area_id: i64, edit: &AreaEdit) -> Result<(), TerritoryError> {
    let now = change.now;
    let mut area = crate::queries::area(tx.conn(), area_id)?;
    change.check(area.valid_from)?;
    let before = area.clone();
    if let Some(name) = &edit.name {
        area.name = name.trim().to_owned();
    }
    area.households = edit.households.or(area.households);
    if let Some((lon, lat)) = edit.point {
        (area.lon, area.lat) = (Some(lon), Some(lat));
    }
    if let Some(class) = &edit.urban_class {
        area.urban_class.clone_from(class);
    }
    if area == before {
        return Ok(());
    }
    if area.name != before.name {
        super::import_divisions::remember(tx, &before, None, now)?;
    }
    area.valid_from = ms(now);
    diesel::update(areas::table.find(area_id))
        .set((
            areas::name.eq(&area.name),
            areas::households.eq(area.households),
            areas::lon.eq(area.lon),
            areas::lat.eq(area.lat),
            areas::urban_class.eq(&area.urban_class),
            areas::valid_from.eq(area.valid_from),
        ))
        .execute(tx.conn())?;
    let public = serde_json::json!({ "code": area.code, "name": area.name, "households": area.households });
    append(tx, area_id, "area.edited", change.actor, now, public)?;
    Ok(())
}
