//! `/service-points`.

use super::{
    ServicePointView, actor, change,
    dto::{Page, page_size},
    id,
};
use crate::{
    Territory, TerritoryError,
    commands::service_points::{ServicePointSpec, edit_service_point, open_service_point},
    queries,
};
use axum::extract::State;
use people::web::{Caller, Command, Json, Path, Problem, Query, Retriable};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListParams {
    /// In this area or below it.
    area: Option<String>,
    /// Of this kind.
    kind: Option<String>,
    /// From `next_cursor`.
    cursor: Option<String>,
    /// How many (1–500, usually 100).
    limit: Option<i64>,
}

/// Service points in service.
#[utoipa::path(get, path = "/service-points", tag = "territory", params(ListParams),
    responses((status = 200, body = Page<ServicePointView>)))]
pub(super) async fn list(
    State(territory): State<Territory>,
    Query(params): Query<ListParams>,
) -> Result<Json<Page<ServicePointView>>, Problem> {
    let limit = page_size(params.limit)?;
    let area = params.area.as_deref().map(id).transpose()?;
    let after = params.cursor.as_deref().map_or(Ok(0), id)?;
    let rows = territory
        .store()
        .read(move |conn| queries::service_points(conn, area, params.kind.as_deref(), after, limit + 1))
        .await?;
    Ok(Json(Page::of(rows, limit, |row| row.id.to_string())))
}

/// A service point as it should be.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct PointBody {
    /// Its name.
    name: String,
    /// `centre`, `town_hall`, `village_office`, `party_service`, `legal`, `clinic` or `other`.
    kind: String,
    /// The area it serves.
    area_id: String,
    /// Longitude, WGS 84; needs `lat`.
    lon: Option<f64>,
    /// Latitude.
    lat: Option<f64>,
    /// The address.
    #[serde(default)]
    address: String,
    /// The telephone.
    #[serde(default)]
    phone: String,
    /// When it is open, in words.
    #[serde(default)]
    hours: String,
    /// Whether it is in service; usually true.
    active: Option<bool>,
    /// The version the editor saw: needed to change a point, not to open one.
    version: Option<i64>,
}

impl PointBody {
    fn spec(self) -> Result<ServicePointSpec, TerritoryError> {
        Ok(ServicePointSpec {
            area_id: id(&self.area_id)?,
            point: self.lon.zip(self.lat),
            name: self.name,
            kind: self.kind,
            address: self.address,
            phone: self.phone,
            hours: self.hours,
            active: self.active.unwrap_or(true),
        })
    }
}

/// Opens a service point.
#[utoipa::path(post, path = "/service-points", tag = "territory", request_body = PointBody,
    params(("idempotency-key" = String, Header)),
    responses((status = 200, body = ServicePointView), (status = 422, body = Problem)))]
pub(super) async fn open(
    State(territory): State<Territory>,
    caller: Caller,
    command: Command<PointBody>,
) -> Result<Json<ServicePointView>, Problem> {
    let now = territory.store().clock().now();
    let spec = command.body.spec()?;
    let request = Some(command.request);
    let row = open_service_point(territory.store(), actor(&caller), spec, request, now).await?;
    Ok(Json(row.into()))
}

/// Makes a service point what the body says.
#[utoipa::path(patch, path = "/service-points/{id}", tag = "territory", request_body = PointBody,
    params(("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "A UUID that the client made for this command")),
    responses((status = 200, body = ServicePointView), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn edit(
    State(territory): State<Territory>,
    caller: Caller,
    Path(point): Path<String>,
    command: Retriable<PointBody>,
) -> Result<Json<ServicePointView>, Problem> {
    let point = point.parse().map_err(|_| TerritoryError::PointNotFound)?;
    let missing = TerritoryError::Invalid { field: "version", code: "field.required" };
    let version = command.body.version.ok_or(missing)?;
    let change = change(&territory, &caller, command.request, Some(version));
    match edit_service_point(territory.store(), change, point, command.body.spec()?).await {
        Ok(row) => Ok(Json(row.into())),
        Err(error) if error.code() == "version.conflict" => {
            let row = territory.store().read(move |conn| queries::service_point(conn, point)).await?;
            let current = serde_json::to_value(ServicePointView::from(row)).unwrap_or_default();
            Err(Problem::from(error).current(current))
        }
        Err(error) => Err(error.into()),
    }
}
