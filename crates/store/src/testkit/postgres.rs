//! A private PostgreSQL server, shared by all test processes of a run.
//!
//! The first process that needs it starts it; every process holds a shared lock on `lease` for its life; a guardian (a
//! small shell loop) stops the server and removes everything when nobody has held the lease for a while. Whoever starts
//! or stops holds `start.lock`, so the two never meet.

use crate::{Conn, migrate::migrate};
use diesel::{Connection, PgConnection, RunQueryDsl, connection::SimpleConnection};
use std::{
    fs::{self, File},
    os::unix::{
        fs::{DirBuilderExt, MetadataExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    thread::sleep,
    time::Duration,
};

/// Seconds without a user after which the guardian stops the server.
const IDLE_SECONDS: u32 = 30;

const GUARDIAN: &str = r#"
cd "$1" || exit 0
exec 7<>guardian.lock
flock -n -x 7 || exit 0
idle=0
while sleep 2; do
  [ -e lease ] || exit 0
  exec 8<>start.lock 9<>lease
  if flock -n -x 8 && flock -n -x 9; then
    idle=$((idle + 2))
    if [ "$idle" -ge "$2" ]; then
      server=$(head -n 1 data/postmaster.pid)
      kill -QUIT "$server"
      while kill -0 "$server"; do sleep 0.1; done
      cd / && rm -rf "$1"
      exit 0
    fi
  else
    idle=0
  fi
  exec 8>&- 9>&-
done
"#;

/// A database of its own, dropped with this value.
pub(super) struct Database {
    pub(super) url: String,
    name: String,
}

impl Database {
    /// Copies the template into a new database; starts the server if need be.
    pub(super) fn create() -> Database {
        static TURN: AtomicU32 = AtomicU32::new(0);
        let server = Server::get();
        let turn = TURN.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{turn}", std::process::id());
        let mut admin = server.connect("postgres").expect("the server was just seen");
        let template = template_name();
        admin
            .batch_execute(&format!("DROP DATABASE IF EXISTS {name}; "))
            .and_then(|()| admin.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {template}")))
            .expect("the template can be copied");
        Database { url: server.url(&name), name }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Some(mut admin) = Server::get().connect("postgres") else { return };
        let end =
            format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'", self.name);
        for _ in 0..50 {
            let dropped = diesel::sql_query(&end)
                .execute(&mut admin)
                .and_then(|_| admin.batch_execute(&format!("DROP DATABASE IF EXISTS {}", self.name)));
            if dropped.is_ok() {
                return;
            }
            sleep(Duration::from_millis(50));
        }
    }
}

fn template_name() -> String {
    format!("template_{}", env!("ONEDOOR_SCHEMA_FINGERPRINT"))
}

/// The running server, for the life of this process.
struct Server {
    base: PathBuf,
    _lease: File,
}

impl Server {
    fn get() -> &'static Server {
        static SERVER: OnceLock<Server> = OnceLock::new();
        SERVER.get_or_init(Server::ensure)
    }

    fn url(&self, database: &str) -> String {
        let host = self.base.to_str().expect("a path in UTF-8").replace('/', "%2F");
        format!("postgres://postgres@{host}/{database}")
    }

    fn connect(&self, database: &str) -> Option<PgConnection> {
        PgConnection::establish(&self.url(database)).ok()
    }

    /// Finds or starts the server and makes the template.
    fn ensure() -> Server {
        let programs = programs().expect(
            "PostgreSQL's server programs (initdb, postgres) are needed to test: install postgresql, put them on PATH, \
             or set ONEDOOR_TEST_SQLITE_ONLY=1",
        );
        let owner = Owner::find();
        let (base, starting) = lock_base(&owner);
        let lease = open_lock(&base.join("lease"));
        lease.lock_shared().expect("the lease can be held");
        let server = Server { base, _lease: lease };
        if server.connect("postgres").is_none() {
            server.start(&programs, &owner);
        }
        server.make_template();
        server.guard();
        drop(starting);
        server
    }

    #[expect(clippy::zombie_processes, reason = "the server outlives this process")]
    fn start(&self, programs: &Path, owner: &Owner) {
        let data = self.base.join("data");
        if data.exists() {
            fs::remove_dir_all(&data).expect("the remains of a dead server can be removed");
        }
        let log = File::create(self.base.join("log")).expect("a log file");
        let done = owner
            .run(programs.join("initdb"))
            .args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N", "-D"])
            .arg(&data)
            .current_dir(&self.base)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a second handle"))
            .stderr(log.try_clone().expect("a second handle"))
            .status()
            .expect("initdb can be run");
        assert!(done.success(), "initdb failed, see {}/log", self.base.display());
        owner
            .run(programs.join("postgres"))
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(&self.base)
            .args(["-c", "listen_addresses=", "-c", "fsync=off", "-c", "full_page_writes=off"])
            .args(["-c", "synchronous_commit=off", "-c", "max_connections=300", "-c", "autovacuum=off"])
            .args(["-c", "deadlock_timeout=200ms"])
            .current_dir(&self.base)
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a second handle"))
            .stderr(log)
            .spawn()
            .expect("postgres can be run");
        for _ in 0..600 {
            if self.connect("postgres").is_some() {
                return;
            }
            sleep(Duration::from_millis(50));
        }
        panic!("PostgreSQL does not answer, see {}/log", self.base.display());
    }

    fn make_template(&self) {
        let name = template_name();
        if self.connect(&name).is_some() {
            return;
        }
        let mut admin = self.connect("postgres").expect("the server answers");
        let draft = format!("{name}_draft");
        admin
            .batch_execute(&format!("DROP DATABASE IF EXISTS {draft}"))
            .expect("an old draft can be dropped");
        admin.batch_execute(&format!("CREATE DATABASE {draft}")).expect("a database can be created");
        let mut conn = Conn::Postgres(self.connect(&draft).expect("the draft answers"));
        migrate(&mut conn).expect("the migrations run");
        drop(conn);
        for _ in 0..100 {
            if admin.batch_execute(&format!("ALTER DATABASE {draft} RENAME TO {name}")).is_ok() {
                return;
            }
            sleep(Duration::from_millis(50));
        }
        panic!("the template cannot be named");
    }

    /// Starts a guardian unless one is watching.
    #[expect(clippy::zombie_processes, reason = "the guardian outlives this process")]
    fn guard(&self) {
        let lock = open_lock(&self.base.join("guardian.lock"));
        if lock.try_lock().is_err() {
            return;
        }
        drop(lock);
        Command::new("sh")
            .args(["-c", GUARDIAN, "guardian"])
            .arg(&self.base)
            .arg(IDLE_SECONDS.to_string())
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell can be run");
    }
}

/// The server's folder, made if need be, and the lock on starting and stopping.
fn lock_base(owner: &Owner) -> (PathBuf, File) {
    let base = base(owner);
    loop {
        match fs::DirBuilder::new().mode(0o700).create(&base) {
            Ok(()) => owner.own(&base),
            Err(error) => assert!(base.is_dir(), "{} cannot be made: {error}", base.display()),
        }
        let file = base.join("start.lock");
        let Ok(lock) = File::options().read(true).append(true).create(true).open(&file) else { continue };
        lock.lock().expect("start.lock can be locked");
        // The guardian may have removed everything while this process waited.
        let still_there = fs::metadata(&file).map(|about| about.ino()).ok();
        if still_there == lock.metadata().map(|about| about.ino()).ok() {
            return (base, lock);
        }
    }
}

/// One server per checkout and user.
fn base(owner: &Owner) -> PathBuf {
    let mut name = 0xcbf2_9ce4_8422_2325_u64;
    for byte in env!("CARGO_MANIFEST_DIR").bytes() {
        name = (name ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    }
    // Not TMPDIR: a socket's path must be short.
    PathBuf::from(format!("/tmp/onedoor-test-pg-{}-{name:016x}", owner.me))
}

fn open_lock(file: &Path) -> File {
    File::options().read(true).append(true).create(true).open(file).expect("a lock file can be made")
}

/// Who runs the server: PostgreSQL refuses to run as root.
struct Owner {
    me: u32,
    other: Option<(u32, u32)>,
}

impl Owner {
    fn find() -> Owner {
        let me = tempfile::tempfile().and_then(|file| file.metadata()).map(|about| about.uid()).unwrap_or(0);
        if me != 0 {
            return Owner { me, other: None };
        }
        let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let find = |name: &str| {
            let fields: Vec<&str> =
                users.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|f| f[0] == name)?;
            Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
        };
        let other = find("postgres").or_else(|| find("nobody"));
        Owner { me, other: Some(other.expect("root needs a user postgres or nobody to run PostgreSQL as")) }
    }

    fn own(&self, folder: &Path) {
        if let Some((user, group)) = self.other {
            chown(folder, Some(user), Some(group)).expect("root may give a folder away");
        }
    }

    fn run(&self, program: PathBuf) -> Command {
        let mut command = Command::new(program);
        if let Some((user, group)) = self.other {
            command.uid(user).gid(group);
        }
        command
    }
}

/// The folder of the server programs: on PATH, or where Debian and others keep them.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    for root in ["/usr/lib/postgresql", "/usr/local/opt", "/opt/homebrew/opt", "/usr"] {
        let mut found: Vec<PathBuf> = fs::read_dir(root)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path().join("bin"))
            .collect();
        found.sort();
        folders.extend(found.into_iter().rev());
    }
    folders.into_iter().find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
}
