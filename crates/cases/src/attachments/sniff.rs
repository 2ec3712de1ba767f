//! What a file really is, by its content; the name and the declared type are never believed.

use super::AttachmentError;

/// The media types that a case may carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    Webp,
    /// PDF.
    Pdf,
    /// MP3.
    Mp3,
    /// AAC in MP4.
    M4a,
    /// Ogg (Vorbis, Opus).
    Ogg,
    /// WAV.
    Wav,
    /// AMR, as old phones record.
    Amr,
    /// AAC in ADTS.
    Aac,
    /// FLAC.
    Flac,
}

impl Media {
    /// The media type to serve it with.
    #[must_use]
    pub const fn mime(self) -> &'static str {
        match self {
            Media::Jpeg => "image/jpeg",
            Media::Png => "image/png",
            Media::Webp => "image/webp",
            Media::Pdf => "application/pdf",
            Media::Mp3 => "audio/mpeg",
            Media::M4a => "audio/mp4",
            Media::Ogg => "audio/ogg",
            Media::Wav => "audio/wav",
            Media::Amr => "audio/amr",
            Media::Aac => "audio/aac",
            Media::Flac => "audio/flac",
        }
    }

    /// Whether a thumbnail can be made.
    #[must_use]
    pub const fn is_image(self) -> bool {
        matches!(self, Media::Jpeg | Media::Png | Media::Webp)
    }

    fn from_mime(mime: &str) -> Option<Self> {
        Some(match mime {
            "image/jpeg" => Media::Jpeg,
            "image/png" => Media::Png,
            "image/webp" => Media::Webp,
            "application/pdf" => Media::Pdf,
            "audio/mpeg" => Media::Mp3,
            "audio/m4a" => Media::M4a,
            "audio/ogg" => Media::Ogg,
            "audio/x-wav" => Media::Wav,
            "audio/amr" => Media::Amr,
            "audio/aac" => Media::Aac,
            "audio/x-flac" => Media::Flac,
            _ => return None,
        })
    }
}

/// Tells the type from the content.
///
/// # Errors
/// [`AttachmentError::Empty`], [`AttachmentError::TypeRefused`] for a type that is not on the list,
/// [`AttachmentError::Heic`] for what iPhones keep and turn into JPEG for a page that asks for that,
/// [`AttachmentError::Polyglot`] for a file that is two things at once.
pub fn sniff(bytes: &[u8]) -> Result<Media, AttachmentError> {
    if bytes.is_empty() {
        return Err(AttachmentError::Empty);
    }
    let mime = infer::get(bytes).map(|kind| kind.mime_type());
    if mime == Some("image/heif") {
        return Err(AttachmentError::Heic);
    }
    let media = mime.and_then(Media::from_mime).ok_or(AttachmentError::TypeRefused)?;
    if is_second_thing(media, bytes) {
        return Err(AttachmentError::Polyglot);
    }
    Ok(media)
}

/// Whether a reader of another kind would find a file of its own inside: an archive at the end, a PDF header or
/// a web page near the beginning.
pub(super) fn is_second_thing(media: Media, bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(1024)];
    let pdf_inside = media != Media::Pdf && find(head, b"%PDF-").is_some();
    pdf_inside || has_markup(head) || ends_as_archive(bytes)
}

fn has_markup(head: &[u8]) -> bool {
    let lower = head.to_ascii_lowercase();
    [&b"<script"[..], b"<html", b"<!doctype", b"<svg", b"<iframe"]
        .iter()
        .any(|mark| find(&lower, mark).is_some())
}

/// A ZIP's end record stands at the very end, its comment included (readers look for it from the back).
fn ends_as_archive(bytes: &[u8]) -> bool {
    const END: &[u8] = b"PK\x05\x06";
    let from = bytes.len().saturating_sub(22 + usize::from(u16::MAX));
    let tail = &bytes[from..];
    tail.windows(END.len()).enumerate().any(|(at, window)| {
        window == END
            && tail.get(at + 20..at + 22).is_some_and(|len| {
                let comment = usize::from(u16::from_le_bytes([len[0], len[1]]));
                at + 22 + comment <= tail.len()
            })
    })
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
