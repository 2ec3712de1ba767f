//! A database of the run: its folder, its county, how many cases lie in it.

use super::{blocking, say};
use crate::{
    cli::Engine,
    county::{Ground, found, open},
    db::{Db, Table},
    limits,
    pg::Postgres,
    seed::{Seeded, mould::Mould, mould::moulds, seed, tables},
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

/// Moulds of each town and kind of place.
const MOULDS: usize = 12;

/// A county in a database.
pub(super) struct Place {
    pub(super) data: PathBuf,
    pub(super) url: Option<String>,
    pub(super) engine: Engine,
    pub(super) ground: Arc<Ground>,
    scratch: (PathBuf, Option<String>),
    filled: Option<Filled>,
}

struct Filled {
    moulds: Arc<Vec<Mould>>,
    tables: Arc<Vec<Table>>,
    cases: usize,
}

/// What the engine and the database can do without the layers above.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) engine: f64,
    pub(super) raw: f64,
}

impl Place {
    /// Makes a county in a new folder (and database).
    pub(super) async fn make(
        folder: &Path,
        engine: Engine,
        server: Option<&Postgres>,
    ) -> Result<Place, String> {
        let (data, url) = empty(folder, engine, server, "county")?;
        let scratch = empty(folder, engine, server, "scratch")?;
        let app = open(&data, url.as_deref()).await?;
        let years_ago = store::at(store::ms(app.store.clock().now()) - 6 * 366 * 86_400_000);
        let ground = Arc::new(found(&app, years_ago).await?);
        Ok(Place { data, url, engine, ground, scratch, filled: None })
    }

    /// Measures the limits in a database of their own.
    pub(super) async fn limits(&self, length: Duration) -> Result<Limits, String> {
        let (data, url) = &self.scratch;
        let app = open(data, url.as_deref()).await?;
        let now = app.store.clock().now();
        let ground = Arc::new(found(&app, now).await?);
        let engine = limits::engine(&app, &ground, fresh_seed(), length).await?;
        let raw = limits::raw(&app, &ground, fresh_seed()).await?;
        Ok(Limits { engine, raw })
    }

    /// Fills the database until it holds so many cases.
    pub(super) async fn fill(&mut self, size: usize) -> Result<Option<Seeded>, String> {
        let app = open(&self.data, self.url.as_deref()).await?;
        if self.filled.is_none() {
            let (data, url) = (self.data.clone(), self.url.clone());
            let tables = blocking(move || tables::of_a_case(&mut Db::open(&data, url.as_deref())?)).await??;
            let tables = Arc::new(tables);
            let moulds = Arc::new(moulds(&app, &self.ground, &tables, MOULDS, fresh_seed()).await?);
            self.filled = Some(Filled { cases: moulds.len(), moulds, tables });
        }
        let Some(filled) = &mut self.filled else { return Ok(None) };
        let missing = size.saturating_sub(filled.cases);
        if missing == 0 {
            return Ok(None);
        }
        let seeded = seed(&app, &self.ground, &filled.moulds, &filled.tables, missing, fresh_seed()).await?;
        filled.cases += missing;
        say(&format!(
            "  seeded {missing} cases in {:.1} s ({:.0}/s)",
            seeded.took.as_secs_f64(),
            seeded.rate()
        ));
        Ok(Some(seeded))
    }

    /// Asks the database something.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Db) -> Result<T, String> + Send + 'static,
    ) -> Result<T, String> {
        let (data, url) = (self.data.clone(), self.url.clone());
        blocking(move || work(&mut Db::open(&data, url.as_deref())?)).await?
    }

    /// Takes the folders away.
    pub(super) fn remove(&self) {
        for folder in [&self.data, &self.scratch.0] {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

/// A seed that no run before had: client ids must never repeat.
pub(super) fn fresh_seed() -> u64 {
    let mut bytes = [0; 8];
    onedoor::ambient::entropy().fill(&mut bytes);
    u64::from_le_bytes(bytes) >> 16
}

fn empty(
    folder: &Path,
    engine: Engine,
    server: Option<&Postgres>,
    name: &str,
) -> Result<(PathBuf, Option<String>), String> {
    let data = folder.join(format!("{}-{name}", engine.name()));
    if data.exists() {
        std::fs::remove_dir_all(&data).map_err(|error| error.to_string())?;
    }
    std::fs::create_dir_all(&data).map_err(|error| error.to_string())?;
    let data = data.canonicalize().map_err(|error| error.to_string())?;
    let url = server.map(|server| std::thread::scope(|scope| scope.spawn(|| server.create(name)).join()));
    let url = match url {
        None => None,
        Some(created) => Some(created.map_err(|_| "the database could not be made".to_owned())??),
    };
    Ok((data, url))
}
