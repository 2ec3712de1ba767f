//! What can go wrong in the engine. Every error has a stable code; see [`StoreError::code`].

/// An engine error.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A query failed.
    #[error("database: {0}")]
    Database(#[from] diesel::result::Error),
    /// The database could not be reached or the commit failed; the same command may be sent again.
    #[error("temporarily unavailable: {0}")]
    Unavailable(String),
    /// The queue of waiting writes is full; send again later.
    #[error("too busy")]
    Busy,
    /// The same `client_id` was used before with another body.
    #[error("client_id was used with another body")]
    ClientIdReused,
    /// Someone else changed the record since it was read.
    #[error("version conflict: expected {expected}, found {found}")]
    VersionConflict {
        /// The version the caller had read.
        expected: i64,
        /// The version that stands now.
        found: i64,
    },
    /// The record does not exist.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// Sealed data could not be opened: the key is gone (erased) or the bytes were altered.
    #[error("sealed data cannot be opened")]
    Unsealable,
    /// A stored value is not what the code can read.
    #[error("corrupt {what}: {detail}")]
    Corrupt {
        /// Which kind of value.
        what: &'static str,
        /// What is wrong with it.
        detail: String,
    },
    /// The configuration does not allow to open the store.
    #[error("configuration: {0}")]
    Config(String),
    /// Our own fault: a panic, a broken promise inside the code.
    #[error("internal: {0}")]
    Defect(String),
    /// Reading or writing a file failed.
    #[error("file: {0}")]
    Io(#[from] std::io::Error),
}

impl StoreError {
    /// The stable code that the API and the locale files know.
    pub fn code(&self) -> &'static str {
        match self {
            StoreError::Database(_) => "store.database",
            StoreError::Unavailable(_) => "store.unavailable",
            StoreError::Busy => "store.busy",
            StoreError::ClientIdReused => "request.client_id_reused",
            StoreError::VersionConflict { .. } => "version.conflict",
            StoreError::NotFound(_) => "not_found",
            StoreError::Unsealable => "store.unsealable",
            StoreError::Corrupt { .. } => "store.corrupt",
            StoreError::Config(_) => "store.config",
            StoreError::Defect(_) => "internal",
            StoreError::Io(_) => "store.io",
        }
    }
}
