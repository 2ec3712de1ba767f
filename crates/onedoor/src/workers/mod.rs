//! Background workers. None of them scans: each sleeps until the log or the next due clock wakes it.

pub mod supervise;

mod clocks;
mod compacting;
mod folding;
mod forgetting;
mod signing;

use crate::App;
use std::future::Future;
use store::Store;
use supervise::Supervisor;

/// Starts them all. What belongs to the county is done by one node at a time; what a node keeps in its memory, by each.
pub fn start(app: &App, supervisor: &Supervisor) {
    let cases = app.cases.clone();
    alone(app, supervisor, "clocks", move |_| clocks::run(cases.clone()));
    alone(app, supervisor, "cubes", folding::run);
    alone(app, supervisor, "old_outcomes", forgetting::run);
    alone(app, supervisor, "compaction", compacting::run);
    alone(app, supervisor, "tree_heads", signing::run);
    let stopping = supervisor.stopping();
    alone(app, supervisor, "search_index", move |store| {
        let (indexed, stopping) = (store.clone(), stopping.clone());
        async move {
            let follower = ::cases::follow::follower();
            follower
                .run(store, stopping, move |events| ::cases::follow::index(indexed.clone(), events))
                .await;
            Ok(())
        }
    });

    let cases = app.cases.clone();
    supervisor.start("rules", move || {
        let cases = cases.clone();
        async move {
            cases.rules.follow(cases.store.clone()).await;
            Ok(())
        }
    });

    let territory = app.territory.clone();
    supervisor.start("shapes", move || {
        let territory = territory.clone();
        async move {
            territory.follow().await;
            Ok(())
        }
    });
}

/// Starts a worker that works on one node at a time.
fn alone<F, Fut>(app: &App, supervisor: &Supervisor, name: &'static str, work: F)
where
    F: Fn(Store) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<(), String>> + Send + 'static,
{
    let store = app.store.clone();
    supervisor.start(name, move || {
        let (store, work) = (store.clone(), work.clone());
        async move { store.alone(name, || work(store.clone())).await }
    });
}
