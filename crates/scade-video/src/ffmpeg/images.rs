//! Makes an image for display of a decoded frame: its colors, its size, its orientation.

use ffmpeg_next as ffmpeg;
use ffmpeg_next::frame::side_data::Type;
use image::metadata::Orientation;
use image::{DynamicImage, RgbImage};

use super::aspect;
use super::cause;
use super::orientation;
use super::scaler::Scaler;
use super::video::Video;
use crate::{Error, PixelAspect};

/// Makes images of the frames of one video.
pub(super) struct Images {
    scaler: Scaler,
}

impl Images {
    pub(super) fn new() -> Self {
        Self { scaler: Scaler::new() }
    }

    /// Reuses the memory of an image for a later one.
    pub(super) fn reuse(&mut self, image: RgbImage) {
        self.scaler.reuse(image);
    }

    /// The image of frame number `index`.
    pub(super) fn image(
        &mut self,
        video: &Video,
        raw: &ffmpeg::frame::Video,
        index: u64,
    ) -> Result<RgbImage, Error> {
        let Video { source, options, .. } = video;
        let path = || source.path().to_owned();
        let image = match options.aspect {
            PixelAspect::Stored => self.scaler.rgb(raw, options.color),
            PixelAspect::Square => {
                let ratio = aspect::of_frame(source.stream(), raw);
                let (width, height) = aspect::square((raw.width(), raw.height()), ratio);
                let limit = options.max_pixels;
                if u64::from(width) * u64::from(height) > limit {
                    return Err(Error::TooLarge { path: path(), width, height, limit });
                }
                self.scaler.resized(raw, (width, height), options.color)
            }
        };
        let image =
            image.map_err(|error| Error::Convert { path: path(), index, source: cause(error) })?;
        // The container's matrix comes first; the stream may have its own.
        let orientation = video.orientation.unwrap_or_else(|| of_frame(raw));
        if orientation == Orientation::NoTransforms {
            return Ok(image);
        }
        let mut turned = DynamicImage::ImageRgb8(image);
        turned.apply_orientation(orientation);
        Ok(turned.into_rgb8())
    }
}

/// The display orientation in the frame itself.
fn of_frame(raw: &ffmpeg::frame::Video) -> Orientation {
    raw.side_data(Type::DisplayMatrix)
        .and_then(|data| orientation::parse(data.data()))
        .map_or(Orientation::NoTransforms, orientation::nearest)
}
