//! Reads the database again after a fault and compares it with what the load knows.

use crate::{load::Ledger, server::How};
use cases::{Cases, commands::recount};
use diesel::prelude::*;
use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::Arc,
};
use store::{
    Conn, Store, StoreConfig, StoreError, schema,
    tally::{Cube, by_day},
};

/// Ids asked for at once (SQLite takes 32,766 values in a statement).
const PORTION: usize = 500;

/// What is wrong.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// Acknowledged commands that are gone.
    pub lost: u64,
    /// Commands that took effect more than once.
    pub doubled: u64,
    /// Everything else, in words.
    pub broken: Vec<String>,
}

impl Findings {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn none(&self) -> bool {
        self.lost == 0 && self.doubled == 0 && self.broken.is_empty()
    }
}

/// How a case stands, told without ids and instants: the same for every case that has come as far.
pub type Stand = String;

/// The database of a site, read by the kit itself. Held for one check only, so it is no second node for long.
pub struct Look {
    store: Store,
    cases: Cases,
}

impl Look {
    /// Opens it.
    ///
    /// # Errors
    /// When the store does not open.
    pub async fn open(how: &How) -> Result<Look, String> {
        let config = StoreConfig {
            data: how.data.clone(),
            database_url: how.database_url.clone(),
            clock: onedoor::ambient::clock(),
            entropy: onedoor::ambient::entropy(),
        };
        let store = Store::open(config).await.map_err(|error| format!("the store does not open: {error}"))?;
        let cases = Cases::open(store.clone()).await.map_err(|error| error.to_string())?;
        Ok(Look { store, cases })
    }

    async fn read<T: Send + 'static>(
        &self,
        f: impl FnOnce(&mut Conn) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, String> {
        self.store.read(f).await.map_err(|error: StoreError| error.to_string())
    }

    /// How many cases there are.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn count_cases(&self) -> Result<i64, String> {
        self.read(|conn| Ok(schema::cases::table.count().get_result(conn)?)).await
    }

    /// How cases stand, with their versions.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn stands(&self, ids: Vec<i64>) -> Result<BTreeMap<i64, (i64, Stand)>, String> {
        self.read(move |conn| {
            let mut all = BTreeMap::new();
            for ids in ids.chunks(PORTION) {
                stands(conn, ids, &mut all)?;
            }
            Ok(all)
        })
        .await
    }

    /// Which of these client ids have an outcome.
    async fn outcomes(&self, keys: Vec<String>) -> Result<HashSet<String>, String> {
        self.read(move |conn| {
            let mut found = HashSet::new();
            for keys in keys.chunks(PORTION) {
                use schema::requests as table;
                let some: Vec<String> =
                    table::table.filter(table::client_id.eq_any(keys)).select(table::client_id).load(conn)?;
                found.extend(some);
            }
            Ok(found)
        })
        .await
    }

    /// What differs between the cubes (with their tail) and a recount from the tables.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn tallies(&self) -> Result<Vec<String>, String> {
        let rules = self.cases.rules.current();
        let compare = move |conn: &mut Conn| {
            let counts =
                recount(conn, &rules).map_err(|error| StoreError::Defect(format!("recount: {error}")))?;
            let mut wrong = Vec::new();
            for cube in [Cube::Total, Cube::Unit, Cube::Channel] {
                let mut wanted: BTreeMap<(i64, String, String), i64> = BTreeMap::new();
                for (key, n) in &counts {
                    let group = match cube {
                        Cube::Unit => key.unit.to_string(),
                        Cube::Channel => key.channel.clone(),
                        _ => String::new(),
                    };
                    *wanted.entry((key.day, key.measure.to_owned(), group)).or_default() += n;
                }
                wanted.retain(|_, n| *n != 0);
                let read: BTreeMap<_, _> = by_day(conn, cube, 10_000_000, 99_999_999)?
                    .into_iter()
                    .map(|cell| ((cell.period, cell.measure, cell.key), cell.n))
                    .collect();
                let keys: BTreeSet<_> = read.keys().chain(wanted.keys()).collect();
                wrong.extend(keys.into_iter().filter(|key| read.get(*key) != wanted.get(*key)).take(3).map(
                    |key| {
                        format!(
                            "tally {cube:?} {key:?}: kept {:?}, counted {:?}",
                            read.get(key),
                            wanted.get(key)
                        )
                    },
                ));
            }
            Ok(wrong)
        };
        self.read(compare).await
    }
}

/// What every case must look like: how a case stood after each step while nothing was on fire, by version.
pub type Calm = Arc<BTreeMap<i64, Stand>>;

/// What is compared with what.
pub struct Known<'a> {
    /// What the load knows, everything settled.
    pub ledger: &'a Ledger,
    /// The first commands of the ledger, which an earlier check has seen.
    pub seen: usize,
    /// How cases stand in peace.
    pub calm: &'a Calm,
    /// How many cases there were before the load.
    pub base: i64,
    /// Cases that the fault itself has touched.
    pub let_go: &'a BTreeSet<i64>,
}

/// Compares. `deep` adds the recount of all tallies and `onedoor verify-log`.
///
/// # Errors
/// When the database cannot be read at all.
pub async fn check(how: &How, known: &Known<'_>, deep: bool) -> Result<Findings, String> {
    let look = Look::open(how).await?;
    let mut findings = Findings::default();
    let fresh = &known.ledger.acked[known.seen..];
    let touched: BTreeSet<i64> = fresh.iter().map(|acked| acked.case).collect();
    let stands = look.stands(touched.iter().copied().collect()).await?;
    let outcomes = look.outcomes(fresh.iter().map(|acked| acked.key.to_string()).collect()).await?;
    for acked in fresh {
        let there = stands.get(&acked.case).is_some_and(|(version, _)| *version >= acked.version);
        if !there || !outcomes.contains(&acked.key.to_string()) {
            findings.lost += 1;
        }
    }
    for (case, (version, stand)) in &stands {
        let told = known.ledger.cases.get(case).copied().unwrap_or(0);
        findings.doubled += u64::try_from(version - told).unwrap_or(0);
        match known.calm.get(version) {
            Some(calm) if calm == stand || known.let_go.contains(case) => {}
            Some(calm) => findings
                .broken
                .push(format!("case {case} at version {version} is\n      {stand}\n      not\n      {calm}")),
            None => findings.broken.push(format!("case {case} has come to version {version}")),
        }
    }
    let count = look.count_cases().await? - known.base;
    let told = i64::try_from(known.ledger.cases.len()).unwrap_or(i64::MAX);
    if count > told {
        findings.doubled += u64::try_from(count - told).unwrap_or(0);
    }
    if deep {
        findings.broken.extend(look.tallies().await?);
        drop(look);
        if let Err(why) = how.run_aside(&["verify-log", "--files"]).await {
            findings.broken.push(why);
        }
    }
    Ok(findings)
}

macro_rules! of_cases {
    ($conn:expr, $ids:expr, $into:expr, $table:ident, $name:literal, ($($column:ident),+)) => {{
        use schema::$table as t;
        let rows = t::table
            .filter(t::case_id.eq_any($ids))
            .select((t::case_id, ($(t::$column,)+)))
            .load::<(i64, _)>($conn)?;
        for (case, row) in rows {
            let row: of_cases!(@row $($column),+) = row;
            $into.entry(case).or_default().push(format!("{} {row:?}", $name));
        }
    }};
    (@row $a:ident, $b:ident, $c:ident) => { (String, String, bool) };
    (@row $a:ident, $b:ident) => { (String, String) };
    (@row $a:ident) => { (String,) };
}

fn stands(conn: &mut Conn, ids: &[i64], all: &mut BTreeMap<i64, (i64, Stand)>) -> Result<(), StoreError> {
    let mut parts: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    of_cases!(conn, ids, parts, clocks, "clock", (kind, state, next_step));
    of_cases!(conn, ids, parts, work_orders, "order", (part, state, open));
    of_cases!(conn, ids, parts, replies, "reply", (result));
    of_cases!(conn, ids, parts, overlays, "overlay", (kind, state));
    of_cases!(conn, ids, parts, cards, "card", (level));
    for case in schema::case_texts::table
        .filter(schema::case_texts::case_id.eq_any(ids))
        .select(schema::case_texts::case_id)
        .load::<i64>(conn)?
    {
        parts.entry(case).or_default().push("texts".into());
    }
    for case in schema::reporters::table
        .filter(schema::reporters::case_id.eq_any(ids))
        .select(schema::reporters::case_id)
        .load::<i64>(conn)?
    {
        parts.entry(case).or_default().push("reporter".into());
    }
    parts.values_mut().for_each(|parts| parts.sort());
    use schema::events as log;
    let events: Vec<(i64, i64, String)> = log::table
        .filter(log::stream.eq_any(ids))
        .order((log::stream, log::seq))
        .select((log::stream, log::seq, log::kind))
        .load(conn)?;
    for (case, seq, kind) in events {
        parts.entry(case).or_default().push(format!("event {seq} {kind}"));
    }
    use schema::cases as table;
    let rows: Vec<(i64, i64, String, Option<String>, bool)> = table::table
        .filter(table::id.eq_any(ids))
        .select((table::id, table::version, table::state, table::next_step, table::open))
        .load(conn)?;
    for (case, version, state, next, open) in rows {
        let parts = parts.remove(&case).unwrap_or_default();
        all.insert(case, (version, format!("{state} {next:?} {open} {}", parts.join(", "))));
    }
    Ok(())
}
