//! Files: told by content, cleaned, sealed, served harmlessly. Every image is made here.

use crate::web_kit::{self as kit, Planted};
use bytes::Bytes;
use cases::{
    CaseError, Ctx,
    attachments::{self, AttachmentError, Files, MAX_BYTES, Media, Upload, sniff, strip, thumbnail},
};
use diesel::prelude::*;
use image::{DynamicImage, ImageFormat, RgbImage};
use img_parts::{ImageEXIF, jpeg::Jpeg, png::Png, webp::WebP};
use people::Role;
use std::io::Cursor;
use store::{StoreError, events, schema, testkit::on_both_kits};

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
    assert_eq!(told(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"), Err("attachment.heic"));
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

/// An MP4 box.
fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let size = u32::try_from(content.len() + 8).expect("a small box");
    [&size.to_be_bytes()[..], kind, content].concat()
}

/// A recording as Android and Apple write it: places in `©xyz`, `loci` and Apple's keys, sound behind them.
fn recording() -> Vec<u8> {
    let key = |name: &[u8]| boxed(b"mdta", name);
    let keys = [key(b"com.apple.quicktime.make"), key(b"com.apple.quicktime.location.ISO6709")].concat();
    let keys = boxed(b"keys", &[&[0, 0, 0, 0, 0, 0, 0, 2][..], &keys].concat());
    let data = |text: &[u8]| boxed(b"data", &[&[0, 0, 0, 1, 0, 0, 0, 0][..], text].concat());
    let items = [boxed(&[0, 0, 0, 1], &data(b"Maker")), boxed(&[0, 0, 0, 2], &data(PLACE))].concat();
    let handler = boxed(b"hdlr", &[0; 25]);
    let meta = boxed(b"meta", &[handler, keys, boxed(b"ilst", &items)].concat());
    let user =
        boxed(b"udta", &[boxed(b"\xA9xyz", PLACE), boxed(b"loci", PLACE), boxed(b"name", b"kept")].concat());
    let track = boxed(b"trak", &boxed(b"udta", &boxed(b"\xA9xyz", PLACE)));
    let head = boxed(b"ftyp", b"M4A \0\0\0\0isom");
    [head, boxed(b"moov", &[track, user, meta].concat()), boxed(b"mdat", b"sound")].concat()
}

#[test]
fn a_recording_loses_its_places_and_nothing_moves() {
    let recording = recording();
    assert_eq!(sniff(&recording).expect("a type"), Media::M4a);
    let stripped = strip(Media::M4a, recording.clone().into()).expect("it can be taken apart");
    assert!(holds(&recording, PLACE) && !holds(&stripped, PLACE));
    assert_eq!(stripped.len(), recording.len(), "the sound's offsets still fit");
    for kept in [&b"Maker"[..], b"kept", b"sound"] {
        assert!(holds(&stripped, kept), "what names no place stays");
    }
    let mut broken = recording.clone();
    let moov = recording.windows(4).position(|window| window == b"udta").expect("a box") - 4;
    broken[moov..moov + 4].copy_from_slice(&[0xFF; 4]);
    let refused = strip(Media::M4a, broken.into()).expect_err("boxes that do not fit");
    assert_eq!(refused.code(), "attachment.damaged");
    for cut in 0..recording.len() {
        let _ = strip(Media::M4a, recording[..cut].to_vec().into());
    }
}

#[test]
fn a_document_loses_its_places_and_nothing_moves() {
    let place = String::from_utf8_lossy(PLACE);
    let exif = [&b"\xFF\xE1\0\x1CExif\0\0"[..], PLACE].concat();
    let text = format!(
        "%PDF-1.7\n1 0 obj << /Title (kept) /GPSLatitude ({place}) /GPSDestination <{place}> >>\n\
         <x:xmpmeta><rdf:Description exif:GPSLatitude=\"{place}\" exif:Make=\"Maker\">\
         <exif:GPSLongitude>{place}</exif:GPSLongitude></x:xmpmeta> the word GPS stays\n"
    );
    let document = [text.as_bytes(), &exif, b"\xFF\xD9 the end"].concat();
    let stripped = strip(Media::Pdf, document.clone().into()).expect("it can be taken apart");
    assert!(holds(&document, PLACE) && !holds(&stripped, PLACE), "{}", String::from_utf8_lossy(&stripped));
    assert_eq!(stripped.len(), document.len(), "the table of objects still fits");
    for kept in [&b"(kept)"[..], b"Maker", b"the word GPS stays", b"\xFF\xD9 the end"] {
        assert!(holds(&stripped, kept));
    }
    for cut in 0..document.len() {
        let _ = strip(Media::Pdf, document[..cut].to_vec().into());
    }
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

/// The files of a folder with their bytes, in the order of their names.
fn contents(folder: &std::path::Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut files = walk(folder);
    files.sort();
    files.into_iter().map(|path| (path.clone(), std::fs::read(path).expect("a file"))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_swapped_file_is_noticed_and_no_hash_stands_in_clear() {
    on_both_kits(async |kit| {
        let store = &kit.store;
        kit::county(store).await;
        let folder = kit.folder().join("attachments");
        let files = Files::folder(&folder).expect("a folder");
        let case = kit::plant(store, Planted::default()).await;
        let actor = kit::actor(201, kit::CENTRE, Role::Steward);
        let (ask, ctx) = (kit::ask(&actor), Ctx::of(actor.clone(), kit::now()));
        let add = async |name: &str, bytes: Bytes| {
            let number = case.to_string();
            attachments::add(store, &files, &ctx, &ask, &number, upload(name, bytes)).await.expect("added")
        };
        let first = add("one.pdf", Bytes::from_static(b"%PDF-1.7\none")).await;
        let second = add("two.png", image(ImageFormat::Png)).await;
        let hash = first.sha256.expect("it is shown to those who may see the file");
        let rows: Vec<Vec<u8>> = store
            .read(|conn| -> Result<_, StoreError> {
                Ok(schema::attachments::table.select(schema::attachments::sha256).load(conn)?)
            })
            .await
            .expect("reads");
        assert!(rows.iter().all(|row| !row.is_empty() && !holds(row, hash.as_bytes())), "sealed");

        let codes = async || {
            let report = attachments::check(store, &files).await.expect("checks");
            report.problems.iter().map(|problem| (problem.code, problem.file)).collect::<Vec<_>>()
        };
        assert_eq!(codes().await, []);
        assert!(store.verify(None).await.expect("verifies").problem.is_none());
        let before = contents(&folder);
        assert_eq!(before.len(), 3, "two contents, one thumbnail");
        // Both are sealed under one key: only the hash tells that they changed places.
        let (a, b) = (&before[0], &before[1]);
        std::fs::write(&a.0, &b.1).expect("writes");
        std::fs::write(&b.0, &a.1).expect("writes");
        assert_eq!(codes().await, [("file.changed", first.id.0), ("file.changed", second.id.0)]);
        for (path, bytes) in &before {
            std::fs::write(path, bytes).expect("writes");
        }
        assert_eq!(codes().await, []);
        std::fs::remove_file(&before[2].0).expect("removes");
        assert_eq!(codes().await, [("file.missing", second.id.0)], "the thumbnail counts too");
        std::fs::write(&before[2].0, &before[2].1).expect("writes");

        let change = async |sql: &'static str| {
            store
                .write(move |tx| -> Result<(), StoreError> {
                    store::native!(tx.conn(), |conn| diesel::sql_query(sql).execute(conn))?;
                    Ok(())
                })
                .await
                .expect("changes");
        };
        change("UPDATE attachments SET removed_at = 1").await;
        let both = [("file.removed_silently", first.id.0), ("file.removed_silently", second.id.0)];
        assert_eq!(codes().await, both);
        change("DELETE FROM attachments").await;
        assert_eq!(codes().await, [("file.no_row", first.id.0), ("file.no_row", second.id.0)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_taken_off_with_a_reason_by_those_who_may() {
    on_both_kits(async |kit| {
        let store = &kit.store;
        let cases = kit::county(store).await;
        let folder = kit.folder().join("attachments");
        let files = Files::folder(&folder).expect("a folder");
        let case = kit::plant(store, Planted { host: Some(kit::ROADS), ..Planted::default() }).await;
        let number = case.to_string();
        let liaison = kit::actor(203, kit::ROADS, Role::Liaison);
        let steward = kit::actor(201, kit::CENTRE, Role::Steward);
        let add = async |who: &people::AccountActor, name: &str| {
            let (ask, ctx) = (kit::ask(who), Ctx::of(who.clone(), kit::now()));
            let bytes = Bytes::from(format!("%PDF-1.7\n{name}"));
            attachments::add(store, &files, &ctx, &ask, &number, upload(name, bytes)).await.expect("added")
        };
        let remove = async |who: &people::AccountActor, id: i64, reason: &str| {
            let (ask, ctx) = (kit::ask(who), Ctx::of(who.clone(), kit::now()));
            let done = attachments::remove(store, &files, &ctx, &ask, id, reason).await;
            done.map_err(|error| error.code())
        };
        let (own, other) = (add(&liaison, "own.pdf").await, add(&steward, "other.pdf").await);
        let offered = |who: &people::AccountActor| {
            let ask = kit::ask(who);
            let number = number.clone();
            async move {
                let of_case = attachments::of_case(store, &ask, &number).await.expect("a list");
                of_case.iter().map(|file| file.removable).collect::<Vec<_>>()
            }
        };
        assert_eq!(offered(&liaison).await, [true, false]);
        assert_eq!(offered(&steward).await, [true, true]);
        assert_eq!(remove(&liaison, other.id.0, "不是我的").await, Err("permission.refused"));
        assert_eq!(remove(&liaison, own.id.0, " ").await, Err("input.invalid"));
        let stranger = kit::actor(205, kit::TOWN, Role::Liaison);
        assert_eq!(remove(&stranger, 12_345, "没有这个").await, Err("case.not_found"));
        assert_eq!(remove(&liaison, own.id.0, "拍到了无关的人").await, Ok(()));
        assert_eq!(remove(&liaison, own.id.0, "再来一次").await, Ok(()), "doing it again does no harm");
        assert_eq!(offered(&steward).await, [true], "it is listed no more");
        assert_eq!(walk(&folder).len(), 1, "its content is gone");

        let page = cases::queries::page(&cases, &kit::ask(&steward), &number).await.expect("the page");
        let told: Vec<_> = page.timeline.iter().filter(|entry| entry.kind == "case.file_removed").collect();
        assert_eq!(told.len(), 1, "once");
        assert_eq!(told[0].texts["reason"], "拍到了无关的人");
        let added: Vec<_> = page.timeline.iter().filter(|entry| entry.kind == "case.file_added").collect();
        assert_eq!(added.len(), 2);
        assert!(added.iter().all(|entry| entry.texts.is_empty()), "no hash is told");
        let report = attachments::check(store, &files).await.expect("checks");
        assert_eq!((report.files, report.removed, report.problems), (1, 1, vec![]));

        store
            .write(move |tx| -> Result<(), StoreError> {
                let held = diesel::update(schema::cases::table.find(case));
                held.set(schema::cases::legal_hold.eq(true)).execute(tx.conn())?;
                Ok(())
            })
            .await
            .expect("held");
        assert_eq!(remove(&steward, other.id.0, "想拿掉").await, Err("attachment.legal_hold"));
        assert_eq!(offered(&steward).await, [false]);
    })
    .await;
}
