//! A whole run: every engine, every size, every workload, beside the limits of the same run.

mod place;
mod workloads;

use crate::{
    cli::{Args, Engine, Workload},
    limits,
    pg::Postgres,
    report::{self, machine},
    work::{Figure, locate},
};
use place::Place;
use std::{fs, time::Duration};

/// Measures and tells. True when every goal that has a figure is met or the run is not about goals.
///
/// # Errors
/// Whatever keeps a run from being one: a server that does not start, a port that is taken, a full disk.
pub async fn run(args: &Args) -> Result<(), String> {
    fs::create_dir_all(&args.folder).map_err(|error| format!("{}: {error}", args.folder.display()))?;
    let mut bench = Bench { args: args.clone(), figures: Vec::new(), bare_http: 0.0 };
    bench.memory_only();
    bench.bare_http = limits::bare_http(32, Duration::from_secs_f64(args.length().min(5.0))).await?;
    let clients = "32 clients, a handler that answers a constant";
    bench.push(Figure::new("limit.bare_http", bench.bare_http, "1/s").note(clients));
    let mut version = None;
    for engine in args.engines() {
        let server = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(blocking(Postgres::start).await??),
        };
        version = version.or_else(|| server.as_ref().map(|server| server.version.clone()));
        bench.engine(engine, server.as_ref()).await?;
        blocking(move || drop(server)).await?;
    }
    bench.growth();
    bench.tell(version.as_deref())
}

/// What is measured so far.
struct Bench {
    args: Args,
    figures: Vec<Figure>,
    bare_http: f64,
}

impl Bench {
    fn push(&mut self, figure: Figure) {
        say(&format!("  {} = {:.2} {}  {}", figure.name, figure.value, figure.unit, figure.note));
        self.figures.push(figure);
    }

    /// What needs no server.
    fn memory_only(&mut self) {
        if !self.args.wants(Workload::Locate) {
            return;
        }
        for grids in locate::GRIDS {
            self.push(locate::in_memory(grids));
        }
    }

    async fn engine(&mut self, engine: Engine, server: Option<&Postgres>) -> Result<(), String> {
        let mut place = Place::make(&self.args.folder, engine, server).await?;
        let limits = place.limits(Duration::from_secs_f64(self.args.length().min(8.0))).await?;
        let name = engine.name();
        self.push(
            Figure::new(format!("{name}.limit.engine"), limits.engine, "1/s")
                .note("registrations, one thread, no HTTP"),
        );
        self.push(
            Figure::new(format!("{name}.limit.raw_sql"), limits.raw, "1/s")
                .note("rows of registrations, 64 a commit"),
        );
        for size in self.args.sizes() {
            say(&format!("{name}, {size} cases"));
            self.size(&mut place, server, size, &limits).await?;
        }
        place.remove();
        Ok(())
    }

    /// How a rate holds when the history grows.
    fn growth(&mut self) {
        let sizes = self.args.sizes();
        let (Some(small), Some(large)) = (sizes.first(), sizes.last()) else { return };
        for engine in self.args.engines().iter().filter(|_| small < large) {
            let rate = |size: &usize| {
                let name = format!("{}.{size}.lifecycle.rate", engine.name());
                self.figures.iter().find(|figure| figure.name == name).map(|figure| figure.value)
            };
            if let (Some(few), Some(many)) = (rate(small), rate(large)) {
                let name = format!("{}.lifecycle.growth", engine.name());
                let goal = crate::work::Goal::AtLeast(0.8);
                let note = format!("rate at {large} ÷ rate at {small} cases");
                self.push(Figure::new(name, many / few.max(1e-9), "").goal(goal).note(note));
            }
        }
    }

    fn tell(&self, postgres: Option<&str>) -> Result<(), String> {
        say(&format!("\n{}", report::table(&self.figures)));
        let met = self.figures.iter().filter(|figure| figure.met() == Some(true)).count();
        let goals = self.figures.iter().filter(|figure| figure.goal.is_some()).count();
        say(&format!("{met} of {goals} goals met"));
        let write = |file: &std::path::Path, text: String| {
            fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))
        };
        if let Some(file) = &self.args.json {
            write(file, format!("{:#}\n", report::to_json(&self.figures)))?;
        }
        if let Some(file) = &self.args.document {
            let day = onedoor::ambient::clock().now().to_string().chars().take(10).collect::<String>();
            let machine = machine::words(&self.args.folder, postgres);
            write(file, report::document(&self.figures, &machine, &day))?;
        }
        Ok(())
    }
}

/// Work that blocks, off the driver's threads.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, String> {
    tokio::task::spawn_blocking(work).await.map_err(|error| error.to_string())
}

/// Tells whoever waits.
#[expect(clippy::print_stdout, reason = "the program's own word")]
pub(crate) fn say(text: &str) {
    println!("{text}");
}
