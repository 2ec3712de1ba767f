//! Names for ids, fetched once for a whole page.

use crate::{
    CaseError,
    http::dto::{AccountName, AreaName, Id, UnitName},
};
use diesel::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use store::{
    Conn,
    schema::{accounts, areas, units},
};

/// Which names are wanted.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    units: BTreeSet<i64>,
    accounts: BTreeSet<i64>,
    areas: BTreeSet<i64>,
}

impl Wanted {
    /// Wants units.
    pub(crate) fn units(&mut self, ids: impl IntoIterator<Item = i64>) -> &mut Self {
        self.units.extend(ids);
        self
    }

    /// Wants accounts.
    pub(crate) fn accounts(&mut self, ids: impl IntoIterator<Item = i64>) -> &mut Self {
        self.accounts.extend(ids);
        self
    }

    /// Wants areas.
    pub(crate) fn areas(&mut self, ids: impl IntoIterator<Item = i64>) -> &mut Self {
        self.areas.extend(ids);
        self
    }

    /// Fetches them.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) fn load(&self, conn: &mut Conn) -> Result<Names, CaseError> {
        let units = units::table
            .filter(units::id.eq_any(self.units.iter().copied().collect::<Vec<_>>()))
            .select((units::id, units::name, units::short_name))
            .load::<(i64, String, String)>(conn)?;
        let accounts = accounts::table
            .filter(accounts::id.eq_any(self.accounts.iter().copied().collect::<Vec<_>>()))
            .select((accounts::id, accounts::name))
            .load::<(i64, String)>(conn)?;
        let areas = areas::table
            .filter(areas::id.eq_any(self.areas.iter().copied().collect::<Vec<_>>()))
            .select((areas::id, areas::name, areas::level))
            .load::<(i64, String, String)>(conn)?;
        Ok(Names {
            units: units.into_iter().map(|(id, name, short)| (id, (name, short))).collect(),
            accounts: accounts.into_iter().collect(),
            areas: areas.into_iter().map(|(id, name, level)| (id, (name, level))).collect(),
        })
    }
}

/// Names by id. An id without a row is shown by its number: nothing on a page may vanish because a name is gone.
#[derive(Debug, Default)]
pub(crate) struct Names {
    units: BTreeMap<i64, (String, String)>,
    accounts: BTreeMap<i64, String>,
    areas: BTreeMap<i64, (String, String)>,
}

impl Names {
    /// A unit.
    #[must_use]
    pub(crate) fn unit(&self, id: i64) -> UnitName {
        match self.units.get(&id) {
            Some((name, short)) => UnitName {
                id: Id(id),
                name: name.clone(),
                short_name: if short.is_empty() { name.clone() } else { short.clone() },
            },
            None => UnitName { id: Id(id), name: id.to_string(), short_name: id.to_string() },
        }
    }

    /// An account.
    #[must_use]
    pub(crate) fn account(&self, id: i64) -> AccountName {
        AccountName { id: Id(id), name: self.accounts.get(&id).cloned().unwrap_or_else(|| id.to_string()) }
    }

    /// An area.
    #[must_use]
    pub(crate) fn area(&self, id: i64) -> Option<AreaName> {
        self.areas.get(&id).map(|(name, level)| AreaName {
            id: Id(id),
            name: name.clone(),
            level: level.clone(),
        })
    }
}
