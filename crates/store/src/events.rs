//! The event log: append, hash chain per stream, read.
//!
//! Invariant: an event's hash covers its header, its public part, the commitments to its private parts and the hash of
//! its predecessor in the stream; the first event's predecessor is a hash of the stream's id and kind.

use crate::{
    Conn, Run, StoreError, Timestamp, Tx, at, ms,
    schema::{event_parts, events, streams},
    update,
    vault::SealedPart,
};
use diesel::prelude::*;
use sha2::{Digest, Sha256};

/// The hash algorithm, as `events.alg` names it.
pub(crate) const ALG: &str = "sha-256";

/// What a command says has happened.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// What the stream is about: the case id, account id, unit id … (ids are unique in the whole database).
    pub stream: i64,
    /// The kind of stream, used when it begins: `case`, `account`, `unit`, `rules` …
    pub stream_kind: &'static str,
    /// The event's type, `case.registered`; areas register theirs.
    pub kind: &'static str,
    /// The version of this type's form.
    pub kind_version: i64,
    /// When it happened (offline reports and replays: earlier than when it was recorded).
    pub occurred_at: Timestamp,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// The account that did it; `None` for the system or a citizen.
    pub actor: Option<i64>,
    /// The unit it was done for.
    pub actor_unit: Option<i64>,
    /// The public part: no personal data, no free text.
    pub public: serde_json::Value,
    /// Private parts, sealed before the transaction; the hash covers their salted commitments.
    pub parts: Vec<SealedPart>,
}

/// An event as it stands in the log.
#[derive(Clone, Debug)]
pub struct Event {
    /// Its id.
    pub id: i64,
    /// Its place in the order of all events; `None` until the sequencer has given it.
    pub position: Option<i64>,
    /// What it is about.
    pub stream: i64,
    /// Its number in the stream, from 1.
    pub seq: i64,
    /// Its type.
    pub kind: String,
    /// The version of the type's form.
    pub kind_version: i64,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Who did it.
    pub actor: Option<i64>,
    /// For which unit.
    pub actor_unit: Option<i64>,
    /// The public part.
    pub public: serde_json::Value,
    /// The hash.
    pub hash: Vec<u8>,
}

/// What an event's hash covers.
pub(crate) struct Hashed<'e> {
    pub(crate) id: i64,
    pub(crate) stream: i64,
    pub(crate) seq: i64,
    pub(crate) kind: &'e [u8],
    pub(crate) kind_version: i64,
    pub(crate) occurred_at: i64,
    pub(crate) recorded_at: i64,
    pub(crate) actor: Option<i64>,
    pub(crate) actor_unit: Option<i64>,
    pub(crate) public: &'e [u8],
    pub(crate) commitments: &'e [u8],
    pub(crate) prev_hash: &'e [u8],
}

impl Hashed<'_> {
    /// The hash. Every field is written with its length or presence, so no two events have one encoding.
    pub(crate) fn hash(&self) -> [u8; 32] {
        let mut sha = Sha256::new();
        sha.update(b"onedoor-event-1");
        for number in [self.id, self.stream, self.seq, self.kind_version, self.occurred_at, self.recorded_at]
        {
            sha.update(number.to_be_bytes());
        }
        for number in [self.actor, self.actor_unit] {
            sha.update([u8::from(number.is_some())]);
            sha.update(number.unwrap_or(0).to_be_bytes());
        }
        for bytes in [self.kind, self.public, self.commitments, self.prev_hash] {
            sha.update((bytes.len() as u64).to_be_bytes());
            sha.update(bytes);
        }
        sha.finalize().into()
    }
}

/// What stands for the predecessor of a stream's first event.
pub(crate) fn genesis(stream: i64, kind: &[u8]) -> [u8; 32] {
    Sha256::new()
        .chain_update(b"onedoor-stream-1")
        .chain_update(stream.to_be_bytes())
        .chain_update(kind)
        .finalize()
        .into()
}

/// The commitments as `events.commitments` holds them: length and bytes of the name, then 32 bytes, per part.
pub(crate) fn encode_commitments(parts: &[SealedPart]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(&(part.name.len() as u16).to_be_bytes());
        bytes.extend_from_slice(part.name.as_bytes());
        bytes.extend_from_slice(&part.commitment);
    }
    bytes
}

/// Reads what [`encode_commitments`] wrote.
pub(crate) fn decode_commitments(mut bytes: &[u8]) -> Option<Vec<(&[u8], [u8; 32])>> {
    let mut parts = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk::<2>()?;
        let (name, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        let (commitment, rest) = rest.split_first_chunk::<32>()?;
        parts.push((name, *commitment));
        bytes = rest;
    }
    Some(parts)
}

impl Tx<'_> {
    /// Empties an event's private parts, where their key also seals what must stay. Their commitments stay in the event:
    /// the chain verifies, and verification counts the parts as erased.
    pub fn erase_parts(&mut self, event_id: i64) -> Result<(), StoreError> {
        update(event_parts::table.filter(event_parts::event_id.eq(event_id)))
            .set((event_parts::key_id.eq(0), event_parts::sealed.eq(Vec::<u8>::new())))
            .run(self.conn)?;
        Ok(())
    }

    /// Appends an event to its stream's chain and returns its id.
    ///
    /// The stream stays locked until the transaction ends.
    pub fn append(&mut self, event: NewEvent) -> Result<i64, StoreError> {
        let id = self.id()?;
        let (seq, prev_hash) = self.stream_head(event.stream, event.stream_kind)?;
        let seq = seq + 1;
        let public = event.public.to_string();
        let commitments = encode_commitments(&event.parts);
        let hash = Hashed {
            id,
            stream: event.stream,
            seq,
            kind: event.kind.as_bytes(),
            kind_version: event.kind_version,
            occurred_at: ms(event.occurred_at),
            recorded_at: ms(event.recorded_at),
            actor: event.actor,
            actor_unit: event.actor_unit,
            public: public.as_bytes(),
            commitments: &commitments,
            prev_hash: &prev_hash,
        }
        .hash();
        let position = self.state.next_position;
        diesel::insert_into(events::table)
            .values((
                events::id.eq(id),
                events::position.eq(position),
                events::stream.eq(event.stream),
                events::seq.eq(seq),
                events::kind.eq(event.kind),
                events::kind_version.eq(event.kind_version),
                events::occurred_at.eq(ms(event.occurred_at)),
                events::recorded_at.eq(ms(event.recorded_at)),
                events::actor.eq(event.actor),
                events::actor_unit.eq(event.actor_unit),
                events::public.eq(&public),
                events::alg.eq(ALG),
                events::commitments.eq(&commitments),
                events::prev_hash.eq(&prev_hash),
                events::hash.eq(&hash[..]),
            ))
            .run(self.conn)?;
        update(streams::table.find(event.stream))
            .set((streams::seq.eq(seq), streams::head.eq(&hash[..])))
            .run(self.conn)?;
        for part in &event.parts {
            self.keep_part(id, part)?;
        }
        self.state.next_position = position.map(|position| position + 1);
        self.state.appended = true;
        Ok(id)
    }

    fn keep_part(&mut self, event_id: i64, part: &SealedPart) -> Result<(), StoreError> {
        diesel::insert_into(event_parts::table)
            .values((
                event_parts::event_id.eq(event_id),
                event_parts::name.eq(part.name),
                event_parts::key_id.eq(part.key_id),
                event_parts::sealed.eq(&part.sealed),
            ))
            .run(self.conn)?;
        Ok(())
    }

    /// The last number and hash of a stream, locked; begins the stream if it is new.
    fn stream_head(&mut self, stream: i64, kind: &str) -> Result<(i64, Vec<u8>), StoreError> {
        if let Some(head) = locked_head(self.conn, stream)? {
            return Ok(head);
        }
        let first = genesis(stream, kind.as_bytes());
        crate::native!(self.conn, |conn| {
            diesel::insert_into(streams::table)
                .values((
                    streams::id.eq(stream),
                    streams::kind.eq(kind),
                    streams::seq.eq(0),
                    streams::head.eq(&first[..]),
                ))
                .on_conflict_do_nothing()
                .execute(conn)?
        });
        locked_head(self.conn, stream)?.ok_or(StoreError::NotFound("stream"))
    }
}

fn locked_head(conn: &mut Conn, stream: i64) -> QueryResult<Option<(i64, Vec<u8>)>> {
    let head = streams::table.find(stream).select((streams::seq, streams::head));
    match conn {
        Conn::Sqlite(conn) => head.first(conn).optional(),
        Conn::Postgres(conn) => head.for_update().first(conn).optional(),
    }
}

#[derive(Queryable)]
struct Row {
    id: i64,
    position: Option<i64>,
    stream: i64,
    seq: i64,
    kind: String,
    kind_version: i64,
    occurred_at: i64,
    recorded_at: i64,
    actor: Option<i64>,
    actor_unit: Option<i64>,
    public: String,
    hash: Vec<u8>,
}

type Columns = (
    events::id,
    events::position,
    events::stream,
    events::seq,
    events::kind,
    events::kind_version,
    events::occurred_at,
    events::recorded_at,
    events::actor,
    events::actor_unit,
    events::public,
    events::hash,
);

const COLUMNS: Columns = (
    events::id,
    events::position,
    events::stream,
    events::seq,
    events::kind,
    events::kind_version,
    events::occurred_at,
    events::recorded_at,
    events::actor,
    events::actor_unit,
    events::public,
    events::hash,
);

fn read(rows: Vec<Row>) -> Result<Vec<Event>, StoreError> {
    rows.into_iter().map(Event::try_from).collect()
}

impl TryFrom<Row> for Event {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Event, StoreError> {
        let public = serde_json::from_str(&row.public)
            .map_err(|error| StoreError::Corrupt { what: "event", detail: format!("{}: {error}", row.id) })?;
        Ok(Event {
            id: row.id,
            position: row.position,
            stream: row.stream,
            seq: row.seq,
            kind: row.kind,
            kind_version: row.kind_version,
            occurred_at: at(row.occurred_at),
            recorded_at: at(row.recorded_at),
            actor: row.actor,
            actor_unit: row.actor_unit,
            public,
            hash: row.hash,
        })
    }
}

/// All events of a stream, oldest first.
pub fn of_stream(conn: &mut Conn, stream: i64) -> Result<Vec<Event>, StoreError> {
    of_stream_page(conn, stream, 0, i64::MAX)
}

/// Up to `limit` events of a stream after number `after_seq`, oldest first.
pub fn of_stream_page(
    conn: &mut Conn,
    stream: i64,
    after_seq: i64,
    limit: i64,
) -> Result<Vec<Event>, StoreError> {
    read(
        events::table
            .filter(events::stream.eq(stream).and(events::seq.gt(after_seq)))
            .order(events::seq)
            .limit(limit)
            .select(COLUMNS)
            .load(conn)?,
    )
}

/// Up to `limit` events after `position`, in order.
pub fn after(conn: &mut Conn, position: i64, limit: i64) -> Result<Vec<Event>, StoreError> {
    let rows = events::table
        .filter(events::position.gt(position))
        .order(events::position)
        .limit(limit)
        .select(COLUMNS);
    read(crate::native!(conn, |conn| rows.load(conn))?)
}

/// One event.
pub fn get(conn: &mut Conn, id: i64) -> Result<Event, StoreError> {
    let row: Option<Row> = events::table.find(id).select(COLUMNS).first(conn).optional()?;
    row.ok_or(StoreError::NotFound("event"))?.try_into()
}

/// The last position that is visible here; 0 for an empty log.
pub fn last_position(conn: &mut Conn) -> Result<i64, StoreError> {
    let last: Option<i64> = events::table.select(diesel::dsl::max(events::position)).first(conn)?;
    Ok(last.unwrap_or(0))
}

/// The sealed parts of an event (name, key id, sealed bytes): open them with the vault.
pub fn parts(conn: &mut Conn, event_id: i64) -> Result<Vec<(String, i64, Vec<u8>)>, StoreError> {
    Ok(event_parts::table
        .filter(event_parts::event_id.eq(event_id))
        .order(event_parts::name)
        .select((event_parts::name, event_parts::key_id, event_parts::sealed))
        .load(conn)?)
}
