//! The clock worker: sleeps until the earliest clock is due or something new is written, then lets `cases` act.

use cases::{Cases, clocks::run_due};
use std::time::Duration;
use store::StoreError;

/// How many clocks one turn handles.
const TURN: i64 = 200;
/// A machine that slept, or another node's clock: looked at again at least so often (one index lookup).
const LONGEST_SLEEP: Duration = Duration::from_secs(60);
/// New events come in bursts; the next due clock is asked for at most so often.
const BREATH: Duration = Duration::from_millis(500);

/// Works until it fails.
pub(super) async fn run(cases: Cases) -> Result<(), String> {
    let mut wakeups = cases.store.wakeups();
    loop {
        wakeups.borrow_and_update();
        let now = cases.store.clock().now();
        let ran = run_due(&cases, now, TURN).await.map_err(|error| error.to_string())?;
        if i64::try_from(ran.clocks).is_ok_and(|clocks| clocks >= TURN) {
            continue;
        }
        let sleep = until_next(&cases).await.map_err(|error| error.to_string())?;
        tokio::select! {
            () = tokio::time::sleep(sleep) => {}
            changed = wakeups.changed() => {
                changed.map_err(|_| "the store closed".to_owned())?;
                tokio::time::sleep(BREATH).await;
            }
        }
    }
}

async fn until_next(cases: &Cases) -> Result<Duration, StoreError> {
    let next = cases.store.read(store::clocks::next_firing).await?;
    let now = cases.store.clock().now();
    let wait =
        next.map_or(LONGEST_SLEEP, |next| Duration::try_from(next.duration_since(now)).unwrap_or_default());
    Ok(wait.clamp(Duration::from_millis(20), LONGEST_SLEEP))
}
