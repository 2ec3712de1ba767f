//! The tree's nodes in the database: tile (level, idx) holds up to 256 nodes of height 8 × level, left to right.

use super::merkle::{Hash, Nodes, node};
use crate::{Conn, StoreError, schema::tree_tiles};
use diesel::prelude::*;
use std::collections::HashMap;

/// Nodes in a full tile.
pub(crate) const TILE: u64 = 256;
/// Heights that a tile spans.
const HEIGHT: u32 = 8;

/// Reads nodes out of tiles, each tile once.
pub(super) struct Tiles<'c> {
    conn: &'c mut Conn,
    seen: HashMap<(i64, i64), Vec<Hash>>,
}

impl<'c> Tiles<'c> {
    pub(super) fn new(conn: &'c mut Conn) -> Tiles<'c> {
        Tiles { conn, seen: HashMap::new() }
    }
}

impl Nodes for Tiles<'_> {
    type Error = StoreError;

    fn node(&mut self, height: u32, index: u64) -> Result<Hash, StoreError> {
        let (level, within) = (height / HEIGHT, height % HEIGHT);
        let first = index << within;
        let place = (i64::from(level), (first / TILE) as i64);
        if !self.seen.contains_key(&place) {
            let tile = load(self.conn, place)?;
            self.seen.insert(place, tile);
        }
        let start = (first % TILE) as usize;
        let nodes =
            self.seen[&place].get(start..start + (1 << within)).ok_or_else(|| StoreError::Corrupt {
                what: "tree tile",
                detail: format!("level {level}, number {} is too short", place.1),
            })?;
        Ok(fold(nodes))
    }
}

/// The node over all nodes of a full tile.
pub(crate) fn root_of_tile(nodes: &[Hash]) -> Hash {
    fold(nodes)
}

/// The node over a power of two of neighbours.
fn fold(nodes: &[Hash]) -> Hash {
    match nodes {
        [one] => *one,
        _ => {
            let (left, right) = nodes.split_at(nodes.len() / 2);
            node(&fold(left), &fold(right))
        }
    }
}

/// Adds leaves to a tree of `size`.
pub(super) fn append(conn: &mut Conn, size: u64, leaves: &[Hash]) -> Result<(), StoreError> {
    let (mut level, mut size, mut fresh) = (0, size, leaves.to_vec());
    while !fresh.is_empty() {
        let mut idx = size / TILE;
        let mut tile = if size.is_multiple_of(TILE) { Vec::new() } else { load(conn, (level, idx as i64))? };
        tile.truncate((size % TILE) as usize);
        let mut above = Vec::new();
        for hash in fresh {
            tile.push(hash);
            if tile.len() as u64 == TILE {
                keep(conn, (level, idx as i64), &tile)?;
                above.push(fold(&tile));
                tile.clear();
                idx += 1;
            }
        }
        if !tile.is_empty() {
            keep(conn, (level, idx as i64), &tile)?;
        }
        size /= TILE;
        fresh = above;
        level += 1;
    }
    Ok(())
}

fn load(conn: &mut Conn, place: (i64, i64)) -> Result<Vec<Hash>, StoreError> {
    let bytes: Vec<u8> =
        tree_tiles::table.find(place).select(tree_tiles::hashes).first(conn).optional()?.unwrap_or_default();
    Ok(bytes.as_chunks::<32>().0.to_vec())
}

fn keep(conn: &mut Conn, (level, idx): (i64, i64), tile: &[Hash]) -> QueryResult<usize> {
    let bytes = tile.as_flattened();
    crate::native!(conn, |conn| {
        diesel::insert_into(tree_tiles::table)
            .values((tree_tiles::level.eq(level), tree_tiles::idx.eq(idx), tree_tiles::hashes.eq(bytes)))
            .on_conflict((tree_tiles::level, tree_tiles::idx))
            .do_update()
            .set(tree_tiles::hashes.eq(bytes))
            .execute(conn)
    })
}
