//! The measured programs as processes: the shipped binary and PostgreSQL, and what they use of the machine.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};
use tokio::time::Instant;

/// Ticks of the kernel's process clock a second (`USER_HZ`, 100 on every Linux there is).
const TICKS: f64 = 100.0;

/// What a process has used.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// Anonymous resident memory in MiB: what the program itself holds, file cache apart.
    pub anon_mib: f64,
    /// CPU seconds since its start.
    pub cpu_seconds: f64,
}

/// Reads what a process uses; nothing for one that is gone.
#[must_use]
pub fn usage(pid: u32) -> Usage {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let anon = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap_or("0");
    let kib: f64 = anon.trim().trim_end_matches(" kB").trim().parse().unwrap_or(0.0);
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name in brackets may hold blanks; what follows does not. User and system time are fields 14 and 15.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks: f64 = [11, 12].iter().filter_map(|at| fields.get(*at)?.parse::<f64>().ok()).sum();
    Usage { anon_mib: kib / 1024.0, cpu_seconds: ticks / TICKS }
}

/// Sums what a process and its children use (PostgreSQL serves every connection by a child).
#[must_use]
pub fn usage_of_family(pid: u32) -> Usage {
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    let pids = children.split_whitespace().filter_map(|child| child.parse().ok());
    pids.map(usage).fold(usage(pid), |sum, part| Usage {
        anon_mib: sum.anon_mib + part.anon_mib,
        cpu_seconds: sum.cpu_seconds + part.cpu_seconds,
    })
}

/// A running OneDoor.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// How long it took from the start of the process to the first answer.
    pub cold_start: Duration,
}

impl Server {
    /// Starts the binary on a data folder with its shipped settings and waits until it answers.
    ///
    /// # Errors
    /// When it ends or does not answer within a minute.
    pub async fn start(binary: &Path, data: &Path, database_url: Option<&str>) -> Result<Server, String> {
        let address = free_address()?;
        let log = fs::File::create(data.join("server.log")).map_err(|error| error.to_string())?;
        let binary = binary.canonicalize().map_err(|error| format!("{}: {error}", binary.display()))?;
        let mut command = Command::new(binary);
        command.args(["serve", "--listen", &address.to_string(), "--data"]).arg(data);
        if let Some(url) = database_url {
            command.args(["--database-url", url]);
        }
        // Settings of the one who measures must not slip in: not by variables, not by a file in the current folder.
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("ONEDOOR_")) {
            command.env_remove(name);
        }
        let errors = log.try_clone().map_err(|error| error.to_string())?;
        let begun = Instant::now();
        let child = command
            .current_dir(data)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .spawn()
            .map_err(|error| error.to_string())?;
        let mut server = Server { child, address, cold_start: Duration::ZERO };
        server.wait_for_answer(begun, data).await?;
        Ok(server)
    }

    async fn wait_for_answer(&mut self, begun: Instant, data: &Path) -> Result<(), String> {
        let log = || fs::read_to_string(data.join("server.log")).unwrap_or_default();
        while begun.elapsed() < Duration::from_secs(60) {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("the server ended ({status}): {}", log()));
            }
            if answers(self.address).await {
                self.cold_start = begun.elapsed();
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Err(format!("the server does not answer: {}", log()))
    }

    /// What it uses now.
    #[must_use]
    pub fn usage(&self) -> Usage {
        usage(self.child.id())
    }

    /// Asks it to stop and waits until it has.
    ///
    /// # Errors
    /// When it cannot be stopped.
    pub fn stop(mut self) -> Result<(), String> {
        terminate(&mut self.child, "TERM")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether the readiness route says that database and workers are there.
async fn answers(address: SocketAddr) -> bool {
    let Ok(mut sender) = crate::http::connect(address).await else { return false };
    let request = http::Request::get("/readyz")
        .header("host", address.to_string())
        .body(http_body_util::Full::default());
    let Ok(request) = request else { return false };
    sender.send_request(request).await.is_ok_and(|response| response.status().is_success())
}

/// Sends a signal and waits half a minute for the end; then there is no asking.
pub(crate) fn terminate(child: &mut Child, signal: &str) -> Result<(), String> {
    if let Ok(Some(_)) = child.try_wait() {
        return Ok(());
    }
    let sent = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status();
    if sent.is_ok_and(|status| status.success()) {
        for _ in 0..600 {
            if let Ok(Some(_)) = child.try_wait() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    child.kill().map_err(|error| error.to_string())?;
    child.wait().map(|_| ()).map_err(|error| error.to_string())
}

fn free_address() -> Result<SocketAddr, String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(|error| error.to_string())?;
    listener.local_addr().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_sees_what_it_uses_itself() {
        let used = usage(std::process::id());
        assert!(used.anon_mib > 0.1 && used.anon_mib < 4_096.0, "{used:?}");
        assert!(usage_of_family(std::process::id()).anon_mib >= used.anon_mib * 0.5);
        assert_eq!(usage(u32::MAX), Usage::default());
    }
}
