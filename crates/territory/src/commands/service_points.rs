//! Opens and edits places where people are served.

use super::{Actor, Change, append};
use crate::{TerritoryError, datum::check_point, queries, queries::ServicePointRow};
use diesel::prelude::*;
use store::{Store, Timestamp, Tx, requests::ClientRequest, schema::service_points};

/// What a service point may be.
pub const KINDS: [&str; 7] =
    ["centre", "town_hall", "village_office", "party_service", "legal", "clinic", "other"];

/// A service point as it should be.
#[derive(Clone, Debug, PartialEq)]
pub struct ServicePointSpec {
    /// Its name.
    pub name: String,
    /// One of [`KINDS`].
    pub kind: String,
    /// The area it serves.
    pub area_id: i64,
    /// Where it is (longitude, latitude, WGS 84).
    pub point: Option<(f64, f64)>,
    /// The address.
    pub address: String,
    /// The telephone.
    pub phone: String,
    /// When it is open, in words.
    pub hours: String,
    /// Whether it is in service.
    pub active: bool,
}

impl ServicePointSpec {
    fn check(&self) -> Result<(), TerritoryError> {
        let invalid = |field, code| Err(TerritoryError::Invalid { field, code });
        if !(1..=80).contains(&self.name.trim().chars().count()) {
            return invalid("name", "service_point.bad_name");
        }
        if !KINDS.contains(&self.kind.as_str()) {
            return invalid("kind", "service_point.bad_kind");
        }
        if [&self.address, &self.phone, &self.hours].iter().any(|text| text.chars().count() > 200) {
            return invalid("address", "service_point.too_long");
        }
        self.point.map_or(Ok(()), |(lon, lat)| check_point(lon, lat))
    }
}

/// Opens a service point; with a client's request, only once.
///
/// # Errors
/// [`TerritoryError::AreaNotFound`], [`TerritoryError::Invalid`], [`store::StoreError::ClientIdReused`].
pub async fn open_service_point(
    store: &Store,
    actor: Actor,
    spec: ServicePointSpec,
    request: Option<ClientRequest>,
    now: Timestamp,
) -> Result<ServicePointRow, TerritoryError> {
    spec.check()?;
    store
        .write(move |tx| {
            let id = tx.once(request.as_ref(), now, |tx| apply(tx, actor, None, &spec, now))?;
            queries::service_point(tx.conn(), id)
        })
        .await
}

/// Makes a service point what `spec` says.
///
/// # Errors
/// As [`open_service_point`]; [`TerritoryError::PointNotFound`]; `version.conflict` when it stands otherwise than
/// [`ServicePointRow::version`] said.
pub async fn edit_service_point(
    store: &Store,
    change: Change,
    id: i64,
    spec: ServicePointSpec,
) -> Result<ServicePointRow, TerritoryError> {
    spec.check()?;
    store
        .write(move |tx| {
            change.once(tx, |tx| {
                let standing = queries::service_point(tx.conn(), id)?;
                change.check(standing.version())?;
                apply(tx, change.actor, Some(id), &spec, change.now)
            })?;
            queries::service_point(tx.conn(), id)
        })
        .await
}

fn apply(
    tx: &mut Tx<'_>,
    actor: Actor,
    id: Option<i64>,
    spec: &ServicePointSpec,
    now: Timestamp,
) -> Result<i64, TerritoryError> {
    queries::area(tx.conn(), spec.area_id)?;
    let columns = (
        service_points::name.eq(spec.name.trim()),
        service_points::kind.eq(&spec.kind),
        service_points::area_id.eq(spec.area_id),
        service_points::lon.eq(spec.point.map(|(lon, _)| lon)),
        service_points::lat.eq(spec.point.map(|(_, lat)| lat)),
        service_points::address.eq(&spec.address),
        service_points::phone.eq(&spec.phone),
        service_points::hours.eq(&spec.hours),
        service_points::active.eq(spec.active),
    );
    let (id, kind) = match id {
        Some(id) => {
            queries::service_point(tx.conn(), id)?;
            diesel::update(service_points::table.find(id)).set(columns).execute(tx.conn())?;
            (id, "area.service_point_edited")
        }
        None => {
            let id = tx.id()?;
            diesel::insert_into(service_points::table)
                .values((service_points::id.eq(id), columns))
                .execute(tx.conn())?;
            (id, "area.service_point_opened")
        }
    };
    let public =
        serde_json::json!({ "service_point": id.to_string(), "kind": spec.kind, "active": spec.active });
    append(tx, spec.area_id, kind, actor, now, public)?;
    Ok(id)
}
