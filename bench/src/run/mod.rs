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
    let mut bench = Bench { args: args.clone(), figures: Vec::new(), bare_http: 0.0, version: None };
    bench.memory_only();
    bench.bare_http = limits::bare_http(32, Duration::from_secs_f64(args.length().min(5.0))).await?;
    let clients = "32 clients, a handler that answers a constant";
    bench.push(Figure::new("limit.bare_http", bench.bare_http, "1/s").note(clients));
    for engine in args.engines() {
        let server = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(blocking(Postgres::start).await??),
        };
        bench.version = bench.version.take().or_else(|| server.as_ref().map(|server| server.version.clone()));
        bench.engine(engine, server.as_ref()).await?;
        blocking(move || drop(server)).await?;
    }
    bench.tell()
}

/// What is measured so far.
struct Bench {
    args: Args,
    figures: Vec<Figure>,
    bare_http: f64,
    /// PostgreSQL's, once it was started.
    version: Option<String>,
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
            // A full run takes hours: what cuts it off leaves what was measured.
            self.keep()?;
        }
        place.remove();
        Ok(())
    }

    /// The figures so far, and how the rate of lifecycles holds from the smallest measured size to the largest.
    fn all(&self) -> Vec<Figure> {
        let mut all = self.figures.clone();
        for engine in self.args.engines() {
            let name = |size: usize| format!("{}.{size}.lifecycle.rate", engine.name());
            let rate = |size| self.figures.iter().find(|figure| figure.name == name(size)).map(|f| f.value);
            let rates: Vec<(usize, f64)> =
                self.args.sizes().into_iter().filter_map(|size| Some((size, rate(size)?))).collect();
            if let (Some((small, few)), Some((large, many))) = (rates.first(), rates.last())
                && small < large
            {
                let goal = crate::work::Goal::AtLeast(0.8);
                let note = format!("rate at {large} ÷ rate at {small} cases");
                let growth =
                    Figure::new(format!("{}.lifecycle.growth", engine.name()), many / few.max(1e-9), "");
                all.push(growth.goal(goal).note(note));
            }
        }
        all
    }

    fn tell(&self) -> Result<(), String> {
        let figures = self.all();
        say(&format!("\n{}", report::table(&figures)));
        let met = figures.iter().filter(|figure| figure.met() == Some(true)).count();
        let goals = figures.iter().filter(|figure| figure.goal.is_some()).count();
        say(&format!("{met} of {goals} goals met"));
        self.keep()
    }

    /// Writes the files that were asked for.
    fn keep(&self) -> Result<(), String> {
        let figures = self.all();
        let write = |file: &std::path::Path, text: String| {
            fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))
        };
        if let Some(file) = &self.args.json {
            write(file, format!("{:#}\n", report::to_json(&figures)))?;
        }
        if let Some(file) = &self.args.document {
            let day = onedoor::ambient::clock().now().to_string().chars().take(10).collect::<String>();
            let machine = machine::words(&self.args.folder, self.version.as_deref());
            write(file, report::document(&figures, &machine, &day))?;
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
