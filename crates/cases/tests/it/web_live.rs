//! Live changes: joined, scoped, resumable.

use crate::web_kit::{self as kit, Planted};
use cases::follow::{Listener, Live, Step};
use people::{AccountActor, Role, scope::Viewer};
use std::time::Duration;
use store::testkit::on_both;

async fn next(listener: &mut Listener) -> Option<Step> {
    tokio::time::timeout(Duration::from_secs(20), listener.next())
        .await
        .expect("something comes")
        .expect("the store works")
}

/// The next change that this actor hears: case, kinds, whether it was its own doing.
async fn hears(listener: &mut Listener, actor: &AccountActor) -> Vec<(i64, usize, bool)> {
    loop {
        let Some(Step::Batch(batch)) = next(listener).await else { panic!("no batch") };
        if let Some(change) = batch.heard_by(&Viewer::from(actor), actor.account_id) {
            return change.changes.iter().map(|case| (case.case_id.0, case.kinds.len(), case.mine)).collect();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_hears_of_new_things_once_and_only_of_what_it_may_see() {
    on_both(async |store| {
        kit::county(&store).await;
        let live = Live::new(store.clone());
        let steward = kit::actor(201, kit::CENTRE, Role::Steward);
        let liaison = kit::actor(203, kit::WATER, Role::Liaison);
        let before = kit::plant(&store, Planted::default()).await;
        store.sequence().await.expect("positions");
        let mut centre = live.listen(None).await.expect("a listener");
        let mut water = live.listen(None).await.expect("a listener");
        let hidden =
            kit::plant(&store, Planted { confidentiality: "restricted", ..Planted::default() }).await;
        kit::happen(&store, hidden, Some(201)).await;
        store.sequence().await.expect("positions");
        let mut heard = Vec::new();
        while heard.iter().map(|(_, kinds, _)| kinds).sum::<usize>() < 2 {
            heard.extend(hears(&mut centre, &steward).await);
        }
        assert!(heard.iter().all(|(case, ..)| *case == hidden && *case != before));
        let shown = Planted { units: vec![kit::WATER], owner: kit::WATER, ..Planted::default() };
        let shown = kit::plant(&store, Planted { registered_by: Some(203), ..shown }).await;
        store.sequence().await.expect("positions");
        assert_eq!(
            hears(&mut water, &liaison).await,
            [(shown, 1, true)],
            "its own doing, and nothing of the other"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_that_comes_back_misses_nothing() {
    on_both(async |store| {
        kit::county(&store).await;
        let steward = kit::actor(201, kit::CENTRE, Role::Steward);
        let live = Live::new(store.clone());
        let mut first = live.listen(None).await.expect("a listener");
        let one = kit::plant(&store, Planted::default()).await;
        store.sequence().await.expect("positions");
        assert_eq!(hears(&mut first, &steward).await, [(one, 1, false)]);
        let seen = first.position();
        drop(first);
        let two = kit::plant(&store, Planted::default()).await;
        kit::happen(&store, two, None).await;
        store.sequence().await.expect("positions");
        let mut again = Live::new(store.clone()).listen(Some(seen)).await.expect("a listener");
        assert_eq!(hears(&mut again, &steward).await, [(two, 2, false)], "joined into one");
        let three = kit::plant(&store, Planted::default()).await;
        store.sequence().await.expect("positions");
        assert_eq!(hears(&mut again, &steward).await, [(three, 1, false)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_away_too_long_starts_over() {
    on_both(async |store| {
        kit::county(&store).await;
        let case = kit::plant(&store, Planted::default()).await;
        for _ in 0..21 {
            futures::future::join_all((0..50).map(|_| kit::happen(&store, case, None))).await;
        }
        store.sequence().await.expect("positions");
        let mut listener = Live::new(store.clone()).listen(Some(1)).await.expect("a listener");
        let Some(Step::Reset(position)) = next(&mut listener).await else { panic!("a reset is due") };
        assert!(position > 1_000);
        kit::happen(&store, case, None).await;
        store.sequence().await.expect("positions");
        let steward = kit::actor(201, kit::CENTRE, Role::Steward);
        assert_eq!(hears(&mut listener, &steward).await, [(case, 1, false)]);
    })
    .await;
}
