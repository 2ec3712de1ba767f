//! Writing accesses down before anything is handed out.

use super::Web;
use people::web::{Caller, Problem};
use store::{StoreError, access::Access};

/// What is being accessed.
#[derive(Clone, Debug, Default)]
pub(super) struct Subject {
    /// The case, if one.
    pub case_id: Option<i64>,
    /// What exactly; never personal data, never the words of a search.
    pub what: String,
}

impl Subject {
    /// One case.
    pub(super) fn case(case_id: i64, what: &str) -> Subject {
        Subject { case_id: Some(case_id), what: what.to_owned() }
    }

    /// Something that is no single case.
    pub(super) fn of(what: impl Into<String>) -> Subject {
        Subject { case_id: None, what: what.into() }
    }
}

/// Writes an access down. It is durable when this returns: nothing is handed out that is not in the log.
pub(super) async fn log(
    web: &Web,
    caller: &Caller,
    action: &'static str,
    subject: Subject,
) -> Result<(), Problem> {
    write(web, caller, action, subject, "allowed").await
}

/// Writes a refused access down.
pub(super) async fn refused(
    web: &Web,
    caller: &Caller,
    action: &'static str,
    what: &str,
) -> Result<(), Problem> {
    write(web, caller, action, Subject::of(what), "refused").await
}

async fn write(
    web: &Web,
    caller: &Caller,
    action: &'static str,
    subject: Subject,
    outcome: &'static str,
) -> Result<(), Problem> {
    let access = Access {
        at: web.cases.store.clock().now(),
        account_id: Some(caller.actor.account_id),
        unit_id: Some(caller.actor.unit_id),
        action,
        case_id: subject.case_id,
        subject: subject.what,
        purpose: String::new(),
        outcome,
        address: caller.address.clone(),
    };
    web.cases
        .store
        .write(move |tx| tx.log_access(access.clone()))
        .await
        .map_err(|error: StoreError| error.into())
}
