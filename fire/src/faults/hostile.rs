//! Clients that mean no good, beside those that work: silent connections, headers and bodies that never end, bodies that are far too
//! large. The server must stay small, refuse clearly, and serve the others.

use super::Bout;
use crate::{report::Row, server::is_ready, site::Ground};
use onedoor_bench::process::usage;
use std::{collections::BTreeMap, fs, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::Mutex,
    task::JoinSet,
    time::{Instant, timeout},
};

/// What a system gives a program as a rule: the server must get along with it.
const DESCRIPTORS: u32 = 1_024;
/// Connections of each kind.
const SILENT: usize = 1_500;
const SLOW_HEADERS: usize = 200;
const SLOW_BODIES: usize = 200;
const LARGE: usize = 24;
/// Bytes of a body that is far too large.
const LARGE_BYTES: usize = 10 * 1024 * 1024;
/// Somebody new must be served while it lasts within so long.
const PATIENCE: Duration = Duration::from_secs(20);
/// What the server may hold at most, in MiB, with a small county in it.
const MEMORY_MIB: f64 = 250.0;

/// Everything at once for a while, again and again.
///
/// # Errors
/// When the server ends, or the database cannot be read.
pub async fn clients(ground: &Ground, name: &'static str) -> Result<Row, String> {
    let mut site = ground.on_sqlite(name).await?;
    site.how.descriptors = Some(DESCRIPTORS);
    let how = site.how.clone();
    let mut server = how.serve().await?;
    let pid = server.id();
    let mut bout = Bout::begin(ground, name, site, &[how.address]).await?;
    let lasting = Duration::from_secs(if ground.quick { 15 } else { 60 });
    let mut seen = Seen::default();
    for _ in 0..ground.rounds(1, 5) {
        bout.burn(800.0, 1_500.0).await;
        let calm = descriptors(pid);
        let before = bout.load.ledger().acked.len();
        let mut crowd = Crowd::gather(how.address);
        for _ in 0..seen.outlast(lasting, pid, how.address).await {
            bout.row.faults.push(format!("somebody new was not served within {} s", PATIENCE.as_secs()));
        }
        let served = bout.load.ledger().acked.len() - before;
        seen.served += served;
        if served == 0 {
            bout.row.faults.push("those who work were not served while it lasted".into());
        }
        for (answer, times) in crowd.answers().await {
            if answer.starts_with('5') && !answer.starts_with("503") || answer == "200" {
                bout.row.faults.push(format!("{times} × a body far too large was answered {answer}"));
            }
            *seen.answers.entry(answer).or_default() += times;
        }
        drop(crowd);
        if let Some(status) = server.ended() {
            return Err(format!("the server ended ({status}): {}", crate::server::tail(&how.log)));
        }
        if !emptied(pid, calm).await {
            bout.row.faults.push(format!("{} descriptors stay, {calm} were open before", descriptors(pid)));
        }
        bout.compare(true).await?;
    }
    if seen.memory > MEMORY_MIB {
        bout.row.faults.push(format!("the server came to {:.0} MiB, more than {MEMORY_MIB}", seen.memory));
    }
    if !seen.answers.keys().any(|answer| answer.starts_with("413")) {
        bout.row.faults.push("no body that is far too large was refused as too large".into());
    }
    bout.row.notes.push(seen.told());
    let row = bout.end().await?;
    server.kill()?;
    Ok(row)
}

/// The worst of what was seen.
#[derive(Default)]
struct Seen {
    memory: f64,
    descriptors: usize,
    waited: Duration,
    served: usize,
    answers: BTreeMap<String, u32>,
}

impl Seen {
    fn look(&mut self, pid: u32) {
        self.memory = self.memory.max(usage(pid).anon_mib);
        self.descriptors = self.descriptors.max(descriptors(pid));
    }

    /// Watches for so long, with somebody new again and again; returns how many of those were not served.
    async fn outlast(&mut self, lasting: Duration, pid: u32, address: SocketAddr) -> u32 {
        let (begun, mut unserved) = (Instant::now(), 0);
        while begun.elapsed() < lasting {
            self.look(pid);
            let asked = Instant::now();
            unserved += u32::from(timeout(PATIENCE, newcomer(address)).await.is_err());
            self.waited = self.waited.max(asked.elapsed());
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        unserved
    }

    fn told(&self) -> String {
        let answers: Vec<String> =
            self.answers.iter().map(|(answer, times)| format!("{times} × {answer}")).collect();
        format!(
            "against {SILENT} silent connections, {SLOW_HEADERS} endless headers, {SLOW_BODIES} endless bodies and {LARGE} bodies of \
             {} MiB at a time: {} commands stood meanwhile, somebody new waited {:.1} s at worst, {:.0} MiB and {} of {DESCRIPTORS} \
             descriptors at most; large bodies were answered {}",
            LARGE_BYTES / 1024 / 1024,
            self.served,
            self.waited.as_secs_f64(),
            self.memory,
            self.descriptors,
            answers.join(", ")
        )
    }
}

/// Open files and connections of a process.
fn descriptors(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd")).map(Iterator::count).unwrap_or(0)
}

/// Whether the connections are let go of soon after their clients have.
async fn emptied(pid: u32, calm: usize) -> bool {
    for _ in 0..200 {
        if descriptors(pid) <= calm + 50 {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    false
}

/// Comes until served.
async fn newcomer(address: SocketAddr) {
    while !is_ready(address).await {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

type Answers = Arc<Mutex<BTreeMap<String, u32>>>;

/// Those who mean no good; they go when it is dropped, and come again until then.
struct Crowd {
    _tasks: JoinSet<()>,
    answers: Answers,
}

impl Crowd {
    fn gather(address: SocketAddr) -> Crowd {
        let (mut tasks, answers) = (JoinSet::new(), Answers::default());
        for number in 0..SILENT + SLOW_HEADERS + SLOW_BODIES {
            let says = match number {
                0..SLOW_HEADERS => "GET /api/v1/session HTTP/1.1\r\nhost: localhost\r\nx-slow: ",
                _ if number < SLOW_HEADERS + SLOW_BODIES => {
                    "POST /api/v1/session HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 900000\r\n\r\n{"
                }
                _ => "",
            };
            tasks.spawn(async move {
                loop {
                    let _ = drip(address, says).await;
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            });
        }
        for _ in 0..LARGE {
            let answers = Arc::clone(&answers);
            tasks.spawn(async move {
                loop {
                    if let Ok(Ok(answer)) = timeout(PATIENCE, large(address)).await {
                        *answers.lock().await.entry(answer).or_default() += 1;
                    }
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
            });
        }
        Crowd { _tasks: tasks, answers }
    }

    async fn answers(&mut self) -> BTreeMap<String, u32> {
        std::mem::take(&mut *self.answers.lock().await)
    }
}

/// Says something and then a byte a second, or nothing at all, until the server has enough.
async fn drip(address: SocketAddr, says: &str) -> std::io::Result<()> {
    let mut stream = timeout(PATIENCE, TcpStream::connect(address)).await??;
    stream.write_all(says.as_bytes()).await?;
    let mut answer = [0; 1024];
    loop {
        match timeout(Duration::from_secs(1), stream.read(&mut answer)).await {
            Ok(Ok(0) | Err(_)) => return Ok(()),
            Ok(Ok(_)) => {}
            Err(_) if says.is_empty() => {}
            Err(_) => stream.write_all(b"x").await?,
        }
    }
}

/// Sends a body that is far too large; gives status and code of the answer, or what happened instead.
async fn large(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let head = format!(
        "POST /api/v1/session HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n{{\"login\":\"",
        LARGE_BYTES + 10
    );
    stream.write_all(head.as_bytes()).await?;
    let (mut from, mut to) = stream.into_split();
    // Without its last bytes, so that bodies that are kept are kept together.
    let sending = tokio::spawn(async move {
        let block = vec![b'x'; 64 * 1024];
        for _ in 0..LARGE_BYTES / block.len() {
            to.write_all(&block).await?;
        }
        tokio::time::sleep(Duration::from_secs(5)).await;
        to.write_all(b"xxxxxxxx\"}").await
    });
    let mut answer = Vec::new();
    // The server may close while the body is still on its way: what it said before counts.
    let _ = from.read_to_end(&mut answer).await;
    sending.abort();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split_whitespace().nth(1).unwrap_or("nothing");
    let code = answer.split("\"code\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or("");
    Ok(format!("{status} {code}").trim().to_owned())
}
