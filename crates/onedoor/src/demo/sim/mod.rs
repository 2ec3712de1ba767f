//! Ninety days re-lived: every matter goes its way by the ordinary commands, at the time it would have happened, and the
//! clock worker runs in between, so cards and figures are what they would have been.

mod course;
mod deeds;
mod pace;
mod plan;
mod time;
mod waiting;

use super::{dice::Dice, names::Names, spots::Spot, staff::Staff, texts::Texts};
use crate::{App, Failure};
use cases::{CaseError, Ctx, Target, clocks::run_due};
use deeds::Deed;
use plan::Plan;
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
};
use store::{Timestamp, ms};
use time::Hours;

/// How much is done at once at most: two hours of the county's life.
const WINDOW_MS: i64 = 2 * 3_600_000;
/// A clock that fires is heard at most so late; batches get bigger by it.
const SLACK_MS: i64 = 20 * 60_000;
/// How many clocks one turn handles.
const TURN: i64 = 500;

/// What comes next for a matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "named after the commands")]
pub enum Step {
    Register,
    Answer,
    NotAccept,
    Emergency,
    Withdraw,
    Merge,
    Verify,
    Dispatch,
    Sign,
    AskReturn,
    DecideReturn,
    Start,
    Note,
    CoSign(usize),
    CoArrive(usize),
    CoReply(usize),
    AskExtension,
    DecideExtension,
    Suspend,
    Resume,
    Reply,
    Review,
    Deliver,
    Callback(usize),
    Close,
    CloseAnyway,
    Rework,
    Reopen,
    Archive,
    Supervise,
    AnswerSupervision,
    Remind,
    DecideWhistle,
    ReportIn(usize),
}

/// What the simulation came to.
#[derive(Clone, Debug, Default)]
pub struct Lived {
    /// Matters registered.
    pub matters: usize,
    /// Commands run.
    pub commands: usize,
    /// Commands refused: by code, how often.
    pub refused: BTreeMap<String, usize>,
    /// Reminders, yellow cards and red cards.
    pub cards: (usize, usize, usize),
}

/// A matter under way.
struct Live {
    plan: Plan,
    id: i64,
    /// Reporters with a contact.
    reporters: Vec<i64>,
    host: Option<i64>,
    helpers: Vec<i64>,
    dice: Dice,
    dispatched_at: Timestamp,
    tries: u32,
    attempts: u32,
    /// What already happened once and shall not again.
    returned: bool,
    rejected: bool,
    reworked: bool,
    discontent: bool,
    centre_answers: bool,
    /// Everybody was asked how it went.
    called: bool,
    declined: bool,
    ended: bool,
    /// Steps taken of a course that ends on a desk.
    walked: usize,
}

/// The simulation.
pub struct Sim<'a> {
    app: &'a App,
    staff: &'a Staff,
    texts: &'a Texts,
    spots: &'a [Spot],
    hours: Hours,
    live: Vec<Live>,
    queue: BinaryHeap<Reverse<(i64, usize, Step)>>,
    until: Timestamp,
    lived: Lived,
    /// When each account last did something (ms).
    at_work: BTreeMap<i64, i64>,
}

/// What to simulate.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// From when.
    pub from: Timestamp,
    /// Until when: the present.
    pub until: Timestamp,
    /// How many matters.
    pub matters: usize,
    /// What chance is drawn from.
    pub seed: u64,
}

impl<'a> Sim<'a> {
    /// Plans the matters.
    ///
    /// # Errors
    /// When the shipped names cannot be read.
    pub fn new(
        app: &'a App,
        staff: &'a Staff,
        texts: &'a Texts,
        spots: &'a [Spot],
        span: Span,
    ) -> Result<Sim<'a>, Failure> {
        let rules = app.cases.rules.current();
        let hours = Hours::new(rules.calendar.clone());
        let mut planner = plan::Planner {
            staff,
            texts,
            spots,
            rules: &rules,
            territory: &app.territory,
            names: Names::shipped(span.seed)?,
            dice: Dice::new(span.seed, 21),
        };
        let plans = planner.plans(&hours, span);
        let live: Vec<Live> = plans
            .into_iter()
            .enumerate()
            .map(|(index, plan)| {
                Live::new(plan, Dice::new(span.seed, 1_000 + index as u64)).with_helpers(staff)
            })
            .collect();
        let queue = live
            .iter()
            .enumerate()
            .map(|(index, l)| Reverse((ms(l.plan.at), index, Step::Register)))
            .collect();
        let (lived, at_work) = (Lived::default(), BTreeMap::new());
        Ok(Sim { app, staff, texts, spots, hours, live, queue, until: span.until, lived, at_work })
    }

    /// What is going to be registered, and when.
    #[cfg(test)]
    pub fn planned(&self) -> Vec<(Timestamp, String)> {
        self.live.iter().map(|live| (live.plan.at, live.plan.written.detail.clone())).collect()
    }

    /// Lives until the present.
    ///
    /// # Errors
    /// When the store fails; refusals of the rules are counted, not errors.
    pub async fn run(mut self, mut progress: impl FnMut(usize)) -> Result<Lived, Failure> {
        while let Some(&Reverse((first, _, _))) = self.queue.peek() {
            if first > ms(self.until) {
                break;
            }
            let firing = self.app.store.read(store::clocks::next_firing).await?.map(|at| ms(at) + SLACK_MS);
            if let Some(firing) = firing.filter(|firing| *firing < first) {
                self.ring(store::at(firing)).await?;
                continue;
            }
            let end = (first + WINDOW_MS).min(ms(self.until)).min(firing.unwrap_or(i64::MAX));
            self.live_through(end).await?;
            progress(self.lived.matters);
        }
        self.ring(self.until).await?;
        let at_work = std::mem::take(&mut self.at_work);
        self.app.store.write(move |tx| people::commands::sign_in::note_last(tx, &at_work)).await?;
        tracing::info!(refused = ?self.lived.refused, cards = ?self.lived.cards, "the demo was lived through");
        Ok(self.lived)
    }

    /// Lets the clocks that are due act.
    async fn ring(&mut self, now: Timestamp) -> Result<(), Failure> {
        loop {
            let ran = run_due(&self.app.cases, now, TURN).await?;
            self.lived.cards.0 += ran.reminders;
            self.lived.cards.1 += ran.yellow;
            self.lived.cards.2 += ran.red;
            if ran.clocks == 0 {
                return Ok(());
            }
        }
    }

    /// Runs what is due until `end`, one step of each matter, all at once: they are written together.
    async fn live_through(&mut self, end: i64) -> Result<(), Failure> {
        let mut batch = BTreeMap::new();
        let mut later = Vec::new();
        while let Some(&Reverse((at, case, step))) = self.queue.peek() {
            if at > end {
                break;
            }
            self.queue.pop();
            if self.live[case].ended && !matches!(step, Step::Archive | Step::Reopen) {
                continue;
            }
            if let std::collections::btree_map::Entry::Vacant(entry) = batch.entry(case) {
                entry.insert((at, step));
            } else {
                later.push(Reverse((at, case, step)));
            }
        }
        self.queue.extend(later);
        let mut jobs = Vec::new();
        let mut done = Vec::new();
        // In the order of time: numbers are given as matters come in.
        let mut batch: Vec<_> = batch.into_iter().collect();
        batch.sort_by_key(|(_, (at, _))| *at);
        for (case, (at, step)) in batch {
            match self.deed(case, step) {
                Some(deed) => {
                    if let Some(account) = deed.account() {
                        self.at_work.insert(account, at);
                    }
                    jobs.push(run(self.app, self.live[case].id, deed, store::at(at)));
                    done.push((case, step, store::at(at)));
                }
                None => self.skip(case, step, store::at(at)),
            }
        }
        for ((case, step, at), outcome) in done.into_iter().zip(futures::future::join_all(jobs).await) {
            self.lived.commands += 1;
            match outcome {
                Ok(outcome) => self.after(case, step, at, outcome),
                Err(error) => self.refuse(case, step, at, error)?,
            }
        }
        Ok(())
    }

    /// A refusal by the rules is part of life: try again later, or let it be. Anything else is an error.
    fn refuse(&mut self, case: usize, step: Step, at: Timestamp, error: CaseError) -> Result<(), Failure> {
        if let CaseError::Store(error) = error {
            return Err(error.into());
        }
        tracing::debug!(case = self.live[case].id, ?step, %error, "refused in the demo");
        *self.lived.refused.entry(format!("{step:?} {}", error.code())).or_default() += 1;
        self.stumble(case, step, at, error.code());
        Ok(())
    }

    fn push(&mut self, at: Timestamp, case: usize, step: Step) {
        self.queue.push(Reverse((ms(at), case, step)));
    }
}

/// What a command gave back.
pub struct Outcome {
    state: String,
    case: i64,
    reporters: Vec<i64>,
    host: Option<i64>,
}

async fn run(app: &App, case: i64, deed: Deed, now: Timestamp) -> Result<Outcome, CaseError> {
    match deed {
        Deed::Register(actor, input) => {
            let done = app.cases.register(&Ctx::of(actor, now), *input).await?;
            Ok(Outcome {
                state: "received".into(),
                case: done.case_id,
                reporters: done.reporters,
                host: None,
            })
        }
        Deed::Dispatch(actor, mut body, otherwise) => {
            let host = match body["host"].as_str().and_then(|id| id.parse().ok()) {
                Some(host) => host,
                None => match app.cases.propose_host(case).await {
                    Ok(route) => route.unit_id,
                    Err(_) => {
                        body["host"] = serde_json::json!(otherwise.to_string());
                        body["reason"] = serde_json::json!("无对应主管部门，人工指定。");
                        otherwise
                    }
                },
            };
            let done = app.cases.act(&Ctx::of(actor, now), Target::from(case), "dispatch", body).await?;
            Ok(Outcome { state: done.state, case, reporters: Vec::new(), host: Some(host) })
        }
        Deed::Act(actor, action, body) => {
            let done = app.cases.act(&Ctx::of(actor, now), Target::from(case), action, body).await?;
            Ok(Outcome { state: done.state, case, reporters: Vec::new(), host: None })
        }
    }
}
