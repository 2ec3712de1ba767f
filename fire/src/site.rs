//! A place to burn: a small demo county on one engine, copied from a template that is made once a run.

use crate::{
    check::{Calm, Look},
    disk::Disk,
    life::{self, Cast},
    load::Ledger,
    pg::Cluster,
    server::{How, free_address},
};
use onedoor_bench::http::Client;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};
use tempfile::TempDir;
use tokio::sync::OnceCell;
use uuid::Uuid;

/// What all faults of a run share.
pub struct Ground {
    /// The program.
    pub binary: PathBuf,
    /// Short rounds.
    pub quick: bool,
    /// The seed of all choices.
    pub seed: u64,
    /// How many rounds, if not the usual number.
    pub rounds: Option<u32>,
    folder: TempDir,
    template: OnceCell<Template>,
}

/// A small county, and how its cases stand in peace.
struct Template {
    data: PathBuf,
    backup: PathBuf,
    password: String,
    cases: i64,
    calm: Calm,
}

impl Ground {
    /// A run's ground.
    ///
    /// # Errors
    /// When there is no program or no place for temporary files.
    pub fn new(binary: &Path, quick: bool, seed: u64, rounds: Option<u32>) -> Result<Ground, String> {
        let binary = binary.canonicalize().map_err(|error| format!("{}: {error}", binary.display()))?;
        let folder = tempfile::Builder::new().prefix("onedoor-fire-").tempdir();
        let folder = folder.map_err(|error| error.to_string())?;
        Ok(Ground { binary, quick, seed, rounds, folder, template: OnceCell::new() })
    }

    /// How many rounds: those asked for, or the usual number of this kind of run.
    #[must_use]
    pub fn rounds(&self, quick: u32, long: u32) -> u32 {
        self.rounds.unwrap_or(if self.quick { quick } else { long })
    }

    async fn template(&self) -> Result<&Template, String> {
        self.template.get_or_try_init(|| self.make_template()).await
    }

    async fn make_template(&self) -> Result<Template, String> {
        let data = self.folder.path().join("template");
        fs::create_dir_all(&data).map_err(|error| error.to_string())?;
        let how = self.how(&data, None)?;
        how.run_aside(&["demo", "--days", "1", "--matters", "12"]).await?;
        let accounts = fs::read_to_string(data.join("accounts.json")).map_err(|error| error.to_string())?;
        let accounts: serde_json::Value =
            serde_json::from_str(&accounts).map_err(|error| error.to_string())?;
        let password = accounts["password"].as_str().ok_or("the demo has no password")?.to_owned();
        let calm = Arc::new(calm(&how, &password).await?);
        let cases = Look::open(&how).await?.count_cases().await?;
        let backup = self.folder.path().join("template.backup");
        how.run_aside(&["backup", &backup.to_string_lossy()]).await?;
        Ok(Template { data, backup, password, cases, calm })
    }

    fn how(&self, data: &Path, database_url: Option<String>) -> Result<How, String> {
        Ok(How {
            binary: self.binary.clone(),
            data: data.to_owned(),
            database_url,
            address: free_address()?,
            log: data.with_extension("log"),
            disk: None,
            request_seconds: None,
            descriptors: None,
        })
    }

    /// A county of its own on SQLite.
    ///
    /// # Errors
    /// When it cannot be copied.
    pub async fn on_sqlite(&self, name: &str) -> Result<Site, String> {
        let data = self.folder.path().join(name);
        self.on_sqlite_in(&data).await
    }

    /// The same in a folder that the caller chose (and that may stand already, empty).
    ///
    /// # Errors
    /// As [`Ground::on_sqlite`].
    pub async fn on_sqlite_in(&self, data: &Path) -> Result<Site, String> {
        let template = self.template().await?;
        copy(&template.data, data).map_err(|error| error.to_string())?;
        self.site(template, self.how(data, None)?)
    }

    /// A county of its own on PostgreSQL: the template's backup restored there.
    ///
    /// # Errors
    /// When it cannot be restored.
    pub async fn on_postgres(&self, name: &str, cluster: &Cluster) -> Result<Site, String> {
        self.on_database(name, cluster.create(name)?).await
    }

    /// The same on any empty database.
    ///
    /// # Errors
    /// As [`Ground::on_postgres`].
    pub async fn on_database(&self, name: &str, url: String) -> Result<Site, String> {
        let template = self.template().await?;
        let data = self.folder.path().join(name);
        copy(&template.data.join("keys"), &data.join("keys")).map_err(|error| error.to_string())?;
        let how = self.how(&data, Some(url))?;
        how.run_aside(&["restore", &template.backup.to_string_lossy()]).await?;
        self.site(template, how)
    }

    fn site(&self, template: &Template, how: How) -> Result<Site, String> {
        let (password, calm) = (template.password.clone(), Arc::clone(&template.calm));
        Ok(Site { how, password, calm, base: template.cases })
    }

    /// A disk that fails on command, under a site's data folder.
    ///
    /// # Errors
    /// When there is no C compiler.
    pub fn disk(&self, site: &Site) -> Result<Disk, String> {
        let place = site.how.data.with_extension("disk");
        fs::create_dir_all(&place).map_err(|error| error.to_string())?;
        Disk::make(&place, &site.how.data)
    }

    /// A folder for whatever a fault needs.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// A county to burn.
pub struct Site {
    /// How its server is started.
    pub how: How,
    /// Every account's.
    pub password: String,
    /// How its cases stand in peace.
    pub calm: Calm,
    /// How many cases it begins with.
    pub base: i64,
}

/// Drives one matter through all steps with nobody else there, and tells how it stands after each.
async fn calm(how: &How, password: &str) -> Result<BTreeMap<i64, String>, String> {
    let server = how.serve().await?;
    let mut client = Client::new(server.address);
    let cast = Cast::gather(&mut client, password).await?;
    let look = Look::open(how).await?;
    let (mut case, mut version, mut stands) = (0, 0, BTreeMap::new());
    for step in 0..life::STEPS.len() {
        let key = Uuid::from_u64_pair(1, step as u64);
        let body = life::body(step, "calm", version, &cast.host);
        let answer = cast.send(&mut client, step, case, key, &body).await?;
        if !answer.status.is_success() {
            return Err(format!("{} in peace: {}", life::STEPS[step], answer.fault()));
        }
        if step == 0 {
            case = answer.json()["id"].as_str().and_then(|id| id.parse().ok()).ok_or("no id")?;
        }
        version += 1;
        let (stood, stand) = look.stands(vec![case]).await?.remove(&case).ok_or("the case is gone")?;
        if stood != version {
            return Err(format!("{} leaves version {stood} instead of {version}", life::STEPS[step]));
        }
        stands.insert(version, stand);
    }
    Ok(stands)
}

/// Copies a folder with everything in it.
///
/// # Errors
/// When something cannot be read or written.
pub fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// What a ledger says that needs no database: doubled answers, rejections, unclear errors.
pub fn said_by(ledger: &Ledger) -> Vec<String> {
    let rejected = ledger.rejected.iter().map(|(answer, n)| format!("{n} × rejected: {answer}"));
    let unclear = ledger.unclear.iter().map(|(answer, n)| format!("{n} × not a clear error: {answer}"));
    rejected.chain(unclear).collect()
}
