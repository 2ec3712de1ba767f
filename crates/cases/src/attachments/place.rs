//! Takes the place out of recordings and documents. Bytes are blanked where they stand and none is moved, because both
//! formats point at their parts by offset.

use super::AttachmentError;
use bytes::Bytes;
use std::ops::Range;

/// How deep boxes stand in each other at most.
const DEPTH: u32 = 8;
/// The extended type of a box that holds XMP.
const XMP_BOX: [u8; 16] = *b"\xBE\x7A\xCF\xCB\x97\xA9\x42\xE8\x9C\x71\x99\x94\x91\xE3\xAF\xAC";
/// The beginning of Apple's keys for places.
const APPLE_PLACE: &[u8] = b"com.apple.quicktime.location";

/// An MP4 without the place of the recording: `©xyz` and `loci` (3GPP TS 26.244, 8.3), Apple's location keys, XMP.
///
/// # Errors
/// [`AttachmentError::Damaged`] when the boxes that may hold a place do not fit into each other.
pub(super) fn blank_mp4(bytes: &Bytes) -> Result<Bytes, AttachmentError> {
    let mut bytes = bytes.to_vec();
    let whole = 0..bytes.len();
    blank_boxes(&mut bytes, whole, 0)?;
    Ok(bytes.into())
}

/// A box: its type, where it begins, where its content lies.
struct Box4 {
    kind: [u8; 4],
    start: usize,
    content: Range<usize>,
}

/// The box that begins at `at`; `None` where it does not fit.
fn box_at(bytes: &[u8], at: usize, end: usize) -> Option<Box4> {
    let head: [u8; 8] = bytes.get(at..at.checked_add(8)?)?.try_into().ok()?;
    let [a, b, c, d, kind @ ..] = head;
    let (header, size) = match u32::from_be_bytes([a, b, c, d]) {
        0 => (8, end - at),
        1 => {
            let long: [u8; 8] = bytes.get(at + 8..at + 16)?.try_into().ok()?;
            (16, usize::try_from(u64::from_be_bytes(long)).ok()?)
        }
        size => (8, usize::try_from(size).ok()?),
    };
    let stop = at.checked_add(size)?;
    (size >= header && stop <= end).then_some(Box4 { kind, start: at, content: at + header..stop })
}

fn blank_boxes(bytes: &mut [u8], within: Range<usize>, depth: u32) -> Result<(), AttachmentError> {
    if depth > DEPTH {
        return Err(AttachmentError::Damaged);
    }
    let mut places = Vec::new();
    let mut at = within.start;
    while at + 8 <= within.end {
        let Some(found) = box_at(bytes, at, within.end) else {
            // A recording that broke off ends within its sound; nothing stands behind it.
            return if depth == 0 { Ok(()) } else { Err(AttachmentError::Damaged) };
        };
        at = found.content.end;
        match &found.kind {
            b"moov" | b"trak" | b"udta" => blank_boxes(bytes, found.content, depth + 1)?,
            b"meta" => {
                let versioned = bytes.get(found.content.start + 4..found.content.start + 8) != Some(b"hdlr");
                let from = found.content.start + if versioned { 4 } else { 0 };
                blank_boxes(bytes, from.min(found.content.end)..found.content.end, depth + 1)?;
            }
            b"keys" => places = place_keys(&bytes[found.content]),
            b"ilst" => blank_items(bytes, found.content, &places)?,
            b"\xA9xyz" | b"loci" | b"XMP_" => blank_box(bytes, &found),
            b"uuid" if bytes[found.content.clone()].starts_with(&XMP_BOX) => blank_box(bytes, &found),
            _ => {}
        }
    }
    Ok(())
}

/// The numbers (from 1) of the keys that name a place.
fn place_keys(content: &[u8]) -> Vec<u32> {
    let mut places = Vec::new();
    let mut at = 8;
    let mut number = 1;
    while let Some(size) = content.get(at..at + 4).and_then(|size| <[u8; 4]>::try_from(size).ok()) {
        let size = u32::from_be_bytes(size) as usize;
        let Some(key) = content.get(at + 8..at + size.max(8)) else { break };
        if key.starts_with(APPLE_PLACE) {
            places.push(number);
        }
        at += size.max(8);
        number += 1;
    }
    places
}

fn blank_items(bytes: &mut [u8], within: Range<usize>, places: &[u32]) -> Result<(), AttachmentError> {
    let mut at = within.start;
    while at + 8 <= within.end {
        let item = box_at(bytes, at, within.end).ok_or(AttachmentError::Damaged)?;
        at = item.content.end;
        if item.kind == *b"\xA9xyz" || places.contains(&u32::from_be_bytes(item.kind)) {
            blank_box(bytes, &item);
        }
    }
    Ok(())
}

/// Makes free space of a box.
fn blank_box(bytes: &mut [u8], found: &Box4) {
    bytes[found.start + 4..found.start + 8].copy_from_slice(b"free");
    bytes[found.content.clone()].fill(0);
}

/// A PDF without the place: positions in XMP and in the document's own entries, EXIF of the photos inside. What stands
/// in compressed parts stays (XMP is not compressed by custom: ISO 16684-1 wants it to be found by scanning).
pub(super) fn blank_pdf(bytes: &Bytes) -> Bytes {
    let mut bytes = bytes.to_vec();
    for at in all(&bytes, b"GPS") {
        if let Some(value) = value_after(&bytes, at) {
            bytes[value].fill(b' ');
        }
    }
    for at in all(&bytes, b"Exif\0\0") {
        blank_exif(&mut bytes, at);
    }
    bytes.into()
}

fn all(bytes: &[u8], needle: &[u8]) -> Vec<usize> {
    let starts = bytes.windows(needle.len()).enumerate();
    starts.filter(|(_, window)| *window == needle).map(|(at, _)| at).collect()
}

/// Where the value of the name around `at` stands: `exif:GPSLatitude="…"`, `<exif:GPSLatitude>…<`, `/GPSLatitude (…)`,
/// `/GPSLatitude <…>`. `None` where it is no such name.
fn value_after(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    /// No position takes more than this.
    const LONGEST: usize = 256;
    let before = *bytes.get(at.checked_sub(1)?)?;
    let rest = bytes.get(at..)?;
    let name = rest.iter().position(|byte| !byte.is_ascii_alphanumeric())?;
    let gap = rest[name..].iter().position(|byte| !byte.is_ascii_whitespace() && *byte != b'=')?;
    let open = name + gap;
    let close = match (before, rest[open]) {
        (b':', quote @ (b'"' | b'\'')) => quote,
        (b':', b'>') => b'<',
        (b'/', b'(') => b')',
        (b'/', b'<') => b'>',
        _ => return None,
    };
    let value = &rest[open + 1..rest.len().min(open + 1 + LONGEST)];
    let length = value.iter().position(|byte| *byte == close)?;
    Some(at + open + 1..at + open + 1 + length)
}

/// Empties the EXIF segment of a photo whose identifier stands at `at`; the segment stays, as long as it was.
fn blank_exif(bytes: &mut [u8], at: usize) {
    let Some(start) = at.checked_sub(4) else { return };
    let (0xFF, 0xE1) = (bytes[start], bytes[start + 1]) else { return };
    let length = usize::from(u16::from_be_bytes([bytes[start + 2], bytes[start + 3]]));
    let end = (start + 2 + length).min(bytes.len());
    if let Some(segment) = bytes.get_mut(at..end) {
        segment.fill(0);
    }
}
