//! One case, if the asker may see it. A case that must not be known is not found: both look the same.

use super::{Ask, facts};
use crate::{CaseError, model::CaseRow};
use diesel::prelude::*;
use people::scope::{can_see, predicate};
use store::{Conn, schema::cases};

/// The case of an id or a number.
///
/// The rule is asked here, not in the query: a condition with somebody's units in it would have to be planned anew for
/// every request.
///
/// # Errors
/// [`CaseError::NotFound`] when there is none or the asker may not know of it.
pub fn find(conn: &mut Conn, ask: &Ask, id_or_number: &str) -> Result<CaseRow, CaseError> {
    let query = cases::table.select(CaseRow::as_select());
    let found: Option<CaseRow> = match id_or_number.parse::<i64>() {
        Ok(id) => query.filter(cases::id.eq(id)).first(conn).optional()?,
        Err(_) => query.filter(cases::number.eq(id_or_number)).first(conn).optional()?,
    };
    let case = found.ok_or(CaseError::NotFound)?;
    if can_see(&ask.viewer(), &facts::one(conn, &case)?) { Ok(case) } else { Err(CaseError::NotFound) }
}

/// The id of a case, whoever may see it: for writing down what was refused.
///
/// # Errors
/// When the database fails.
pub fn any(conn: &mut Conn, id_or_number: &str) -> Result<Option<i64>, CaseError> {
    let query = cases::table.into_boxed().select(cases::id);
    let query = match id_or_number.parse::<i64>() {
        Ok(id) => query.filter(cases::id.eq(id)),
        Err(_) => query.filter(cases::number.eq(id_or_number.to_owned())),
    };
    Ok(query.first(conn).optional()?)
}

/// Which of these cases the asker may see.
///
/// # Errors
/// When the database fails.
pub fn visible(conn: &mut Conn, ask: &Ask, ids: &[i64]) -> Result<Vec<CaseRow>, CaseError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(cases::table
        .into_boxed()
        .filter(predicate(&ask.viewer()))
        .filter(cases::id.eq_any(ids.to_vec()))
        .load::<CaseRow>(conn)?)
}
