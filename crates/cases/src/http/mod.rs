//! Routes of this area: thin handlers that parse, ask `queries` or `commands`, and write accesses down.

pub mod dto;

mod access;
mod admin;
mod cases;
mod export;
mod files;
mod lists;
mod live;
mod lookup;
mod place;
mod problems;

use crate::{
    Cases, Ctx,
    attachments::{Files, Upload},
    follow::Live,
    queries::Ask,
};
use axum::extract::DefaultBodyLimit;
use people::{
    Permission,
    web::{Api, Caller},
};
use store::requests::ClientRequest;
use territory::Territory;
use utoipa_axum::{router::UtoipaMethodRouter, routes};

/// What the handlers work with. Cheap to clone.
#[derive(Clone)]
pub struct Web {
    cases: Cases,
    territory: Territory,
    files: Files,
    live: Live,
}

impl Web {
    /// Puts the parts together.
    #[must_use]
    pub fn new(cases: Cases, territory: Territory, files: Files) -> Web {
        let live = Live::new(cases.store.clone());
        Web { cases, territory, files, live }
    }

    /// Who asks, and when.
    fn ask(&self, caller: &Caller) -> Ask {
        Ask { actor: caller.actor.clone(), now: self.cases.store.clock().now() }
    }

    /// Who commands, when, from where.
    fn ctx(&self, caller: &Caller, request: Option<ClientRequest>) -> Ctx {
        Ctx {
            actor: caller.to_actor(),
            now: self.cases.store.clock().now(),
            request,
            address: caller.address.clone(),
        }
    }
}

/// Every route of this area, to be nested under `/api/v1`.
#[must_use]
pub fn api() -> Api<Web> {
    one_case().merge(many_cases()).merge(rule_sets())
}

fn one_case() -> Api<Web> {
    Api::new()
        .route(routes!(cases::register), Permission::CaseRegister)
        .route(routes!(cases::page), Permission::CaseRead)
        .route(routes!(cases::act), Permission::CaseRead)
        .route(routes!(cases::unmask), Permission::CaseUnmask)
        .route(routes!(cases::erase), Permission::PersonErase)
        .route(routes!(cases::duplicates), Permission::CaseRead)
        .route(routes!(files::list), Permission::CaseRead)
        .route(large(routes!(files::add)), Permission::CaseAttach)
        .route(routes!(files::remove), Permission::CaseAttach)
        .route(routes!(files::content), Permission::CaseRead)
        .route(routes!(files::thumbnail), Permission::CaseRead)
}

fn many_cases() -> Api<Web> {
    Api::new()
        .route(routes!(lists::list), Permission::CaseRead)
        .route(routes!(export::csv), Permission::CaseExport)
        .route(routes!(export::xlsx), Permission::CaseExport)
        .route(routes!(lists::desks), Permission::CaseRead)
        .route(routes!(lists::search), Permission::CaseRead)
        .route(routes!(lookup::lookup), Permission::PersonLookup)
        .route(routes!(lists::supervision), Permission::SupervisionRead)
        .route(routes!(lists::overview), Permission::OverviewRead)
        .route(routes!(live::live), Permission::CaseRead)
}

fn rule_sets() -> Api<Web> {
    Api::new()
        .route(routes!(admin::catalogue), Permission::SessionUse)
        .route(routes!(admin::rule_set), Permission::SessionUse)
        .route(routes!(admin::rule_set_versions), Permission::SessionUse)
        .route(routes!(admin::publish), Permission::RulesManage)
        .route(routes!(admin::deadline_preview), Permission::CaseRead)
}

/// Lets an upload in: the file and a little for the form around it.
fn large((schemas, paths, methods): UtoipaMethodRouter<Web>) -> UtoipaMethodRouter<Web> {
    (schemas, paths, methods.layer(DefaultBodyLimit::max(Upload::LARGEST_FORM)))
}
