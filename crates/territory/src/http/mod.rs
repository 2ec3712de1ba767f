//! Routes of territory. Reading needs a session; changing needs `territory.manage`.

mod areas;
mod dto;
mod maps;
mod points;

pub use dto::{AreaView, PlaceView, PostView, ServicePointView};

use crate::{
    Territory, TerritoryError,
    commands::{Actor, Change},
};
use axum::extract::DefaultBodyLimit;
use people::{
    Permission,
    web::{Api, Caller, Coded, FieldProblem},
};
use store::requests::ClientRequest;
use utoipa_axum::{router::UtoipaMethodRouter, routes};

/// The routes, to be put under `/api/v1`.
pub fn routes(territory: Territory) -> Api {
    Api::<Territory>::new()
        .route(routes!(areas::list), Permission::SessionUse)
        .route(routes!(areas::get), Permission::SessionUse)
        .route(routes!(areas::edit), Permission::TerritoryManage)
        .route(routes!(areas::posts), Permission::SessionUse)
        .route(routes!(areas::set_posts), Permission::TerritoryManage)
        .route(routes!(maps::boundary), Permission::SessionUse)
        .route(routes!(maps::villages), Permission::SessionUse)
        .route(routes!(maps::grids), Permission::SessionUse)
        .route(routes!(maps::locate), Permission::SessionUse)
        .route(large(routes!(maps::import_grids)), Permission::TerritoryManage)
        .route(routes!(points::list), Permission::SessionUse)
        .route(routes!(points::open), Permission::TerritoryManage)
        .route(routes!(points::edit), Permission::TerritoryManage)
        .with_state(territory)
}

/// Outlines of every grid of a county: 4,000 of them take some 5 MB.
const LARGEST_IMPORT: usize = 21 * 1024 * 1024;

/// Lets an import in.
fn large((schemas, paths, methods): UtoipaMethodRouter<Territory>) -> UtoipaMethodRouter<Territory> {
    (schemas, paths, methods.layer(DefaultBodyLimit::max(LARGEST_IMPORT)))
}

impl Coded for TerritoryError {
    fn code(&self) -> &'static str {
        TerritoryError::code(self)
    }

    fn fields(&self) -> Vec<FieldProblem> {
        match self {
            TerritoryError::Invalid { field, code } => {
                vec![FieldProblem { field: (*field).to_owned(), code: (*code).to_owned() }]
            }
            TerritoryError::BadGrids(report) => report
                .problems
                .iter()
                .map(|problem| FieldProblem {
                    field: format!("features.{}", problem.feature),
                    code: problem.code.to_owned(),
                })
                .collect(),
            TerritoryError::Store(_)
            | TerritoryError::BadCode(_)
            | TerritoryError::BadLevel(_)
            | TerritoryError::BadDatum(_)
            | TerritoryError::BadPoint
            | TerritoryError::BadTable { .. }
            | TerritoryError::BadGeoJson(_)
            | TerritoryError::AreaNotFound
            | TerritoryError::PointNotFound => Vec::new(),
        }
    }
}

fn actor(caller: &Caller) -> Actor {
    Actor { account_id: Some(caller.actor.account_id), unit_id: Some(caller.actor.unit_id) }
}

/// A change by a caller, now.
fn change(
    territory: &Territory,
    caller: &Caller,
    request: Option<ClientRequest>,
    seen: Option<i64>,
) -> Change {
    Change { actor: actor(caller), now: territory.store().clock().now(), request, seen }
}

/// An id of the path or the query: the API writes ids as strings.
fn id(text: &str) -> Result<i64, TerritoryError> {
    text.parse().map_err(|_| TerritoryError::AreaNotFound)
}
