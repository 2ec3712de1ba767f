//! Files from anybody: told, stripped and drawn small, or refused with a code; never a panic, never more than came in.

use bytes::Bytes;
use cases::attachments::{sniff, strip, thumbnail};
use image::{DynamicImage, ImageFormat, RgbImage};
use proptest::prelude::*;
use std::io::Cursor;

const MAGIC: &[&[u8]] = &[
    b"\xFF\xD8\xFF\xE1\x00\x10Exif\x00\x00",
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR",
    b"RIFF\x24\x00\x00\x00WEBPVP8 ",
    b"RIFF\x24\x00\x00\x00WAVEfmt ",
    b"%PDF-1.7\n",
    b"ID3\x04\x00\x00\x00\x00\x00\x7f",
    b"\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00M4A mp42",
    b"OggS\x00\x02",
    b"#!AMR\n",
    b"fLaC\x00\x00\x00\x22",
    b"\xFF\xF1\x50\x80",
    b"GIF89a",
    b"PK\x03\x04",
    b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>",
    b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic",
];

fn photo(format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    let picture =
        DynamicImage::ImageRgb8(RgbImage::from_fn(40, 30, |x, y| image::Rgb([x as u8, y as u8, 7])));
    picture.write_to(&mut Cursor::new(&mut bytes), format).expect("a picture");
    bytes
}

/// Whatever the bytes are.
fn judge(bytes: &[u8]) -> Result<(), TestCaseError> {
    let media = match sniff(bytes) {
        Ok(media) => media,
        Err(error) => {
            prop_assert!(error.code().starts_with("attachment."));
            return Ok(());
        }
    };
    prop_assert!(!media.mime().contains("html") && !media.mime().contains("svg"));
    match strip(media, Bytes::copy_from_slice(bytes)) {
        Ok(stripped) => {
            prop_assert!(stripped.len() <= bytes.len() + 1024, "{} became {}", bytes.len(), stripped.len());
            let again = sniff(&stripped);
            prop_assert!(
                again.is_err() || again.is_ok_and(|again| again == media),
                "it became something else"
            );
        }
        Err(error) => prop_assert!(error.code().starts_with("attachment.")),
    }
    match thumbnail(media, bytes) {
        Ok(small) => prop_assert!(small.is_none_or(|small| small.len() < 500_000)),
        Err(error) => prop_assert!(error.code().starts_with("attachment.")),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn any_beginning_with_any_rest(
        magic in proptest::sample::select(MAGIC),
        rest in proptest::collection::vec(any::<u8>(), 0..400),
    ) {
        judge(&[magic, &rest].concat())?;
    }

    #[test]
    fn damaged_pictures(
        format in proptest::sample::select(vec![ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP]),
        harm in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..6),
        cut in proptest::option::of(any::<proptest::sample::Index>()),
    ) {
        let mut bytes = photo(format);
        for (at, byte) in harm {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        judge(&bytes)?;
    }

    /// A page, a script or an archive inside a sound picture is never served: refused, or cut off.
    #[test]
    fn two_things_at_once(
        format in proptest::sample::select(vec![ImageFormat::Jpeg, ImageFormat::Png]),
        other in proptest::sample::select(vec![
            &b"<html><script>alert(1)</script>"[..], b"<!DOCTYPE html>", b"<SVG onload=alert(1)>", b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        ]),
    ) {
        let mut bytes = photo(format);
        bytes.extend(other);
        if let Ok(media) = sniff(&bytes) {
            let stripped = strip(media, bytes.into()).expect("a sound picture");
            let inside = stripped.windows(other.len()).any(|window| window == other);
            prop_assert!(!inside, "the other thing is still in the {media:?}");
        }
    }
}
