//! Files: told by content, cleaned, sealed, served harmlessly. Every image is made here.

use crate::web_kit::{self as kit, Planted};
use bytes::Bytes;
use cases::{
    CaseError, Ctx,
    attachments::{self, AttachmentError, Files, MAX_BYTES, Media, Upload, sniff, strip, thumbnail},
};
use image::{DynamicImage, ImageFormat, RgbImage};
use img_parts::{ImageEXIF, jpeg::Jpeg, png::Png, webp::WebP};
use people::Role;
use std::io::Cursor;
use store::{events, testkit::on_both_kits};

/// The words that must not leave with a photo.
const PLACE: &[u8] = b"GPS34.7450N106.1370E";

fn image(format: ImageFormat) -> Bytes {
    let pixels = RgbImage::from_fn(64, 40, |x, y| image::Rgb([x as u8, y as u8, 90]));
    let mut out = Vec::new();
    DynamicImage::ImageRgb8(pixels).write_to(&mut Cursor::new(&mut out), format).expect("an image");
    out.into()
}

/// A TIFF block with an orientation and a place.
fn exif(orientation: u8) -> Bytes {
    let mut block = b"MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    block.extend([orientation, 0, 0, 0, 0, 0, 0]);
    block.extend(PLACE);
    block.into()
}

fn photo(format: ImageFormat) -> Bytes {
    let plain = image(format);
    match format {
        ImageFormat::Jpeg => {
            let mut image = Jpeg::from_bytes(plain).expect("a JPEG");
            image.set_exif(Some(exif(6)));
            image.encoder().bytes()
        }
        ImageFormat::Png => {
            let mut image = Png::from_bytes(plain).expect("a PNG");
            image.set_exif(Some(exif(6)));
            image.encoder().bytes()
        }
        _ => {
            let mut image = WebP::from_bytes(plain).expect("a WebP");
            image.set_exif(Some(exif(6)));
            image.encoder().bytes()
        }
    }
}

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

const FORMATS: [(ImageFormat, Media); 3] =
    [(ImageFormat::Jpeg, Media::Jpeg), (ImageFormat::Png, Media::Png), (ImageFormat::WebP, Media::Webp)];

#[test]
fn the_place_is_taken_out_and_the_picture_stays() {
    for (format, media) in FORMATS {
        let photo = photo(format);
        assert!(holds(&photo, PLACE));
        assert_eq!(sniff(&photo).expect("a type"), media);
        let stripped = strip(media, photo.clone()).expect("it can be taken apart");
        assert!(!holds(&stripped, PLACE), "{media:?}");
        assert!(holds(&stripped, b"\x01\x12\0\x03\0\0\0\x01\0\x06"), "{media:?}: the orientation stays");
        let before = image::load_from_memory(&photo).expect("pixels").to_rgb8();
        let after = image::load_from_memory(&stripped).expect("pixels").to_rgb8();
        assert_eq!(before, after, "{media:?}: no pixel changes");
        let small = thumbnail(media, &stripped).expect("a thumbnail").expect("of an image");
        let small = image::load_from_memory(&small).expect("a JPEG");
        assert!(small.height() > small.width(), "{media:?}: turned as the camera was held");
    }
}

#[test]
fn what_hides_behind_a_jpeg_is_cut_off() {
    let mut bytes = photo(ImageFormat::Jpeg).to_vec();
    bytes.extend(photo(ImageFormat::Jpeg));
    let stripped = strip(Media::Jpeg, bytes.into()).expect("it can be taken apart");
    assert!(!holds(&stripped, PLACE));
    assert!(stripped.ends_with(&[0xFF, 0xD9]));
}

#[test]
fn types_are_told_by_content_and_others_refused() {
    let told = |bytes: &[u8]| sniff(bytes).map_err(|error| error.code());
    assert_eq!(told(b"%PDF-1.7\n1 0 obj"), Ok(Media::Pdf));
    assert_eq!(told(b"ID3\x04\0\0\0\0\0\0"), Ok(Media::Mp3));
    assert_eq!(told(b"RIFF\x24\0\0\0WAVEfmt "), Ok(Media::Wav));
    assert_eq!(told(b"#!AMR\n\x3c\x0c\x91\x15\x98\x20"), Ok(Media::Amr));
    assert_eq!(told(b""), Err("attachment.empty"));
    assert_eq!(told(b"MZ\x90\0"), Err("attachment.media_type"));
    assert_eq!(told(b"<html><script>"), Err("attachment.media_type"));
    assert_eq!(told(b"<svg xmlns=\"http://www.w3.org/2000/svg\">"), Err("attachment.media_type"));
    assert_eq!(told(b"PK\x03\x04 a document"), Err("attachment.media_type"));
    assert_eq!(told(b"GIF89a"), Err("attachment.media_type"));
    let mut archive = image(ImageFormat::Png).to_vec();
    archive.extend(b"PK\x05\x06");
    archive.extend([0; 18]);
    assert_eq!(told(&archive), Err("attachment.polyglot"));
    let mut page = b"\xFF\xD8\xFF\xFE\0\x40<script>alert(1)</script>".to_vec();
    page.extend(image(ImageFormat::Jpeg));
    assert_eq!(told(&page), Err("attachment.polyglot"));
    assert_eq!(told(b"%PDF-1.7\n<script>"), Err("attachment.polyglot"));
}

#[test]
fn a_small_file_cannot_ask_for_much_memory() {
    // A PNG header that promises 60,000 × 60,000 pixels.
    let mut png = Png::from_bytes(image(ImageFormat::Png)).expect("a PNG");
    let header = png.chunks().first().expect("a header").contents().clone();
    let mut bomb = header.to_vec();
    bomb[..8].copy_from_slice(&[0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60]);
    png.chunks_mut()[0] = img_parts::png::PngChunk::new(*b"IHDR", bomb.into());
    let bytes = png.encoder().bytes();
    let refused = thumbnail(Media::Png, &bytes).expect_err("refused before decoding");
    assert_eq!(refused.code(), "attachment.too_many_pixels");
    assert_eq!(thumbnail(Media::Jpeg, b"\xFF\xD8\xFF").expect_err("damaged").code(), "attachment.damaged");
    assert!(thumbnail(Media::Pdf, b"%PDF-").expect("no image").is_none());
}

fn upload(name: &str, bytes: Bytes) -> Upload {
    Upload { name: name.into(), bytes, keep_location: false }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_sealed_kept_once_and_read_by_those_who_may_see_the_case() {
    on_both_kits(async |kit| {
        let store = &kit.store;
        kit::county(store).await;
        let folder = kit.folder().join("attachments");
        let files = Files::folder(&folder).expect("a folder");
        let case = kit::plant(store, Planted { confidentiality: "restricted", ..Planted::default() }).await;
        let actor = kit::actor(201, kit::CENTRE, Role::Steward);
        let (ask, ctx) = (kit::ask(&actor), Ctx::of(actor.clone(), kit::now()));
        let name = case.to_string();
        let photo = photo(ImageFormat::Jpeg);
        let add = async |upload: Upload| attachments::add(store, &files, &ctx, &ask, &name, upload).await;
        let added = add(upload("../../现场\u{202e}照片.jpg", photo.clone())).await.expect("it is added");
        assert_eq!(added.name.as_deref(), Some("现场照片.jpg"), "the last part, without tricks");
        assert_eq!((added.media_type.as_str(), added.has_thumbnail), ("image/jpeg", true));
        let again = add(upload("again.jpg", photo.clone())).await.expect("it stands");
        assert_eq!(again.id, added.id, "the same content is kept once");
        let events = store.read(move |conn| events::of_stream(conn, case)).await.expect("the log");
        assert_eq!(events.iter().filter(|event| event.kind == "case.file_added").count(), 1);

        let content = attachments::content(store, &files, &ask, added.id.0).await.expect("the content");
        assert!(!holds(&content.bytes, PLACE));
        assert_eq!(content.name, "现场照片.jpg");
        attachments::thumbnail_of(store, &files, &ask, added.id.0).await.expect("a thumbnail");
        for entry in walk(&folder) {
            let bytes = std::fs::read(entry).expect("a file");
            assert!(!bytes.starts_with(&[0xFF, 0xD8]), "what lies in the folder is sealed");
        }
        let kept = Upload { keep_location: true, ..upload("kept.jpg", photo.clone()) };
        let kept = add(kept).await.expect("it is added");
        let content = attachments::content(store, &files, &ask, kept.id.0).await.expect("the content");
        assert!(holds(&content.bytes, PLACE), "kept on purpose");

        let stranger = kit::ask(&kit::actor(205, kit::ROADS, Role::Liaison));
        let refused = attachments::content(store, &files, &stranger, added.id.0).await;
        assert!(matches!(refused, Err(AttachmentError::Cases(CaseError::NotFound))));
        let refused = attachments::thumbnail_of(store, &files, &stranger, added.id.0).await;
        assert!(matches!(refused, Err(AttachmentError::Cases(CaseError::NotFound))));
        assert!(matches!(attachments::of_case(store, &stranger, &name).await, Err(CaseError::NotFound)));
        assert_eq!(attachments::of_case(store, &ask, &name).await.expect("a list").len(), 2);
        let large = upload("large.pdf", vec![0; MAX_BYTES + 1].into());
        assert_eq!(add(large).await.expect_err("too large").code(), "attachment.too_large");
    })
    .await;
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(walk(&path));
        } else {
            files.push(path);
        }
    }
    files
}
