//! The frames of an animated WebP, which FFmpeg does not read.

use std::io::Cursor;
use std::time::Duration;

use image::codecs::webp::WebPDecoder;
use image::{AnimationDecoder, ImageDecoder, ImageFormat, RgbImage};

use super::{DecodeError, check_size, opaque};

/// The frames of an animated WebP and the time of each since the start, decoded one by one; transparent
/// pixels composed on white.
///
/// # Errors
/// When the file is not a WebP, is damaged at its start, or declares too many pixels. A frame that is
/// damaged is an error of the iterator.
pub fn webp_frames(
    bytes: &[u8],
) -> Result<impl Iterator<Item = Result<(RgbImage, Duration), DecodeError>>, DecodeError> {
    let failed = |error| DecodeError::of(ImageFormat::WebP, error);
    let decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(failed)?;
    check_size(bytes, decoder.dimensions())?;
    let mut time = Duration::ZERO;
    Ok(decoder.into_frames().map(move |frame| {
        let frame = frame.map_err(failed)?;
        let start = time;
        time += Duration::from(frame.delay());
        Ok((opaque(frame.into_buffer().into()), start))
    }))
}
