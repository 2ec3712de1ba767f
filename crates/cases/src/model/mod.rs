//! Rows, identifiers and outcomes of the area.

mod changes;
pub mod contexts;
mod file;
pub mod ids;
mod rows;
mod units;

pub use rows::{
    CardRow, CaseRow, CaseTextRow, DeliveryRow, LinkRow, OverlayRow, ReplyRow, ReporterRow, RoundRow,
    WhistleRow, WhistleUnitRow, WorkOrderRow,
};

pub(crate) use file::{File, OPEN, word};
pub(crate) use units::{Directory, Units};

use people::Actor;
use serde::{Deserialize, Serialize};
use store::{Timestamp, requests::ClientRequest};

/// Who commands, when, from where; made at the edge, handed to every command.
#[derive(Clone, Debug)]
pub struct Ctx {
    /// Who acts.
    pub actor: Actor,
    /// The instant of the command. A replay passes the recorded one.
    pub now: Timestamp,
    /// The client's own id for the command with the hash of its body, so that a retry never doubles.
    pub request: Option<ClientRequest>,
    /// The client's address, for the access log.
    pub address: String,
}

impl Ctx {
    /// A context of the product itself.
    pub fn system(now: Timestamp) -> Ctx {
        Ctx { actor: Actor::System, now, request: None, address: String::new() }
    }

    /// A context of this actor, without a client id.
    pub fn of(actor: impl Into<Actor>, now: Timestamp) -> Ctx {
        Ctx { actor: actor.into(), now, request: None, address: String::new() }
    }
}

/// Which case a command is for, and the version its sender had read (`None`: whatever stands, for imports and workers).
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The case.
    pub case: i64,
    /// The version.
    pub version: Option<i64>,
}

impl From<i64> for Target {
    fn from(case: i64) -> Target {
        Target { case, version: None }
    }
}

impl From<(i64, i64)> for Target {
    fn from((case, version): (i64, i64)) -> Target {
        Target { case, version: Some(version) }
    }
}

/// What a command on an existing case gives back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// The case.
    #[serde(with = "ids::id")]
    pub case_id: i64,
    /// Its version now.
    pub version: i64,
    /// Its state now.
    pub state: String,
    /// The ids of the events it wrote, oldest first.
    #[serde(with = "ids::list")]
    pub events: Vec<i64>,
    /// The id of what it made, where it makes something (work order, overlay, whistle, reply).
    #[serde(with = "ids::option", default)]
    pub made: Option<i64>,
}

/// What a registration gives back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// The case.
    pub case_id: i64,
    /// Its number: county code, day, running number (`620521-20261122-0007`).
    pub number: String,
    /// The citizen's check code in clear: shown once, only its keyed hash is kept.
    pub check_code: String,
    /// Its version.
    pub version: i64,
    /// The reporters in the order of the input.
    pub reporters: Vec<i64>,
}
