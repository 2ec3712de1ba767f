//! The handle that the other areas hold: the store and the locator that follows it.

use crate::{Locator, TerritoryError, queries};
use arc_swap::ArcSwap;
use std::sync::Arc;
use store::Store;

/// Territory at work. Cheap to clone.
#[derive(Clone)]
pub struct Territory {
    store: Store,
    locator: Arc<ArcSwap<Locator>>,
}

impl Territory {
    /// Loads the shapes.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn open(store: Store) -> Result<Territory, TerritoryError> {
        let territory = Territory { store, locator: Arc::default() };
        territory.reload().await?;
        Ok(territory)
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The locator as it stands; hold it for one request, not longer.
    pub fn locator(&self) -> Arc<Locator> {
        self.locator.load_full()
    }

    /// Loads the shapes anew. Commands of this process call it; [`Territory::follow`] does for the others.
    ///
    /// # Errors
    /// When the store cannot be read; the former locator stays.
    pub async fn reload(&self) -> Result<(), TerritoryError> {
        let shapes = self.store.read(queries::shapes_of_all).await?;
        let locator = Locator::build(shapes.iter().map(|(area, shape)| (area, shape)));
        self.locator.store(Arc::new(locator));
        Ok(())
    }

    /// Reloads whenever the log tells of changed areas (another node's import). Runs until the store closes.
    pub async fn follow(self) {
        store::follow::keep_fresh(self.store.clone(), &["area."], || self.reload()).await;
    }
}
