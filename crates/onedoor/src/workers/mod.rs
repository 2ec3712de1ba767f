//! Background workers. None of them scans: each sleeps until the log or the next due clock wakes it.

pub mod supervise;

mod clocks;
mod folding;
mod forgetting;
mod signing;

use crate::App;
use supervise::Supervisor;

/// Starts them all.
pub fn start(app: &App, supervisor: &Supervisor) {
    let cases = app.cases.clone();
    supervisor.start("clocks", move || clocks::run(cases.clone()));

    let store = app.store.clone();
    supervisor.start("cubes", move || folding::run(store.clone()));

    let store = app.store.clone();
    supervisor.start("old_outcomes", move || forgetting::run(store.clone()));

    let store = app.store.clone();
    supervisor.start("tree_heads", move || signing::run(store.clone()));

    let (store, stopping) = (app.store.clone(), supervisor.stopping());
    supervisor.start("search_index", move || {
        let (store, stopping) = (store.clone(), stopping.clone());
        async move {
            let indexed = store.clone();
            let follower = ::cases::follow::follower();
            follower
                .run(store, stopping, move |events| ::cases::follow::index(indexed.clone(), events))
                .await;
    let cases = app.cases.clone();
    supervisor.start("rules", move || {
        let cases = cases.clone();
        async move {
            cases.rules.follow(cases.store.clone()).await;
            Ok(())
        }
    });

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
