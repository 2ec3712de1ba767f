//! Folds the appended deltas into cubes. A reading is cube plus tail, so this changes no figure, only its cost.

use std::time::Duration;
use store::Store;

/// Deltas gather for so long before they are folded together.
const GATHER: Duration = Duration::from_secs(3);

/// Works until it fails.
pub(super) async fn run(store: Store) -> Result<(), String> {
    let mut wakeups = store.wakeups();
    loop {
        wakeups.borrow_and_update();
        while store.fold_tallies().await.map_err(|error| error.to_string())? > 0 {}
        wakeups.changed().await.map_err(|_| "the store closed".to_owned())?;
        tokio::time::sleep(GATHER).await;
    }
}
