//! The feed of live screens. The log is read once for all listeners; each hears only of cases it may see, judged by
//! how they stand now. Bursts are joined: a case that changed ten times is told once.

use crate::{
    CaseError,
    http::dto::{Id, LiveCase, LiveChange},
    model::CaseRow,
    queries,
};
use diesel::prelude::*;
use people::scope::{CaseFacts, Viewer, can_see};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use store::{
    Conn, Store,
    events::{self, Event},
    schema::cases,
};
use tokio::sync::broadcast;

/// Bursts within this time are told together: a listener is told at most ten times a second.
const JOIN: Duration = Duration::from_millis(100);
/// More missed events than this are not told one by one: the listener reads its lists again.
const CATCH_UP: i64 = 1_000;
/// Batches a slow listener may fall behind before it is told to start over.
const BEHIND: usize = 64;

/// One changed case with what decides who may hear of it.
#[derive(Debug)]
struct Changed {
    facts: CaseFacts,
    number: String,
    state: String,
    version: i64,
    case_id: i64,
    kinds: Vec<String>,
    actors: Vec<Option<i64>>,
}

/// What happened between two positions.
#[derive(Debug)]
pub struct Batch {
    /// After this position.
    after: i64,
    /// Up to and with this one.
    position: i64,
    changed: Vec<Changed>,
}

impl Batch {
    /// Up to and with this position.
    #[must_use]
    pub fn position(&self) -> i64 {
        self.position
    }

    /// What a listener hears of it; `None` when nothing is for its ears.
    #[must_use]
    pub fn heard_by(&self, viewer: &Viewer, account: i64) -> Option<LiveChange> {
        let heard = self.changed.iter().filter(|changed| can_see(viewer, &changed.facts));
        let changes: Vec<LiveCase> = heard
            .map(|changed| LiveCase {
                case_id: Id(changed.case_id),
                number: changed.number.clone(),
                state: changed.state.clone(),
                version: changed.version,
                kinds: changed.kinds.clone(),
                mine: changed.actors.iter().all(|actor| *actor == Some(account)),
            })
            .collect();
        if changes.is_empty() { None } else { Some(LiveChange { position: Id(self.position), changes }) }
    }
}

/// What a listener gets next.
#[derive(Debug)]
pub enum Step {
    /// Something happened.
    Batch(Arc<Batch>),
    /// Too much was missed: go on from this position and read lists again.
    Reset(i64),
}

/// The feed. Cheap to clone; the log is read only while somebody listens.
#[derive(Clone)]
pub struct Live {
    store: Store,
    feed: Arc<Mutex<Option<broadcast::Sender<Arc<Batch>>>>>,
}

impl Live {
    /// A feed of this store.
    #[must_use]
    pub fn new(store: Store) -> Live {
        Live { store, feed: Arc::default() }
    }

    /// Begins to listen after a position (`None`: from now on).
    ///
    /// # Errors
    /// When the store fails.
    pub async fn listen(&self, after: Option<i64>) -> Result<Listener, CaseError> {
        let feed = self.subscribe().await?;
        let last = self.store.read(|conn| Ok::<_, CaseError>(events::last_position(conn)?)).await?;
        let position = after.unwrap_or(last).min(last);
        Ok(Listener {
            store: self.store.clone(),
            feed,
            position,
            caught_up: after.is_none_or(|after| after >= last),
        })
    }

    /// Subscribes, starting the reader when nobody listened so far.
    async fn subscribe(&self) -> Result<broadcast::Receiver<Arc<Batch>>, CaseError> {
        let from = self.store.read(|conn| Ok::<_, CaseError>(events::last_position(conn)?)).await?;
        let mut feed = self.feed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = feed.as_ref() {
            return Ok(sender.subscribe());
        }
        let (sender, receiver) = broadcast::channel(BEHIND);
        *feed = Some(sender.clone());
        tokio::spawn(read_on(self.store.clone(), sender, Arc::clone(&self.feed), from));
        Ok(receiver)
    }
}

/// Reads the log for all listeners until none is left.
async fn read_on(
    store: Store,
    sender: broadcast::Sender<Arc<Batch>>,
    feed: Arc<Mutex<Option<broadcast::Sender<Arc<Batch>>>>>,
    mut position: i64,
) {
    let mut wakeups = store.wakeups();
    loop {
        {
            let mut feed = feed.lock().unwrap_or_else(PoisonError::into_inner);
            if sender.receiver_count() == 0 {
                *feed = None;
                return;
            }
        }
        let woken = tokio::time::timeout(Duration::from_secs(15), wakeups.changed()).await;
        if matches!(woken, Ok(Err(_))) {
            return;
        }
        tokio::time::sleep(JOIN).await;
        wakeups.mark_unchanged();
        match batch(&store, position).await {
            Ok(Some(batch)) => {
                position = batch.position;
                let _ = sender.send(Arc::new(batch));
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "the live feed could not read the log"),
        }
    }
}

/// What happened after a position; `None` when nothing did.
async fn batch(store: &Store, after: i64) -> Result<Option<Batch>, CaseError> {
    store
        .read(move |conn| {
            let events = events::after(conn, after, CATCH_UP)?;
            let Some(position) = events.last().and_then(|event| event.position) else { return Ok(None) };
            Ok(Some(Batch { after, position, changed: changed(conn, &events)? }))
        })
        .await
}

fn changed(conn: &mut Conn, events: &[Event]) -> Result<Vec<Changed>, CaseError> {
    let mut by_stream: BTreeMap<i64, Vec<&Event>> = BTreeMap::new();
    for event in events {
        by_stream.entry(event.stream).or_default().push(event);
    }
    let ids: Vec<i64> = by_stream.keys().copied().collect();
    let rows: Vec<CaseRow> =
        cases::table.filter(cases::id.eq_any(ids)).select(CaseRow::as_select()).load(conn)?;
    let facts = queries::facts(conn, &rows)?;
    let told = rows.into_iter().zip(facts).map(|(row, facts)| {
        let events = by_stream.remove(&row.id).unwrap_or_default();
        Changed {
            facts,
            number: row.number,
            state: row.state,
            version: row.version,
            case_id: row.id,
            kinds: events.iter().map(|event| event.kind.clone()).collect(),
            actors: events.iter().map(|event| event.actor).collect(),
        }
    });
    Ok(told.collect())
}

/// Somebody who listens.
pub struct Listener {
    store: Store,
    feed: broadcast::Receiver<Arc<Batch>>,
    position: i64,
    caught_up: bool,
}

impl Listener {
    /// Where it stands.
    #[must_use]
    pub fn position(&self) -> i64 {
        self.position
    }

    /// What comes next; `None` when the store closes.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn next(&mut self) -> Result<Option<Step>, CaseError> {
        if !self.caught_up {
            return self.catch_up().await.map(Some);
        }
        loop {
            match self.feed.recv().await {
                Ok(batch) if batch.position <= self.position => {}
                Ok(batch) if batch.after > self.position => {
                    // The feed began after this listener's place: what lies between is read once.
                    return self.catch_up().await.map(Some);
                }
                Ok(batch) => {
                    self.position = batch.position;
                    return Ok(Some(Step::Batch(batch)));
                }
                Err(broadcast::error::RecvError::Lagged(_)) => return self.start_over().await.map(Some),
                Err(broadcast::error::RecvError::Closed) => return Ok(None),
            }
        }
    }

    async fn catch_up(&mut self) -> Result<Step, CaseError> {
        self.caught_up = true;
        let last = self.store.read(|conn| Ok::<_, CaseError>(events::last_position(conn)?)).await?;
        if last - self.position > CATCH_UP {
            return self.start_over().await;
        }
        match batch(&self.store, self.position).await? {
            Some(batch) => {
                self.position = batch.position;
                Ok(Step::Batch(Arc::new(batch)))
            }
            None => Ok(Step::Batch(Arc::new(Batch {
                after: self.position,
                position: self.position,
                changed: Vec::new(),
            }))),
        }
    }

    async fn start_over(&mut self) -> Result<Step, CaseError> {
        self.position = self.store.read(|conn| Ok::<_, CaseError>(events::last_position(conn)?)).await?;
        Ok(Step::Reset(self.position))
    }
}
