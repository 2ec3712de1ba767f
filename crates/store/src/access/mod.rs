//! The access log: views, unmaskings, searches and exports of personal data, and administrative acts. Append-only.
//!
//! Invariant: an entry's hash covers everything it says in the open, the salted commitment to its purpose, its number and
//! the hash of its predecessor. Entries are numbered 1, 2, 3 … in one chain for the whole database. An entry is written
//! with its command; its number and hash come with the same commit on SQLite and right after it on PostgreSQL, so that no
//! command waits for another's (docs/decisions/0008).
//! Invariant: a stated purpose is free text and stands sealed under a key of its own; destroying the key erases it.

pub(crate) mod check;

use crate::{
    Conn, Run, StoreError, Timestamp, Tx,
    events::NewEvent,
    ms,
    schema::{access_log, counters, events as event_table},
    vault::{SealedPart, Vault},
};
use data_encoding::HEXLOWER;
use diesel::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// The kind of subject that the key of a purpose belongs to; the subject is the case, without one the entry.
const SUBJECT: &str = "access";
/// What the sealed text is called.
const PURPOSE: &str = "access.purpose";
/// The stream whose events carry the log's number and hash into the tree. No id is 0.
pub(crate) const STREAM: i64 = 0;
/// The kind of that stream, and the name of the counter that holds the last number.
const CHAIN: &str = "access_log";
/// Entries that are chained with one look.
const PORTION: i64 = 512;

/// One access.
#[derive(Clone, Debug)]
pub struct Access {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub account_id: Option<i64>,
    /// For which unit.
    pub unit_id: Option<i64>,
    /// `view`, `unmask`, `search`, `export`, `sign_in`, `sign_in_failed`, `admin` …
    pub action: &'static str,
    /// The case, if one.
    pub case_id: Option<i64>,
    /// What was accessed (no personal data).
    pub subject: String,
    /// The stated purpose; empty where none is asked. Kept sealed.
    pub purpose: String,
    /// `allowed` or `refused`.
    pub outcome: &'static str,
    /// The client's address.
    pub address: String,
}

impl Tx<'_> {
    /// Writes an access down.
    ///
    /// # Errors
    /// When the store fails.
    pub fn log_access(&mut self, access: Access) -> Result<(), StoreError> {
        let id = self.id()?;
        let purpose = self.seal_purpose(id, &access)?;
        let (key_id, sealed, commitment) = match purpose {
            Some(part) => (Some(part.key_id), part.sealed, part.commitment.to_vec()),
            None => (None, Vec::new(), Vec::new()),
        };
        diesel::insert_into(access_log::table)
            .values((
                access_log::id.eq(id),
                access_log::at.eq(ms(access.at)),
                access_log::account_id.eq(access.account_id),
                access_log::unit_id.eq(access.unit_id),
                access_log::action.eq(access.action),
                access_log::case_id.eq(access.case_id),
                access_log::subject.eq(&access.subject),
                access_log::outcome.eq(access.outcome),
                access_log::address.eq(&access.address),
                access_log::key_id.eq(key_id),
                access_log::purpose.eq(sealed),
                access_log::commitment.eq(commitment),
            ))
            .run(self.conn)?;
        self.state.accessed = true;
        Ok(())
    }

    fn seal_purpose(&mut self, entry: i64, access: &Access) -> Result<Option<SealedPart>, StoreError> {
        if access.purpose.is_empty() {
            return Ok(None);
        }
        let key_id = self.id()?;
        let vault = std::sync::Arc::clone(&self.state.vault);
        let key = vault.make_key(key_id)?;
        self.keep_key(&key, SUBJECT, access.case_id.unwrap_or(entry), access.at)?;
        Ok(Some(vault.seal_part(&key, PURPOSE, access.purpose.as_bytes())))
    }

    /// Erases the purposes that were stated for accesses to a case: they may name its people. The entries stand and the
    /// chain goes on verifying.
    ///
    /// # Errors
    /// When the store fails.
    pub fn erase_purposes(&mut self, case_id: i64) -> Result<usize, StoreError> {
        self.erase_subject(SUBJECT, case_id)
    }
}

/// The stated purposes of the entries `ids`; entries without one are left out, erased ones give `None`.
///
/// # Errors
/// [`StoreError::Unsealable`] for a purpose that was altered.
pub fn purposes(
    conn: &mut Conn,
    vault: &Vault,
    ids: &[i64],
) -> Result<HashMap<i64, Option<String>>, StoreError> {
    let mut found = HashMap::new();
    for ids in ids.chunks(500) {
        let rows: Vec<(i64, Option<i64>, Vec<u8>)> = access_log::table
            .filter(access_log::id.eq_any(ids))
            .filter(access_log::key_id.is_not_null())
            .select((access_log::id, access_log::key_id, access_log::purpose))
            .load(conn)?;
        let key_ids: Vec<i64> = rows.iter().filter_map(|(_, key, _)| *key).collect();
        let keys = vault.keys(conn, &key_ids)?;
        for (id, key, sealed) in rows {
            let text = match key.and_then(|key| keys.get(&key)) {
                Some(key) => {
                    Some(String::from_utf8_lossy(&vault.open_part(key, PURPOSE, &sealed)?).into_owned())
                }
                None => None,
            };
            found.insert(id, text);
        }
    }
    Ok(found)
}

/// An entry as it stands, with everything its hash covers.
#[derive(Queryable, Selectable)]
#[diesel(table_name = access_log)]
pub(crate) struct Entry {
    pub(crate) id: i64,
    at: i64,
    account_id: Option<i64>,
    unit_id: Option<i64>,
    action: String,
    case_id: Option<i64>,
    subject: String,
    outcome: String,
    address: String,
    pub(crate) key_id: Option<i64>,
    pub(crate) purpose: Vec<u8>,
    pub(crate) commitment: Vec<u8>,
    pub(crate) seq: Option<i64>,
    pub(crate) hash: Option<Vec<u8>>,
}

impl Entry {
    /// The hash as number `seq` after an entry with the hash `prev`. Every field is written with its length or presence,
    /// so no two entries have one encoding.
    pub(crate) fn hash(&self, seq: i64, prev: &[u8]) -> [u8; 32] {
        let mut sha = Sha256::new();
        sha.update(b"onedoor-access-1");
        for number in [seq, self.id, self.at] {
            sha.update(number.to_be_bytes());
        }
        for number in [self.account_id, self.unit_id, self.case_id, self.key_id] {
            sha.update([u8::from(number.is_some())]);
            sha.update(number.unwrap_or(0).to_be_bytes());
        }
        let texts = [&self.action, &self.subject, &self.outcome, &self.address];
        for bytes in texts.map(String::as_bytes).into_iter().chain([self.commitment.as_slice(), prev]) {
            sha.update((bytes.len() as u64).to_be_bytes());
            sha.update(bytes);
        }
        sha.finalize().into()
    }
}

/// What stands for the predecessor of the first entry.
pub(crate) fn genesis() -> Vec<u8> {
    Sha256::digest(b"onedoor-access-log-1").to_vec()
}

/// Gives numbers and hashes to the entries that have none. One at a time: the writer on SQLite, whoever holds the
/// sequencer's lock on PostgreSQL.
pub(crate) fn chain(conn: &mut Conn) -> Result<(), StoreError> {
    loop {
        let fresh: Vec<Entry> = access_log::table
            .filter(access_log::seq.is_null())
            .order(access_log::id)
            .limit(PORTION)
            .select(Entry::as_select())
            .load(conn)?;
        if fresh.is_empty() {
            return Ok(());
        }
        let (mut seq, mut hash) = tip(conn)?;
        for entry in &fresh {
            seq += 1;
            hash = entry.hash(seq, &hash).to_vec();
            diesel::update(access_log::table.find(entry.id))
                .set((access_log::seq.eq(seq), access_log::hash.eq(&hash)))
                .execute(conn)?;
        }
        crate::native!(conn, |conn| {
            diesel::insert_into(counters::table)
                .values((counters::name.eq(CHAIN), counters::value.eq(seq)))
                .on_conflict(counters::name)
                .do_update()
                .set(counters::value.eq(seq))
                .execute(conn)?
        });
        if fresh.len() < PORTION as usize {
            return Ok(());
        }
    }
}

/// The last number that was given, and the hash of the last entry that stands: an entry that is gone leaves a gap.
fn tip(conn: &mut Conn) -> Result<(i64, Vec<u8>), StoreError> {
    let last: Option<(Option<i64>, Option<Vec<u8>>)> = access_log::table
        .filter(access_log::seq.is_not_null())
        .order(access_log::seq.desc())
        .select((access_log::seq, access_log::hash))
        .first(conn)
        .optional()?;
    let (seq, hash) = match last {
        Some((Some(seq), Some(hash))) => (seq, hash),
        Some(_) | None => (0, genesis()),
    };
    Ok((seq.max(given(conn)?), hash))
}

/// The last number that was given.
pub(crate) fn given(conn: &mut Conn) -> Result<i64, StoreError> {
    let given: Option<i64> = counters::table.find(CHAIN).select(counters::value).first(conn).optional()?;
    Ok(given.unwrap_or(0))
}

/// Carries the chain's number and hash into the event log, if entries were added since: the next signed head covers them.
pub(crate) fn anchor(tx: &mut Tx<'_>, now: Timestamp) -> Result<(), StoreError> {
    tx.lock_name(CHAIN)?;
    let (seq, hash) = tip(tx.conn())?;
    let known = anchors(tx.conn())?.last().map_or(0, |anchor| anchor.0);
    if seq <= known {
        return Ok(());
    }
    tx.append(NewEvent {
        stream: STREAM,
        stream_kind: CHAIN,
        kind: "access_log.anchored",
        kind_version: 1,
        occurred_at: now,
        recorded_at: now,
        actor: None,
        actor_unit: None,
        public: serde_json::json!({ "seq": seq, "hash": HEXLOWER.encode(&hash) }),
        parts: Vec::new(),
    })?;
    Ok(())
}

/// The numbers and hashes that the event log says the chain had, oldest first.
pub(crate) fn anchors(conn: &mut Conn) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
    let rows: Vec<(i64, String)> = event_table::table
        .filter(event_table::stream.eq(STREAM))
        .order(event_table::seq)
        .select((event_table::id, event_table::public))
        .load(conn)?;
    let read = |(id, public): (i64, String)| {
        let corrupt = || StoreError::Corrupt { what: "event", detail: id.to_string() };
        let public: serde_json::Value = serde_json::from_str(&public).map_err(|_| corrupt())?;
        let hash = public["hash"].as_str().and_then(|text| HEXLOWER.decode(text.as_bytes()).ok());
        public["seq"].as_i64().zip(hash).ok_or_else(corrupt)
    };
    rows.into_iter().map(read).collect()
}
