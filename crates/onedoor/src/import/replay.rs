//! Re-living history: every matter is registered and answered at its recorded time by the ordinary commands, and the
//! ordinary clock worker runs between them on the same simulated time. What happened between the two is not recorded:
//! the matter counts as verified, dispatched and signed for when it was received, so that the answering unit's clock
//! measures the whole time; it counts as reviewed and closed when it was answered.
//!
//! Invariant: for each matter every command and every firing of its clocks happens at its own time and in the order of
//! time. Different matters touch nothing of each other, so those of one window run side by side and share commits.

use super::{
    entry::Entry,
    known::{self, Known},
    rejects::Reject,
    run::Outcome,
};
use cases::{
    CaseError, Cases, Ctx, clocks,
    commands::{Callback, Close, Deliver, Dispatch, Reply, ReviewPass, Sign, Submit, Verify},
};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use indicatif::ProgressBar;
use jiff::{SignedDuration, Timestamp};
use rules::lifecycle::CaseState;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use store::clocks::{ClockRow, Stage};

/// How much time a window spans at most.
const WINDOW: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How many commands' moments a window holds at most.
const MOMENTS: usize = 256;
/// How many matters run side by side.
const SIDE_BY_SIDE: usize = 128;
/// How many due clocks are looked at in one turn.
const TURN: i64 = 256;
const INSTANT: SignedDuration = SignedDuration::from_millis(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Receive,
    Answer,
}

#[derive(Clone, Copy, Debug)]
struct Moment {
    at: Timestamp,
    what: What,
    entry: usize,
}

/// Re-lives the entries up to `end`.
///
/// # Errors
/// When the store fails; what a command refuses is a reject.
pub(super) async fn run(
    cases: &Cases,
    entries: &[Entry],
    known: &HashMap<String, Known>,
    end: Timestamp,
    bar: &ProgressBar,
) -> Result<Outcome, CaseError> {
    let moments = moments(entries, known, end);
    bar.set_length(moments.len() as u64);
    let mut lived =
        Lived { cases, entries, outcome: Outcome::default(), at: HashMap::new(), failed: HashSet::new() };
    for (index, entry) in entries.iter().enumerate() {
        if let Some(known) = known.get(&entry.number) {
            lived.at.insert(index, *known);
        }
    }
    let mut left = moments.as_slice();
    while let Some(first) = left.first() {
        lived.outcome.add(clocks_before(cases, first.at).await?);
        let window = window(left);
        lived.live(&left[..window]).await?;
        bar.inc(window as u64);
        left = &left[window..];
    }
    lived.outcome.add(clocks_before(cases, end + INSTANT).await?);
    Ok(lived.outcome)
}

/// Everything that is still to happen, in order of time.
fn moments(entries: &[Entry], known: &HashMap<String, Known>, end: Timestamp) -> Vec<Moment> {
    let mut moments = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let known = known.get(&entry.number).map(|known| known.state);
        let received = known.is_some_and(|state| !unfinished(state, What::Receive));
        let answered = known.is_some_and(|state| !unfinished(state, What::Answer));
        if !received {
            moments.push(Moment { at: entry.received, what: What::Receive, entry: index });
        }
        if let Some((at, _)) = entry.reply.as_ref().filter(|_| !answered) {
            moments.push(Moment { at: *at, what: What::Answer, entry: index });
        }
    }
    moments.retain(|moment| moment.at <= end);
    moments.sort_by_key(|moment| (moment.at, moment.what, moment.entry));
    moments
}

/// Whether something of this step is still to be done in this state.
fn unfinished(state: CaseState, what: What) -> bool {
    match state {
        CaseState::Received | CaseState::Verified | CaseState::Dispatched => true,
        CaseState::Signed | CaseState::InProgress | CaseState::Replied | CaseState::UnderReview => {
            what == What::Answer
        }
        CaseState::Callback => what == What::Answer,
        CaseState::Answered
        | CaseState::NotAccepted
        | CaseState::TransferredEmergency
        | CaseState::Closed
        | CaseState::Archived
        | CaseState::Merged
        | CaseState::Withdrawn => false,
    }
}

/// How many of the next moments make a window.
fn window(moments: &[Moment]) -> usize {
    let Some(first) = moments.first() else { return 0 };
    let within = |moment: &&Moment| moment.at.duration_since(first.at) <= WINDOW;
    moments.iter().take(MOMENTS).take_while(within).count()
}

/// Lets every clock fire that is due before `until`, each at its own time.
async fn clocks_before(cases: &Cases, until: Timestamp) -> Result<clocks::Ran, CaseError> {
    let mut all = clocks::Ran::default();
    loop {
        let due = move |conn: &mut store::Conn| store::clocks::due(conn, until - INSTANT, TURN);
        let due: BTreeSet<i64> =
            cases.store.read(due).await?.into_iter().map(|clock| clock.spec.case_id).collect();
        if due.is_empty() {
            return Ok(all);
        }
        let ran: Vec<clocks::Ran> = stream::iter(due)
            .map(|case| clocks_of(cases, case, until))
            .buffer_unordered(SIDE_BY_SIDE)
            .try_collect()
            .await?;
        if ran.iter().all(|ran| ran.clocks == 0) {
            return Err(store::StoreError::Unavailable("a due clock was left lying".to_owned()).into());
        }
        all = ran.into_iter().fold(all, sum);
    }
}

/// Lets the clocks of one case fire that are due before `until`, each at its own time.
async fn clocks_of(cases: &Cases, case: i64, until: Timestamp) -> Result<clocks::Ran, CaseError> {
    let mut all = clocks::Ran::default();
    loop {
        let clocks = cases.store.read(move |conn| store::clocks::of_case(conn, case)).await?;
        let next = clocks.iter().filter_map(next_firing).min().filter(|next| *next < until);
        let Some(next) = next else { return Ok(all) };
        let ran = clocks::run_case(cases, case, next).await?;
        if ran.clocks == 0 {
            return Ok(all);
        }
        all = sum(all, ran);
    }
}

fn next_firing(clock: &ClockRow) -> Option<Timestamp> {
    let marks = [
        (Stage::Reminded, clock.spec.remind_at),
        (Stage::Expired, Some(clock.spec.due_at)),
        (Stage::Red, clock.spec.red_at),
    ];
    let ahead = marks.into_iter().filter(|(stage, _)| *stage > clock.stage).filter_map(|(_, at)| at);
    ahead.min().filter(|_| clock.state == "running")
}

fn sum(a: clocks::Ran, b: clocks::Ran) -> clocks::Ran {
    clocks::Ran {
        clocks: a.clocks + b.clocks,
        reminders: a.reminders + b.reminders,
        yellow: a.yellow + b.yellow,
        red: a.red + b.red,
    }
}

struct Lived<'a> {
    cases: &'a Cases,
    entries: &'a [Entry],
    outcome: Outcome,
    at: HashMap<usize, Known>,
    failed: HashSet<usize>,
}

impl Lived<'_> {
    /// Runs these moments, those of one matter one after the other, different matters at once.
    async fn live(&mut self, moments: &[Moment]) -> Result<(), CaseError> {
        let mut by_matter: BTreeMap<usize, Vec<Moment>> = BTreeMap::new();
        for moment in moments.iter().filter(|moment| !self.failed.contains(&moment.entry)) {
            by_matter.entry(moment.entry).or_default().push(*moment);
        }
        let (cases, entries, at) = (self.cases, self.entries, &self.at);
        let steps = by_matter.into_iter().map(|(index, moments)| {
            let (entry, before) = (&entries[index], at.get(&index).copied());
            async move { (index, one(cases, entry, before, &moments).await) }
        });
        let done: Vec<_> = stream::iter(steps).buffer_unordered(SIDE_BY_SIDE).collect().await;
        for (index, result) in done {
            match result {
                Ok((known, ran)) => {
                    self.outcome.add(ran);
                    self.took(index, known);
                }
                Err(CaseError::Store(error)) => return Err(error.into()),
                Err(refused) => {
                    let entry = &self.entries[index];
                    let reason = format!("{}: {refused}", refused.code());
                    self.outcome.rejects.push(Reject {
                        line: entry.line,
                        number: entry.number.clone(),
                        reason,
                    });
                    self.failed.insert(index);
                }
            }
        }
        Ok(())
    }

    fn took(&mut self, index: usize, known: Known) {
        if self.at.insert(index, known).is_none() {
            self.outcome.taken += 1;
        }
        if !known.state.is_open() {
            self.outcome.closed += 1;
        }
    }
}

async fn one(
    cases: &Cases,
    entry: &Entry,
    before: Option<Known>,
    moments: &[Moment],
) -> Result<(Known, clocks::Ran), CaseError> {
    let mut at = before;
    let mut ran = clocks::Ran::default();
    for moment in moments {
        if let Some(known) = at {
            ran = sum(ran, clocks_of(cases, known.case, moment.at).await?);
        }
        let ctx = Ctx::system(moment.at);
        let known = match at {
            Some(known) => known,
            None => {
                let registered = cases.register(&ctx, entry.register.clone()).await?;
                Known { case: registered.case_id, state: CaseState::Received }
            }
        };
        at = Some(step_on(cases, &ctx, entry, known, moment.what).await?);
    }
    Ok((at.ok_or(CaseError::NotFound)?, ran))
}

/// Goes on from whatever state the matter is in until this step is done, so that an interrupted import can go on.
async fn step_on(
    cases: &Cases,
    ctx: &Ctx,
    entry: &Entry,
    known: Known,
    what: What,
) -> Result<Known, CaseError> {
    let mut state = known.state;
    while unfinished(state, what) {
        let next = match state {
            CaseState::Received => cases.run::<Verify>(ctx, known.case, entry.verify.clone()).await?.state,
            CaseState::Verified => cases.run(ctx, known.case, dispatch(entry)).await?.state,
            CaseState::Dispatched => cases.run(ctx, known.case, Sign { handler: None }).await?.state,
            CaseState::Signed | CaseState::InProgress => {
                cases.run(ctx, known.case, reply(entry)).await?.state
            }
            CaseState::Replied => cases.run(ctx, known.case, Submit {}).await?.state,
            CaseState::UnderReview => {
                cases.run(ctx, known.case, ReviewPass { note: String::new() }).await?.state
            }
            CaseState::Callback => match conclude(cases, ctx, entry, known.case).await? {
                Some(state) => state,
                None => break,
            },
            CaseState::Answered
            | CaseState::NotAccepted
            | CaseState::TransferredEmergency
            | CaseState::Closed
            | CaseState::Archived
            | CaseState::Merged
            | CaseState::Withdrawn => break,
        };
        state = known::parse(&next)?;
    }
    Ok(Known { case: known.case, state })
}

/// Closes what nobody can be called back about. A reporter with a phone is called back as recorded; where the file
/// does not say what the person said, the matter waits at the call-back desk.
async fn conclude(cases: &Cases, ctx: &Ctx, entry: &Entry, case: i64) -> Result<Option<String>, CaseError> {
    let with_contact = entry.register.reporters.iter().any(|reporter| reporter.person.phone.is_some());
    if !with_contact {
        return Ok(Some(cases.run(ctx, case, Close { reason: String::new() }).await?.state));
    }
    let evidence = "as recorded in the imported file".to_owned();
    let deliver = Deliver { reporter: None, channel: "phone".to_owned(), reached: true, evidence };
    cases.run(ctx, case, deliver).await?;
    let Some(asked) = &entry.asked else { return Ok(None) };
    let callback = Callback {
        reporter: None,
        resolved: asked.resolved.clone(),
        satisfaction: asked.satisfaction,
        note: String::new(),
        conclude: true,
    };
    let done = cases.run(ctx, case, callback).await?;
    let waits = known::parse(&done.state)?.is_open();
    Ok((!waits).then_some(done.state))
}

fn dispatch(entry: &Entry) -> Dispatch {
    Dispatch {
        host: None,
        co_handlers: Vec::new(),
        resolution_class: entry.class,
        designated: false,
        reason: String::new(),
    }
}

fn reply(entry: &Entry) -> Reply {
    let text = entry.reply.as_ref().map(|(_, text)| text.clone()).unwrap_or_default();
    Reply { text, result: "done".to_owned(), submit: true }
}
