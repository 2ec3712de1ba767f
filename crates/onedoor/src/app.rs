//! The rooms put together on one store.

use crate::{Failure, ambient, config::Config};
use cases::{Cases, RuleBook, attachments::Files, commands::Owned};
use people::{Change, Ownership, People, PeopleError};
use std::sync::Arc;
use store::{Clock, Entropy, Store, StoreConfig, Tx};
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

fn files(config: &Config) -> Result<Files, Failure> {
    let opened = if config.files.url.is_empty() {
        Files::folder(&config.data.join("files"))
    } else {
        Files::at_url(&config.files.url, config.files.options.clone())
    };
    opened.map_err(|why| Failure::said(format!("attachments: {why}")))
}

/// When a unit is retired or an account disabled, the cases they answer for change hands in the same transaction.
struct Handover(RuleBook);

impl Handover {
    fn reassign(&self, tx: &mut Tx<'_>, owned: Owned, change: &Change) -> Result<(), PeopleError> {
        let rules = self.0.current();
        match cases::commands::reassign(tx, &rules, owned, change.now) {
            Ok(_) => Ok(()),
            Err(cases::CaseError::Store(error)) => Err(error.into()),
            Err(other) => {
                tracing::error!(error = %other, "what was owned could not be handed over");
                Err(PeopleError::Refused("unit.handover_failed"))
            }
        }
    }
}

impl Ownership for Handover {
    fn hand_over_unit(
        &self,
        tx: &mut Tx<'_>,
        unit: i64,
        successor: i64,
        change: &Change,
    ) -> Result<(), PeopleError> {
        self.reassign(tx, Owned::Unit { unit, successor }, change)
    }

    fn release_account(
        &self,
        tx: &mut Tx<'_>,
        account: i64,
        _unit: i64,
        change: &Change,
    ) -> Result<(), PeopleError> {
        self.reassign(tx, Owned::Account(account), change)
    }
}
