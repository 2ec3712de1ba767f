//! `verify-log`: reads the whole log again and checks every hash, chain, private part, tile and signed head, and that
//! every case the log knows still stands; then the access log.

use crate::{
    Conn, Store, StoreError, access,
    dialect::{self, RawEvent},
    events::{self, Hashed},
    follow,
    schema::{cases, event_parts, streams, tree_tiles},
    tree::{
        self, Signers, TreeHead,
        merkle::{self, Growing, Hash},
    },
    vault::{Vault, open_committed},
};
use diesel::prelude::*;
use serde::Serialize;
use std::collections::{HashMap, HashSet, VecDeque};

/// Events read at a time.
const PAGE: i64 = 512;

/// The kind of the streams that tell what happened to a case; their ids are the cases' ids.
const CASE: &str = "case";

/// What the check of the log came to.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Events read.
    pub events: i64,
    /// Streams read.
    pub streams: i64,
    /// Private parts that were opened and agree with their event.
    pub parts: i64,
    /// Private parts whose key was erased.
    pub erased: i64,
    /// Signed heads that agree with the log, the given one included.
    pub heads: i64,
    /// Entries of the access log.
    pub accesses: i64,
    /// The first thing that is wrong; `None`: all is well.
    pub problem: Option<Problem>,
}

/// Something wrong with the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// What kind of thing, stable: `event.altered`, `event.missing`, `event.rewritten`, `event.unreadable`, `part.altered`,
    /// `part.missing`, `stream.altered`, `case.missing` (the log knows a case that is gone), `case.unrecorded` (a case the
    /// log does not know), `log.truncated`, `head.altered`, `head.unknown_key`, `tile.altered`, `database.damaged`; of the
    /// access log `access.altered`, `access.missing`, `access.rewritten`, `access.truncated`.
    pub code: &'static str,
    /// The event's place in the order of all events.
    pub position: Option<i64>,
    /// The event's id.
    pub event_id: Option<i64>,
    /// Its stream.
    pub stream: Option<i64>,
    /// In words, for the operator.
    pub text: String,
}

impl Problem {
    fn new(code: &'static str, text: impl Into<String>) -> Problem {
        Problem { code, position: None, event_id: None, stream: None, text: text.into() }
    }

    fn of(event: &RawEvent, code: &'static str, text: impl Into<String>) -> Problem {
        Problem {
            position: event.position,
            event_id: Some(event.id),
            stream: Some(event.stream),
            ..Problem::new(code, text)
        }
    }
}

/// Why a check ended: a problem in the log, or the check itself failed.
enum Stop {
    Problem(Problem),
    Error(StoreError),
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Stop {
        Stop::Problem(problem)
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Stop {
        Stop::Error(error)
    }
}

impl From<diesel::result::Error> for Stop {
    fn from(error: diesel::result::Error) -> Stop {
        Stop::Error(error.into())
    }
}

impl Store {
    /// Checks the log against itself, against the signed heads kept with it, and against `exported`: a head that was
    /// given to another party, which shows a truncated tail, a deleted case or a chain rewritten with fresh hashes even
    /// if heads and tiles were rewritten too.
    pub async fn verify(&self, exported: Option<TreeHead>) -> Result<Report, StoreError> {
        self.sequence().await?;
        let store = self.clone();
        self.read(move |conn| {
            let mut check = Check::new(store.vault(), store.signers());
            match check.run(conn, exported) {
                Ok(()) => {}
                Err(Stop::Problem(problem)) => check.report.problem = Some(problem),
                Err(Stop::Error(error)) => return Err(error),
            }
            Ok(check.report)
        })
        .await
    }
}

/// A stream: what its row says, and what its events say so far.
struct Stream {
    kind: String,
    claimed: (i64, Vec<u8>),
    seen: (i64, Vec<u8>),
}

struct Check<'s> {
    vault: &'s Vault,
    signers: &'s Signers,
    report: Report,
    streams: HashMap<i64, Stream>,
    heads: VecDeque<TreeHead>,
    tree: Growing,
    /// The tile at the lowest level that covers the next events.
    tile: Vec<Hash>,
    /// The roots of the full tiles of the lowest level.
    tile_roots: Vec<Hash>,
    tree_size: i64,
}

impl<'s> Check<'s> {
    fn new(vault: &'s Vault, signers: &'s Signers) -> Check<'s> {
        Check {
            vault,
            signers,
            report: Report::default(),
            streams: HashMap::new(),
            heads: VecDeque::new(),
            tree: Growing::default(),
            tile: Vec::new(),
            tile_roots: Vec::new(),
            tree_size: 0,
        }
    }

    fn run(&mut self, conn: &mut Conn, exported: Option<TreeHead>) -> Result<(), Stop> {
        self.load_streams(conn)?;
        self.load_heads(conn, exported)?;
        self.tree_size = follow::position(conn, tree::CURSOR)?;
        loop {
            let page = self.page(conn)?;
            for event in &page {
                self.check_event(event)?;
                self.check_leaf(conn, event)?;
                self.check_heads()?;
            }
            self.check_parts(conn, &page)?;
            if page.is_empty() {
                break;
            }
        }
        self.check_end(conn)
    }

    fn load_streams(&mut self, conn: &mut Conn) -> Result<(), Stop> {
        let rows: Vec<(i64, String, i64, Vec<u8>)> = streams::table.load(conn)?;
        for (id, kind, seq, head) in rows {
            let first = events::genesis(id, kind.as_bytes()).to_vec();
            self.streams.insert(id, Stream { kind, claimed: (seq, head), seen: (0, first) });
        }
        self.report.streams = self.streams.len() as i64;
        Ok(())
    }

    fn load_heads(&mut self, conn: &mut Conn, exported: Option<TreeHead>) -> Result<(), Stop> {
        let mut heads = tree::heads(conn)?;
        for head in &heads {
            if !head.is_signed() {
                return Err(bad_head(head, "its signature does not hold"));
            }
            if !self.signers.signed(head) {
                let text = format!("the tree head of size {} is signed by an unknown key", head.size);
                return Err(Problem::new("head.unknown_key", text).into());
            }
        }
        if let Some(head) = exported {
            if !head.is_signed() {
                return Err(bad_head(&head, "its signature does not hold"));
            }
            heads.push(head);
        }
        heads.sort_by_key(|head| head.size);
        self.heads = heads.into();
        Ok(())
    }

    /// The next events; one by one where a page cannot be read, so that the broken one is named.
    fn page(&mut self, conn: &mut Conn) -> Result<Vec<RawEvent>, Stop> {
        let done = self.report.events;
        let error = match dialect::raw_events(conn, done, PAGE) {
            Ok(page) => return Ok(page),
            Err(error) => error,
        };
        match conn {
            // After an error PostgreSQL answers nothing more in this transaction.
            Conn::Postgres(_) => Err(error.into()),
            Conn::Sqlite(_) => match dialect::raw_events(conn, done, 1) {
                Ok(one) if !one.is_empty() => Ok(one),
                _ => Err(Problem {
                    position: Some(done + 1),
                    ..Problem::new(
                        "event.unreadable",
                        format!("the event at position {} cannot be read: {error}", done + 1),
                    )
                }
                .into()),
            },
        }
    }

    fn check_event(&mut self, event: &RawEvent) -> Result<(), Stop> {
        let expected = self.report.events + 1;
        if event.position != Some(expected) {
            return Err(Problem {
                position: Some(expected),
                ..Problem::new("event.missing", format!("the event at position {expected} is missing"))
            }
            .into());
        }
        let Some(stream) = self.streams.get_mut(&event.stream) else {
            return Err(Problem::of(event, "stream.altered", "its stream is missing").into());
        };
        let hash = Hashed {
            id: event.id,
            stream: event.stream,
            seq: event.seq,
            kind: &event.kind,
            kind_version: event.kind_version,
            occurred_at: event.occurred_at,
            recorded_at: event.recorded_at,
            actor: event.actor,
            actor_unit: event.actor_unit,
            public: &event.public,
            commitments: &event.commitments,
            prev_hash: &event.prev_hash,
        }
        .hash();
        if event.alg != events::ALG.as_bytes() || event.hash != hash {
            return Err(Problem::of(event, "event.altered", "its hash does not hold").into());
        }
        if event.seq != stream.seen.0 + 1 {
            let text = format!("it is number {} after number {} of its stream", event.seq, stream.seen.0);
            return Err(Problem::of(event, "event.missing", text).into());
        }
        if event.prev_hash != stream.seen.1 {
            let text = format!("it does not follow on its predecessor in its stream ({})", stream.kind);
            return Err(Problem::of(event, "event.altered", text).into());
        }
        stream.seen = (event.seq, event.hash.clone());
        self.report.events = expected;
        Ok(())
    }

    /// Compares the event with the tree as it was built when the event was new.
    fn check_leaf(&mut self, conn: &mut Conn, event: &RawEvent) -> Result<(), Stop> {
        let at = (self.tree.size() % tree::TILE) as usize;
        let leaf = merkle::leaf(&event.hash);
        if (self.tree.size() as i64) < self.tree_size {
            if at == 0 {
                self.tile = tile(conn, 0, (self.tree.size() / tree::TILE) as i64)?;
            }
            if self.tile.get(at) != Some(&leaf) {
                return Err(Problem::of(event, "event.rewritten", "the tree holds another hash of it").into());
            }
        }
        self.tree.push(leaf);
        if at as u64 == tree::TILE - 1 && self.tile.len() as u64 == tree::TILE {
            self.tile_roots.push(tree::root_of_tile(&self.tile));
        }
        Ok(())
    }

    fn check_heads(&mut self) -> Result<(), Stop> {
        while let Some(head) = self.heads.front().filter(|head| head.size <= self.tree.size() as i64) {
            if head.root != self.tree.root() {
                return Err(bad_head(head, "the events up to there are not those it was signed for"));
            }
            self.report.heads += 1;
            self.heads.pop_front();
        }
        Ok(())
    }

    fn check_parts(&mut self, conn: &mut Conn, page: &[RawEvent]) -> Result<(), Stop> {
        let ids: Vec<i64> = page.iter().map(|event| event.id).collect();
        let rows: Vec<(i64, String, i64, Vec<u8>)> =
            event_parts::table.filter(event_parts::event_id.eq_any(&ids)).load(conn)?;
        let key_ids: Vec<i64> = rows.iter().map(|(_, _, key_id, _)| *key_id).collect();
        let keys = self.vault.keys(conn, &key_ids)?;
        let mut found: HashMap<_, _> =
            rows.into_iter().map(|(event, name, key_id, sealed)| ((event, name), (key_id, sealed))).collect();
        for event in page {
            let altered = |text: &str| Problem::of(event, "part.altered", text);
            let committed = events::decode_commitments(&event.commitments)
                .ok_or_else(|| altered("its commitments cannot be read"))?;
            for (name, commitment) in committed {
                let name = String::from_utf8_lossy(name).into_owned();
                let Some((key_id, sealed)) = found.remove(&(event.id, name.clone())) else {
                    let text = format!("its private part {name} is missing");
                    return Err(Problem::of(event, "part.missing", text).into());
                };
                let Some(key) = keys.get(&key_id) else {
                    self.report.erased += 1;
                    continue;
                };
                match open_committed(key, &name, &sealed) {
                    Ok((_, opened)) if opened == commitment => self.report.parts += 1,
                    _ => return Err(altered(&format!("its private part {name} was altered")).into()),
                }
            }
        }
        match found.keys().next() {
            None => Ok(()),
            Some((event, name)) => {
                let text = format!("{name} is no part of it");
                Err(Problem { event_id: Some(*event), ..Problem::new("part.altered", text) }.into())
            }
        }
    }

    fn check_end(&mut self, conn: &mut Conn) -> Result<(), Stop> {
        let size = self.report.events;
        if let Some(head) = self.heads.front() {
            let text =
                format!("a signed tree head covers {} events, but the log ends after {size}", head.size);
            return Err(Problem { position: Some(size + 1), ..Problem::new("log.truncated", text) }.into());
        }
        if self.tree_size > size {
            let text = format!("the tree covers {} events, but the log ends after {size}", self.tree_size);
            return Err(Problem { position: Some(size + 1), ..Problem::new("log.truncated", text) }.into());
        }
        let mut wrong: Vec<_> =
            self.streams.iter().filter(|(_, stream)| stream.claimed != stream.seen).collect();
        wrong.sort_by_key(|(id, _)| **id);
        if let Some((id, stream)) = wrong.first() {
            let (claimed, seen) = (stream.claimed.0, stream.seen.0);
            let (code, text) = if claimed == seen {
                ("stream.altered", format!("stream {id} ends with another hash than its last event"))
            } else {
                ("event.missing", format!("stream {id} has {seen} events, but its row says {claimed}"))
            };
            return Err(Problem { stream: Some(**id), ..Problem::new(code, text) }.into());
        }
        self.check_cases(conn)?;
        self.check_upper_tiles(conn)?;
        self.check_access(conn)?;
        if let Conn::Sqlite(conn) = conn
            && let Some(text) = dialect::sqlite::damage(conn)?
        {
            return Err(Problem::new("database.damaged", text).into());
        }
        Ok(())
    }

    /// Compares the streams of cases with the cases that stand; names the first that has only one of the two.
    fn check_cases(&mut self, conn: &mut Conn) -> Result<(), Stop> {
        let standing: Vec<i64> = cases::table.select(cases::id).load(conn)?;
        let standing: HashSet<i64> = standing.into_iter().collect();
        let logged = |id: &i64| self.streams.get(id).is_some_and(|stream| stream.kind == CASE);
        let gone = self
            .streams
            .iter()
            .filter(|(id, stream)| stream.kind == CASE && !standing.contains(*id))
            .map(|(id, _)| *id)
            .min();
        let found = match (gone, standing.iter().copied().filter(|id| !logged(id)).min()) {
            (Some(id), _) => (id, "case.missing", format!("case {id} is in the log, but was deleted")),
            (None, Some(id)) => (id, "case.unrecorded", format!("case {id} stands, but is not in the log")),
            (None, None) => return Ok(()),
        };
        let (id, code, text) = found;
        Err(Problem { stream: Some(id), ..Problem::new(code, text) }.into())
    }

    fn check_access(&mut self, conn: &mut Conn) -> Result<(), Stop> {
        let outcome = access::check::check(conn, self.vault)?;
        self.report.accesses = outcome.entries;
        self.report.erased += outcome.erased;
        match outcome.fault {
            None => Ok(()),
            Some((code, text)) => Err(Problem::new(code, text).into()),
        }
    }

    /// Compares the tiles above the lowest level with what the lowest level gives.
    fn check_upper_tiles(&mut self, conn: &mut Conn) -> Result<(), Stop> {
        let mut nodes = std::mem::take(&mut self.tile_roots);
        let mut level = 1;
        while !nodes.is_empty() {
            let mut above = Vec::new();
            for (idx, expected) in (0..).zip(nodes.chunks(tree::TILE as usize)) {
                if tile(conn, level, idx)? != expected {
                    let text = format!("tile {idx} of level {level} is not what the events give");
                    return Err(Problem::new("tile.altered", text).into());
                }
                if expected.len() as u64 == tree::TILE {
                    above.push(tree::root_of_tile(expected));
                }
            }
            nodes = above;
            level += 1;
        }
        Ok(())
    }
}

fn bad_head(head: &TreeHead, why: &str) -> Stop {
    let text = format!("the tree head of size {} does not hold: {why}", head.size);
    Problem { position: Some(head.size), ..Problem::new("head.altered", text) }.into()
}

fn tile(conn: &mut Conn, level: i64, idx: i64) -> Result<Vec<Hash>, StoreError> {
    let bytes: Option<Vec<u8>> =
        tree_tiles::table.find((level, idx)).select(tree_tiles::hashes).first(conn).optional()?;
    Ok(bytes.unwrap_or_default().as_chunks::<32>().0.to_vec())
}
