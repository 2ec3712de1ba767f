//! The program as it is called.
#![expect(clippy::disallowed_methods, reason = "the real program is measured in real time")]

use diesel::{Connection as _, RunQueryDsl as _, SqliteConnection};
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

fn onedoor(data: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_onedoor"));
    command.args(args).current_dir(data).env("ONEDOOR_DATA", data);
    for name in ["ONEDOOR_DATABASE_URL", "ONEDOOR_LISTEN", "ONEDOOR_CONFIG"] {
        command.env_remove(name);
    }
    command
}

fn run(data: &Path, args: &[&str]) -> Output {
    onedoor(data, args).output().expect("the program runs")
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A server that is ended with the test.
struct Server {
    child: Child,
    address: String,
    said: Vec<String>,
}

impl Server {
    fn start(data: &Path) -> Server {
        let address = free_address();
        let mut child = onedoor(data, &["serve", "--listen", &address])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program runs");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let mut said = Vec::new();
        for line in lines.by_ref() {
            let line = line.expect("text");
            let ready = line.contains("is ready at");
            said.push(line);
            if ready {
                break;
            }
        }
        Server { child, address, said }
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("the server listens");
        write!(stream, "GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("answered");
        answer
    }

    fn stop(mut self) {
        let pid = self.child.id().to_string();
        Command::new("kill").arg(&pid).status().expect("kill runs");
        let until = Instant::now() + Duration::from_secs(15);
        while self.child.try_wait().expect("a child").is_none() {
            assert!(Instant::now() < until, "the server did not stop");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").and_then(|probe| probe.local_addr()).expect("a free port").to_string()
}

#[test]
fn help_explains_every_subcommand() {
    let folder = tempfile::tempdir().unwrap();
    let help = text(&run(folder.path(), &["--help"]));
    let commands = help.split("Commands:").nth(1).and_then(|rest| rest.split("Options:").next()).unwrap();
    let names = [
        "serve",
        "demo",
        "import",
        "report",
        "verify-log",
        "export-head",
        "backup",
        "restore",
        "erase-person",
        "accounts",
        "openapi",
        "healthcheck",
    ];
    for name in names {
        let line = commands.lines().find(|line| line.trim_start().starts_with(name));
        let line = line.unwrap_or_else(|| panic!("{name} is missing:\n{help}"));
        assert!(line.trim().len() > name.len() + 20, "{name} explains nothing: {line}");
        assert!(run(folder.path(), &[name, "--help"]).status.success(), "{name} --help");
    }
}

#[test]
fn the_first_start_sets_a_county_up_and_the_second_is_quick() {
    let folder = tempfile::tempdir().unwrap();
    let first = Server::start(folder.path());
    for login in ["system", "security", "audit"] {
        assert!(
            first.said.iter().any(|line| line.trim_start().starts_with(login)),
            "{login}: {:?}",
            first.said
        );
    }
    assert!(first.get("/readyz").starts_with("HTTP/1.1 200"));
    let healthy = run(folder.path(), &["healthcheck", "--listen", &first.address]);
    assert!(healthy.status.success(), "{}", text(&healthy));
    let busy = run(folder.path(), &["serve", "--listen", &first.address]);
    assert!(!busy.status.success() && text(&busy).contains("in use"), "{}", text(&busy));
    first.stop();
    let watch = Instant::now();
    let second = Server::start(folder.path());
    let took = watch.elapsed();
    assert_eq!(second.said.len(), 1, "no password is shown twice: {:?}", second.said);
    assert!(took < Duration::from_secs(3), "a second start took {took:?}");
    second.stop();
}

#[test]
fn a_typing_error_in_the_settings_is_told() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("onedoor.toml"), "lisen = \"127.0.0.1:1\"\n").unwrap();
    let output = run(folder.path(), &["verify-log"]);
    assert!(!output.status.success() && text(&output).contains("lisen"), "{}", text(&output));
}

#[test]
fn an_altered_event_is_named() {
    let folder = tempfile::tempdir().unwrap();
    Server::start(folder.path()).stop();
    let head = folder.path().join("head.json");
    assert!(run(folder.path(), &["export-head", head.to_str().unwrap()]).status.success());
    let whole = run(folder.path(), &["verify-log", "--head", head.to_str().unwrap()]);
    assert!(whole.status.success() && text(&whole).starts_with("OK"), "{}", text(&whole));
    let event = flip_a_byte(&folder.path().join("onedoor.db"));
    let broken = run(folder.path(), &["verify-log"]);
    assert!(!broken.status.success(), "{}", text(&broken));
    assert!(
        text(&broken).contains(&format!("event {event}")),
        "event {event} is not named: {}",
        text(&broken)
    );
}

#[derive(diesel::QueryableByName)]
struct Found {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    id: i64,
}

/// Changes one byte of the public part of the third event and returns its id.
fn flip_a_byte(database: &Path) -> i64 {
    let mut conn = SqliteConnection::establish(database.to_str().expect("the database answers"))
        .expect("the database answers");
    let found: Found = diesel::sql_query("SELECT id FROM events ORDER BY position LIMIT 1 OFFSET 2")
        .get_result(&mut conn)
        .expect("the database answers");
    let changed = diesel::sql_query(
        "UPDATE events SET public = substr(public, 1, length(public) - 2) || '~' || substr(public, -1) WHERE id = ?",
    )
    .bind::<diesel::sql_types::BigInt, _>(found.id)
    .execute(&mut conn)
    .expect("the database answers");
    assert_eq!(changed, 1);
    found.id
}

#[test]
fn a_backup_is_put_back() {
    let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    Server::start(old.path()).stop();
    let file = old.path().join("copy.backup");
    let backup = run(old.path(), &["backup", file.to_str().unwrap()]);
    assert!(backup.status.success(), "{}", text(&backup));
    let again = run(old.path(), &["backup", file.to_str().unwrap()]);
    assert!(!again.status.success(), "a backup never overwrites");
    std::fs::create_dir_all(new.path().join("keys")).unwrap();
    for key in std::fs::read_dir(old.path().join("keys")).unwrap() {
        let key = key.unwrap();
        std::fs::copy(key.path(), new.path().join("keys").join(key.file_name())).unwrap();
    }
    let restore = run(new.path(), &["restore", file.to_str().unwrap()]);
    assert!(restore.status.success(), "{}", text(&restore));
    let verified = run(new.path(), &["verify-log"]);
    assert!(verified.status.success(), "{}", text(&verified));
    assert_eq!(run(old.path(), &["accounts", "list"]).stdout, run(new.path(), &["accounts", "list"]).stdout);
}

#[test]
fn nothing_is_verified_where_nothing_is() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["verify-log"]);
    assert!(!output.status.success() && text(&output).contains("no database"), "{}", text(&output));
}
