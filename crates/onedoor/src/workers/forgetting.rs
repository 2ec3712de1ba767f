//! Once a day: forgets the outcomes of commands that no client will send again.

use jiff::SignedDuration;
use std::time::Duration;
use store::{Store, StoreError};

/// How long an outcome is kept for a client that repeats its command.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
const DAILY: Duration = Duration::from_secs(24 * 3600);

/// Works until it fails.
pub(super) async fn run(store: Store) -> Result<(), String> {
    loop {
        turn(&store).await.map_err(|error| error.to_string())?;
        tokio::time::sleep(DAILY).await;
    }
}

async fn turn(store: &Store) -> Result<usize, StoreError> {
    let forgotten = store.forget_outcomes(store.clock().now() - KEPT).await?;
    if forgotten > 0 {
        tracing::info!(forgotten, "outcomes of old commands were forgotten");
    }
    Ok(forgotten)
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::{requests::ClientRequest, testkit::on_both_kits};

    #[tokio::test]
    async fn an_outcome_is_kept_for_thirty_days() {
        on_both_kits(async |kit| {
            let now = kit.store.clock().now();
            let request = ClientRequest { actor: 7, client_id: "0190-a".into(), body_hash: vec![1; 32] };
            kit.store
                .write::<_, StoreError, _>(move |tx| tx.keep_outcome(&request, "done", now))
                .await
                .unwrap();
            let day = Duration::from_secs(24 * 3600);
            kit.clock.advance(day * 30);
            assert_eq!(turn(&kit.store).await.unwrap(), 0);
            kit.clock.advance(day);
            assert_eq!(turn(&kit.store).await.unwrap(), 1);
        })
        .await;
    }
}
