//! The part of `verify-log` that reads the access log.

use super::{Entry, PURPOSE, anchors, genesis, given};
use crate::{
    Conn, StoreError,
    schema::access_log,
    vault::{DataKey, Vault, open_committed},
};
use diesel::prelude::*;
use std::collections::{HashMap, VecDeque};

/// Entries read at a time.
const PAGE: i64 = 512;

/// What the check came to.
#[derive(Default)]
pub(crate) struct Outcome {
    /// Entries read.
    pub(crate) entries: i64,
    /// Purposes whose key was erased.
    pub(crate) erased: i64,
    /// What is wrong, if something is: a stable code, and words for the operator.
    pub(crate) fault: Option<(&'static str, String)>,
}

/// Reads the whole access log: numbers, chain, purposes, and what the event log says of it.
pub(crate) fn check(conn: &mut Conn, vault: &Vault) -> Result<Outcome, StoreError> {
    let mut reading =
        Reading { hash: genesis(), anchors: anchors(conn)?.into(), outcome: Outcome::default() };
    while reading.outcome.fault.is_none() {
        let page: Vec<Entry> = access_log::table
            .filter(access_log::seq.gt(reading.outcome.entries))
            .order(access_log::seq)
            .limit(PAGE)
            .select(Entry::as_select())
            .load(conn)?;
        if page.is_empty() {
            reading.end(given(conn)?);
            break;
        }
        let key_ids: Vec<i64> = page.iter().filter_map(|entry| entry.key_id).collect();
        let keys = vault.keys(conn, &key_ids)?;
        for entry in &page {
            reading.entry(entry, &keys);
            if reading.outcome.fault.is_some() {
                break;
            }
        }
    }
    Ok(reading.outcome)
}

struct Reading {
    hash: Vec<u8>,
    anchors: VecDeque<(i64, Vec<u8>)>,
    outcome: Outcome,
}

impl Reading {
    fn entry(&mut self, entry: &Entry, keys: &HashMap<i64, DataKey>) {
        let expected = self.outcome.entries + 1;
        if entry.seq != Some(expected) {
            let text = format!("entry {expected} of the access log is missing");
            self.outcome.fault = Some(("access.missing", text));
            return;
        }
        let hash = entry.hash(expected, &self.hash).to_vec();
        if entry.hash.as_deref() != Some(&hash) {
            self.fault("access.altered", entry, "does not hold: it or its predecessor was altered");
            return;
        }
        self.purpose(entry, keys);
        if let Some((_, anchored)) = self.anchors.front().filter(|anchor| anchor.0 == expected) {
            if *anchored != hash {
                self.fault("access.rewritten", entry, "is another than the event log tells of");
            }
            self.anchors.pop_front();
        }
        self.hash = hash;
        self.outcome.entries = expected;
    }

    fn purpose(&mut self, entry: &Entry, keys: &HashMap<i64, DataKey>) {
        let Some(key_id) = entry.key_id else {
            if !entry.purpose.is_empty() {
                self.fault("access.altered", entry, "has a purpose that nothing commits to");
            }
            return;
        };
        let Some(key) = keys.get(&key_id) else {
            self.outcome.erased += 1;
            return;
        };
        match open_committed(key, PURPOSE, &entry.purpose) {
            Ok((_, commitment)) if commitment[..] == entry.commitment[..] => {}
            Ok(_) | Err(_) => self.fault("access.altered", entry, "states another purpose than it did"),
        }
    }

    fn end(&mut self, given: i64) {
        let told = self.anchors.back().map_or(given, |anchor| anchor.0.max(given));
        if told > self.outcome.entries {
            let text = format!("the access log had {told} entries, but ends after {}", self.outcome.entries);
            self.outcome.fault = Some(("access.truncated", text));
        }
    }

    fn fault(&mut self, code: &'static str, entry: &Entry, why: &str) {
        let (seq, id) = (self.outcome.entries + 1, entry.id);
        self.outcome.fault = Some((code, format!("entry {seq} of the access log ({id}) {why}")));
    }
}
