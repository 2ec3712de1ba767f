//! The program under fire, as a process that is started, killed and started again on one address.

use crate::disk::Disk;
use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::Instant,
};

/// How to start the program.
#[derive(Clone, Debug)]
pub struct How {
    /// The program.
    pub binary: PathBuf,
    /// The data folder.
    pub data: PathBuf,
    /// PostgreSQL instead of the file in it.
    pub database_url: Option<String>,
    /// Where it listens.
    pub address: SocketAddr,
    /// Where its output goes.
    pub log: PathBuf,
    /// The disk it writes to, when that is to fail.
    pub disk: Option<Disk>,
    /// The longest that a request may take, in seconds; the shipped setting when absent.
    pub request_seconds: Option<u64>,
    /// How many files it may have open; what the kit itself may when absent.
    pub descriptors: Option<u32>,
}

impl How {
    /// A command of the program on this data, without the settings of whoever runs the kit.
    #[must_use]
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = match self.descriptors {
            None => Command::new(&self.binary),
            Some(most) => {
                let mut shell = Command::new("sh");
                shell.args(["-c", &format!("ulimit -Sn {most}; exec \"$0\" \"$@\"")]).arg(&self.binary);
                shell
            }
        };
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("ONEDOOR_")) {
            command.env_remove(name);
        }
        command.arg("--data").arg(&self.data).current_dir(&self.data).stdin(Stdio::null());
        if let Some(url) = &self.database_url {
            command.args(["--database-url", url]);
        }
        command.args(args);
        command
    }

    /// Runs a command of the program to its end and gives what it said.
    ///
    /// # Errors
    /// What it said when it failed.
    pub fn run(&self, args: &[&str]) -> Result<String, String> {
        let output = self.command(args).output().map_err(|error| error.to_string())?;
        let said =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        if output.status.success() { Ok(said) } else { Err(format!("{args:?}: {}", said.trim())) }
    }

    /// The same without holding up those who wait.
    ///
    /// # Errors
    /// As [`How::run`].
    pub async fn run_aside(&self, args: &[&str]) -> Result<String, String> {
        let (how, args) = (self.clone(), args.iter().map(ToString::to_string).collect::<Vec<_>>());
        let run = move || how.run(&args.iter().map(String::as_str).collect::<Vec<_>>());
        tokio::task::spawn_blocking(run).await.map_err(|error| error.to_string())?
    }

    /// Starts the server and waits until it answers.
    ///
    /// # Errors
    /// When it ends or stays silent for a minute.
    pub async fn serve(&self) -> Result<Server, String> {
        let server = self.launch()?;
        server.wait().await
    }

    /// Starts the server without waiting.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn launch(&self) -> Result<Server, String> {
        let log = fs::OpenOptions::new().create(true).append(true).open(&self.log);
        let log = log.map_err(|error| format!("{}: {error}", self.log.display()))?;
        let mut command = self.command(&["serve", "--listen", &self.address.to_string()]);
        command.env("ONEDOOR_LOG__LEVEL", "warn");
        if let Some(seconds) = self.request_seconds {
            command.env("ONEDOOR_LIMITS__REQUEST_SECONDS", seconds.to_string());
        }
        if let Some(disk) = &self.disk {
            disk.under(&mut command);
        }
        let errors = log.try_clone().map_err(|error| error.to_string())?;
        let child = command.stdout(log).stderr(errors).spawn().map_err(|error| error.to_string())?;
        Ok(Server { child, address: self.address, log: self.log.clone() })
    }
}

/// The running program.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    log: PathBuf,
}

impl Server {
    /// Its process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it says that it is ready.
    ///
    /// # Errors
    /// When it ends or stays silent for a minute.
    pub async fn wait(mut self) -> Result<Server, String> {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(60) {
            if let Some(status) = self.ended() {
                return Err(format!("the server ended ({status}): {}", tail(&self.log)));
            }
            if is_ready(self.address).await {
                return Ok(self);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Err(format!("the server does not answer: {}", tail(&self.log)))
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<String> {
        self.child.try_wait().ok().flatten().map(|status| status.to_string())
    }

    /// Kills it without a warning (SIGKILL).
    ///
    /// # Errors
    /// When there is nothing to kill: it had ended by itself.
    pub fn kill(&mut self) -> Result<(), String> {
        if let Some(status) = self.ended() {
            return Err(format!("the server had ended by itself ({status}): {}", tail(&self.log)));
        }
        self.child.kill().and_then(|()| self.child.wait()).map(|_| ()).map_err(|error| error.to_string())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether database and workers are there.
pub async fn is_ready(address: SocketAddr) -> bool {
    let asked = async {
        let mut stream = TcpStream::connect(address).await.ok()?;
        let request = b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        stream.write_all(request).await.ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.ok()?;
        Some(answer.starts_with(b"HTTP/1.1 200"))
    };
    tokio::time::timeout(Duration::from_secs(2), asked).await.ok().flatten().unwrap_or(false)
}

/// The last lines of a log.
#[must_use]
pub fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(8)..].join("\n")
}

/// An address of this machine that nobody listens on.
///
/// # Errors
/// When there is none.
pub fn free_address() -> Result<SocketAddr, String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(|error| error.to_string())?;
    listener.local_addr().map_err(|error| error.to_string())
}
