//! A PostgreSQL of the kit's own, with its shipped durability, that can be killed, stopped and started again on its data.

use onedoor_bench::pg::{owner, programs};
use std::{
    fs::{self, File},
    net::SocketAddr,
    os::unix::{fs::chown, process::CommandExt as _},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;

/// The cluster; it and its data are gone when the value is dropped.
pub struct Cluster {
    programs: PathBuf,
    owner: Option<(u32, u32)>,
    base: TempDir,
    /// Where it listens (beside its socket).
    pub address: SocketAddr,
    child: Option<Child>,
}

impl Cluster {
    /// Makes a cluster and starts it; `None` where PostgreSQL's server programs are missing.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start() -> Result<Option<Cluster>, String> {
        let Some(programs) = programs() else { return Ok(None) };
        // Not TMPDIR: a socket's path must be short.
        let base = tempfile::Builder::new().prefix("onedoor-fire-pg-").tempdir_in("/tmp").map_err(text)?;
        let owner = owner(base.path());
        if let Some((user, group)) = owner {
            chown(base.path(), Some(user), Some(group)).map_err(text)?;
        }
        let address = crate::server::free_address()?;
        let mut cluster = Cluster { programs, owner, base, address, child: None };
        let made = cluster
            .program("initdb")
            .args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-D", "data"])
            .output()
            .map_err(text)?;
        if !made.status.success() {
            return Err(format!("initdb: {}", String::from_utf8_lossy(&made.stderr)));
        }
        cluster.up()?;
        Ok(Some(cluster))
    }

    fn program(&self, name: &str) -> Command {
        // The client may lie elsewhere than the server's programs.
        let beside = self.programs.join(name);
        let mut command = if beside.exists() { Command::new(beside) } else { Command::new(name) };
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        command.current_dir(self.base.path()).stdin(Stdio::null());
        command
    }

    /// Starts it on its data and waits until it answers (it may have to recover first).
    ///
    /// # Errors
    /// When it does not.
    pub fn up(&mut self) -> Result<(), String> {
        self.child = Some(self.spawn()?);
        let mut said = String::new();
        for _ in 0..1200 {
            match self.sql("postgres", "SELECT 1") {
                Ok(_) => return Ok(()),
                Err(why) => said = why,
            }
            // It refuses to start while an orphan of the killed one still holds its memory.
            if self.child.as_mut().is_some_and(|child| child.try_wait().is_ok_and(|ended| ended.is_some())) {
                self.child = Some(self.spawn()?);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err(format!(
            "PostgreSQL does not answer: {said} {}",
            crate::server::tail(&self.base.path().join("log"))
        ))
    }

    fn spawn(&self) -> Result<Child, String> {
        let log =
            File::options().create(true).append(true).open(self.base.path().join("log")).map_err(text)?;
        self.program("postgres")
            .args(["-D", "data", "-k"])
            .arg(self.base.path())
            .args(["-c", "listen_addresses=127.0.0.1", "-c", &format!("port={}", self.address.port())])
            .stdout(log.try_clone().map_err(text)?)
            .stderr(log)
            .spawn()
            .map_err(text)
    }

    /// Runs a statement.
    ///
    /// # Errors
    /// What `psql` says.
    pub fn sql(&self, database: &str, statement: &str) -> Result<String, String> {
        let output = self
            .program("psql")
            .args(["-X", "-q", "-t", "-A", "-U", "postgres", "-h"])
            .arg(self.base.path())
            .args(["-p", &self.address.port().to_string(), "-d", database, "-c", statement])
            .output()
            .map_err(text)?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }

    /// Makes an empty database and gives its URL over TCP.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(&self, database: &str) -> Result<String, String> {
        self.sql("postgres", &format!("CREATE DATABASE {database}"))?;
        Ok(self.url(database, self.address))
    }

    /// The URL of a database through an address (its own, or a wire that can be cut).
    #[must_use]
    pub fn url(&self, database: &str, through: SocketAddr) -> String {
        format!("postgres://postgres@{through}/{database}")
    }

    /// Kills the server and all its children at once (SIGKILL), as when the machine goes.
    ///
    /// # Errors
    /// When it is not running.
    pub fn kill(&mut self) -> Result<(), String> {
        let mut child = self.child.take().ok_or("PostgreSQL is not running")?;
        let pid = child.id();
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).map_err(text)?;
        let all: Vec<String> =
            std::iter::once(pid.to_string()).chain(children.split_whitespace().map(str::to_owned)).collect();
        Command::new("kill").arg("-9").args(&all).stderr(Stdio::null()).status().map_err(text)?;
        child.wait().map_err(text)?;
        // A child that was just being born may have been missed: it ends by itself when its parent is gone. Wait for all.
        for pid in &all {
            while fs::exists(format!("/proc/{pid}")).unwrap_or(false) {
                std::thread::sleep(Duration::from_millis(2));
            }
        }
        Ok(())
    }

    /// Stops the process that writes the log behind commits which do not wait for it.
    ///
    /// # Errors
    /// When there is none.
    pub fn halt_log_writer(&self) -> Result<(), String> {
        let of = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'";
        let pid = self.sql("postgres", of)?;
        Command::new("kill").args(["-STOP", &pid]).status().map(|_| ()).map_err(text)
    }

    /// Stops it (`INT`: open sessions are ended) and waits for the end.
    ///
    /// # Errors
    /// When it is not running or does not end.
    pub fn stop(&mut self) -> Result<(), String> {
        let mut child = self.child.take().ok_or("PostgreSQL is not running")?;
        Command::new("kill").args(["-INT", &child.id().to_string()]).status().map_err(text)?;
        child.wait().map(|_| ()).map_err(text)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self.stop();
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
