//! The edge: errors to `application/problem+json`, who calls, and a router on which every route names the
//! permission it needs or says `public`.

mod authenticate;
mod caller;
mod extract;
mod id;
mod problem;
mod router;

pub use authenticate::{BACKGROUND_HEADER, ClientAddress, Standing, authenticate};
pub use caller::{Caller, Channel, Stage};
pub use extract::{CLIENT_ID_HEADER, ClientId, Command, Json, Path, Query, Retriable};
pub use id::Id;
pub use problem::{Coded, FieldProblem, Problem};
pub use router::{Api, CSRF_HEADER, PERMISSION_EXTENSION};
