//! Any image of a user, as a viewer shows it: the format is found in the bytes, the orientation obeyed,
//! transparency composed on white.
//!
//! What is decoded is right to a level of the reference decoders, usual JPEG files to the last bit, or it is
//! an error that says what is wrong: an image that is damaged gives no pixels at all.

mod animation;
mod error;
mod heic;
mod jpeg;
mod orientation;

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, Rgb, RgbImage};

pub use animation::webp_frames;
pub use error::DecodeError;

/// File name extensions of the images that [`decode_image`] reads, in lower case.
pub const IMAGE_EXTENSIONS: [&str; 13] = [
    "jpg", "jpeg", "jpe", "jfif", "png", "apng", "bmp", "webp", "tif", "tiff", "gif", "heic",
    "heif",
];

/// Longest side of an image that is decoded, in pixels.
const MAX_SIDE: u32 = 32_768;

/// Pixels that any file may have.
const SURE_PIXELS: u64 = 4_000_000;

/// Pixels for each byte of a file that has more than [`SURE_PIXELS`]. Photographs have less than 30; a file
/// made to fill memory has thousands.
const PIXELS_PER_BYTE: u64 = 500;

/// Memory of a decoder for each pixel: four channels of 16 bits.
const BYTES_PER_PIXEL: u64 = 8;

/// What transparent pixels are composed on, 0..255 in each channel.
const BACKGROUND: u8 = 255;

/// Decodes an image as a viewer shows it: 8-bit RGB, turned upright by its Exif or XMP orientation,
/// transparent pixels composed on white. Of an animation the first frame.
///
/// JPEG (baseline, extended, progressive; any order of scans, any sampling; gray, RGB, CMYK), PNG, WebP,
/// BMP, TIFF, GIF, HEIC. The content decides, not a name.
///
/// # Errors
/// When the bytes are not an image of these formats, use a feature that is not supported, are damaged or
/// cut short, or declare too many pixels.
pub fn decode_image(bytes: &[u8]) -> Result<RgbImage, DecodeError> {
    let format = Format::of(bytes).ok_or(DecodeError::NotAnImage)?;
    // Decoders of others have panicked on crafted files; that must not end a batch.
    let decoded = catch_unwind(AssertUnwindSafe(|| match format {
        Format::Heic => heic::decode(bytes),
        Format::Other(ImageFormat::Jpeg) => jpeg::decode(bytes),
        Format::Other(format) => decode(bytes, format),
    }));
    decoded.unwrap_or_else(|panic| {
        let message = panic.downcast_ref::<String>().cloned();
        let message = message.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()));
        let cause = message.unwrap_or_else(|| "the decoder failed".into()).into();
        Err(DecodeError::Damaged { format: format.name(), cause })
    })
}

/// A format that is read.
#[derive(Clone, Copy)]
enum Format {
    Heic,
    /// One of the crate `image`.
    Other(ImageFormat),
}

impl Format {
    /// By the first bytes.
    fn of(bytes: &[u8]) -> Option<Self> {
        use ImageFormat::{Bmp, Gif, Jpeg, Png, Tiff, WebP};
        if heic::is_heic(bytes) {
            return Some(Self::Heic);
        }
        let format = image::guess_format(bytes).ok()?;
        matches!(format, Bmp | Gif | Jpeg | Png | Tiff | WebP).then_some(Self::Other(format))
    }

    fn name(self) -> &'static str {
        match self {
            Self::Heic => "HEIC",
            Self::Other(format) => name(format),
        }
    }
}

fn name(format: ImageFormat) -> &'static str {
    match format {
        ImageFormat::Bmp => "BMP",
        ImageFormat::Gif => "GIF",
        ImageFormat::Jpeg => "JPEG",
        ImageFormat::Png => "PNG",
        ImageFormat::Tiff => "TIFF",
        _ => "WebP",
    }
}

fn decode(bytes: &[u8], format: ImageFormat) -> Result<RgbImage, DecodeError> {
    let failed = |error| DecodeError::of(format, error);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    // The size is checked below, with the numbers in the message.
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(BYTES_PER_PIXEL * most_pixels(bytes));
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(failed)?;
    check_size(bytes, decoder.dimensions())?;
    let exif = decoder.exif_metadata().ok().flatten();
    let xmp = decoder.xmp_metadata().ok().flatten();
    let orientation = match format {
        ImageFormat::Tiff => orientation::of(Some(bytes), xmp.as_deref()),
        ImageFormat::Png => {
            let profile = exif.or_else(|| orientation::raw_profile(bytes));
            orientation::of(profile.as_deref(), xmp.as_deref())
        }
        _ => orientation::of(exif.as_deref(), xmp.as_deref()),
    };
    let mut image = DynamicImage::from_decoder(decoder).map_err(failed)?;
    image.apply_orientation(orientation);
    Ok(opaque(image))
}

/// Refuses an image before memory is taken for it.
fn check_size(bytes: &[u8], (width, height): (u32, u32)) -> Result<(), DecodeError> {
    let pixels = u64::from(width) * u64::from(height);
    if width > MAX_SIDE || height > MAX_SIDE || pixels > most_pixels(bytes) {
        return Err(DecodeError::TooLarge { width, height, bytes: bytes.len() });
    }
    Ok(())
}

fn most_pixels(bytes: &[u8]) -> u64 {
    SURE_PIXELS.max(bytes.len() as u64 * PIXELS_PER_BYTE)
}

/// 8-bit RGB; transparent pixels show the background.
fn opaque(image: DynamicImage) -> RgbImage {
    if !image.color().has_alpha() {
        return image.into_rgb8();
    }
    let image = image.into_rgba8();
    let mut out = RgbImage::new(image.width(), image.height());
    for (out, pixel) in out.pixels_mut().zip(image.pixels()) {
        let [red, green, blue, alpha] = pixel.0;
        *out = Rgb([red, green, blue].map(|value| composed(value, alpha)));
    }
    out
}

/// A value over the background, rounded.
fn composed(value: u8, alpha: u8) -> u8 {
    let (value, alpha) = (u32::from(value), u32::from(alpha));
    let sum = value * alpha + u32::from(BACKGROUND) * (255 - alpha);
    ((sum + 127) / 255) as u8
}

#[cfg(test)]
mod tests;
