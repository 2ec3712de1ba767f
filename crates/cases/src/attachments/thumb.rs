//! Thumbnails. The size is read before anything is decoded, so that a small file cannot ask for much memory.

use super::{AttachmentError, Media};
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, metadata::Orientation};
use std::io::Cursor;

/// The longer side of a thumbnail, in pixels.
pub const SIDE: u32 = 320;
/// No image may be wider or higher than this.
const MAX_SIDE: u32 = 20_000;
/// No image may have more pixels than this (a 100-megapixel phone photo passes).
const MAX_PIXELS: u64 = 120_000_000;
/// No decoding may take more memory than this.
const MAX_MEMORY: u64 = 512 * 1024 * 1024;

/// A JPEG thumbnail of an image.
///
/// # Errors
/// [`AttachmentError::TooManyPixels`] for an image that is too large to open, [`AttachmentError::Damaged`] when it
/// cannot be decoded.
pub fn thumbnail(media: Media, bytes: &[u8]) -> Result<Option<Vec<u8>>, AttachmentError> {
    let format = match media {
        Media::Jpeg => ImageFormat::Jpeg,
        Media::Png => ImageFormat::Png,
        Media::Webp => ImageFormat::WebP,
        Media::Pdf
        | Media::Mp3
        | Media::M4a
        | Media::Ogg
        | Media::Wav
        | Media::Amr
        | Media::Aac
        | Media::Flac => return Ok(None),
    };
    let (width, height) = ImageReader::with_format(Cursor::new(bytes), format)
        .into_dimensions()
        .map_err(|_| AttachmentError::Damaged)?;
    if width > MAX_SIDE || height > MAX_SIDE || u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(AttachmentError::TooManyPixels);
    }
    let image = decode(format, bytes)?;
    let small = image.thumbnail(SIDE, SIDE).to_rgb8();
    let mut out = Vec::new();
    DynamicImage::ImageRgb8(small)
        .write_to(&mut Cursor::new(&mut out), ImageFormat::Jpeg)
        .map_err(|_| AttachmentError::Damaged)?;
    Ok(Some(out))
}

fn decode(format: ImageFormat, bytes: &[u8]) -> Result<DynamicImage, AttachmentError> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(refused)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder).map_err(refused)?;
    image.apply_orientation(orientation);
    Ok(image)
}

fn refused(error: image::ImageError) -> AttachmentError {
    match error {
        image::ImageError::Limits(_) => AttachmentError::TooManyPixels,
        image::ImageError::Decoding(_)
        | image::ImageError::Encoding(_)
        | image::ImageError::Parameter(_)
        | image::ImageError::Unsupported(_)
        | image::ImageError::IoError(_) => AttachmentError::Damaged,
    }
}
