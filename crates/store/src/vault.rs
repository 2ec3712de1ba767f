//! Keys: a master key in the data folder wraps one data key per person or case; AEAD seals texts under it.
//! Destroying a data key's row erases what it sealed, salts included; hash chains go on verifying.
//!
//! A sealed value is: algorithm (1 byte, 1 = AES-256-GCM), nonce (12 bytes), ciphertext with tag.

use crate::{
    Conn, Entropy, Run, StoreConfig, StoreError, Timestamp, Tx,
    ids::IdSource,
    keys::{self, Secret},
    ms,
    schema::data_keys,
};
use aes_gcm::{
    Aes256Gcm, Nonce,
    aead::{Aead, KeyInit, Payload},
};
use diesel::prelude::*;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, collections::HashMap, sync::Arc};
use zeroize::{Zeroize, Zeroizing};

/// The algorithm of sealed values, as `data_keys.alg` names it.
const ALG: &str = "aes-256-gcm";
/// The algorithm of sealed values, as their first byte names it.
const ALG_BYTE: u8 = 1;
/// Bytes of a nonce.
const NONCE: usize = 12;
/// Bytes of a salt.
const SALT: usize = 32;

/// A data key in clear, held only while a command runs.
#[derive(Clone)]
pub struct DataKey {
    /// Its id in `data_keys`.
    pub id: i64,
    pub(crate) bytes: [u8; 32],
    pub(crate) wrapped: Vec<u8>,
    pub(crate) master: String,
}

impl Drop for DataKey {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DataKey({})", self.id)
    }
}

/// One private part of an event: commitment for the hash, sealed salt and text for the table.
#[derive(Clone, Debug)]
pub struct SealedPart {
    /// Its name in the event, `detail`.
    pub name: &'static str,
    /// The key that seals it.
    pub key_id: i64,
    /// SHA-256 over salt, name and text.
    pub commitment: [u8; 32],
    /// AEAD of salt and text.
    pub sealed: Vec<u8>,
}

/// The vault.
pub struct Vault {
    masters: BTreeMap<String, Secret>,
    current: String,
    lookup: Secret,
    entropy: Arc<dyn Entropy>,
    ids: Arc<IdSource>,
}

impl Vault {
    /// Reads the keys of the data folder; makes them for a new database. A database whose keys are gone is refused:
    /// with new ones nothing in it could be opened.
    pub(crate) fn load(
        config: &StoreConfig,
        ids: Arc<IdSource>,
        conn: &mut Conn,
    ) -> Result<Vault, StoreError> {
        let folder = config.data.join("keys");
        let mut masters = keys::read_all(&folder, "master-")?;
        let lookup_file = folder.join("lookup.key");
        let mut lookup = keys::read(&lookup_file)?;
        if masters.is_empty() || lookup.is_none() {
            let in_use = data_keys::table.select(data_keys::id).first::<i64>(conn).optional()?.is_some();
            if in_use {
                let folder = folder.display();
                return Err(StoreError::Config(format!("the keys of this database are missing in {folder}")));
            }
        }
        if masters.is_empty() {
            let key = keys::make(&folder.join("master-0001.key"), &*config.entropy)?;
            masters.insert("master-0001".into(), key);
        }
        if lookup.is_none() {
            lookup = Some(keys::make(&lookup_file, &*config.entropy)?);
        }
        let current = masters.keys().next_back().cloned().unwrap_or_default();
        let lookup = lookup.ok_or_else(|| StoreError::Defect("the lookup key was just made".into()))?;
        Ok(Vault { masters, current, lookup, entropy: Arc::clone(&config.entropy), ids })
    }

    /// Makes a new data key with an id taken outside any transaction; [`Tx::keep_key`] stores it.
    pub fn new_key(&self) -> Result<DataKey, StoreError> {
        self.make_key(self.ids.next()?)
    }

    /// Makes a new data key with this id.
    pub(crate) fn make_key(&self, id: i64) -> Result<DataKey, StoreError> {
        let mut bytes = [0; 32];
        self.entropy.fill(&mut bytes);
        let master = self.masters.get(&self.current).ok_or(StoreError::Unsealable)?;
        let wrapped = self.encrypt(master, &wrap_context(id), &bytes);
        Ok(DataKey { id, bytes, wrapped, master: self.current.clone() })
    }

    /// Unwraps a stored key. An erased one is [`StoreError::Unsealable`].
    ///
    /// Keys are not cached: unwrapping costs microseconds, and an erased key is gone at once on every node.
    pub fn key(&self, conn: &mut Conn, id: i64) -> Result<DataKey, StoreError> {
        let key = data_keys::table.find(id).select((data_keys::master_key, data_keys::wrapped));
        let found: Option<(String, Vec<u8>)> = crate::native!(conn, |conn| key.first(conn)).optional()?;
        let (master, wrapped) = found.ok_or(StoreError::Unsealable)?;
        self.unwrap(id, master, wrapped)
    }

    /// Unwraps many stored keys at once; erased ones are left out.
    pub fn keys(&self, conn: &mut Conn, ids: &[i64]) -> Result<HashMap<i64, DataKey>, StoreError> {
        let mut found = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(500) {
            let rows: Vec<(i64, String, Vec<u8>)> = data_keys::table
                .filter(data_keys::id.eq_any(ids))
                .select((data_keys::id, data_keys::master_key, data_keys::wrapped))
                .load(conn)?;
            for (id, master, wrapped) in rows {
                found.insert(id, self.unwrap(id, master, wrapped)?);
            }
        }
        Ok(found)
    }

    fn unwrap(&self, id: i64, master: String, wrapped: Vec<u8>) -> Result<DataKey, StoreError> {
        let key = self
            .masters
            .get(&master)
            .ok_or_else(|| StoreError::Config(format!("{master}.key is missing in the keys folder")))?;
        let clear = Zeroizing::new(decrypt(key, &wrap_context(id), &wrapped)?);
        let bytes = <[u8; 32]>::try_from(clear.as_slice()).map_err(|_| StoreError::Unsealable)?;
        Ok(DataKey { id, bytes, wrapped, master })
    }

    /// Seals `text` for a column; `context` (table.column) is bound as associated data.
    pub fn seal(&self, key: &DataKey, context: &str, text: &[u8]) -> Vec<u8> {
        self.encrypt(&key.bytes, context, text)
    }

    /// Opens what [`Vault::seal`] sealed. An erased or altered text is [`StoreError::Unsealable`].
    pub fn open(&self, key: &DataKey, context: &str, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        decrypt(&key.bytes, context, sealed)
    }

    /// Seals a private part of an event.
    pub fn seal_part(&self, key: &DataKey, name: &'static str, text: &[u8]) -> SealedPart {
        let mut salted = Zeroizing::new(vec![0; SALT]);
        self.entropy.fill(&mut salted);
        let commitment = commit(&salted, name, text);
        salted.extend_from_slice(text);
        let sealed = self.encrypt(&key.bytes, &part_context(name), &salted);
        SealedPart { name, key_id: key.id, commitment, sealed }
    }

    /// Opens a private part of an event.
    pub fn open_part(&self, key: &DataKey, name: &str, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        Ok(open_committed(key, name, sealed)?.0)
    }

    /// A keyed hash for exact lookup of a phone or document number; equal inputs give equal hashes, nothing else does.
    pub fn lookup_hash(&self, purpose: &str, value: &str) -> Vec<u8> {
        let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&*self.lookup)
            .expect("HMAC takes a key of any length");
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(value.as_bytes());
        mac.finalize().into_bytes().to_vec()
    }

    fn encrypt(&self, key: &[u8; 32], context: &str, text: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE];
        self.entropy.fill(&mut nonce);
        let body = Aes256Gcm::new(key.into())
            .encrypt(&Nonce::from(nonce), Payload { msg: text, aad: context.as_bytes() })
            .expect("AES-GCM encrypts every text below 64 GiB");
        let mut sealed = Vec::with_capacity(1 + NONCE + body.len());
        sealed.push(ALG_BYTE);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&body);
        sealed
    }
}

fn decrypt(key: &[u8; 32], context: &str, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
    let (alg, rest) = sealed.split_first().ok_or(StoreError::Unsealable)?;
    let (nonce, body) = rest.split_first_chunk::<NONCE>().ok_or(StoreError::Unsealable)?;
    if *alg != ALG_BYTE {
        return Err(StoreError::Unsealable);
    }
    Aes256Gcm::new(key.into())
        .decrypt(&Nonce::from(*nonce), Payload { msg: body, aad: context.as_bytes() })
        .map_err(|_| StoreError::Unsealable)
}

/// Opens a private part and gives its text and the commitment that the event's hash must cover.
pub(crate) fn open_committed(
    key: &DataKey,
    name: &str,
    sealed: &[u8],
) -> Result<(Vec<u8>, [u8; 32]), StoreError> {
    let mut salted = decrypt(&key.bytes, &part_context(name), sealed)?;
    if salted.len() < SALT {
        return Err(StoreError::Unsealable);
    }
    let text = salted.split_off(SALT);
    let commitment = commit(&salted, name, &text);
    Ok((text, commitment))
}

fn commit(salt: &[u8], name: &str, text: &[u8]) -> [u8; 32] {
    Sha256::new()
        .chain_update(b"onedoor-part-1")
        .chain_update(salt)
        .chain_update((name.len() as u64).to_be_bytes())
        .chain_update(name)
        .chain_update(text)
        .finalize()
        .into()
}

fn part_context(name: &str) -> String {
    format!("event_parts.{name}")
}

fn wrap_context(id: i64) -> String {
    format!("data_keys.wrapped/{id}")
}

impl Tx<'_> {
    /// Stores a new data key for a subject (`person` or `case`).
    pub fn keep_key(
        &mut self,
        key: &DataKey,
        subject_kind: &str,
        subject: i64,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        diesel::insert_into(data_keys::table)
            .values((
                data_keys::id.eq(key.id),
                data_keys::subject_kind.eq(subject_kind),
                data_keys::subject.eq(subject),
                data_keys::alg.eq(ALG),
                data_keys::master_key.eq(&key.master),
                data_keys::wrapped.eq(&key.wrapped),
                data_keys::created_at.eq(ms(now)),
            ))
            .run(self.conn)?;
        Ok(())
    }

    /// Destroys every key of a subject: what they sealed can never be opened again.
    ///
    /// The bytes leave the database file with the next [`Store::compact`](crate::Store::compact). Take what was
    /// indexed of the subject out too ([`Tx::index`] anew or [`Tx::unindex`]): search holds plain tokens.
    pub fn erase_subject(&mut self, subject_kind: &str, subject: i64) -> Result<usize, StoreError> {
        Ok(diesel::delete(
            data_keys::table
                .filter(data_keys::subject.eq(subject))
                .filter(data_keys::subject_kind.eq(subject_kind)),
        )
        .execute(self.conn)?)
    }
}
