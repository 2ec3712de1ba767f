//! The rooms put together on one store.

use crate::{Failure, ambient, config::Config};
use cases::{Cases, attachments::Files, commands::Handover};
use people::People;
use std::sync::Arc;
use store::{Clock, Entropy, Store, StoreConfig};
use territory::Territory;

/// Everything that routes, workers and commands work with. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The settings.
    pub config: Arc<Config>,
    /// The engine.
    pub store: Store,
    /// Who.
    pub people: People,
    /// Where.
    pub territory: Territory,
    /// The matters.
    pub cases: Cases,
    /// Where attachments lie.
    pub files: Files,
}

impl App {
    /// Opens the store that the settings name, on the real clock.
    ///
    /// # Errors
    /// Whatever keeps the store from opening, or a room from reading what it needs.
    pub async fn open(config: Config) -> Result<App, Failure> {
        Self::open_with(config, ambient::clock(), ambient::entropy()).await
    }

    /// The same with a clock and randomness of the caller's (replays, simulations, tests).
    ///
    /// # Errors
    /// As [`App::open`].
    pub async fn open_with(
        config: Config,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<App, Failure> {
        let store = Store::open(StoreConfig {
            data: config.data.clone(),
            database_url: config.database_url.clone(),
            clock,
            entropy,
        })
        .await?;
        Self::on(store, config).await
    }

    /// Puts the rooms together on an open store.
    ///
    /// # Errors
    /// As [`App::open`].
    pub async fn on(store: Store, config: Config) -> Result<App, Failure> {
        let cases = Cases::open(store.clone()).await?;
        let territory = Territory::open(store.clone()).await?;
        let mut settings = config.people.clone();
        settings.secure_cookies = config.secure_cookies();
        let people = People::new(store.clone(), settings, Arc::new(Handover(cases.rules.clone())));
        let files = files(&config)?;
        Ok(App { config: Arc::new(config), store, people, territory, cases, files })
    }
}

/// Opens the place where attachments lie.
///
/// # Errors
/// An address that is none.
pub(crate) fn files(config: &Config) -> Result<Files, Failure> {
    let opened = if config.files.url.is_empty() {
        Files::folder(&config.data.join("files"))
    } else {
        Files::at_url(&config.files.url, config.files.options.clone())
    };
    opened.map_err(|why| Failure::said(format!("attachments: {why}")))
}
