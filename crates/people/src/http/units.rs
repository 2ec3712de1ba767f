//! `/units`.

use crate::{
    Change, People, PeopleError, UnitKind,
    commands::units::{self, NewUnit, UnitChange},
    http::page::{Page, page_size},
    queries::{self, UnitFilter, UnitView},
    web::{Caller, Command, Id, Json, Path, Problem, Query, Retriable},
};
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Deserializer};

/// Which units.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct UnitQuery {
    /// Under this unit.
    #[param(value_type = Option<String>)]
    parent: Option<Id>,
    /// Of this kind.
    kind: Option<String>,
    /// Part of the name or code.
    q: Option<String>,
    /// Working (`true`) or retired (`false`) ones; all when absent.
    active: Option<bool>,
    /// From the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<Id>,
    /// Page size, 500 unless told, 2000 at most.
    limit: Option<i64>,
}

/// The units.
#[utoipa::path(get, path = "/units", tag = "people", params(UnitQuery),
    responses((status = 200, body = Page<UnitView>)))]
pub async fn list(
    State(people): State<People>,
    Query(query): Query<UnitQuery>,
) -> Result<Json<Page<UnitView>>, Problem> {
    let limit = page_size(query.limit, 500, 2000)?;
    let filter = UnitFilter {
        parent: query.parent.map(i64::from),
        kind: query.kind,
        q: query.q,
        active: query.active,
        after_id: query.cursor.map(i64::from),
        limit: limit + 1,
    };
    let rows = people.store.read(move |conn| queries::units(conn, &filter)).await?;
    let items = rows.into_iter().map(UnitView::from).collect();
    Ok(Json(Page::cut(items, limit, |unit: &UnitView| unit.id.to_string())))
}

/// One unit.
#[utoipa::path(get, path = "/units/{id}", tag = "people", params(("id" = String, Path)),
    responses((status = 200, body = UnitView), (status = 404, body = Problem)))]
pub async fn show(State(people): State<People>, Path(id): Path<Id>) -> Result<Json<UnitView>, Problem> {
    let row = people.store.read(move |conn| queries::unit(conn, id.0)).await?;
    Ok(Json(row.into()))
}

/// A unit to create.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitCreate {
    /// Lower case letters, digits, `.`, `_`, `-`; unique.
    code: String,
    /// Full name.
    name: String,
    /// Short name; the full one when empty.
    #[serde(default)]
    short_name: String,
    /// `centre`, `department`, `town`, `village`, `committee` or `partner`.
    kind: String,
    /// The unit above.
    parent_id: Option<Id>,
    /// Its area.
    area_id: Option<Id>,
    /// Its public phone.
    #[serde(default)]
    phone: String,
}

/// Creates a unit.
#[utoipa::path(post, path = "/units", tag = "people", request_body = UnitCreate,
    params(("Idempotency-Key" = String, Header, description = "UUID made by the client")),
    responses((status = 201, body = UnitView), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn create(
    State(people): State<People>,
    caller: Caller,
    command: Command<UnitCreate>,
) -> Result<(StatusCode, Json<UnitView>), Problem> {
    let body = command.body;
    let kind = UnitKind::parse(&body.kind)
        .map_err(|_| PeopleError::Field { field: "kind", code: "field.invalid" })?;
    let new = NewUnit {
        code: body.code,
        name: body.name,
        short_name: body.short_name,
        kind,
        parent_id: body.parent_id.map(i64::from),
        area_id: body.area_id.map(i64::from),
        phone: body.phone,
    };
    let change = Change::by_caller(&caller, people.now()).asked(command.request);
    let row = units::create_unit(&people, new, change).await?;
    Ok((StatusCode::CREATED, Json(row.into())))
}

/// What to change of a unit; absent fields stay, `null` empties `parent_id` and `area_id`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitPatch {
    /// The version it was read at.
    version: i64,
    /// Full name.
    name: Option<String>,
    /// Short name.
    short_name: Option<String>,
    /// The unit above.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    parent_id: Option<Option<Id>>,
    /// Its area.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    area_id: Option<Option<Id>>,
    /// Its public phone.
    phone: Option<String>,
}

/// Tells `null` from absent.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Id>>, D::Error> {
    Option::<Id>::deserialize(deserializer).map(Some)
}

/// Changes a unit.
#[utoipa::path(patch, path = "/units/{id}", tag = "people", params(("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "A UUID that the client made for this command")), request_body = UnitPatch,
    responses((status = 200, body = UnitView), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn change(
    State(people): State<People>,
    caller: Caller,
    Path(id): Path<Id>,
    command: Retriable<UnitPatch>,
) -> Result<Json<UnitView>, Problem> {
    let body = command.body;
    let wanted = UnitChange {
        name: body.name,
        short_name: body.short_name,
        parent_id: body.parent_id.map(|id| id.map(i64::from)),
        area_id: body.area_id.map(|id| id.map(i64::from)),
        phone: body.phone,
    };
    let change = Change::by_caller(&caller, people.now()).asked(command.request);
    let row = units::change_unit(&people, id.0, body.version, wanted, change).await?;
    Ok(Json(row.into()))
}

/// Who takes a retired unit's place.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitRetire {
    /// The version it was read at.
    version: i64,
    /// The unit that takes over its accounts, roles, sub-units and everything it owns.
    successor_id: Id,
}

/// Retires a unit.
#[utoipa::path(post, path = "/units/{id}/retire", tag = "people", params(("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "A UUID that the client made for this command")),
    request_body = UnitRetire,
    responses((status = 200, body = UnitView), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn retire(
    State(people): State<People>,
    caller: Caller,
    Path(id): Path<Id>,
    command: Retriable<UnitRetire>,
) -> Result<Json<UnitView>, Problem> {
    let change = Change::by_caller(&caller, people.now()).asked(command.request);
    let row =
        units::retire_unit(&people, id.0, command.body.version, command.body.successor_id.0, change).await?;
    Ok(Json(row.into()))
}
