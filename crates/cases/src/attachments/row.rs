//! A file as it stands in the table.

use diesel::prelude::*;
use store::schema;

/// A file on a case.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, Identifiable)]
#[diesel(table_name = schema::attachments, primary_key(id), treat_none_as_default_value = false)]
pub struct AttachmentRow {
    /// Its id.
    pub id: i64,
    /// The case.
    pub case_id: i64,
    /// The event that added it.
    pub event_id: Option<i64>,
    /// Who added it.
    pub account_id: Option<i64>,
    /// Its sealed name.
    pub name: Vec<u8>,
    /// The media type that its content shows.
    pub media_type: String,
    /// Bytes in clear.
    pub size: i64,
    /// SHA-256 of the content in clear, in hexadecimal, sealed: a hash tells whether a content is a known one.
    pub sha256: Vec<u8>,
    /// Where the sealed content lies.
    pub path: String,
    /// Where the sealed thumbnail lies.
    pub thumbnail_path: Option<String>,
    /// The data key that seals name, content and thumbnail.
    pub key_id: i64,
    /// When it was added (ms).
    pub created_at: i64,
    /// When it was taken off (ms).
    pub removed_at: Option<i64>,
}
