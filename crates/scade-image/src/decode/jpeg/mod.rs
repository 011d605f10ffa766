//! JPEG: usual files to the last bit as libjpeg-turbo decodes them, all others by the crate `jpeg-decoder`.
//!
//! A face detector answers to single levels, so that results agree with those of other programs only for
//! the same pixels: docs/decisions/0006-image-decoders.md. `cargo xtask jpegs` compares with libjpeg-turbo.

mod bits;
mod color;
mod frame;
mod idct;
mod scan;

use image::{DynamicImage, RgbImage};
use jpeg_decoder::{Decoder, Error, ImageInfo, PixelFormat, UnsupportedFeature};

use self::frame::Frame;
use super::{DecodeError, check_size, orientation};

const FORMAT: &str = "JPEG";

pub(super) fn decode(bytes: &[u8]) -> Result<RgbImage, DecodeError> {
    let mut decoder = Decoder::new(bytes);
    decoder.read_info().map_err(failed)?;
    let info = info(&decoder)?;
    check_size(bytes, (info.width.into(), info.height.into()))?;
    let size = [info.width, info.height].map(usize::from);
    if let Some(frame) = Frame::decode(bytes, size) {
        return upright(&decoder, info, frame.pixels());
    }
    let pixels = decoder.decode().map_err(failed)?;
    // In some files the height comes after the first scan.
    let info = self::info(&decoder)?;
    let rgb = match info.pixel_format {
        PixelFormat::RGB24 => pixels,
        PixelFormat::L8 => pixels.into_iter().flat_map(|value| [value; 3]).collect(),
        PixelFormat::L16 => {
            let feature = "lossless samples of more than 8 bits".to_owned();
            return Err(DecodeError::Unsupported { format: FORMAT, feature });
        }
        PixelFormat::CMYK32 => pixels.as_chunks().0.iter().flat_map(|&ink| rgb_of(ink)).collect(),
    };
    upright(&decoder, info, rgb)
}

fn upright(
    decoder: &Decoder<&[u8]>,
    info: ImageInfo,
    rgb: Vec<u8>,
) -> Result<RgbImage, DecodeError> {
    let image = RgbImage::from_raw(info.width.into(), info.height.into(), rgb)
        .ok_or_else(|| damaged("pixels are missing"))?;
    let orientation = orientation::of(decoder.exif_data(), decoder.xmp_data());
    let mut image = DynamicImage::from(image);
    image.apply_orientation(orientation);
    Ok(image.into_rgb8())
}

fn info(decoder: &Decoder<&[u8]>) -> Result<ImageInfo, DecodeError> {
    decoder.info().ok_or_else(|| damaged("it has no frame header"))
}

fn damaged(what: &'static str) -> DecodeError {
    DecodeError::Damaged { format: FORMAT, cause: what.into() }
}

fn failed(error: Error) -> DecodeError {
    let cause = match error {
        Error::Unsupported(feature) => {
            let feature = match feature {
                UnsupportedFeature::ArithmeticEntropyCoding => "arithmetic coding".to_owned(),
                UnsupportedFeature::Hierarchical => "hierarchical coding".to_owned(),
                UnsupportedFeature::SamplePrecision(bits) => format!("samples of {bits} bits"),
                UnsupportedFeature::ComponentCount(count) => format!("{count} components"),
                feature => format!("{feature:?}"),
            };
            return DecodeError::Unsupported { format: FORMAT, feature };
        }
        Error::Format(message) => message.into(),
        Error::Io(error) => error.into(),
        Error::Internal(error) => error,
    };
    DecodeError::Damaged { format: FORMAT, cause }
}

/// Red, green and blue of inks, 0 for none.
fn rgb_of([cyan, magenta, yellow, black]: [u8; 4]) -> [u8; 3] {
    let over_white = |ink: u8| ((u32::from(255 - ink) * u32::from(255 - black) + 127) / 255) as u8;
    [cyan, magenta, yellow].map(over_white)
}
