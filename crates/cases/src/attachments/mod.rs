//! Files on a case: told by content, cleaned of the place they were taken at, sealed, kept in an object store.

mod add;
mod check;
mod keep;
mod place;
mod read;
mod remove;
mod row;
mod sniff;
mod strip;
mod thumb;

pub(crate) use add::SHA256;
pub use add::{Upload, add};
pub use check::{FileProblem, FileReport, check};
pub use keep::Files;
pub use read::{Content, content, of_case, thumbnail_of};
pub(crate) use remove::may_remove;
pub use remove::remove;
pub use row::AttachmentRow;
pub use sniff::{Media, sniff};
pub use strip::strip;
pub use thumb::{SIDE, thumbnail};

use crate::CaseError;
use store::StoreError;

/// The largest file, in bytes.
pub const MAX_BYTES: usize = 20 * 1024 * 1024;

/// Why a file is refused, or could not be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum AttachmentError {
    /// There is nothing in it.
    #[error("empty file")]
    Empty,
    /// More than [`MAX_BYTES`].
    #[error("file too large")]
    TooLarge,
    /// Neither image, PDF nor audio.
    #[error("media type refused")]
    TypeRefused,
    /// A photo that browsers cannot show.
    #[error("HEIC refused")]
    Heic,
    /// Two kinds of file in one.
    #[error("file of two kinds")]
    Polyglot,
    /// Cannot be taken apart or decoded.
    #[error("damaged file")]
    Damaged,
    /// More pixels than can safely be decoded.
    #[error("too many pixels")]
    TooManyPixels,
    /// There is no thumbnail of it.
    #[error("no thumbnail")]
    NoThumbnail,
    /// The upload's form lacks the file.
    #[error("no file in the form")]
    Missing,
    /// The upload broke off.
    #[error("broken upload: {0}")]
    Broken(String),
    /// The object store failed.
    #[error("object store: {0}")]
    Files(#[from] object_store::Error),
    /// The object store's address is wrong.
    #[error("object store address: {0}")]
    Address(String),
    /// The area refuses or fails.
    #[error(transparent)]
    Cases(#[from] CaseError),
}

impl From<StoreError> for AttachmentError {
    fn from(error: StoreError) -> AttachmentError {
        AttachmentError::Cases(error.into())
    }
}

impl From<diesel::result::Error> for AttachmentError {
    fn from(error: diesel::result::Error) -> AttachmentError {
        AttachmentError::Cases(error.into())
    }
}

impl AttachmentError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            AttachmentError::Empty => "attachment.empty",
            AttachmentError::TooLarge => "attachment.too_large",
            AttachmentError::TypeRefused => "attachment.media_type",
            AttachmentError::Heic => "attachment.heic",
            AttachmentError::Polyglot => "attachment.polyglot",
            AttachmentError::Damaged => "attachment.damaged",
            AttachmentError::TooManyPixels => "attachment.too_many_pixels",
            AttachmentError::NoThumbnail => "attachment.no_thumbnail.not_found",
            AttachmentError::Missing => "attachment.missing",
            AttachmentError::Broken(_) => "request.body",
            AttachmentError::Cases(error) => people::web::Coded::code(error),
            AttachmentError::Files(_) | AttachmentError::Address(_) => "store.files",
        }
    }
}

impl people::web::Coded for AttachmentError {
    fn code(&self) -> &'static str {
        AttachmentError::code(self)
    }

    fn fields(&self) -> Vec<people::web::FieldProblem> {
        match self {
            AttachmentError::Cases(error) => people::web::Coded::fields(error),
            _ => Vec::new(),
        }
    }
}
