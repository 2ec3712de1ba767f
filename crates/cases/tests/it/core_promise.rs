//! The promise as a property: whoever does whatever at any time, valid or not, every open case has one owner and one next step
//! with a running clock, every ended one its evidence, counts agree and chains verify.
//!
//! `ONEDOOR_SEQUENCES` sets how many lives are lived, `ONEDOOR_SEED` where their seeds begin; a failure prints its seed.

use crate::{core_invariants::violations, core_kit as kit, core_random::Life};
use cases::{
    Cases, RuleBook,
    commands::{Row, recount},
    rulebook::Rules,
};
use rules::lifecycle::{
    By, CaseAction, CaseState, ClockKind, Effect, Guard, OrderAction, OrderClock, Owner, Power, Tables, To,
};
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};
use store::{
    tally::{Cube, by_day},
    testkit::{Engine, Kit, engines},
};

pub(crate) fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// How often each row was taken.
pub(crate) type Coverage = Arc<Mutex<BTreeMap<Row, u64>>>;

/// Lives one sequence and says what is wrong after it (and now and then in between).
async fn live(cases: &Cases, seed: u64) -> (Vec<String>, usize, usize) {
    let mut life = Life::new(cases, seed);
    // Between 20 and 60, rather shorter than longer.
    let steps = 20 + life.dice.below(41).min(life.dice.below(41)).min(life.dice.below(41));
    let mut wrong = Vec::new();
    for _ in 0..steps {
        let touched = life.step().await;
        if let Some(id) = touched.filter(|_| life.dice.chance(10)) {
            wrong.extend(violations(cases, id).await);
        }
        if !wrong.is_empty() || !life.broken.is_empty() {
            break;
        }
    }
    for id in life.ids.clone() {
        wrong.extend(violations(cases, id).await);
    }
    wrong.append(&mut life.broken);
    (wrong.into_iter().map(|what| format!("seed {seed}: {what}")).collect(), life.done, life.refused)
}

/// Lives many sequences at once on one store, so that they share its commits. Stops at the first that breaks the promise.
async fn live_many(cases: &Cases, seeds: std::ops::Range<u64>) -> Result<(usize, usize), Vec<String>> {
    let next = Arc::new(AtomicU64::new(seeds.start));
    let counts = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
    let found = Arc::new(Mutex::new(Vec::new()));
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..24 {
        let (cases, next, counts, found) = (cases.clone(), next.clone(), counts.clone(), found.clone());
        workers.spawn(async move {
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= seeds.end || !found.lock().expect("a list").is_empty() {
                    break;
                }
                let (wrong, done, refused) = live(&cases, seed).await;
                counts.0.fetch_add(done, Ordering::Relaxed);
                counts.1.fetch_add(refused, Ordering::Relaxed);
                found.lock().expect("a list").extend(wrong);
            }
        });
    }
    while let Some(joined) = workers.join_next().await {
        joined.expect("no life panics");
    }
    let found = std::mem::take(&mut *found.lock().expect("a list"));
    if found.is_empty() {
        Ok((counts.0.load(Ordering::Relaxed), counts.1.load(Ordering::Relaxed)))
    } else {
        Err(found)
    }
}

pub(crate) async fn open(kit: &Kit, tables: Tables, coverage: Option<Coverage>) -> Cases {
    kit::county(&kit.store).await;
    let rules = RuleBook::of(Rules::shipped().expect("the shipped rules"));
    let mut cases = Cases::with(kit.store.clone(), rules, tables);
    cases.watcher = coverage.map(|coverage| -> cases::commands::Watcher {
        Arc::new(move |rows: &[Row]| {
            let mut coverage = coverage.lock().expect("the counts");
            for row in rows {
                *coverage.entry(*row).or_default() += 1;
            }
        })
    });
    cases
}

/// One store, many lives; afterwards counts and chains.
async fn shard(engine: Engine, seeds: std::ops::Range<u64>, coverage: Coverage) -> (usize, usize) {
    let kit = Kit::open(engine).await;
    let cases = open(&kit, Tables::shipped().clone(), Some(coverage)).await;
    let (done, refused) = live_many(&cases, seeds)
        .await
        .unwrap_or_else(|wrong| panic!("the promise is broken:\n{}", wrong.join("\n")));
    tallies_agree(&cases).await;
    kit.store.fold_tallies().await.expect("folds");
    tallies_agree(&cases).await;
    let report = kit.store.verify(None).await.expect("checks");
    assert!(report.problem.is_none(), "the log: {:?}", report.problem);
    eprintln!("{engine:?}: {done} commands done, {refused} refused, {} events verified", report.events);
    (done, refused)
}

/// Prints how often each row of both tables was taken, and names those taken less than `least` times.
fn rare(coverage: &Coverage, least: u64) -> Vec<String> {
    let coverage = coverage.lock().expect("the counts");
    let tables = Tables::shipped();
    let case_rows = tables.cases.iter().enumerate().map(|(index, rule)| {
        (Row::Case(index), format!("case: {} when {:?} from {:?}", rule.action, rule.when, rule.from))
    });
    let order_rows = tables
        .orders
        .iter()
        .enumerate()
        .map(|(index, rule)| (Row::Order(index), format!("order: {} from {:?}", rule.action, rule.from)));
    let mut rare = Vec::new();
    for (row, name) in case_rows.chain(order_rows) {
        let taken = coverage.get(&row).copied().unwrap_or(0);
        eprintln!("{taken:>8}  {name}");
        if taken < least {
            rare.push(format!("{name}: {taken}"));
        }
    }
    rare
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_promise_holds_on_sqlite() {
    let lives = number("ONEDOOR_SEQUENCES", 10_000);
    let seed = number("ONEDOOR_SEED", 1);
    let coverage = Coverage::default();
    let half = lives / 2;
    let first = tokio::spawn(shard(Engine::Sqlite, seed..seed + half, coverage.clone()));
    let second = tokio::spawn(shard(Engine::Sqlite, seed + half..seed + lives, coverage.clone()));
    first.await.expect("the first half holds");
    second.await.expect("the second half holds");
    // Chance may leave a rare row just short of its number: some more lives, then it must have been reached.
    let least = 100 * lives / 10_000;
    let mut short = rare(&coverage, least);
    for more in 0..5 {
        if short.is_empty() {
            break;
        }
        let begin = seed + lives + more * (lives / 10);
        shard(Engine::Sqlite, begin..begin + lives / 10, coverage.clone()).await;
        short = rare(&coverage, least);
    }
    assert!(short.is_empty(), "rows that were hardly taken:\n{}", short.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_promise_holds_on_postgres() {
    if engines().contains(&Engine::Postgres) {
        let lives = number("ONEDOOR_SEQUENCES", 10_000) / 50;
        shard(Engine::Postgres, 1_000_000..1_000_000 + lives.max(20), Coverage::default()).await;
    }
}

/// A rule broken on purpose.
type Mutant = (&'static str, fn(&mut Tables));

fn rule(tables: &mut Tables, action: CaseAction) -> impl Iterator<Item = &mut rules::lifecycle::CaseRule> {
    tables.cases.iter_mut().filter(move |rule| rule.action == action)
}

fn order(tables: &mut Tables, action: OrderAction) -> &mut rules::lifecycle::OrderRule {
    tables.orders.iter_mut().find(|rule| rule.action == action).expect("the row")
}

const MUTANTS: &[Mutant] = &[
    ("signing does not make the host the owner", |t| {
        rule(t, CaseAction::Sign).for_each(|r| r.owner = Owner::Keep)
    }),
    ("verifying forgets the next step", |t| {
        rule(t, CaseAction::Verify)
            .for_each(|r| r.clocks.retain(|c| *c != Effect::Start(ClockKind::Dispatch)));
    }),
    ("withdrawing lets clocks run on", |t| {
        rule(t, CaseAction::Withdraw).for_each(|r| r.clocks.clear());
    }),
    ("closing asks for no evidence", |t| rule(t, CaseAction::Close).for_each(|r| r.ends.clear())),
    ("a refused return may be asked again", |t| {
        rule(t, CaseAction::RequestReturn).for_each(|r| r.needs.retain(|g| *g != Guard::NoReturnRefused));
    }),
    ("anybody may host", |t| {
        rule(t, CaseAction::Dispatch).for_each(|r| r.needs.retain(|g| *g != Guard::HostMayTake));
    }),
    ("anybody may help", |t| {
        t.cases.iter_mut().for_each(|r| r.needs.retain(|g| *g != Guard::UnitsMayHelp));
    }),
    ("a suspension lets the units' clocks run", |t| {
        rule(t, CaseAction::Suspend).for_each(|r| r.clocks.retain(|c| *c != Effect::PauseWork));
    }),
    ("a refused return leaves the sign clock paused", |t| {
        rule(t, CaseAction::RefuseReturn)
            .for_each(|r| r.clocks.retain(|c| *c != Effect::ResumeHost(ClockKind::Sign)));
    }),
    ("whoever dispatched or handled it may review", |t| {
        rule(t, CaseAction::ReviewPass).for_each(|r| {
            r.needs.clear();
            r.by = vec![By::Any(Power::Dispatch), By::Any(Power::Handle)];
        });
    }),
    ("the host's clock runs on during review", |t| order(t, OrderAction::Submit).clocks.clear()),
    ("signing leaves its clock running", |t| order(t, OrderAction::Sign).clocks.clear()),
    ("anything merges into anything", |t| {
        rule(t, CaseAction::Merge).for_each(|r| r.needs.retain(|g| *g != Guard::MergeFits));
    }),
    ("a granted return keeps the owner", |t| {
        rule(t, CaseAction::GrantReturn).for_each(|r| r.owner = Owner::Keep)
    }),
    ("rework skips the host", |t| {
        rule(t, CaseAction::Rework).for_each(|r| {
            if r.to == To::NextRound(CaseState::Dispatched) {
                r.orders.clear();
            }
        });
    }),
    ("order of a recalled case stays live", |t| rule(t, CaseAction::Recall).for_each(|r| r.orders.clear())),
    ("order cancelled with its clocks running", |t| {
        order(t, OrderAction::Cancel).clocks.retain(|c| *c != OrderClock::StopAll);
    }),
];

/// Each broken rule is found: the property can fail.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_rules_are_caught() {
    let mut survived = Vec::new();
    for (index, (name, breaks)) in MUTANTS.iter().enumerate() {
        let kit = Kit::open(Engine::Sqlite).await;
        let mut tables = Tables::shipped().clone();
        breaks(&mut tables);
        assert_ne!(&tables, Tables::shipped(), "{name}: breaks nothing");
        let cases = open(&kit, tables, None).await;
        let begin = 2_000_000 + 10_000 * index as u64;
        match live_many(&cases, begin..begin + 400).await {
            Err(found) => eprintln!("caught: {name}: {}", found[0]),
            Ok(_) => survived.push(*name),
        }
    }
    assert!(survived.is_empty(), "not caught: {survived:?}");
}

/// Cubes plus tail equal a recount from the tables, in every cube.
pub(crate) async fn tallies_agree(cases: &Cases) {
    let rules = cases.rules.current();
    cases
        .store
        .read(move |conn| {
            let counts = recount(conn, &rules).expect("recounts");
            for cube in [Cube::Total, Cube::Unit, Cube::Town, Cube::Channel, Cube::Kind, Cube::Category] {
                let mut wanted: BTreeMap<(i64, String, String), i64> = BTreeMap::new();
                for (key, n) in &counts {
                    let group = match cube {
                        Cube::Total => String::new(),
                        Cube::Unit => key.unit.to_string(),
                        Cube::Town => key.town.to_string(),
                        Cube::Channel => key.channel.clone(),
                        Cube::Kind => key.kind.clone(),
                        Cube::Category => key.category.chars().take(2).collect(),
                    };
                    *wanted.entry((key.day, key.measure.to_owned(), group)).or_default() += n;
                }
                wanted.retain(|_, n| *n != 0);
                let read = by_day(conn, cube, 10_000_000, 99_999_999)?;
                let read: BTreeMap<_, _> =
                    read.into_iter().map(|cell| ((cell.period, cell.measure, cell.key), cell.n)).collect();
                let keys: std::collections::BTreeSet<_> = read.keys().chain(wanted.keys()).collect();
                let differ = |key: &&_| read.get(*key) != wanted.get(*key);
                let wrong: Vec<String> = keys
                    .into_iter()
                    .filter(differ)
                    .map(|key| format!("{key:?}: read {:?}, counted {:?}", read.get(key), wanted.get(key)))
                    .take(10)
                    .collect();
                assert!(wrong.is_empty(), "{cube:?}: {wrong:#?}");
            }
            Ok::<_, store::StoreError>(())
        })
        .await
        .expect("reads");
}
