//! Signed tree heads: who holds one can show later that the log was changed.

use super::merkle::Hash;
use crate::{Entropy, StoreError, Timestamp, keys, ms};
use data_encoding::HEXLOWER_PERMISSIVE as HEX;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::Path, sync::Arc};

/// The algorithms of a head; `sm3/sm2` would be another.
const ALG: &str = "sha-256/ed25519";
/// What a head's file says it is.
const FORMAT: &str = "onedoor-tree-head-1";

/// A signed statement: the log has `size` events, and this is the root of their tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "File", into = "File")]
pub struct TreeHead {
    /// How many events the tree covers.
    pub size: i64,
    /// Its root (RFC 9162, section 2.1.1).
    pub root: Hash,
    /// When it was signed.
    pub signed_at: Timestamp,
    /// Hash and signature algorithm.
    pub alg: String,
    /// The public key that checks the signature, in hexadecimal.
    pub key_id: String,
    /// The signature.
    pub signature: Vec<u8>,
}

/// A head as JSON.
#[derive(Serialize, Deserialize)]
struct File {
    format: String,
    size: i64,
    root: String,
    signed_at: Timestamp,
    alg: String,
    key_id: String,
    signature: String,
}

impl From<TreeHead> for File {
    fn from(head: TreeHead) -> File {
        File {
            format: FORMAT.into(),
            size: head.size,
            root: HEX.encode(&head.root),
            signed_at: head.signed_at,
            alg: head.alg,
            key_id: head.key_id,
            signature: HEX.encode(&head.signature),
        }
    }
}

impl TryFrom<File> for TreeHead {
    type Error = String;

    fn try_from(file: File) -> Result<TreeHead, String> {
        if file.format != FORMAT {
            return Err(format!("the format is {}, not {FORMAT}", file.format));
        }
        let root = HEX.decode(file.root.as_bytes()).map_err(|error| format!("root: {error}"))?;
        let signature =
            HEX.decode(file.signature.as_bytes()).map_err(|error| format!("signature: {error}"))?;
        Ok(TreeHead {
            size: file.size,
            root: Hash::try_from(root.as_slice()).map_err(|_| "root: 32 bytes are needed".to_owned())?,
            signed_at: file.signed_at,
            alg: file.alg,
            key_id: file.key_id,
            signature,
        })
    }
}

impl TreeHead {
    /// Whether the signature is that of the key the head names. Whether that key is to be trusted is another question.
    pub fn is_signed(&self) -> bool {
        self.check().is_some_and(|valid| valid)
    }

    fn check(&self) -> Option<bool> {
        let key: [u8; 32] = HEX.decode(self.key_id.as_bytes()).ok()?.try_into().ok()?;
        let key = VerifyingKey::from_bytes(&key).ok()?;
        let signature = Signature::from_slice(&self.signature).ok()?;
        Some(self.alg == ALG && key.verify_strict(&self.signed_text(), &signature).is_ok())
    }

    fn signed_text(&self) -> Vec<u8> {
        let (root, signed_at) = (HEX.encode(&self.root), ms(self.signed_at));
        format!("{FORMAT}\n{}\n{}\n{root}\n{signed_at}\n", self.alg, self.size).into_bytes()
    }
}

/// The signing keys of this installation by public key; the newest signs.
#[derive(Clone)]
pub(crate) struct Signers(Arc<BTreeMap<String, SigningKey>>);

impl Signers {
    /// Reads `tree-*.key`; makes the first one for a new installation.
    pub(crate) fn load(folder: &Path, entropy: &dyn Entropy) -> Result<Signers, StoreError> {
        let mut found = keys::read_all(folder, "tree-")?;
        if found.is_empty() {
            let name = "tree-0001";
            found.insert(name.into(), keys::make(&folder.join(format!("{name}.key")), entropy)?);
        }
        Ok(Signers(Arc::new(
            found.into_iter().map(|(name, key)| (name, SigningKey::from_bytes(&key))).collect(),
        )))
    }

    /// Signs a head with the newest key.
    pub(crate) fn sign(&self, size: i64, root: Hash, signed_at: Timestamp) -> TreeHead {
        let (_, key) = self.0.last_key_value().expect("one key is read or made when the store opens");
        let key_id = HEX.encode(key.verifying_key().as_bytes());
        let mut head = TreeHead { size, root, signed_at, alg: ALG.into(), key_id, signature: Vec::new() };
        head.signature = key.sign(&head.signed_text()).to_vec();
        head
    }

    /// Whether a head is signed by a key of this installation.
    pub(crate) fn signed(&self, head: &TreeHead) -> bool {
        let ours = self.0.values().any(|key| HEX.encode(key.verifying_key().as_bytes()) == head.key_id);
        ours && head.is_signed()
    }
}
