//! What accounts may do, kept in memory for as long as no unit and no role has changed.

use crate::{AccountActor, PeopleError, model::AccountRow, queries};
use diesel::prelude::*;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use store::{Conn, Timestamp, ms, schema::counters};

/// The counter that the database itself moves on with every change of a unit or a role, whichever node makes it.
const STANDING: &str = "standing";
/// More accounts than a county has at work at a time; beyond it everything is read anew.
const MOST: usize = 20_000;

/// Who may do what, by account.
#[derive(Default)]
pub(crate) struct Actors {
    kept: Mutex<HashMap<i64, Kept>>,
}

struct Kept {
    /// The counter when it was read.
    standing: i64,
    /// When the first of its roles ends (ms).
    until: Option<i64>,
    actor: Arc<AccountActor>,
}

impl Kept {
    /// Whether it is what would be read now.
    fn holds(&self, standing: i64, account: &AccountRow, now: Timestamp) -> bool {
        self.standing == standing
            && self.until.is_none_or(|until| until > ms(now))
            && self.actor.unit_id == account.unit_id
            && self.actor.name == account.name
    }
}

impl Actors {
    /// An account with its roles as they stand now.
    pub(crate) fn of(
        &self,
        conn: &mut Conn,
        account: &AccountRow,
        now: Timestamp,
    ) -> Result<AccountActor, PeopleError> {
        // Read before the roles: what is read after it may be newer than the number says, never older.
        let standing: Option<i64> =
            counters::table.find(STANDING).select(counters::value).first(conn).optional()?;
        let standing = standing.unwrap_or(0);
        if let Some(actor) = self.kept(standing, account, now) {
            return Ok(AccountActor::clone(&actor));
        }
        let (actor, until) = queries::actor_of(conn, account, now)?;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST {
            kept.clear();
        }
        kept.insert(account.id, Kept { standing, until, actor: Arc::new(actor.clone()) });
        Ok(actor)
    }

    fn kept(&self, standing: i64, account: &AccountRow, now: Timestamp) -> Option<Arc<AccountActor>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.get(&account.id)?;
        found.holds(standing, account, now).then(|| Arc::clone(&found.actor))
    }
}
