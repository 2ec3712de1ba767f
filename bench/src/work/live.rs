//! `live`: listeners with an open stream of changes, and how long after a command was sent each of them hears of it.
//!
//! The delay is counted from the moment the command was meant to be sent, so it holds the command's own time too: it is an upper
//! bound of the delay from commit to client.

use super::{register::Registrar, site::Site};
use crate::{
    http::{Session, connect, live_request},
    load::{Plan, Verdict, Worker, open},
};
use hdrhistogram::Histogram;
use http_body_util::BodyExt as _;
use people::Role;
use serde::Deserialize;
use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, timeout},
};

/// Connections that are opened at the same time.
const OPENING: usize = 64;
/// How long listeners wait for the last messages.
const TAIL: Duration = Duration::from_secs(2);

/// What came of a run.
#[derive(Debug)]
pub struct Heard {
    /// Listeners that were connected.
    pub listeners: usize,
    /// Events that were sent.
    pub events: u64,
    /// The 99th percentile of the delay, in ms.
    pub p99: f64,
    /// The median, in ms.
    pub median: f64,
    /// The share of (listener, event) pairs that arrived.
    pub share: f64,
    /// The most frames that one listener got in one second, on average over the run.
    pub frames_a_second: f64,
    /// What went wrong, if something did.
    pub faults: String,
}

#[derive(Deserialize)]
struct Change {
    changes: Vec<Changed>,
}

#[derive(Deserialize)]
struct Changed {
    case_id: String,
}

/// Registers like any other, and notes when each case was sent.
struct Noting {
    registrar: Registrar,
    start: Instant,
    plan: Plan,
    sent: Arc<Mutex<HashMap<i64, Instant>>>,
}

impl Worker for Noting {
    async fn step(&mut self, turn: u64) -> Verdict {
        let meant = self.plan.at(turn).map_or(self.start, |at| self.start + at);
        let verdict = self.registrar.step(turn).await;
        if verdict == Verdict::Good
            && let Some(id) = self.registrar.acknowledged.last()
        {
            self.sent.lock().unwrap_or_else(PoisonError::into_inner).insert(*id, meant);
        }
        verdict
    }
}

/// Every fourth case is noted. Not by the last bits: registrations may take ids in steps.
fn noted(case: i64) -> bool {
    case.cast_unsigned().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 62 == 0
}

/// What one listener got: (case, when) of every fourth case, and its frames.
struct Ear {
    heard: Vec<(i64, Instant)>,
    frames: u64,
    fault: Option<String>,
}

/// Connects listeners, sends events at a rate for so many seconds, and waits for the last to be heard.
///
/// # Errors
/// In words.
pub async fn run(site: &Site, listeners: usize, rate: f64, seconds: f64) -> Result<Heard, String> {
    let ready = Arc::new(Semaphore::new(0));
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let gate = Arc::new(Semaphore::new(OPENING));
    let mut ears = JoinSet::new();
    for turn in 0..listeners {
        let session = site.someone(Role::Dispatcher, turn);
        let (address, ready, gate, stopped) =
            (site.address, Arc::clone(&ready), Arc::clone(&gate), stopped.clone());
        ears.spawn(listen(address, session, gate, ready, stopped));
    }
    let all = u32::try_from(listeners).unwrap_or(u32::MAX);
    let connected = timeout(Duration::from_secs(60), ready.acquire_many(all)).await.is_ok();
    let plan = Plan::steady(rate, seconds);
    let sent = Arc::new(Mutex::new(HashMap::new()));
    let start = Instant::now();
    let noting = |registrar| Noting { registrar, start, plan: plan.clone(), sent: Arc::clone(&sent) };
    let workers: Vec<Noting> = Registrar::many(site, 32)?.into_iter().map(noting).collect();
    let (measured, _) = open(&plan, workers).await;
    tokio::time::sleep(TAIL).await;
    stop.send_replace(true);
    let ears: Vec<Ear> = ears.join_all().await;
    let sent = sent.lock().unwrap_or_else(PoisonError::into_inner);
    let mut heard = summary(&ears, &sent, seconds + TAIL.as_secs_f64());
    if !connected || measured.bad + measured.refused > 0 {
        heard.faults = format!("{}; all connected: {connected}; {}", measured.counts(), heard.faults);
    }
    Ok(heard)
}

async fn listen(
    address: SocketAddr,
    session: Session,
    gate: Arc<Semaphore>,
    ready: Arc<Semaphore>,
    mut stopped: tokio::sync::watch::Receiver<bool>,
) -> Ear {
    let mut ear = Ear { heard: Vec::new(), frames: 0, fault: None };
    let permit = gate.acquire().await;
    let opened = async {
        let mut sender = connect(address).await?;
        let request = live_request(address, &session)?;
        let response = sender.send_request(request).await.map_err(|error| error.to_string())?;
        if response.status().is_success() {
            Ok((sender, response))
        } else {
            Err(response.status().to_string())
        }
    };
    let (_sender, response) = match opened.await {
        Ok(open) => open,
        Err(fault) => {
            ear.fault = Some(fault);
            return ear;
        }
    };
    drop(permit);
    let mut body = response.into_body();
    let mut text = Vec::new();
    let mut greeted = false;
    loop {
        let frame = tokio::select! {
            frame = body.frame() => frame,
            _ = stopped.changed() => return ear,
        };
        let Some(Ok(frame)) = frame else {
            ear.fault = Some("the stream ended".into());
            return ear;
        };
        text.extend_from_slice(frame.data_ref().map_or(&[], |data| &data[..]));
        while let Some(end) = text.windows(2).position(|pair| pair == b"\n\n") {
            let message: Vec<u8> = text.drain(..end + 2).collect();
            if !greeted {
                greeted = true;
                ready.add_permits(1);
            }
            ear.take(&message);
        }
    }
}

impl Ear {
    fn take(&mut self, message: &[u8]) {
        let now = Instant::now();
        let text = String::from_utf8_lossy(message);
        if !text.lines().any(|line| line == "event: changes") {
            return;
        }
        self.frames += 1;
        let data = text.lines().find_map(|line| line.strip_prefix("data: ")).unwrap_or_default();
        match serde_json::from_str::<Change>(data) {
            Ok(change) => {
                let ids = change.changes.iter().filter_map(|changed| changed.case_id.parse().ok());
                self.heard.extend(ids.filter(|id| noted(*id)).map(|id| (id, now)));
            }
            Err(error) => self.fault = Some(format!("a message cannot be read: {error}")),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
fn summary(ears: &[Ear], sent: &HashMap<i64, Instant>, seconds: f64) -> Heard {
    let mut delays: Histogram<u64> =
        Histogram::new_with_bounds(1, 600_000_000, 3).expect("these bounds are allowed");
    let watched = sent.keys().filter(|id| noted(**id)).count();
    for (id, at) in ears.iter().flat_map(|ear| &ear.heard) {
        if let Some(meant) = sent.get(id) {
            let micros = at.saturating_duration_since(*meant).as_micros();
            delays.saturating_record(u64::try_from(micros).unwrap_or(u64::MAX).max(1));
        }
    }
    let connected = ears.iter().filter(|ear| ear.fault.is_none()).count();
    let faults = ears.iter().filter_map(|ear| ear.fault.clone()).next().unwrap_or_default();
    let most = ears.iter().map(|ear| ear.frames).max().unwrap_or(0);
    Heard {
        listeners: connected,
        events: sent.len() as u64,
        p99: delays.value_at_quantile(0.99) as f64 / 1_000.0,
        median: delays.value_at_quantile(0.5) as f64 / 1_000.0,
        share: delays.len() as f64 / (watched * ears.len()).max(1) as f64,
        frames_a_second: most as f64 / seconds,
        faults,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fourth_case_is_noted_whatever_the_steps_between_their_ids() {
        for step in [1, 2, 4, 8, 12, 256] {
            let noted = (0..4_000).filter(|n| noted(1_000 + n * step)).count();
            assert!((700..1_300).contains(&noted), "{noted} of 4000 in steps of {step}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn delays_count_from_the_time_a_command_was_meant() {
        let start = Instant::now();
        let mut ear = Ear { heard: Vec::new(), frames: 0, fault: None };
        tokio::time::advance(Duration::from_millis(80)).await;
        let (one, other) = ((1..).find(|id| noted(*id)).unwrap(), (1..).find(|id| !noted(*id)).unwrap());
        let changes = format!("[{{\"case_id\":\"{one}\"}},{{\"case_id\":\"{other}\"}}]");
        let message =
            format!("event: changes\nid: 9\ndata: {{\"position\":\"9\",\"changes\":{changes}}}\n\n");
        ear.take(message.as_bytes());
        ear.take(b": keep-alive\n\n");
        let sent = HashMap::from([(one, start), (other, start)]);
        let heard = summary(&[ear], &sent, 1.0);
        assert!((heard.p99 - 80.0).abs() < 1.0, "{}", heard.p99);
        assert!((heard.share - 1.0).abs() < 1e-9 && (heard.frames_a_second - 1.0).abs() < 1e-9);
    }
}
