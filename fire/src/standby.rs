//! A hot standby as `docs/operations/high-availability.md` describes it: etcd, three PostgreSQL under Patroni and HAProxy, on loopback.
//! The files that it is made of are those of the document.

use crate::server::{free_address, tail};
use onedoor_bench::pg::{owner, programs};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    net::SocketAddr,
    os::unix::{fs::chown, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;
use tokio::time::Instant;

const ETCD: &str = include_str!("../../docs/operations/ha/etcd.yml");
const PATRONI: &str = include_str!("../../docs/operations/ha/patroni.yml");
const HAPROXY: &str = include_str!("../../docs/operations/ha/haproxy.cfg");

const NAMES: [&str; 3] = ["one", "two", "three"];
/// Only within a folder that is gone afterwards, and on loopback.
const PASSWORD: &str = "for-the-fire-only";
/// How long the three may need until all of them stand (again).
const ASSEMBLY: Duration = Duration::from_secs(120);

/// The programs that are not there, and without which there is no hot standby.
#[must_use]
pub fn missing() -> Vec<&'static str> {
    let mut missing: Vec<&str> =
        ["patroni", "etcd", "haproxy"].into_iter().filter(|name| find(name).is_none()).collect();
    if server_programs().is_none() {
        missing.push("postgresql");
    }
    missing
}

/// The folder of PostgreSQL's server programs, all of them: links elsewhere may be of some only.
fn server_programs() -> Option<PathBuf> {
    let initdb = programs()?.join("initdb").canonicalize().ok()?;
    initdb.parent().filter(|folder| folder.join("pg_controldata").exists()).map(Path::to_owned)
}

/// Where a program lies: on PATH, or where Debian keeps those of the administrator.
fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.extend(["/usr/sbin".into(), "/sbin".into()]);
    folders.into_iter().map(|folder| folder.join(name)).find(|program| program.exists())
}

/// One database server.
struct Node {
    name: &'static str,
    folder: PathBuf,
    postgres: SocketAddr,
    rest: SocketAddr,
    patroni: Option<Child>,
}

/// The whole of it; everything is gone when the value is dropped.
pub struct HotStandby {
    base: TempDir,
    owner: Option<(u32, u32)>,
    nodes: Vec<Node>,
    others: Vec<Child>,
    /// Where OneDoor finds the database, whoever the primary is.
    pub address: SocketAddr,
}

impl HotStandby {
    /// Starts everything and waits until there is a primary with two standbys.
    ///
    /// # Errors
    /// When something does not start.
    pub async fn start() -> Result<HotStandby, String> {
        let base = tempfile::Builder::new().prefix("onedoor-fire-ha-").tempdir_in("/tmp").map_err(text)?;
        let owner = owner(base.path());
        let address = free_address()?;
        let mut all = HotStandby { base, owner, nodes: Vec::new(), others: Vec::new(), address };
        all.own(all.base.path())?;
        let words = all.lay_out()?;
        all.launch("etcd", &["--config-file"], &all.write("etcd.yml", ETCD, &words)?)?;
        all.launch("haproxy", &["-db", "-f"], &all.write("haproxy.cfg", HAPROXY, &words)?)?;
        for at in 0..all.nodes.len() {
            all.begin(at)?;
        }
        all.whole().await?;
        Ok(all)
    }

    /// Folders, addresses and the files of every node; gives the words that the files of all share.
    fn lay_out(&mut self) -> Result<BTreeMap<String, String>, String> {
        let (etcd, peer) = (free_address()?, free_address()?);
        let bin = server_programs().ok_or("PostgreSQL's programs are missing")?;
        let shared = [
            ("NAME", "etcd".to_owned()),
            ("FOLDER", self.base.path().display().to_string()),
            ("ETCD", etcd.to_string()),
            ("ETCD_PEER", peer.to_string()),
            ("ETCD_CLUSTER", format!("etcd=http://{peer}")),
            ("ETCD_ALL", format!("\"{etcd}\"")),
            ("DATABASE", self.address.to_string()),
            ("PROGRAMS", bin.display().to_string()),
            ("PASSWORD", PASSWORD.to_owned()),
            ("NETWORK", "127.0.0.1/32".to_owned()),
        ];
        let mut words: BTreeMap<String, String> =
            shared.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        for name in NAMES {
            let folder = self.base.path().join(name);
            fs::create_dir(&folder).map_err(text)?;
            self.own(&folder)?;
            let (postgres, rest) = (free_address()?, free_address()?);
            words.insert(format!("POSTGRES_{}", name.to_uppercase()), postgres.to_string());
            words.insert(format!("REST_{}", name.to_uppercase()), rest.port().to_string());
            self.nodes.push(Node { name, folder, postgres, rest, patroni: None });
        }
        for node in &self.nodes {
            let mut own = words.clone();
            own.insert("NAME".into(), node.name.into());
            own.insert("FOLDER".into(), node.folder.display().to_string());
            own.insert("POSTGRES".into(), node.postgres.to_string());
            own.insert("REST".into(), node.rest.to_string());
            self.write(&format!("{}/patroni.yml", node.name), PATRONI, &own)?;
        }
        Ok(words)
    }

    /// Writes one of the document's files with its words filled in.
    fn write(&self, name: &str, file: &str, words: &BTreeMap<String, String>) -> Result<PathBuf, String> {
        let filled = words
            .iter()
            .fold(file.to_owned(), |text, (word, value)| text.replace(&format!("@{word}@"), value));
        let path = self.base.path().join(name);
        fs::write(&path, filled).map_err(text)?;
        self.own(&path)?;
        Ok(path)
    }

    fn own(&self, path: &Path) -> Result<(), String> {
        match self.owner {
            Some((user, group)) => chown(path, Some(user), Some(group)).map_err(text),
            None => Ok(()),
        }
    }

    fn spawn(&self, program: &str, args: &[&str], file: &Path) -> Result<Child, String> {
        let log = File::options().create(true).append(true).open(file.with_extension("log")).map_err(text)?;
        let mut command = Command::new(find(program).ok_or_else(|| format!("{program} is missing"))?);
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        command.args(args).arg(file).current_dir(self.base.path()).stdin(Stdio::null());
        command.stdout(log.try_clone().map_err(text)?).stderr(log).spawn().map_err(text)
    }

    fn launch(&mut self, program: &str, args: &[&str], file: &Path) -> Result<(), String> {
        let child = self.spawn(program, args, file)?;
        self.others.push(child);
        Ok(())
    }

    fn begin(&mut self, at: usize) -> Result<(), String> {
        let file = self.nodes[at].folder.join("patroni.yml");
        self.nodes[at].patroni = Some(self.spawn("patroni", &[], &file)?);
        Ok(())
    }

    /// Waits until there is a primary, two standbys follow it and one of them confirms every commit; gives how long that took.
    ///
    /// # Errors
    /// When that takes too long.
    pub async fn whole(&self) -> Result<Duration, String> {
        let begun = Instant::now();
        let follow = "SELECT count(*) = 2 AND bool_or(sync_state = 'sync') FROM pg_stat_replication WHERE state = 'streaming'";
        while begun.elapsed() < ASSEMBLY {
            if self.sql("postgres", follow).is_ok_and(|said| said == "t") {
                return Ok(begun.elapsed());
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        let logs: Vec<String> =
            self.nodes.iter().map(|node| tail(&node.folder.join("patroni.log"))).collect();
        Err(format!("the three do not come together: {}", logs.join("\n")))
    }

    /// Runs a statement where OneDoor would run it.
    ///
    /// # Errors
    /// What `psql` says.
    pub fn sql(&self, database: &str, statement: &str) -> Result<String, String> {
        self.psql(self.address, database, statement)
    }

    fn psql(&self, address: SocketAddr, database: &str, statement: &str) -> Result<String, String> {
        let beside = server_programs().unwrap_or_default().join("psql");
        let output = Command::new(if beside.exists() { beside } else { "psql".into() })
            .args([
                "-X",
                "-q",
                "-t",
                "-A",
                "-U",
                "postgres",
                "-h",
                "127.0.0.1",
                "-p",
                &address.port().to_string(),
            ])
            .args(["-d", database, "-c", statement])
            .envs([("PGPASSWORD", PASSWORD), ("PGCONNECT_TIMEOUT", "3")])
            .current_dir("/")
            .stdin(Stdio::null())
            .output()
            .map_err(text)?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }

    /// Makes a role and an empty database that it owns, and gives the URL that OneDoor is set to.
    ///
    /// # Errors
    /// When they cannot be made.
    pub fn create(&self, database: &str) -> Result<String, String> {
        self.sql("postgres", &format!("CREATE ROLE onedoor LOGIN PASSWORD '{PASSWORD}'"))?;
        self.sql("postgres", &format!("CREATE DATABASE {database} OWNER onedoor"))?;
        Ok(format!("postgres://onedoor:{PASSWORD}@{}/{database}", self.address))
    }

    /// Kills the primary as when its machine goes: Patroni, PostgreSQL and all its children at once (SIGKILL). Gives which it was.
    ///
    /// # Errors
    /// When there is none.
    pub fn kill_primary(&mut self) -> Result<usize, String> {
        let leads = |node: &Node| {
            self.psql(node.postgres, "postgres", "SELECT NOT pg_is_in_recovery()")
                .is_ok_and(|said| said == "t")
        };
        let at = self.nodes.iter().position(leads).ok_or("there is no primary")?;
        let node = &mut self.nodes[at];
        let mut patroni = node.patroni.take().ok_or("its Patroni is not running")?;
        let mut all = family(postmaster(&node.folder).ok_or("it has no process")?);
        all.push(patroni.id());
        signal("-9", &all)?;
        patroni.wait().map_err(text)?;
        gone(&all, Duration::from_secs(5));
        Ok(at)
    }

    /// Starts the one that was killed: it must come back as a standby. Gives how long it took until all three stood again.
    ///
    /// # Errors
    /// When it does not.
    pub async fn rejoin(&mut self, at: usize) -> Result<Duration, String> {
        self.begin(at)?;
        self.whole().await
    }
}

impl Drop for HotStandby {
    fn drop(&mut self) {
        for node in &mut self.nodes {
            if let Some(mut patroni) = node.patroni.take() {
                let _ = patroni.kill();
                let _ = patroni.wait();
            }
            // Not SIGKILL: PostgreSQL gives its shared memory back.
            if let Some(pid) = postmaster(&node.folder) {
                let all = family(pid);
                let _ = signal("-QUIT", &[pid]);
                gone(&all, Duration::from_secs(5));
            }
        }
        for child in &mut self.others {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The main process of a running PostgreSQL (Patroni is not its parent).
fn postmaster(folder: &Path) -> Option<u32> {
    let file = fs::read_to_string(folder.join("data/postmaster.pid")).ok()?;
    let pid: u32 = file.lines().next()?.trim().parse().ok()?;
    let said = fs::read_to_string(format!("/proc/{pid}/cmdline")).ok()?;
    said.contains("postgres").then_some(pid)
}

fn family(pid: u32) -> Vec<u32> {
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    std::iter::once(pid).chain(children.split_whitespace().filter_map(|child| child.parse().ok())).collect()
}

fn signal(which: &str, pids: &[u32]) -> Result<(), String> {
    let pids = pids.iter().map(u32::to_string);
    Command::new("kill").arg(which).args(pids).stderr(Stdio::null()).status().map(|_| ()).map_err(text)
}

/// Waits until none of these processes runs any more.
fn gone(pids: &[u32], patience: Duration) {
    let begun = Instant::now();
    let runs = |pid: &u32| {
        let state = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        !state.is_empty() && !state.contains(") Z ")
    };
    while pids.iter().any(runs) && begun.elapsed() < patience {
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_documents_files_is_one_that_the_kit_fills_in() {
        let known = [
            "NAME",
            "FOLDER",
            "ETCD",
            "ETCD_PEER",
            "ETCD_CLUSTER",
            "ETCD_ALL",
            "DATABASE",
            "PROGRAMS",
            "PASSWORD",
            "NETWORK",
            "POSTGRES",
            "REST",
            "POSTGRES_ONE",
            "POSTGRES_TWO",
            "POSTGRES_THREE",
            "REST_ONE",
            "REST_TWO",
            "REST_THREE",
        ];
        for file in [ETCD, PATRONI, HAPROXY] {
            let words: Vec<&str> = file.split('@').skip(1).step_by(2).collect();
            assert!(words.len() > 3 && words.iter().all(|word| known.contains(word)), "{words:?}");
        }
    }

    #[test]
    fn commits_wait_for_a_second_server() {
        for setting in
            ["synchronous_mode: true", "synchronous_mode_strict: true", "synchronous_commit: \"on\""]
        {
            assert!(PATRONI.lines().any(|line| line.trim() == setting), "{setting}");
        }
    }
}
