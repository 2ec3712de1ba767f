//! Territory: the tree of areas from county to grid, shapes, grid posts, service points, and which grid a point lies in.
//!
//! Invariant: among the areas that hold now (`valid_to` empty) a code stands once, and the id of an area stays with it
//! when it is renamed or gets a new code.

pub mod commands;
pub mod datum;
pub mod error;
pub mod http;
pub mod locator;
pub mod model;
pub mod queries;
pub mod shape;
mod territory;

pub use commands::import_divisions::{DivisionReport, import_divisions};
pub use commands::import_grids::{GridOptions, GridReport, import_grids};
pub use datum::Datum;
pub use error::TerritoryError;
pub use locator::Locator;
pub use model::{Area, AreaCode, Level, Place};
pub use shape::Shape;
pub use territory::Territory;
