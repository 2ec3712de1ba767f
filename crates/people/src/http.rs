//! The area's routes, relative to `/api/v1`.

pub mod accounts;
pub mod audit;
pub mod log;
mod page;
pub mod preferences;
pub mod session;
pub mod settings;
pub mod tokens;
pub mod units;

pub use page::{Page, Total, page_size};

use crate::{People, Permission, web::Api};
use utoipa_axum::routes;

/// Every route of the area. Nest it under `/api/v1` and layer [`crate::web::authenticate`] around.
pub fn router(people: People) -> Api {
    session_routes()
        .merge(unit_routes())
        .merge(account_routes())
        .merge(token_routes())
        .route(routes!(settings::show), Permission::SettingsManage)
        .route(routes!(settings::change), Permission::SettingsManage)
        .route(routes!(log::list), Permission::AuditRead)
        .route(routes!(audit::export), Permission::AuditExport)
        .route(routes!(audit::verify), Permission::LogVerify)
        .route(routes!(audit::verified), Permission::LogVerify)
        .route(routes!(audit::head), Permission::LogVerify)
        .with_state(people)
}

fn session_routes() -> Api<People> {
    Api::new()
        .public(routes!(session::sign_in))
        .route(routes!(session::show), Permission::SessionOwn)
        .route(routes!(session::sign_out), Permission::SessionOwn)
        .route(routes!(session::change_password), Permission::SessionOwn)
        .route(routes!(session::change_language), Permission::SessionOwn)
        .route(routes!(preferences::show), Permission::SessionUse)
        .route(routes!(preferences::set), Permission::SessionUse)
        .route(routes!(session::begin_second_factor), Permission::SessionOwn)
        .route(routes!(session::confirm_second_factor), Permission::SessionOwn)
}

fn unit_routes() -> Api<People> {
    Api::new()
        .route(routes!(units::list), Permission::SessionUse)
        .route(routes!(units::show), Permission::SessionUse)
        .route(routes!(units::create), Permission::UnitManage)
        .route(routes!(units::change), Permission::UnitManage)
        .route(routes!(units::retire), Permission::UnitManage)
}

fn account_routes() -> Api<People> {
    Api::new()
        .route(routes!(accounts::list), Permission::SessionUse)
        .route(routes!(accounts::show), Permission::SessionUse)
        .route(routes!(accounts::create), Permission::AccountManage)
        .route(routes!(accounts::change), Permission::AccountManage)
        .route(routes!(accounts::set_grants), Permission::RoleGrant)
        .route(routes!(accounts::disable), Permission::AccountSecure)
        .route(routes!(accounts::enable), Permission::AccountSecure)
        .route(routes!(accounts::reset_password), Permission::AccountSecure)
}

fn token_routes() -> Api<People> {
    Api::new()
        .route(routes!(tokens::list), Permission::SessionUse)
        .route(routes!(tokens::list_all), Permission::TokenManage)
        .route(routes!(tokens::create), Permission::SessionUse)
        .route(routes!(tokens::revoke), Permission::SessionUse)
}
