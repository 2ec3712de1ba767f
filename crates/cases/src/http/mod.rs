//! Routes of this area: thin handlers that parse, ask `queries` or `commands`, and write accesses down.

pub mod dto;

mod admin;
mod cases;
mod export;
mod files;
mod lists;
mod live;

use crate::attachments::Files;
use people::{Permission, web::Api};
use store::Store;
use utoipa_axum::routes;

/// What the handlers work with.
#[derive(Clone)]
pub struct Web {
    /// The store.
    pub store: Store,
    /// Where files lie.
    pub files: Files,
}

/// Every route of this area, to be nested under `/api/v1`.
#[must_use]
pub fn api() -> Api<Web> {
    Api::new()
        .route(routes!(cases::register), Permission::CaseRegister)
        .route(routes!(lists::list), Permission::CaseRead)
        .route(routes!(cases::page), Permission::CaseRead)
        .route(routes!(cases::act), Permission::CaseRead)
        .route(routes!(cases::unmask), Permission::CaseUnmask)
        .route(routes!(cases::duplicates), Permission::CaseRead)
        .route(routes!(export::csv), Permission::CaseExport)
        .route(routes!(export::xlsx), Permission::CaseExport)
        .route(routes!(files::list), Permission::CaseRead)
        .route(routes!(files::add), Permission::CaseAttach)
        .route(routes!(files::content), Permission::CaseRead)
        .route(routes!(files::thumbnail), Permission::CaseRead)
        .route(routes!(lists::desks), Permission::CaseRead)
        .route(routes!(lists::search), Permission::CaseRead)
        .route(routes!(lists::supervision), Permission::SupervisionRead)
        .route(routes!(lists::overview), Permission::OverviewRead)
        .route(routes!(live::live), Permission::CaseRead)
        .route(routes!(admin::catalogue), Permission::SessionUse)
        .route(routes!(admin::rule_set), Permission::SessionUse)
        .route(routes!(admin::rule_set_versions), Permission::SessionUse)
        .route(routes!(admin::publish), Permission::RulesManage)
        .route(routes!(admin::deadline_preview), Permission::CaseRegister)
}
