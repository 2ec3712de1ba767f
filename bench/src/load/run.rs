//! Sends requests: open-loop (at the times of a plan, whether or not earlier answers came) and closed-loop (the next one when the
//! answer is there).
//!
//! Invariant: an open-loop latency counts from the time the request was meant to be sent. When the server stalls, the requests that
//! had to wait for a free connection are charged for that wait (no coordinated omission).

use super::{
    measure::{Measured, Verdict},
    plan::Plan,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{task::JoinSet, time::Instant};

/// Somebody with a connection who does one request after the other.
pub trait Worker: Send + 'static {
    /// Does the `turn`-th request of the run.
    fn step(&mut self, turn: u64) -> impl Future<Output = Verdict> + Send;
}

/// Runs workers at the times of a plan. Give it enough workers that one is free when the next request is due; where none is, the
/// wait counts. Gives the workers back for a later run.
pub async fn open<W: Worker>(plan: &Plan, workers: Vec<W>) -> (Measured, Vec<W>) {
    let next = Arc::new(AtomicU64::new(0));
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for mut worker in workers {
        let (plan, next) = (plan.clone(), Arc::clone(&next));
        tasks.spawn(async move {
            let mut measured = Measured::default();
            loop {
                let turn = next.fetch_add(1, Ordering::Relaxed);
                let Some(meant) = plan.at(turn) else { break (measured, worker) };
                tokio::time::sleep_until(start + meant).await;
                let verdict = worker.step(turn).await;
                measured.take(meant, start.elapsed(), verdict);
            }
        });
    }
    gather(tasks).await
}

/// Runs workers as fast as they are answered, for so long.
pub async fn closed<W: Worker>(length: Duration, workers: Vec<W>) -> (Measured, Vec<W>) {
    let next = Arc::new(AtomicU64::new(0));
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for mut worker in workers {
        let next = Arc::clone(&next);
        tasks.spawn(async move {
            let mut measured = Measured::default();
            loop {
                let sent = start.elapsed();
                if sent >= length {
                    break (measured, worker);
                }
                let verdict = worker.step(next.fetch_add(1, Ordering::Relaxed)).await;
                measured.take(sent, start.elapsed(), verdict);
            }
        });
    }
    gather(tasks).await
}

async fn gather<W: Worker>(mut tasks: JoinSet<(Measured, W)>) -> (Measured, Vec<W>) {
    let (mut all, mut workers) = (Measured::default(), Vec::new());
    while let Some(done) = tasks.join_next().await {
        match done {
            Ok((measured, worker)) => {
                all.merge(&measured);
                workers.push(worker);
            }
            Err(error) => {
                all.bad += 1;
                *all.faults.entry(format!("a worker ended: {error}")).or_default() += 1;
            }
        }
    }
    (all, workers)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers in 5 ms, but stalls once for a second.
    struct Stalling;

    impl Worker for Stalling {
        async fn step(&mut self, turn: u64) -> Verdict {
            let takes = if turn == 100 { 1_000 } else { 5 };
            tokio::time::sleep(Duration::from_millis(takes)).await;
            Verdict::Good
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_stall_is_charged_to_everybody_who_had_to_wait() {
        let plan = Plan::steady(100.0, 10.0);
        let (open_loop, _) = open(&plan, vec![Stalling]).await;
        assert_eq!(open_loop.good, 1_000);
        // Requests meant for the second of the stall, and those queued behind, waited on average for about half of it.
        assert!(open_loop.quantile(0.90) > 300.0, "{}", open_loop.quantile(0.90));
        assert!(open_loop.quantile(1.0) >= 999.0);
        // The naive way sees one slow request in a thousand.
        let (naive, _) = closed(Duration::from_secs(6), vec![Stalling]).await;
        assert!(naive.quantile(0.99) < 10.0, "{}", naive.quantile(0.99));
    }

    #[tokio::test(start_paused = true)]
    async fn with_enough_workers_only_the_stalled_request_is_late() {
        let plan = Plan::steady(100.0, 10.0);
        let (measured, workers) = open(&plan, (0..8).map(|_| Stalling).collect()).await;
        assert_eq!((measured.good, workers.len()), (1_000, 8));
        assert!(measured.quantile(0.99) < 8.0, "{}", measured.quantile(0.99));
    }

    #[tokio::test(start_paused = true)]
    async fn the_rate_of_a_closed_loop_is_what_was_answered() {
        let (measured, _) = closed(Duration::from_secs(5), vec![Stalling, Stalling]).await;
        let expected = 1_000.0 * 2.0 / 5.0;
        assert!((measured.rate() - expected).abs() < expected * 0.2, "{}", measured.rate());
    }
}
