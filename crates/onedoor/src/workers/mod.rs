//! Background workers. None of them scans: each sleeps until the log or the next due clock wakes it.

pub mod supervise;

mod clocks;

use crate::App;
use supervise::Supervisor;

/// Starts them all.
pub fn start(app: &App, supervisor: &Supervisor) {
    let cases = app.cases.clone();
    supervisor.start("clocks", move || clocks::run(cases.clone()));
    let territory = app.territory.clone();
    supervisor.start("shapes", move || {
        let territory = territory.clone();
        async move {
            territory.follow().await;
            Ok(())
        }
    });
}
