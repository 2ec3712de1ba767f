//! The Merkle tree over all events in the order of their positions (RFC 9162), kept as tiles; signed heads of it.
//!
//! Invariant: the tree of size n covers the events 1 … n, and no later tree says anything else about them.

mod head;
pub mod merkle;
mod tiles;

pub(crate) use head::Signers;
pub use head::TreeHead;
pub(crate) use tiles::{TILE, root_of_tile};

use crate::{
    Conn, Store, StoreError, Tx, access, at, follow, ms,
    schema::{events, tree_heads},
};
use diesel::prelude::*;
use merkle::Hash;
use tiles::Tiles;

/// The cursor whose position is the size of the tree.
pub(crate) const CURSOR: &str = "tree";
/// Events that one transaction adds to the tree.
const TURN: i64 = 1024;

impl Store {
    /// Takes all events with positions into the tree and returns its size.
    pub async fn grow_tree(&self) -> Result<i64, StoreError> {
        self.sequence().await?;
        let now = self.clock().now();
        loop {
            let (size, added) = self.write(move |tx| grow(tx, now)).await?;
            if added < TURN {
                return Ok(size);
            }
        }
    }

    /// Signs a head of the tree of all events so far, the access log's end among them; the last head again if nothing was added. `None` without events.
    ///
    /// The background worker calls it every few minutes and publishes the head.
    pub async fn sign_head(&self) -> Result<Option<TreeHead>, StoreError> {
        self.sequence().await?;
        let now = self.clock().now();
        self.write(move |tx| access::anchor(tx, now)).await?;
        let size = self.grow_tree().await?;
        if size == 0 {
            return Ok(None);
        }
        let signers = self.signers().clone();
        self.write(move |tx| {
            tx.lock_name(CURSOR)?;
            // Another node may have gone on meanwhile; heads never go back.
            let size = follow::position(tx.conn(), CURSOR)?;
            if let Some(head) = last_head(tx.conn())?.filter(|head| head.size >= size) {
                return Ok(Some(head));
            }
            let root = merkle::root(&mut Tiles::new(tx.conn()), size as u64)?;
            let head = signers.sign(size, root, now);
            keep(tx, &head)?;
            Ok(Some(head))
        })
        .await
    }
}

/// The size of the tree.
pub fn size(conn: &mut Conn) -> Result<i64, StoreError> {
    follow::position(conn, CURSOR)
}

/// The last signed head.
pub fn last_head(conn: &mut Conn) -> Result<Option<TreeHead>, StoreError> {
    let row: Option<Row> = tree_heads::table.order(tree_heads::size.desc()).first(conn).optional()?;
    row.map(TreeHead::try_from).transpose()
}

/// All signed heads, the smallest tree first.
pub fn heads(conn: &mut Conn) -> Result<Vec<TreeHead>, StoreError> {
    let rows: Vec<Row> = tree_heads::table.order(tree_heads::size).load(conn)?;
    rows.into_iter().map(TreeHead::try_from).collect()
}

/// Proves that the event at `position` is in the tree of `size`: check it with [`merkle::check_inclusion`].
pub fn prove_inclusion(conn: &mut Conn, position: i64, size: i64) -> Result<Vec<Hash>, StoreError> {
    if position < 1 || position > size || size > self::size(conn)? {
        return Err(StoreError::NotFound("tree position"));
    }
    merkle::inclusion(&mut Tiles::new(conn), position as u64 - 1, size as u64)
}

/// Proves that the tree of size `to` only adds to the tree of size `from`: check it with
/// [`merkle::check_consistency`].
pub fn prove_consistency(conn: &mut Conn, from: i64, to: i64) -> Result<Vec<Hash>, StoreError> {
    if from < 1 || from > to || to > self::size(conn)? {
        return Err(StoreError::NotFound("tree size"));
    }
    merkle::consistency(&mut Tiles::new(conn), from as u64, to as u64)
}

fn grow(tx: &mut Tx<'_>, now: crate::Timestamp) -> Result<(i64, i64), StoreError> {
    tx.lock_name(CURSOR)?;
    let size = follow::position(tx.conn(), CURSOR)?;
    let fresh: Vec<(Option<i64>, Vec<u8>)> = events::table
        .filter(events::position.gt(size))
        .order(events::position)
        .limit(TURN)
        .select((events::position, events::hash))
        .load(tx.conn())?;
    let mut leaves = Vec::with_capacity(fresh.len());
    for (expected, (position, hash)) in (size + 1..).zip(&fresh) {
        if *position != Some(expected) {
            let detail = format!("the event at position {expected} is missing");
            return Err(StoreError::Corrupt { what: "event log", detail });
        }
        leaves.push(merkle::leaf(hash));
    }
    let added = leaves.len() as i64;
    if added > 0 {
        tiles::append(tx.conn(), size as u64, &leaves)?;
        tx.advance_cursor(CURSOR, size + added, now)?;
    }
    Ok((size + added, added))
}

type Row = (i64, Vec<u8>, i64, String, String, Vec<u8>);

impl TryFrom<Row> for TreeHead {
    type Error = StoreError;

    fn try_from((size, root, signed_at, alg, key_id, signature): Row) -> Result<TreeHead, StoreError> {
        let corrupt = |detail: &str| StoreError::Corrupt { what: "tree head", detail: detail.to_owned() };
        let root = Hash::try_from(root.as_slice()).map_err(|_| corrupt("root"))?;
        Ok(TreeHead { size, root, signed_at: at(signed_at), alg, key_id, signature })
    }
}

fn keep(tx: &mut Tx<'_>, head: &TreeHead) -> Result<(), StoreError> {
    diesel::insert_into(tree_heads::table)
        .values((
            tree_heads::size.eq(head.size),
            tree_heads::root.eq(&head.root[..]),
            tree_heads::signed_at.eq(ms(head.signed_at)),
            tree_heads::alg.eq(&head.alg),
            tree_heads::key_id.eq(&head.key_id),
            tree_heads::signature.eq(&head.signature),
        ))
        .execute(tx.conn())?;
    Ok(())
}
