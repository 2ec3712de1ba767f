//! The area's routes, relative to `/api/v1`.

pub mod accounts;
pub mod log;
mod page;
pub mod session;
pub mod tokens;
pub mod units;

pub use page::Page;

use crate::{People, Permission, web::Api};
use utoipa_axum::routes;

/// Every route of the area. Nest it under `/api/v1` and layer [`crate::web::authenticate`] around.
pub fn router(people: People) -> Api {
    use Permission as P;
    Api::new()
        .public(routes!(session::sign_in))
        .route(routes!(session::show), P::SessionOwn)
        .route(routes!(session::sign_out), P::SessionOwn)
        .route(routes!(session::change_password), P::SessionOwn)
        .route(routes!(session::change_language), P::SessionOwn)
        .route(routes!(session::begin_second_factor), P::SessionOwn)
        .route(routes!(session::confirm_second_factor), P::SessionOwn)
        .route(routes!(units::list), P::SessionUse)
        .route(routes!(units::show), P::SessionUse)
        .route(routes!(units::create), P::UnitManage)
        .route(routes!(units::change), P::UnitManage)
        .route(routes!(units::retire), P::UnitManage)
        .route(routes!(accounts::list), P::SessionUse)
        .route(routes!(accounts::show), P::SessionUse)
        .route(routes!(accounts::create), P::AccountManage)
        .route(routes!(accounts::change), P::AccountManage)
        .route(routes!(accounts::set_grants), P::RoleGrant)
        .route(routes!(accounts::disable), P::AccountSecure)
        .route(routes!(accounts::enable), P::AccountSecure)
        .route(routes!(accounts::reset_password), P::AccountSecure)
        .route(routes!(tokens::list), P::SessionUse)
        .route(routes!(tokens::list_all), P::TokenManage)
        .route(routes!(tokens::create), P::SessionUse)
        .route(routes!(tokens::revoke), P::SessionUse)
        .route(routes!(log::list), P::AuditRead)
        .with_state(people)
}
