//! A private PostgreSQL with its own defaults (durability included), on a socket in a folder of its own.

use crate::process::{Usage, terminate, usage_of_family};
use std::{
    fs::{self, File},
    os::unix::{
        fs::{MetadataExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// A running server; it and its data are gone when the value is dropped.
pub struct Postgres {
    child: Child,
    base: tempfile::TempDir,
    /// Its version as it says itself.
    pub version: String,
}

impl Postgres {
    /// Makes a cluster and starts it.
    ///
    /// # Errors
    /// When PostgreSQL's server programs are missing, or it does not start.
    pub fn start() -> Result<Postgres, String> {
        let programs = programs().ok_or("PostgreSQL's server programs (initdb, postgres) are missing")?;
        // Not TMPDIR: a socket's path must be short.
        let base = tempfile::Builder::new().prefix("onedoor-bench-pg-").tempdir_in("/tmp").map_err(text)?;
        let owner = owner(base.path());
        if let Some((user, group)) = owner {
            chown(base.path(), Some(user), Some(group)).map_err(text)?;
        }
        let as_owner = |program: &str| {
            let mut command = Command::new(programs.join(program));
            if let Some((user, group)) = owner {
                command.uid(user).gid(group);
            }
            command.current_dir(base.path()).stdin(Stdio::null());
            command
        };
        let log = File::create(base.path().join("log")).map_err(text)?;
        let data = base.path().join("data");
        let made = as_owner("initdb")
            .args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-D"])
            .arg(&data)
            .stdout(log.try_clone().map_err(text)?)
            .stderr(log.try_clone().map_err(text)?)
            .status();
        if !made.is_ok_and(|status| status.success()) {
            return Err(format!(
                "initdb: {}",
                fs::read_to_string(base.path().join("log")).unwrap_or_default()
            ));
        }
        let child = as_owner("postgres")
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(base.path())
            .args(["-c", "listen_addresses="])
            .stdout(log.try_clone().map_err(text)?)
            .stderr(log)
            .spawn()
            .map_err(text)?;
        let mut started = Postgres { child, base, version: String::new() };
        started.version = started.wait()?;
        Ok(started)
    }

    fn wait(&mut self) -> Result<String, String> {
        for _ in 0..600 {
            if let Ok(mut client) = self.client("postgres") {
                let row = client.query_one("SHOW server_version", &[]).map_err(text)?;
                return Ok(row.get(0));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err(format!("PostgreSQL: {}", fs::read_to_string(self.base.path().join("log")).unwrap_or_default()))
    }

    /// A connection to one of its databases.
    ///
    /// # Errors
    /// When it refuses.
    pub fn client(&self, database: &str) -> Result<postgres::Client, postgres::Error> {
        let mut config = postgres::Config::new();
        config.host_path(self.base.path()).user("postgres").dbname(database);
        config.connect(postgres::NoTls)
    }

    /// Makes an empty database and gives its URL.
    ///
    /// # Errors
    /// When it refuses.
    pub fn create(&self, database: &str) -> Result<String, String> {
        self.client("postgres")
            .and_then(|mut client| client.batch_execute(&format!("CREATE DATABASE {database}")))
            .map_err(text)?;
        let host = self.base.path().display().to_string().replace('/', "%2F");
        Ok(format!("postgres://postgres@{host}/{database}"))
    }

    /// What the server and its children use.
    #[must_use]
    pub fn usage(&self) -> Usage {
        usage_of_family(self.child.id())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Fast shutdown: open sessions are ended.
        let _ = terminate(&mut self.child, "INT");
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// PostgreSQL refuses to run as root: then it runs as `postgres` or `nobody`.
pub fn owner(folder: &Path) -> Option<(u32, u32)> {
    let mine = fs::metadata(folder).map(|about| about.uid()).unwrap_or(0);
    if mine != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let find = |name: &str| {
        let fields: Vec<&str> =
            users.lines().map(|line| line.split(':').collect()).find(|f: &Vec<&str>| f[0] == name)?;
        Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
    };
    find("postgres").or_else(|| find("nobody"))
}

/// The folder of the server programs: on PATH, or where Debian keeps them.
pub fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let mut versions: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .collect();
    versions.sort();
    folders.extend(versions.into_iter().rev());
    folders.into_iter().find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
}
