//! A county's year in virtual time, from one seed: people come by hour and weekday through the real calendar, units act in
//! their hours or too late, clocks fire by the real worker, people in the field send late and out of order, commits fail,
//! answers are lost and sent for again, the program starts anew.
//!
//! After every step the touched case is examined; every 1,000 steps everything is counted again: each case that changed from its
//! tables, the sums of all against the cubes, the versions of all, open cases against running clocks. The whole database from
//! nothing (every count by day, every chain) is recounted every 1,000 steps of the first 10,000, every 60 days and at the end.
//!
//! `./dev fire county_year [--seed N] [--days N]`; a failure prints its seed and the line that replays it.

use crate::{
    core_county_faults::{self as faults, Fault},
    core_invariants::examine,
    core_kit as kit,
    core_promise::{number, open, tallies_agree},
    core_random::{Dice, Life, Snap, Who, ctx, likely, onward, snap},
};
use cases::{
    CaseError, Cases, RuleBook, Target,
    clocks::run_due,
    commands::{Counts, Register, recount_of},
    rulebook::Rules,
};
use diesel::{dsl, prelude::*};
use rules::{calendar::WorkCalendar, lifecycle::Tables, words::CaseKind};
use serde_json::{Value, json};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap},
    sync::Arc,
};
use store::{
    Store, StoreError, ms,
    requests::ClientRequest,
    schema::{cases as case_table, clocks as clock_table, requests},
    tally::{Cube, by_month},
    testkit::{Engine, Kit, engines},
};
use tokio::task::JoinHandle;

const MINUTE: i64 = 60_000;
const DAY: i64 = 86_400_000;
/// China keeps one time, eight hours before UTC.
const EAST: i64 = 8 * 3_600_000;
/// How many matters come on an ordinary day.
const A_DAY: u64 = 214;
/// How busy the hours of a day are.
const HOURS: [u64; 24] =
    [10, 6, 5, 5, 7, 12, 35, 90, 230, 300, 280, 210, 100, 120, 200, 270, 260, 200, 120, 100, 80, 50, 30, 18];
/// How busy the days of a week are, from Monday, in hundredths.
const DAYS: [u64; 7] = [125, 108, 102, 102, 98, 80, 75];
const CUBES: [Cube; 6] = [Cube::Total, Cube::Unit, Cube::Town, Cube::Channel, Cube::Kind, Cube::Category];

/// The first moment: 1 January 2025 in China.
fn new_year() -> i64 {
    ms("2024-12-31T16:00:00Z".parse().expect("an instant"))
}

/// A command as a client holds it until it is acknowledged.
#[derive(Clone)]
struct Letter {
    who: Who,
    key: String,
    deed: Deed,
}

#[derive(Clone)]
enum Deed {
    Register(Box<Register>),
    Act { case: i64, version: Option<i64>, action: &'static str, body: Value },
}

/// What a command gave: the case, its version, everything that was answered.
#[derive(Clone, Debug, PartialEq)]
struct Sent {
    case: i64,
    version: i64,
    answer: String,
}

/// What happens next.
enum What {
    /// The arrivals of a day are drawn.
    Dawn,
    Arrive,
    Step(i64, u32),
    Deliver(Box<Letter>),
    /// The clock worker looks.
    Clocks,
    /// Counts are summed into the cubes.
    Fold,
    /// The program ends and starts again.
    Restart,
}

/// What a life came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Lived {
    matters: u64,
    steps: u64,
    done: u64,
    refused: BTreeMap<String, u64>,
    failed: u64,
    repeated: u64,
    late: u64,
    restarts: u64,
    reminders: usize,
    yellow: usize,
    red: usize,
    recounts: u64,
    whole: u64,
    /// The root over the whole log.
    root: String,
}

/// Sums by cube, month, measure and key.
type Cells = HashMap<(usize, i64, String, String), i64>;

struct County {
    seed: u64,
    days: i64,
    kit: Kit,
    cases: Cases,
    calendar: Arc<WorkCalendar>,
    dice: Dice,
    now: i64,
    queue: BinaryHeap<Reverse<(i64, u64)>>,
    waiting: HashMap<u64, What>,
    queued: u64,
    keys: u64,
    recent: Vec<i64>,
    checking: Option<JoinHandle<(i64, Vec<String>, i64)>>,
    /// Acknowledged: the latest version by case, and how many commands.
    acked: HashMap<i64, i64>,
    acknowledged: u64,
    touched: BTreeSet<i64>,
    counted_at: i64,
    counted: HashMap<i64, (i64, Counts)>,
    cells: Cells,
    whole_at: i64,
    lived: Lived,
}

impl County {
    async fn open(engine: Engine, seed: u64, days: i64) -> County {
        let kit = Kit::open(engine).await;
        let cases = open(&kit, Tables::shipped().clone(), None).await;
        faults::prepare(&kit.store).await;
        let now = new_year();
        let calendar = cases.rules.current().calendar.clone();
        County {
            seed,
            days,
            kit,
            cases,
            calendar,
            dice: Dice::new(seed),
            now,
            queue: BinaryHeap::new(),
            waiting: HashMap::new(),
            queued: 0,
            keys: 0,
            recent: Vec::new(),
            checking: None,
            acked: HashMap::new(),
            acknowledged: 0,
            touched: BTreeSet::new(),
            counted_at: now,
            counted: HashMap::new(),
            cells: Cells::new(),
            whole_at: now,
            lived: Lived::default(),
        }
    }

    /// Lives all days and counts everything once more.
    async fn live(mut self) -> Lived {
        let (begin, end) = (self.now, self.now + self.days * DAY);
        for day in 0..self.days {
            self.plan(begin + day * DAY, What::Dawn);
        }
        self.plan(begin, What::Clocks);
        self.plan(begin, What::Fold);
        let mut counted = 0;
        while let Some(Reverse((at, id))) = self.queue.pop() {
            if at >= end {
                break;
            }
            let what = self.waiting.remove(&id).expect("it was planned");
            self.now = at;
            self.kit.clock.set(store::at(at));
            self.happen(what).await;
            if self.lived.steps / 1000 > counted {
                counted = self.lived.steps / 1000;
                self.recount().await;
            }
        }
        self.recount().await;
        self.recount_whole().await;
        let head = self.kit.store.sign_head().await.expect("the log is signed").expect("there are events");
        self.lived.root = head.root.iter().map(|byte| format!("{byte:02x}")).collect();
        self.lived
    }

    fn plan(&mut self, at: i64, what: What) {
        self.queued += 1;
        self.queue.push(Reverse((at, self.queued)));
        self.waiting.insert(self.queued, what);
    }

    /// Says what is wrong and how to see it again.
    fn must(&self, holds: bool, what: impl FnOnce() -> String) {
        assert!(
            holds,
            "{:?}, seed {}, step {}, {}: {}\nagain: ./dev fire county_year --seed {} --days {}",
            self.kit.engine,
            self.seed,
            self.lived.steps,
            store::at(self.now),
            what(),
            self.seed,
            self.days,
        );
    }

    async fn happen(&mut self, what: What) {
        match what {
            What::Dawn => {
                self.dawn();
                let at = self.now + self.within(1440) * MINUTE;
                self.plan(at, What::Restart);
            }
            What::Restart => self.restart().await,
            What::Arrive => self.arrive().await,
            What::Step(case, steps) => self.step(case, steps).await,
            What::Deliver(letter) => {
                self.lived.late += 1;
                let sent = self.send(&letter).await;
                if let (Deed::Register(_), Some(sent)) = (&letter.deed, sent) {
                    let at = self.soon();
                    self.plan(at, What::Step(sent.case, 0));
                }
            }
            What::Clocks => {
                self.run_clocks().await;
                self.plan(self.now + 10 * MINUTE, What::Clocks);
            }
            What::Fold => {
                self.kit.store.fold_tallies().await.expect("folds");
                self.plan(self.now + 60 * MINUTE, What::Fold);
            }
        }
    }

    // --- people and units -----------------------------------------------------------------------------------------

    fn dawn(&mut self) {
        let date = self.calendar.date(store::at(self.now));
        let weekday = usize::try_from((self.now + EAST) / DAY + 3).expect("after 1970") % 7;
        let works = self.calendar.is_workday(date).expect("the calendar has the year");
        let busy = if works { DAYS[weekday].max(98) } else { DAYS[weekday].min(80) };
        let matters = A_DAY * busy / 100 + self.dice.below(9);
        let all: u64 = HOURS.iter().sum();
        for _ in 0..matters {
            let mut share = self.dice.below(all);
            let mut hour = 0;
            while share >= HOURS[hour] {
                share -= HOURS[hour];
                hour += 1;
            }
            let minute = i64::try_from(hour).expect("24") * 60 + self.within(60);
            let at = self.now + minute * MINUTE + self.within(60) * 1000;
            self.plan(at, What::Arrive);
        }
    }

    fn within(&mut self, n: u64) -> i64 {
        i64::try_from(self.dice.below(n)).expect("small")
    }

    /// When the next hand is laid on a matter: mostly within hours of work, now and then too late or at night.
    fn soon(&mut self) -> i64 {
        let delay = match self.dice.below(100) {
            0..=5 => (8 + self.within(70)) * 60,
            6..=20 => return self.now + (1 + self.within(600)) * MINUTE,
            _ => 2 + self.within(150),
        };
        self.calendar.add_working_ms(store::at(self.now), delay * MINUTE).map_or(self.now + DAY, ms)
    }

    fn key(&mut self) -> String {
        self.keys += 1;
        format!("{:016x}-{:08x}", self.seed, self.keys)
    }

    /// Works with the generators of the promise's random lives.
    fn with_life<T>(&mut self, work: impl FnOnce(&mut Life<'_>) -> T) -> T {
        let dice = std::mem::replace(&mut self.dice, Dice::new(0));
        let mut life = Life {
            cases: &self.cases,
            dice,
            now: store::at(self.now),
            ids: self.recent.clone(),
            done: 0,
            refused: 0,
            broken: Vec::new(),
        };
        let made = work(&mut life);
        self.dice = life.dice;
        made
    }

    async fn arrive(&mut self) {
        self.lived.matters += 1;
        let now = self.now;
        let (who, mut input) = self.with_life(|life| {
            let (who, mut input) = life.matter();
            if life.dice.chance(40) {
                input = kit::matter(CaseKind::Inquiry, &["13800000003"]);
            }
            (who, input)
        });
        let key = self.key();
        // Taken down in the field, sent days later, in no order, sometimes twice.
        if self.dice.chance(5) {
            input.occurred_at = Some(store::at(now));
            let letter = Box::new(Letter { who, key, deed: Deed::Register(Box::new(input)) });
            for _ in 0..1 + self.dice.below(2) {
                let at = now + (30 + self.within(4 * 1440)) * MINUTE;
                self.plan(at, What::Deliver(letter.clone()));
            }
            return;
        }
        let letter = Letter { who, key, deed: Deed::Register(Box::new(input)) };
        if let Some(sent) = self.send(&letter).await {
            let at = self.soon();
            self.plan(at, What::Step(sent.case, 0));
        }
    }

    /// Somebody does the next thing to a matter.
    async fn step(&mut self, case: i64, steps: u32) {
        self.settle_if(case).await;
        let snap = snap(&self.cases, case).await;
        let Some(action) = choose(&mut self.dice, &snap, steps) else { return };
        let (who, body) = self.with_life(|life| {
            let who = if life.dice.chance(97) {
                life.who(action, &snap)
            } else {
                Who::Account(life.dice.pick(kit::STAFF).0)
            };
            (who, {
                let body = life.body(action, &snap);
                smooth(&mut life.dice, action, body)
            })
        });
        let version = self.dice.chance(60).then_some(snap.version);
        let letter = Letter { who, key: self.key(), deed: Deed::Act { case, version, action, body } };
        if self.dice.chance(4) {
            for _ in 0..1 + self.dice.below(2) {
                let at = self.now + (30 + self.within(4 * 1440)) * MINUTE;
                self.plan(at, What::Deliver(Box::new(letter.clone())));
            }
        } else {
            self.send(&letter).await;
        }
        let late = if steps > 30 { 10 * DAY } else { 0 };
        let at = self.soon() + late;
        self.plan(at, What::Step(case, steps + 1));
    }

    // --- sending --------------------------------------------------------------------------------------------------

    async fn post(&self, letter: &Letter) -> Result<Sent, CaseError> {
        let mut ctx = ctx(letter.who, store::at(self.now));
        let actor = match letter.who {
            Who::Account(account) => account,
            Who::Person | Who::System => 0,
        };
        let request =
            ClientRequest { actor, client_id: letter.key.clone(), body_hash: letter.key.clone().into() };
        ctx.request = Some(request);
        match &letter.deed {
            Deed::Register(input) => {
                let done = self.cases.register(&ctx, (**input).clone()).await?;
                Ok(Sent { case: done.case_id, version: done.version, answer: format!("{done:?}") })
            }
            Deed::Act { case, version, action, body } => {
                let target = Target { case: *case, version: *version };
                let done = self.cases.act(&ctx, target, action, body.clone()).await?;
                Ok(Sent { case: done.case_id, version: done.version, answer: format!("{done:?}") })
            }
        }
    }

    /// Sends a command; now and then the database fails first, or the answer is lost and the client asks again.
    async fn send(&mut self, letter: &Letter) -> Option<Sent> {
        self.lived.steps += 1;
        if self.dice.below(100) == 0 {
            self.fail(letter).await;
        }
        let before = self.acked_of(letter).await;
        match self.post(letter).await {
            Ok(sent) => {
                if !before {
                    self.acknowledged += 1;
                }
                self.lived.done += 1;
                if self.dice.chance(2) {
                    self.repeat(letter, &sent).await;
                }
                let newest = self.acked.entry(sent.case).or_default();
                *newest = sent.version.max(*newest);
                self.touch(sent.case).await;
                if matches!(letter.deed, Deed::Register(_)) {
                    self.recent.push(sent.case);
                    if self.recent.len() > 40 {
                        self.recent.remove(0);
                    }
                }
                Some(sent)
            }
            Err(error) => {
                self.must(!error.code().starts_with("store."), || format!("{error}"));
                *self.lived.refused.entry(error.code().to_owned()).or_default() += 1;
                if let Deed::Act { case, .. } = letter.deed {
                    self.touch(case).await;
                }
                None
            }
        }
    }

    /// Whether a letter that may have come before has an outcome.
    async fn acked_of(&self, letter: &Letter) -> bool {
        let key = letter.key.clone();
        let find = move |conn: &mut store::Conn| {
            let found =
                requests::table.filter(requests::client_id.eq(key)).count().get_result::<i64>(conn)?;
            Ok::<_, StoreError>(found > 0)
        };
        // Only what was sent from the field comes twice.
        match self.lived.late {
            0 => false,
            _ => self.kit.store.read(find).await.expect("reads"),
        }
    }

    /// The database fails under the command: nothing may have happened.
    async fn fail(&mut self, letter: &Letter) {
        self.settle().await;
        let case = match &letter.deed {
            Deed::Act { case, .. } => *case,
            Deed::Register(_) => 0,
        };
        let fault = self.dice.pick(Fault::ALL);
        faults::set(&self.kit.store, fault).await;
        let before = faults::stand(&self.kit.store, case).await;
        let known = self.acked_of(letter).await;
        let sent = self.post(letter).await;
        let after = faults::stand(&self.kit.store, case).await;
        faults::heal(&self.kit.store).await;
        self.must(before == after, || format!("{fault:?} failed and changed {before:?} to {after:?}"));
        self.must(known || sent.is_err(), || format!("acknowledged though the {fault:?} failed: {sent:?}"));
        if sent.is_err_and(|error| error.code().starts_with("store.")) {
            self.lived.failed += 1;
        }
    }

    /// The answer was lost and the client sends again: the same answer, and nothing happens twice.
    async fn repeat(&mut self, letter: &Letter, first: &Sent) {
        self.lived.repeated += 1;
        let before = faults::stand(&self.kit.store, first.case).await;
        let second = self.post(letter).await;
        let after = faults::stand(&self.kit.store, first.case).await;
        self.must(before == after, || format!("sent twice, done twice: {before:?}, {after:?}"));
        let same = second.as_ref().is_ok_and(|second| second == first);
        self.must(same, || format!("sent twice: {first:?}, then {second:?}"));
    }

    /// The clock worker at this instant, and a second one a moment later that finds nothing left.
    async fn run_clocks(&mut self) {
        let now = store::at(self.now);
        let due = move |conn: &mut store::Conn| store::clocks::due(conn, now, 500);
        loop {
            let due = self.kit.store.read(due).await.expect("reads");
            let ids: BTreeSet<i64> = due.iter().map(|clock| clock.spec.case_id).collect();
            if ids.is_empty() {
                return;
            }
            let ran = run_due(&self.cases, now, 500).await.expect("clocks run");
            self.lived.reminders += ran.reminders;
            self.lived.yellow += ran.yellow;
            self.lived.red += ran.red;
            for id in ids {
                self.lived.steps += 1;
                self.touch(id).await;
            }
        }
    }

    /// The program ends and starts again on what it left.
    async fn restart(&mut self) {
        self.settle().await;
        self.lived.restarts += 1;
        let store = Store::open(self.kit.config.clone()).await.expect("the store opens again");
        let rules = RuleBook::of(Rules::shipped().expect("the shipped rules"));
        self.cases = Cases::with(store.clone(), rules, Tables::shipped().clone());
        self.kit.store = store;
    }

    // --- checks ---------------------------------------------------------------------------------------------------

    /// The case is examined while the next step is taken (elsewhere).
    async fn touch(&mut self, case: i64) {
        self.settle().await;
        self.touched.insert(case);
        let cases = self.cases.clone();
        self.checking = Some(tokio::spawn(async move {
            let (wrong, version) = examine(&cases, case).await;
            (case, wrong, version)
        }));
    }

    async fn settle_if(&mut self, case: i64) {
        if self.touched.contains(&case) {
            self.settle().await;
        }
    }

    async fn settle(&mut self) {
        let Some(checking) = self.checking.take() else { return };
        let (case, wrong, version) = checking.await.expect("the examination ends");
        self.must(wrong.is_empty(), || wrong.join("\n"));
        let newest = self.acked.get(&case).copied().unwrap_or(0);
        self.must(version >= newest, || format!("case {case} lost version {newest}: it is at {version}"));
    }

    /// Counts again: what changed from its tables, the sums of everything against what is kept.
    async fn recount(&mut self) {
        self.settle().await;
        self.lived.recounts += 1;
        let since = self.counted_at;
        self.counted_at = self.now;
        let changed = move |conn: &mut store::Conn| {
            let at = case_table::updated_at.ge(since);
            case_table::table.filter(at).select(case_table::id).load::<i64>(conn).map_err(StoreError::from)
        };
        self.touched.extend(self.kit.store.read(changed).await.expect("reads"));
        let touched: Vec<i64> = std::mem::take(&mut self.touched).into_iter().collect();
        let rules = self.cases.rules.current();
        for ids in touched.chunks(400) {
            let (ids, rules) = (ids.to_vec(), rules.clone());
            let again = move |conn: &mut store::Conn| {
                let versions: Vec<(i64, i64)> = case_table::table
                    .filter(case_table::id.eq_any(&ids))
                    .select((case_table::id, case_table::version))
                    .load(conn)?;
                Ok::<_, CaseError>((versions, recount_of(conn, &rules, &ids)?))
            };
            let (versions, mut counts) = self.kit.store.read(again).await.expect("recounts");
            for (case, version) in versions {
                let counts = counts.remove(&case).unwrap_or_default();
                self.count(&counts, 1);
                if let Some((_, before)) = self.counted.insert(case, (version, counts)) {
                    self.count(&before, -1);
                }
            }
        }
        self.compare_sums().await;
        if self.lived.steps <= 10_000 || self.now - self.whole_at >= 60 * DAY {
            self.recount_whole().await;
        }
    }

    fn count(&mut self, counts: &Counts, sign: i64) {
        for (key, n) in counts {
            for (index, cube) in CUBES.iter().enumerate() {
                let group = match cube {
                    Cube::Total => String::new(),
                    Cube::Unit => key.unit.to_string(),
                    Cube::Town => key.town.to_string(),
                    Cube::Channel => key.channel.clone(),
                    Cube::Kind => key.kind.clone(),
                    Cube::Category => key.category.chars().take(2).collect(),
                };
                let cell = (index, key.day / 100, key.measure.to_owned(), group);
                *self.cells.entry(cell).or_default() += sign * n;
            }
        }
    }

    async fn compare_sums(&mut self) {
        let look = |conn: &mut store::Conn| {
            let mut cells = Cells::new();
            for (index, cube) in CUBES.into_iter().enumerate() {
                for cell in by_month(conn, cube, 200_001, 209_912)? {
                    cells.insert((index, cell.period, cell.measure, cell.key), cell.n);
                }
            }
            use diesel::sql_types::BigInt;
            let versions: Option<i64> = case_table::table
                .select(dsl::sql::<diesel::sql_types::Nullable<BigInt>>("CAST(SUM(version) AS BIGINT)"))
                .first(conn)?;
            let open: i64 = case_table::table.filter(case_table::open).count().get_result(conn)?;
            let next: i64 = clock_table::table
                .filter(clock_table::next_step.and(clock_table::state.eq("running")))
                .count()
                .get_result(conn)?;
            Ok::<_, StoreError>((cells, versions.unwrap_or(0), open, next))
        };
        let (cells, versions, open, next) = self.kit.store.read(look).await.expect("reads");
        self.cells.retain(|_, n| *n != 0);
        let differ = cells
            .iter()
            .map(|(cell, n)| (cell, Some(n), self.cells.get(cell)))
            .chain(self.cells.iter().map(|(cell, n)| (cell, cells.get(cell), Some(n))))
            .find(|(_, kept, counted)| kept != counted);
        self.must(differ.is_none(), || format!("cell, kept, counted: {differ:?}"));
        let counted: i64 = self.counted.values().map(|(version, _)| version).sum();
        self.must(versions == counted, || format!("versions come to {versions}, counted {counted}"));
        self.must(open == next, || format!("{open} open cases, {next} next steps that run"));
    }

    /// Everything from nothing: every count by day, every chain, every outcome.
    async fn recount_whole(&mut self) {
        self.lived.whole += 1;
        self.whole_at = self.now;
        tallies_agree(&self.cases).await;
        self.kit.store.grow_tree().await.expect("the tree grows");
        let report = self.kit.store.verify(None).await.expect("checks");
        self.must(report.problem.is_none(), || format!("the log: {:?}", report.problem));
        let outcomes = |conn: &mut store::Conn| {
            requests::table.count().get_result::<i64>(conn).map_err(StoreError::from)
        };
        let outcomes = self.kit.store.read(outcomes).await.expect("reads");
        let told = i64::try_from(self.acknowledged).expect("few");
        self.must(outcomes == told, || format!("{outcomes} outcomes kept, {told} commands acknowledged"));
        if self.days > 30 {
            eprintln!(
                "{}: {} matters, {} steps, all counted",
                store::at(self.now),
                self.lived.matters,
                self.lived.steps
            );
        }
    }
}

/// What is done next: mostly what brings the matter forward.
fn choose(dice: &mut Dice, snap: &Snap, steps: u32) -> Option<&'static str> {
    if !snap.open {
        return match dice.below(100) {
            0..=1 => Some(dice.pick(&likely(snap))),
            2..=11 if snap.state == "closed" => Some("archive"),
            _ => None,
        };
    }
    if dice.chance(7) {
        return Some(dice.pick(&likely(snap)));
    }
    let forward = onward(snap);
    Some(match snap.state.as_str() {
        "received" if steps == 0 && dice.chance(40) => "answer",
        "callback" if forward == ["answer_supervision"] => "answer_supervision",
        "callback" => dice.pick(&[
            "callback", "callback", "callback", "callback", "callback", "callback", "close", "close",
            "rework",
        ]),
        "signed" if forward.len() > 2 => dice.pick(&["start", "reply"]),
        "in_progress" if forward.len() > 2 => {
            dice.pick(&["reply", "reply", "reply", "reply", "note", "request_extension"])
        }
        _ if forward.is_empty() => dice.pick(&likely(snap)),
        _ => dice.pick(&forward),
    })
}

/// Most people are content, or the county would never be done.
fn smooth(dice: &mut Dice, action: &str, mut body: Value) -> Value {
    if action == "callback" && dice.chance(85) {
        body["resolved"] = json!("yes");
        body["conclude"] = json!(true);
    }
    if action == "reply" && dice.chance(85) {
        body["submit"] = json!(true);
    }
    if action == "close" && dice.chance(85) {
        body["reason"] = json!("理由");
    }
    body
}

fn told(lived: &Lived) {
    eprintln!("{lived:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn days_of_a_county_keep_the_promise_on_both_engines() {
    let (seed, days) = (number("ONEDOOR_SEED", 1), number("ONEDOOR_DAYS", 3));
    for engine in engines() {
        let lived = County::open(engine, seed, i64::try_from(days).expect("days")).await.live().await;
        told(&lived);
        assert!(lived.matters > 100 * days && lived.steps > 500 * days, "too little happened");
        let faults = [lived.failed, lived.repeated, lived.late, lived.restarts];
        assert!(faults.iter().all(|n| *n > 0), "a fault never came: {faults:?}");
        assert!(lived.recounts > 1 && lived.whole > 1, "nothing was recounted");
    }
}

/// The same seed lives the same life, to the last hash of the log; another seed another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seed_is_a_life() {
    let first = County::open(Engine::Sqlite, 7, 1).await.live().await;
    let again = County::open(Engine::Sqlite, 7, 1).await.live().await;
    let other = County::open(Engine::Sqlite, 8, 1).await.live().await;
    assert_eq!(first, again);
    assert_ne!(first.root, other.root);
}

/// A whole year; `./dev fire county_year` runs it on the release build.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a year takes minutes: ./dev fire county_year"]
async fn a_county_year() {
    let (seed, days) = (number("ONEDOOR_SEED", 1), number("ONEDOOR_DAYS", 365));
    let engine = match std::env::var("ONEDOOR_ENGINE").as_deref() {
        Ok("postgres") => Engine::Postgres,
        _ => Engine::Sqlite,
    };
    eprintln!("seed {seed}, {days} days, {engine:?}");
    let lived = County::open(engine, seed, i64::try_from(days).expect("days")).await.live().await;
    told(&lived);
    assert!(days < 365 || lived.matters >= 70_000, "a year has 70,000 matters");
}
