//! The workloads of one size, and the figures that come of them.

use super::{
    Bench, blocking,
    place::{Limits, Place, fresh_seed},
    say,
};
use crate::{
    cli::{Engine, Workload},
    county::PASSWORD,
    load::{Measured, Plan, Worker, closed, open},
    pg::Postgres,
    process::{Server, Usage},
    work::{
        Figure, Goal, Site,
        desk::{self, Known},
        lifecycle::{Life, REQUESTS},
        live, locate,
        mixed::Desk,
        read::Question,
        recount::{self, Recount},
        register::Registrar,
        spike,
    },
};
use std::{sync::Arc, time::Duration};

/// Days that an overview is asked for: five years.
const PERIOD: i64 = 1_826;

/// One size under measurement.
struct Stage<'a> {
    place: &'a Place,
    site: &'a Site,
    server: &'a Server,
    postgres: Option<&'a Postgres>,
    size: usize,
    limits: &'a Limits,
    seconds: f64,
}

impl Stage<'_> {
    fn name(&self, what: &str) -> String {
        format!("{}.{}.{what}", self.place.engine.name(), self.size)
    }

    /// A goal for a rate: PostgreSQL's is half.
    fn least(&self, rate: f64) -> Goal {
        Goal::AtLeast(if self.place.engine == Engine::Postgres { rate / 2.0 } else { rate })
    }

    /// A goal for a latency: PostgreSQL's is double.
    fn most(&self, ms: f64) -> Goal {
        Goal::AtMost(if self.place.engine == Engine::Postgres { ms * 2.0 } else { ms })
    }

    /// What the product uses: on PostgreSQL its server too.
    fn used(&self) -> Usage {
        let (own, database) = (self.server.usage(), self.postgres.map(Postgres::usage).unwrap_or_default());
        Usage { anon_mib: own.anon_mib, cpu_seconds: own.cpu_seconds + database.cpu_seconds }
    }

    async fn closed<W: Worker>(&self, workers: Vec<W>) -> (Measured, Vec<W>, f64) {
        let before = self.used().cpu_seconds;
        let (measured, workers) = closed(Duration::from_secs_f64(self.seconds), workers).await;
        let cpu = self.used().cpu_seconds - before;
        (measured, workers, cpu)
    }

    async fn open<W: Worker>(&self, plan: &Plan, workers: Vec<W>) -> (Measured, Vec<W>, f64) {
        let before = self.used().cpu_seconds;
        let (measured, workers) = open(plan, workers).await;
        (measured, workers, self.used().cpu_seconds - before)
    }

    async fn mark(&self) -> Result<i64, String> {
        self.place.ask(recount::mark).await
    }

    /// The lists that are asked for, and the cases whose pages are opened.
    async fn questions(&self) -> Result<(Arc<Vec<Question>>, Arc<Known>), String> {
        let village = self.site.ground.spots[self.site.ground.by_rank[0]].village_id;
        let known = self.place.ask(move |db| Known::pick(db, village)).await?;
        Ok((Arc::new(desk::filters(self.site).await?), Arc::new(known)))
    }

    async fn recount(&self, mark: i64, acknowledged: Vec<i64>, closed: Vec<i64>) -> Result<Recount, String> {
        self.place.ask(move |db| recount::count(db, mark, &acknowledged, &closed)).await
    }
}

/// `12,345 good …; 1.5 cores used; 3 MiB`.
fn note(measured: &Measured, cpu: f64) -> String {
    let cores = cpu / measured.took.as_secs_f64().max(1e-9);
    format!("{}; p50 {:.1} ms; product {cores:.2} cores", measured.counts(), measured.quantile(0.5))
}

/// What was acknowledged must be there: the figure that says so.
fn lost(stage: &Stage<'_>, what: &str, found: Recount) -> Figure {
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
    let value = (found.lost + found.broken) as f64;
    Figure::new(stage.name(&format!("{what}.lost")), value, "").goal(Goal::AtMost(0.0)).note(found.words())
}

impl Bench {
    /// Fills, starts the server, measures every workload, stops.
    pub(super) async fn size(
        &mut self,
        place: &mut Place,
        postgres: Option<&Postgres>,
        size: usize,
        limits: &Limits,
    ) -> Result<(), String> {
        if let Some(seeded) = place.fill(size).await? {
            let figure =
                Figure::new(format!("{}.{size}.seed.rate", place.engine.name()), seeded.rate(), "1/s");
            let goal = (place.engine == Engine::Sqlite).then_some(Goal::AtLeast(3_000.0));
            let note = format!(
                "{} cases in {:.1} s, of that {:.1} s indexes and counts",
                seeded.cases,
                seeded.took.as_secs_f64(),
                seeded.finishing.as_secs_f64()
            );
            self.push(figure.maybe_goal(goal).note(note));
        }
        let server = Server::start(&self.args.binary, &place.data, place.url.as_deref()).await?;
        let site = Site::enter(server.address, Arc::clone(&place.ground), fresh_seed()).await?;
        let seconds = self.args.length();
        let stage = Stage { place, site: &site, server: &server, postgres, size, limits, seconds };
        self.footprint(&stage).await?;
        self.reading(&stage).await?;
        self.writing(&stage).await?;
        self.listening(&stage).await?;
        self.whole_days(&stage).await?;
        drop(site);
        blocking(move || server.stop()).await?
    }

    async fn footprint(&mut self, stage: &Stage<'_>) -> Result<(), String> {
        if !self.args.wants(Workload::Footprint) {
            return Ok(());
        }
        let cold = stage.server.cold_start.as_secs_f64() * 1_000.0;
        self.push(
            Figure::new(stage.name("cold_start"), cold, "ms").goal(Goal::AtMost(1_000.0)).note("until ready"),
        );
        #[expect(clippy::cast_precision_loss, reason = "bytes of a disk")]
        let mib = stage.place.ask(|db| db.size()).await? as f64 / 1_048_576.0;
        #[expect(clippy::cast_precision_loss, reason = "cases")]
        let each = mib * 1_024.0 / stage.size as f64;
        self.push(Figure::new(stage.name("database"), mib, "MiB").note(format!("{each:.1} KiB a case")));
        Ok(())
    }

    async fn reading(&mut self, stage: &Stage<'_>) -> Result<(), String> {
        if self.args.wants(Workload::Desk) {
            self.desk(stage).await?;
        }
        if self.args.wants(Workload::Search) {
            say("  search");
            let searchers = desk::searchers(stage.site, 32)?;
            let (found, _, cpu) = stage.open(&Plan::steady(20.0, stage.seconds), searchers).await;
            let figure = Figure::new(stage.name("search.p99"), found.quantile(0.99), "ms").of(&found);
            let conditions = format!("20/s open-loop; {}", note(&found, cpu));
            self.push(figure.goal(stage.most(60.0)).note(conditions));
        }
        if self.args.wants(Workload::Overview) {
            self.overview(stage).await;
        }
        if self.args.wants(Workload::Locate) {
            let (found, _, cpu) = stage.closed(locate::readers(stage.site, 16)).await;
            let figure = Figure::new(stage.name("locate.rate"), found.rate(), "1/s").of(&found);
            let conditions = format!("by HTTP, 16 clients; {}", note(&found, cpu));
            self.push(figure.limit("bare HTTP", self.bare_http).note(conditions));
        }
        Ok(())
    }

    async fn desk(&mut self, stage: &Stage<'_>) -> Result<(), String> {
        say("  desk");
        let (filters, known) = stage.questions().await?;
        let alone = desk::alone(stage.site, &filters, &known).await?;
        let told: Vec<String> = alone.iter().take(5).map(|(ms, what)| format!("{ms:.1} ms {what}")).collect();
        let slowest = Figure::new(stage.name("desk.slowest"), alone.first().map_or(0.0, |one| one.0), "ms");
        self.push(slowest.goal(stage.most(15.0)).note(format!("asked alone; {}", told.join("; "))));
        let readers = |count| desk::readers(stage.site, &filters, &known, count);
        let (found, _, cpu) = stage.open(&Plan::steady(100.0, stage.seconds), readers(64)).await;
        let p99 = Figure::new(stage.name("desk.p99"), found.quantile(0.99), "ms").of(&found);
        let conditions = format!("{} lists and pages, 100/s open-loop; {}", filters.len(), note(&found, cpu));
        self.push(p99.goal(stage.most(15.0)).note(conditions));
        let (found, _, cpu) = stage.closed(readers(16)).await;
        let rate = Figure::new(stage.name("desk.rate"), found.rate(), "1/s").of(&found);
        let conditions = format!("16 clients; {}", note(&found, cpu));
        self.push(rate.goal(stage.least(3_000.0)).limit("bare HTTP", self.bare_http).note(conditions));
        Ok(())
    }

    async fn overview(&mut self, stage: &Stage<'_>) {
        let now = store::ms(onedoor::ambient::clock().now());
        let day = |at: i64| store::at(at).to_string().chars().take(10).collect::<String>();
        let (from, to) = (day(now - PERIOD * 86_400_000), day(now));
        let readers = desk::overviewers(stage.site, &from, &to, 16);
        let (found, _, cpu) = stage.open(&Plan::steady(10.0, stage.seconds), readers).await;
        let figure = Figure::new(stage.name("overview.p99"), found.quantile(0.99), "ms").of(&found);
        let conditions = format!("five years, 10/s open-loop; {}", note(&found, cpu));
        self.push(figure.goal(stage.most(10.0)).note(conditions));
    }

    async fn writing(&mut self, stage: &Stage<'_>) -> Result<(), String> {
        if self.args.wants(Workload::Register) {
            self.register(stage).await?;
        }
        if self.args.wants(Workload::Lifecycle) {
            self.lifecycle(stage).await?;
        }
        Ok(())
    }

    async fn register(&mut self, stage: &Stage<'_>) -> Result<(), String> {
        say("  register");
        let mark = stage.mark().await?;
        let (found, workers, cpu) = stage.closed(Registrar::many(stage.site, 32)?).await;
        let rate = Figure::new(stage.name("register.rate"), found.rate(), "1/s").of(&found);
        let conditions = format!("32 clients; {}", note(&found, cpu));
        self.push(rate.goal(stage.least(3_000.0)).limit("bare HTTP", self.bare_http).note(conditions));
        let p99 = Figure::new(stage.name("register.p99"), found.quantile(0.99), "ms").of(&found);
        self.push(p99.goal(stage.most(40.0)).note("32 clients, closed-loop"));
        let of_engine = found.rate() / stage.limits.engine.max(1e-9);
        let share = Figure::new(stage.name("register.of_engine"), of_engine, "").of(&found);
        let conditions =
            format!("of {:.0}/s without HTTP; raw SQL {:.0}/s", stage.limits.engine, stage.limits.raw);
        self.push(share.goal(Goal::AtLeast(0.5)).note(conditions));
        let acknowledged = workers.into_iter().flat_map(|worker| worker.acknowledged).collect();
        let recounted = stage.recount(mark, acknowledged, Vec::new()).await?;
        self.push(lost(stage, "register", recounted));
        Ok(())
    }

    async fn lifecycle(&mut self, stage: &Stage<'_>) -> Result<(), String> {
        say("  lifecycle");
        let mark = stage.mark().await?;
        let (found, workers, cpu) = stage.closed(Life::many(stage.site, 24)?).await;
        let rate = Figure::new(stage.name("lifecycle.rate"), found.rate(), "1/s").of(&found);
        #[expect(clippy::cast_precision_loss, reason = "nine")]
        let limit = self.bare_http / REQUESTS as f64;
        let conditions = format!("24 clients, {REQUESTS} requests each; {}", note(&found, cpu));
        self.push(rate.goal(stage.least(500.0)).limit("bare HTTP", limit).note(conditions));
        let (mut acknowledged, mut closed) = (Vec::new(), Vec::new());
        for worker in workers {
            acknowledged.extend(worker.acknowledged);
            closed.extend(worker.closed);
        }
        let recounted = stage.recount(mark, acknowledged, closed).await?;
        self.push(lost(stage, "lifecycle", recounted));
        Ok(())
    }

    async fn listening(&mut self, stage: &Stage<'_>) -> Result<(), String> {
        if !self.args.wants(Workload::Live) {
            return Ok(());
        }
        say("  live");
        let listeners = self.args.listening();
        let heard = live::run(stage.site, listeners, 100.0, stage.seconds).await?;
        let note = format!(
            "{} listeners, {} events at 100/s, {:.1} % heard, p50 {:.0} ms, {:.1} frames/s each {}",
            heard.listeners,
            heard.events,
            heard.share * 100.0,
            heard.median,
            heard.frames_a_second,
            heard.faults
        );
        self.push(Figure::new(stage.name("live.p99"), heard.p99, "ms").goal(stage.most(250.0)).note(note));
        let heard = Figure::new(stage.name("live.heard"), heard.share, "").goal(Goal::AtLeast(0.999));
        self.push(heard.note("share of (listener, event) pairs"));
        Ok(())
    }

    async fn whole_days(&mut self, stage: &Stage<'_>) -> Result<(), String> {
        if self.args.wants(Workload::Mixed) {
            self.mixed(stage).await?;
        }
        if self.args.wants(Workload::Spike) {
            self.spike(stage).await?;
        }
        if self.args.wants(Workload::Footprint) {
            self.memory(stage).await?;
        }
        Ok(())
    }

    async fn mixed(&mut self, stage: &Stage<'_>) -> Result<(), String> {
        say("  mixed");
        let (filters, known) = stage.questions().await?;
        let mark = stage.mark().await?;
        let plan = Plan::of(&[(30.0, stage.seconds), (300.0, stage.seconds), (30.0, stage.seconds)]);
        let desks = Desk::many(stage.site, &filters, &known, 128)?;
        let (found, workers, cpu) = stage.open(&plan, desks).await;
        let conditions = format!("30/s, 300/s, 30/s open-loop; {}", note(&found, cpu));
        let p99 = Figure::new(stage.name("mixed.p99"), found.quantile(0.99), "ms").of(&found);
        self.push(p99.note(conditions));
        let acknowledged = workers.into_iter().flat_map(|worker| worker.registrar.acknowledged).collect();
        let recounted = stage.recount(mark, acknowledged, Vec::new()).await?;
        self.push(lost(stage, "mixed", recounted));
        Ok(())
    }

    async fn spike(&mut self, stage: &Stage<'_>) -> Result<(), String> {
        say("  spike");
        let mark = stage.mark().await?;
        let (connections, seconds) = if self.args.quick { (1_500, 15.0) } else { (3_000, 60.0) };
        let came = spike::run(stage.site, connections, stage.seconds, seconds).await?;
        let note = format!(
            "{:.0}/s, then {:.0}/s for {seconds} s; {connections} connections; {}",
            came.capacity / 2.0,
            came.capacity * 5.0,
            came.measured.counts()
        );
        let figure = Figure::new(stage.name("spike.goodput"), came.goodput, "").goal(Goal::AtLeast(0.8));
        self.push(figure.note(format!("least share of the capacity over 5 s; {note}")));
        let figure =
            Figure::new(stage.name("spike.well_refused"), came.well_refused, "").goal(Goal::AtLeast(1.0));
        self.push(figure.note("of what was not answered well: 503 with Retry-After"));
        let figure =
            Figure::new(stage.name("spike.recovery"), came.recovered_after, "s").goal(Goal::AtMost(5.0));
        self.push(figure.note("until the p99 of a second is normal again and stays so"));
        let recounted = stage.recount(mark, came.acknowledged, Vec::new()).await?;
        self.push(lost(stage, "spike", recounted));
        Ok(())
    }

    /// Memory after everything, with 500 sessions (with `--quick`: those there are).
    async fn memory(&mut self, stage: &Stage<'_>) -> Result<(), String> {
        let mut client = stage.site.client();
        let logins = stage.site.ground.staff.listed.iter().map(|listed| listed.login.clone());
        let wanted = if self.args.quick { 0 } else { 500 };
        for login in logins.cycle().take(wanted) {
            client.sign_in(&login, PASSWORD).await?;
        }
        let used = stage.server.usage();
        let figure = Figure::new(stage.name("memory"), used.anon_mib, "MiB").goal(Goal::AtMost(250.0));
        self.push(figure.note(format!("RssAnon of the server after all workloads, {wanted} more sessions")));
        if let Some(postgres) = stage.postgres {
            let figure = Figure::new(stage.name("memory.postgres"), postgres.usage().anon_mib, "MiB");
            self.push(figure.note("RssAnon of the PostgreSQL processes"));
        }
        Ok(())
    }
}
