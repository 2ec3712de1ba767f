//! The access log as the audit administrator reads it.

use crate::{PeopleError, scope::Backend, web::Id};
use diesel::{
    dsl::{Eq, IntoBoxed, LeftJoinOn, Nullable},
    prelude::*,
};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use store::{
    Conn, Timestamp, at, ms,
    schema::{access_log, accounts, cases, units},
    vault::Vault,
};

/// Which entries.
#[derive(Clone, Debug, Default)]
pub struct LogFilter {
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
    /// Of this account.
    pub account: Option<i64>,
    /// Of this action, `unmask`.
    pub action: Option<String>,
    /// About this case.
    pub case: Option<i64>,
    /// Of this outcome, `refused`.
    pub outcome: Option<String>,
    /// Older than the last entry of the page before.
    pub before_id: Option<i64>,
    /// Page size.
    pub limit: i64,
}

/// One entry.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct AccessEntry {
    /// Its id.
    pub id: Id,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Who; absent for somebody who was not signed in.
    pub account_id: Option<Id>,
    /// The name of that account.
    pub account_name: Option<String>,
    /// For which unit.
    pub unit_id: Option<Id>,
    /// `sign_in`, `sign_in_failed`, `sign_out`, `admin`, `refused`, `view`, `unmask`, `search`, `export` …
    pub action: String,
    /// The case.
    pub case_id: Option<Id>,
    /// Its number, by which people know it.
    pub case_number: Option<String>,
    /// What was accessed.
    pub subject: String,
    /// The names of the accounts and units and the numbers of the cases that the subject gives by id, by that id.
    pub subject_names: BTreeMap<String, String>,
    /// The stated purpose; empty where none was asked, absent when it was erased.
    pub purpose: Option<String>,
    /// `allowed` or `refused`.
    pub outcome: String,
    /// The client's address.
    pub address: String,
}

type Row =
    ((i64, i64, Option<i64>, Option<i64>, String, Option<i64>), (String, String, String), Option<String>);

/// A page of the log, newest first (ids grow with time).
pub fn access_log(
    conn: &mut Conn,
    vault: &Vault,
    filter: &LogFilter,
) -> Result<Vec<AccessEntry>, PeopleError> {
    let query = filtered(filter)
        .select((
            (
                access_log::id,
                access_log::at,
                access_log::account_id,
                access_log::unit_id,
                access_log::action,
                access_log::case_id,
            ),
            (access_log::subject, access_log::outcome, access_log::address),
            accounts::name.nullable(),
        ))
        .order(access_log::id.desc())
        .limit(filter.limit);
    let rows: Vec<Row> = query.load(conn)?;
    let ids: Vec<i64> = rows.iter().map(|row| row.0.0).collect();
    let mut purposes = store::access::purposes(conn, vault, &ids)?;
    let numbers = numbers(conn, rows.iter().filter_map(|row| row.0.5).collect())?;
    let spoken = Spoken::load(conn, &rows)?;
    let mut stated = |id| purposes.remove(&id).unwrap_or_else(|| Some(String::new()));
    let number = |row: &Row| row.0.5.and_then(|case| numbers.get(&case).cloned());
    Ok(rows
        .into_iter()
        .map(|row| AccessEntry {
            case_number: number(&row),
            subject_names: spoken.names(&row.1.0),
            ..entry(stated(row.0.0), row)
        })
        .collect())
}

/// How many entries a filter finds, counting at most `cap`.
pub fn count_access(conn: &mut Conn, filter: &LogFilter, cap: i64) -> Result<i64, PeopleError> {
    let ids: Vec<i64> = filtered(filter).select(access_log::id).limit(cap).load(conn)?;
    Ok(i64::try_from(ids.len()).unwrap_or(cap))
}

type By = Eq<access_log::account_id, Nullable<accounts::id>>;
type Found = IntoBoxed<'static, LeftJoinOn<access_log::table, accounts::table, By>, Backend>;

/// Entries with their accounts, narrowed by what is asked.
fn filtered(filter: &LogFilter) -> Found {
    let mut query = access_log::table
        .left_join(accounts::table.on(access_log::account_id.eq(accounts::id.nullable())))
        .into_boxed::<Backend>();
    if let Some(from) = filter.from {
        query = query.filter(access_log::at.ge(ms(from)));
    }
    if let Some(until) = filter.until {
        query = query.filter(access_log::at.lt(ms(until)));
    }
    if let Some(account) = filter.account {
        query = query.filter(access_log::account_id.eq(account));
    }
    if let Some(action) = &filter.action {
        query = query.filter(access_log::action.eq(action.clone()));
    }
    if let Some(case) = filter.case {
        query = query.filter(access_log::case_id.eq(case));
    }
    if let Some(outcome) = &filter.outcome {
        query = query.filter(access_log::outcome.eq(outcome.clone()));
    }
    if let Some(before) = filter.before_id {
        query = query.filter(access_log::id.lt(before));
    }
    query
}

/// The accounts, units and cases that subjects give by id ("roles of account 17 set: clerk"), with their names.
#[derive(Default)]
struct Spoken {
    accounts: HashMap<i64, String>,
    units: HashMap<i64, String>,
    cases: HashMap<i64, String>,
}

impl Spoken {
    fn load(conn: &mut Conn, rows: &[Row]) -> Result<Spoken, PeopleError> {
        let mut asked = Spoken::default();
        for (word, id) in rows.iter().flat_map(|row| spoken(&row.1.0)) {
            match word {
                "account" => asked.accounts.insert(id, String::new()),
                "case" => asked.cases.insert(id, String::new()),
                _ => asked.units.insert(id, String::new()),
            };
        }
        let ids = |of: &HashMap<i64, String>| of.keys().copied().collect::<Vec<i64>>();
        let accounts: Vec<(i64, String)> = accounts::table
            .filter(accounts::id.eq_any(ids(&asked.accounts)))
            .select((accounts::id, accounts::name))
            .load(conn)?;
        let units: Vec<(i64, String)> = units::table
            .filter(units::id.eq_any(ids(&asked.units)))
            .select((units::id, units::name))
            .load(conn)?;
        Ok(Spoken {
            accounts: accounts.into_iter().collect(),
            units: units.into_iter().collect(),
            cases: numbers(conn, ids(&asked.cases))?,
        })
    }

    fn names(&self, subject: &str) -> BTreeMap<String, String> {
        let named = |(word, id): (&str, i64)| {
            let names = match word {
                "account" => &self.accounts,
                "case" => &self.cases,
                _ => &self.units,
            };
            Some((id.to_string(), names.get(&id)?.clone()))
        };
        spoken(subject).filter_map(named).collect()
    }
}

/// The ids in a subject, each with the word before it.
fn spoken(subject: &str) -> impl Iterator<Item = (&str, i64)> {
    let mut words = subject.split([' ', '=', ',', ':']).filter(|word| !word.is_empty());
    let mut before = words.next();
    words.filter_map(move |word| {
        let kind = before.replace(word)?;
        matches!(kind, "account" | "unit" | "successor" | "case").then_some((kind, word.parse().ok()?))
    })
}

/// The numbers of cases.
fn numbers(conn: &mut Conn, ids: Vec<i64>) -> Result<HashMap<i64, String>, PeopleError> {
    let found: Vec<(i64, String)> =
        cases::table.filter(cases::id.eq_any(ids)).select((cases::id, cases::number)).load(conn)?;
    Ok(found.into_iter().collect())
}

fn entry(purpose: Option<String>, row: Row) -> AccessEntry {
    let ((id, when, account, unit, action, case), (subject, outcome, address), name) = row;
    AccessEntry {
        id: Id(id),
        at: at(when),
        account_id: account.map(Id),
        account_name: name,
        unit_id: unit.map(Id),
        action,
        case_id: case.map(Id),
        case_number: None,
        subject,
        subject_names: BTreeMap::new(),
        purpose,
        outcome,
        address,
    }
}
