//! Options and results of reading a video file.

use std::time::Duration;

use image::RgbImage;
use serde::{Deserialize, Serialize};

/// File name extensions of videos, in lower case.
pub const VIDEO_EXTENSIONS: [&str; 17] = [
    "mp4", "m4v", "mov", "avi", "mkv", "webm", "mpg", "mpeg", "3gp", "3g2", "ts", "mts", "m2ts",
    "wmv", "flv", "ogv", "gif",
];

/// How a file is opened and decoded.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenOptions {
    /// YUV to RGB conversion.
    pub color: Color,
    /// What happens to pixels that are not square.
    pub aspect: PixelAspect,
    /// Largest accepted width × height in pixels; the default, 36 million, admits 8K. Frames that
    /// exceed it later in a file count as bad packets, unless they are below a megapixel. It also
    /// bounds each memory block that FFmpeg allocates, for all videos of the process: the largest
    /// limit in use counts.
    pub max_pixels: u64,
    /// Decoder threads for this one file; 0 is one per core.
    pub threads: usize,
    /// Longest wait for the file to open, and then from one decoded frame or skipped packet to the
    /// next. Time that the caller spends between frames is not counted.
    pub time_limit: Duration,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            color: Color::default(),
            aspect: PixelAspect::default(),
            max_pixels: 36_000_000,
            threads: 1,
            time_limit: Duration::from_secs(60),
        }
    }
}

/// The matrix that converts YUV to RGB.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::EnumString,
    strum::VariantNames,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Color {
    /// BT.601 for every file, as in OpenCV (opencv#20513): for models trained on images that OpenCV
    /// decoded.
    #[default]
    Cv2Compatible,
    /// The matrix and range the file declares; BT.601 where it declares none.
    #[serde(alias = "honour-tags")]
    HonorTags,
}

/// What happens to pixels that are not square: wider or narrower than high.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::EnumString,
    strum::VariantNames,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum PixelAspect {
    /// The image has the stored pixels, as in OpenCV: anamorphic video looks squeezed.
    #[default]
    Stored,
    /// The image is resized to square pixels, bilinearly: the shorter direction grows. The result, too,
    /// must not exceed [`OpenOptions::max_pixels`].
    Square,
}

/// The contents of the header, before any frame is decoded.
#[derive(Clone, Debug, PartialEq)]
pub struct Info {
    /// Width in pixels of the images, by the header: after the display rotation of the container and
    /// [`OpenOptions::aspect`]; 0 when a damaged header lacks it. Frames may have a rotation and a size
    /// of their own.
    pub width: u32,
    /// Height in pixels of the images, by the header.
    pub height: u32,
    /// Average frames per second.
    pub fps: Option<f64>,
    /// Number of packets. A hint: many containers have none, and it ignores edit lists, truncation,
    /// hidden frames and fields. [`Video::count_frames`](crate::Video::count_frames) counts.
    pub frames: Option<u64>,
    /// Length in seconds.
    pub duration: Option<f64>,
    /// FFmpeg's name of the codec: `h264`, `mpeg4` ….
    pub codec: String,
}

/// The selected frames: numbers 0, `every`, 2·`every`, …, at most `max` of them.
///
/// Numbers count decoded frames. In a damaged file they drift from the original's; time stamps do
/// not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Distance between selected frames; 0 counts as 1.
    pub every: u64,
    /// Maximum number of selected frames; `None` for no limit.
    pub max: Option<u64>,
}

impl Selection {
    /// Every frame.
    pub const ALL: Self = Self { every: 1, max: None };
}

/// One decoded frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// Number of the frame among all decoded ones, from 0.
    pub index: u64,
    /// Seconds since the start of the stream, where the file has time stamps.
    pub time: Option<f64>,
    /// Whether the decoder had to conceal errors: missing references, broken data.
    pub corrupt: bool,
    /// The image for display: rotated and mirrored as the container specifies, or else the stream.
    pub image: RgbImage,
}

/// Statistics of reading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Decoded frames, selected or not.
    pub decoded: u64,
    /// Skipped packets, which no selected frame needs.
    pub skipped: u64,
    /// Packets that could not be read or decoded.
    pub bad_packets: u64,
    /// Decoded frames that the decoder flagged as damaged, selected or not.
    pub corrupt_frames: u64,
    /// The error that ended reading before the end of the file, if any.
    pub read_error: Option<String>,
}

impl Stats {
    /// A description of the damage; `None` for an undamaged file.
    #[must_use]
    pub fn damage(&self) -> Option<String> {
        let count = |n: u64, what: &str| (n > 0).then(|| format!("{n} {what}"));
        let parts = [
            count(self.bad_packets, "packets could not be decoded"),
            count(self.corrupt_frames, "frames are damaged"),
            self.read_error.as_ref().map(|error| format!("it cannot be read to its end: {error}")),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_is_described() {
        assert_eq!(Stats::default().damage(), None);
        let stats = Stats { bad_packets: 2, read_error: Some("EIO".into()), ..Stats::default() };
        let expected = "2 packets could not be decoded, it cannot be read to its end: EIO";
        assert_eq!(stats.damage().as_deref(), Some(expected));
    }
}
