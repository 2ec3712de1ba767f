//! `/settings`: what a county sets for itself.

use crate::{
    Change, People,
    commands::settings::change_settings,
    county::{self, CountySettings, Emblem, SettingsChange},
    web::{Caller, Command, Json, Problem},
};
use axum::extract::State;
use serde::{Deserialize, Deserializer};

/// The settings as they stand.
#[utoipa::path(get, path = "/settings", tag = "people", responses((status = 200, body = CountySettings)))]
pub async fn show(State(people): State<People>) -> Result<Json<CountySettings>, Problem> {
    Ok(Json(people.store.read(county::load).await?))
}

/// What to change; absent fields stay, `null` takes the emblem away.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingsPatch {
    /// The version they were read at.
    version: i64,
    /// The county's name, 40 characters at most.
    county_name: Option<String>,
    /// Its name for readers of English, 80 characters at most.
    county_name_en: Option<String>,
    /// The main colour, `#1a5fb4`, or empty.
    color: Option<String>,
    /// The emblem.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Emblem>)]
    emblem: Option<Option<Emblem>>,
    /// Households from which a grid is too big, 1 to 10000.
    grid_household_limit: Option<i64>,
    /// Days for reopening, 1 to 3650.
    reopen_days: Option<i64>,
    /// Attempts after which a person counts as unreachable, 1 to 20.
    callback_attempts: Option<i64>,
}

/// Tells `null` from absent.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Emblem>>, D::Error> {
    Option::<Emblem>::deserialize(deserializer).map(Some)
}

/// Changes settings. They hold from the next request on, on every node.
#[utoipa::path(patch, path = "/settings", tag = "people", request_body = SettingsPatch,
    params(("Idempotency-Key" = String, Header, description = "A UUID that the client made for this command")),
    responses((status = 200, body = CountySettings), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn change(
    State(people): State<People>,
    caller: Caller,
    command: Command<SettingsPatch>,
) -> Result<Json<CountySettings>, Problem> {
    let body = command.body;
    let wanted = SettingsChange {
        county_name: body.county_name,
        county_name_en: body.county_name_en,
        color: body.color,
        emblem: body.emblem,
        grid_household_limit: body.grid_household_limit,
        reopen_days: body.reopen_days,
        callback_attempts: body.callback_attempts,
    };
    let change = Change::by_caller(&caller, people.now()).asked(command.request);
    Ok(Json(change_settings(&people, body.version, wanted, change).await?))
}
