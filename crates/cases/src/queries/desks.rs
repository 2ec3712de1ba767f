//! The desks of the asker and how much lies on them.

use super::{Ask, list, list::CAP};
use crate::{
    CaseError, Cases,
    http::dto::{Desk, DeskCount, DeskList, DeskPart, ListQuestion},
};
use store::{Conn, ms};

/// The desks of the asker.
///
/// # Errors
/// When the database fails.
pub async fn desks(cases: &Cases, ask: &Ask) -> Result<DeskList, CaseError> {
    let ask = ask.clone();
    cases
        .store
        .read(move |conn| {
            let mut desks = Vec::new();
            for desk in Desk::ALL.iter().copied().filter(|desk| list::has_desk(&ask, *desk)) {
                desks.push(count(conn, &ask, desk)?);
            }
            Ok(DeskList { desks })
        })
        .await
}

fn count(conn: &mut Conn, ask: &Ask, desk: Desk) -> Result<DeskCount, CaseError> {
    // What is over is of no concern on the desks that also list ended cases.
    let open = matches!(desk, Desk::Mine | Desk::All).then_some(true);
    let question = ListQuestion { desk: Some(desk), open, ..ListQuestion::default() };
    let (count, late) = list::listing(ask, &question)?.count(conn, CAP, ms(ask.now))?;
    let mut parts = Vec::new();
    for part in list::parts(desk) {
        let question = ListQuestion { part: Some((*part).to_owned()), ..question.clone() };
        let (count, _) = list::listing(ask, &question)?.count(conn, CAP, ms(ask.now))?;
        parts.push(DeskPart { part: (*part).to_owned(), count });
    }
    Ok(DeskCount { desk, count, late, capped: count >= CAP, parts })
}
