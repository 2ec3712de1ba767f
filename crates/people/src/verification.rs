//! The check of the whole log, run in the background for whoever may ask for it. What it came to is kept by this process.

use crate::{People, web::Id};
use serde::Serialize;
use std::sync::{Arc, Mutex, PoisonError};
use store::{Timestamp, tree::TreeHead, verify::Report};

/// How far a check has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    /// None was asked for since this process started.
    #[default]
    Never,
    /// It reads the log.
    Running,
    /// It has read the whole log, or found something wrong.
    Done,
    /// It could not be made.
    Failed,
}

/// The check of the log.
#[derive(Clone, Debug, Default, Serialize, utoipa::ToSchema)]
pub struct LogCheck {
    /// How far it has come.
    pub state: CheckState,
    /// When it was begun.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<Timestamp>,
    /// Whether a head that somebody else kept was given to check against.
    pub with_head: bool,
    /// What it came to.
    pub report: Option<CheckReport>,
    /// The last signed head, as `onedoor export-head` writes it.
    #[schema(value_type = Option<Object>)]
    pub head: Option<TreeHead>,
}

/// What a check came to.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct CheckReport {
    /// Events read.
    pub events: i64,
    /// Streams read.
    pub streams: i64,
    /// Private parts that agree with their event.
    pub parts: i64,
    /// Private parts and purposes whose key was erased.
    pub erased: i64,
    /// Signed heads that agree with the log, the given one included.
    pub heads: i64,
    /// Entries of the access log.
    pub accesses: i64,
    /// The first thing that is wrong; absent: all is well.
    pub problem: Option<CheckProblem>,
}

/// Something wrong with the log.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct CheckProblem {
    /// What kind of thing, stable: `event.altered`, `access.missing` …
    pub code: String,
    /// In words, for whoever looks after the machine.
    pub text: String,
    /// The event's place in the order of all events.
    pub position: Option<i64>,
    /// The event's id.
    pub event_id: Option<Id>,
    /// Its stream.
    pub stream: Option<Id>,
}

impl From<Report> for CheckReport {
    fn from(report: Report) -> CheckReport {
        let Report { events, streams, parts, erased, heads, accesses, problem } = report;
        let problem = problem.map(|problem| CheckProblem {
            code: problem.code.to_owned(),
            text: problem.text,
            position: problem.position,
            event_id: problem.event_id.map(Id),
            stream: problem.stream.map(Id),
        });
        CheckReport { events, streams, parts, erased, heads, accesses, problem }
    }
}

/// Where the last check stands.
#[derive(Default)]
pub(crate) struct Board(Mutex<LogCheck>);

impl Board {
    pub(crate) fn read(&self) -> LogCheck {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes that a check begins, unless one runs.
    fn begin(&self, now: Timestamp, with_head: bool) -> bool {
        let mut check = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if check.state == CheckState::Running {
            return false;
        }
        let state = CheckState::Running;
        *check = LogCheck { state, started_at: Some(now), with_head, ..LogCheck::default() };
        true
    }

    fn end(&self, now: Timestamp, state: CheckState, report: Option<CheckReport>) {
        let mut check = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (check.state, check.finished_at, check.report) = (state, Some(now), report);
    }
}

/// Begins a check in the background; one that runs already goes on instead.
pub(crate) fn begin(people: &People, head: Option<TreeHead>) {
    let board: Arc<Board> = Arc::clone(&people.verification);
    if !board.begin(people.now(), head.is_some()) {
        return;
    }
    let people = people.clone();
    tokio::spawn(async move {
        let outcome = people.store.verify(head).await;
        let now = people.now();
        match outcome {
            Ok(report) => board.end(now, CheckState::Done, Some(report.into())),
            Err(error) => {
                tracing::error!(%error, "the log could not be checked");
                board.end(now, CheckState::Failed, None);
            }
        }
    });
}
