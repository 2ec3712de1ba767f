//! Identifiers: every node holds a block and hands it out; a rollback never gives one out twice.

use crate::StoreError;
use std::{
    collections::VecDeque,
    ops::Range,
    sync::{Mutex, MutexGuard, OnceLock},
};

/// How an empty source is filled outside any transaction.
type Supply = Box<dyn Fn() -> Result<(), StoreError> + Send + Sync>;

/// The identifiers this node may hand out.
#[derive(Default)]
pub(crate) struct IdSource {
    blocks: Mutex<VecDeque<Range<i64>>>,
    refilling: Mutex<()>,
    supply: OnceLock<Supply>,
}

impl IdSource {
    /// Says how to fill the source when [`IdSource::next`] finds it empty.
    pub(crate) fn set_supply(&self, supply: Supply) {
        // Set once, when the store opens.
        let _ = self.supply.set(supply);
    }

    /// Adds a block that the database has given to this node.
    pub(crate) fn add(&self, block: Range<i64>) {
        self.blocks().push_back(block);
    }

    /// Takes a block from the database, unless another thread has just added one.
    ///
    /// Invariant: blocks are taken one after the other, so identifiers of one node grow in the order they are handed out.
    pub(crate) fn refill(
        &self,
        take: impl FnOnce() -> Result<Range<i64>, StoreError>,
    ) -> Result<(), StoreError> {
        let _turn = self.refilling.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if self.left() == 0 {
            self.add(take()?);
        }
        Ok(())
    }

    /// How many identifiers are left.
    pub(crate) fn left(&self) -> i64 {
        self.blocks().iter().map(|block| block.end - block.start).sum()
    }

    /// The next identifier, if one is left.
    pub(crate) fn try_next(&self) -> Option<i64> {
        let mut blocks = self.blocks();
        loop {
            if let Some(id) = blocks.front_mut()?.next() {
                return Some(id);
            }
            blocks.pop_front();
        }
    }

    /// The next identifier, for callers outside a transaction.
    pub(crate) fn next(&self) -> Result<i64, StoreError> {
        for _ in 0..3 {
            if let Some(id) = self.try_next() {
                return Ok(id);
            }
            self.supply.get().ok_or(StoreError::Busy)?()?;
        }
        Err(StoreError::Busy)
    }

    fn blocks(&self) -> MutexGuard<'_, VecDeque<Range<i64>>> {
        self.blocks.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
