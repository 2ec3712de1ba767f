//! Takes the place, the device and whatever else a camera wrote out of an image, and the place out of recordings and
//! documents. What is seen stays as it was: pixels are not encoded again, the orientation is kept.

use super::{AttachmentError, Media, place};
use bytes::Bytes;
use img_parts::{ImageEXIF, jpeg::Jpeg, png::Png, webp::WebP};

/// JPEG APP1: EXIF and XMP.
const APP1: u8 = 0xE1;
/// JPEG APP2: colour profile, and the list of further pictures.
const APP2: u8 = 0xE2;
/// JPEG APP13: IPTC.
const APP13: u8 = 0xED;
/// JPEG comment.
const COM: u8 = 0xFE;

/// The image without its metadata, and without anything behind its end; recordings and documents without the place.
/// Media that name no place come back unchanged.
///
/// # Errors
/// [`AttachmentError::Damaged`] when the file cannot be taken apart.
pub fn strip(media: Media, bytes: Bytes) -> Result<Bytes, AttachmentError> {
    match media {
        Media::Jpeg => strip_jpeg(bytes),
        Media::Png => strip_png(bytes),
        Media::Webp => strip_webp(bytes),
        Media::M4a => place::blank_mp4(&bytes),
        Media::Pdf => Ok(place::blank_pdf(&bytes)),
        Media::Mp3 | Media::Ogg | Media::Wav | Media::Amr | Media::Aac | Media::Flac => Ok(bytes),
    }
}

fn strip_jpeg(bytes: Bytes) -> Result<Bytes, AttachmentError> {
    let mut image = Jpeg::from_bytes(bytes).map_err(damaged)?;
    let orientation = image.exif().and_then(|exif| orientation(&exif));
    image.segments_mut().retain(|segment| {
        let further_pictures = segment.marker() == APP2 && segment.contents().starts_with(b"MPF\0");
        !matches!(segment.marker(), APP1 | APP13 | COM) && !further_pictures
    });
    image.set_exif(orientation.map(only_orientation));
    let whole = image.encoder().bytes();
    let end = jpeg_end(&whole).ok_or(AttachmentError::Damaged)?;
    Ok(whole.slice(..end))
}

fn strip_png(bytes: Bytes) -> Result<Bytes, AttachmentError> {
    let mut image = Png::from_bytes(bytes).map_err(damaged)?;
    let orientation = image.exif().and_then(|exif| orientation(&exif));
    for kind in [*b"eXIf", *b"tEXt", *b"zTXt", *b"iTXt", *b"tIME"] {
        image.remove_chunks_by_type(kind);
    }
    image.set_exif(orientation.map(only_orientation));
    Ok(image.encoder().bytes())
}

fn strip_webp(bytes: Bytes) -> Result<Bytes, AttachmentError> {
    let mut image = WebP::from_bytes(bytes).map_err(damaged)?;
    let orientation = image.exif().and_then(|exif| orientation(&exif));
    image.remove_chunks_by_id(*b"XMP ");
    image.set_exif(orientation.map(only_orientation));
    Ok(image.encoder().bytes())
}

fn damaged(_: img_parts::Error) -> AttachmentError {
    AttachmentError::Damaged
}

/// Where the picture ends: after the end marker that follows its scans.
fn jpeg_end(bytes: &[u8]) -> Option<usize> {
    let mut at = 2;
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == 0xFF)?;
        match *bytes.get(at + 1)? {
            0xD9 => return Some(at + 2),
            0xFF => at += 1,
            0x00 | 0x01 | 0xD0..=0xD8 => at += 2,
            _ => {
                let len = usize::from(u16::from_be_bytes([*bytes.get(at + 2)?, *bytes.get(at + 3)?]));
                at += 2 + len;
            }
        }
    }
}

/// The orientation (tag 0x0112, 2 to 8) in a TIFF block; 1 needs no tag.
pub(super) fn orientation(exif: &[u8]) -> Option<u16> {
    let little = match exif.get(..4)? {
        b"II\x2A\0" => true,
        b"MM\0\x2A" => false,
        _ => return None,
    };
    let short = |at: usize| -> Option<u16> {
        let pair = [*exif.get(at)?, *exif.get(at + 1)?];
        Some(if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) })
    };
    let long = |at: usize| -> Option<usize> {
        let four: [u8; 4] = exif.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if little { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) } as usize)
    };
    let directory = long(4)?;
    let entries = usize::from(short(directory)?);
    (0..entries)
        .map(|index| directory + 2 + index * 12)
        .find(|entry| short(*entry) == Some(0x0112))
        .and_then(|entry| short(entry + 8))
        .filter(|value| (2..=8).contains(value))
}

/// A TIFF block that says nothing but the orientation.
fn only_orientation(value: u16) -> Bytes {
    let mut block = Vec::with_capacity(26);
    block.extend_from_slice(b"MM\0\x2A\0\0\0\x08");
    block.extend_from_slice(&[0, 1]);
    block.extend_from_slice(&[0x01, 0x12, 0, 3, 0, 0, 0, 1]);
    block.extend_from_slice(&value.to_be_bytes());
    block.extend_from_slice(&[0, 0, 0, 0, 0, 0]);
    Bytes::from(block)
}
