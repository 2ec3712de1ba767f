//! Keeps the background workers running: a worker that fails is started again after a pause that doubles up to a minute.

use futures::FutureExt as _;
use serde::Serialize;
use std::{
    collections::BTreeMap,
    future::Future,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What `/readyz` says of a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Health {
    /// `running`, or `restarting` while it pauses after a failure.
    pub state: State,
    /// How often it was started again.
    pub restarts: u64,
}

/// Whether a worker works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It works.
    Running,
    /// It failed and waits to be started again.
    Restarting,
}

/// All workers of the process.
#[derive(Clone, Default)]
pub struct Supervisor {
    health: Arc<Mutex<BTreeMap<&'static str, Health>>>,
    tasks: TaskTracker,
    stopping: CancellationToken,
}

impl Supervisor {
    /// A supervisor whose workers end when `stopping` is cancelled.
    pub fn new(stopping: CancellationToken) -> Self {
        Self { stopping, ..Self::default() }
    }

    /// The token that every worker watches.
    pub fn stopping(&self) -> CancellationToken {
        self.stopping.clone()
    }

    /// Starts a worker. `make` is called for every start; a worker that returns `Ok` is done.
    pub fn start<F, Fut>(&self, name: &'static str, make: F)
    where
        F: Fn() -> Fut + Send + 'static,
        Fut: Future<Output = Result<(), String>> + Send + 'static,
    {
        let this = self.clone();
        this.set(name, State::Running, 0);
        self.tasks.spawn(async move { this.keep_running(name, make).await });
    }

    async fn keep_running<F, Fut>(&self, name: &'static str, make: F)
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Result<(), String>>,
    {
        let mut pause = FIRST_PAUSE;
        let mut restarts = 0;
        while !self.stopping.is_cancelled() {
            let watch = crate::ambient::Stopwatch::start();
            let outcome = tokio::select! {
                outcome = AssertUnwindSafe(make()).catch_unwind() => outcome,
                () = self.stopping.cancelled() => break,
            };
            let why = match outcome {
                Ok(Ok(())) => break,
                Ok(Err(why)) => why,
                Err(_) => "panicked".to_owned(),
            };
            if watch.elapsed() > LONGEST_PAUSE {
                pause = FIRST_PAUSE;
            }
            restarts += 1;
            tracing::error!(worker = name, why, restarts, "a worker failed and will be started again");
            metrics::counter!("onedoor_worker_restarts_total", "worker" => name).increment(1);
            self.set(name, State::Restarting, restarts);
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.stopping.cancelled() => break,
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
            self.set(name, State::Running, restarts);
        }
    }

    fn set(&self, name: &'static str, state: State, restarts: u64) {
        let mut health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        health.insert(name, Health { state, restarts });
    }

    /// Every worker's state by name.
    pub fn health(&self) -> BTreeMap<&'static str, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until all workers have ended, after `stopping` was cancelled.
    pub async fn ended(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test(start_paused = true)]
    async fn a_failing_worker_is_started_again_and_seen() {
        let supervisor = Supervisor::new(CancellationToken::new());
        let starts = Arc::new(AtomicU32::new(0));
        let counted = starts.clone();
        supervisor.start("test", move || {
            let n = counted.fetch_add(1, Ordering::SeqCst);
            async move {
                match n {
                    0 => Err("first".to_owned()),
                    1 => panic!("second"),
                    _ => std::future::pending().await,
                }
            }
        });
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(starts.load(Ordering::SeqCst), 3);
        let health = supervisor.health()["test"];
        assert_eq!(health, Health { state: State::Running, restarts: 2 });
        supervisor.stopping().cancel();
        supervisor.ended().await;
    }
}
