//! What a subcommand can fail with: said in words on standard error, with a non-zero exit.

/// A failure of the program.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The settings.
    #[error("settings: {0}")]
    Settings(#[from] Box<figment::Error>),
    /// The engine.
    #[error(transparent)]
    Store(#[from] store::StoreError),
    /// People.
    #[error(transparent)]
    People(#[from] people::PeopleError),
    /// Territory.
    #[error(transparent)]
    Territory(#[from] territory::TerritoryError),
    /// Cases.
    #[error(transparent)]
    Cases(#[from] cases::CaseError),
    /// Files and sockets.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// Said in words.
    #[error("{0}")]
    Said(String),
}

impl Failure {
    /// A failure in words.
    pub fn said(words: impl Into<String>) -> Self {
        Self::Said(words.into())
    }
}
