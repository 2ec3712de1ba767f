//! Signs a head of the tree of all events now and then, when something was added.

use std::time::Duration;
use store::Store;

/// The longest an event stands in no signed head.
const PERIOD: Duration = Duration::from_secs(300);

/// Works until it fails.
pub(super) async fn run(store: Store) -> Result<(), String> {
    let mut wakeups = store.wakeups();
    loop {
        wakeups.borrow_and_update();
        store.sign_head().await.map_err(|error| error.to_string())?;
        tokio::time::sleep(PERIOD).await;
        // Nothing new: no new head.
        if !wakeups.has_changed().map_err(|_| "the store closed".to_owned())? {
            wakeups.changed().await.map_err(|_| "the store closed".to_owned())?;
        }
    }
}
