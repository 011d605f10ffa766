//! What can be asked of a video file, and what comes out of it.

use std::time::Duration;

use image::RgbImage;
use serde::{Deserialize, Serialize};

/// File name endings of videos, in lower case.
pub const VIDEO_EXTENSIONS: [&str; 5] = ["mp4", "avi", "mov", "mkv", "webm"];

/// How a file is opened and decoded.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenOptions {
    /// How colors are computed.
    pub color: Color,
    /// Largest accepted width × height in pixels; the default, 36 million, admits 8K. Frames that
    /// grow beyond it within a file count as bad packets, unless they stay below a megapixel. It
    /// also bounds each block of memory that FFmpeg takes, for all videos of the process: the
    /// largest limit in use counts.
    pub max_pixels: u64,
    /// Decoder threads for this one file; 0 is one per core.
    pub threads: usize,
    /// Longest wait for the file to open, and then from one decoded frame, or packet left out, to
    /// the next. Time the caller spends between frames is not counted.
    pub time_limit: Duration,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            color: Color::default(),
            max_pixels: 36_000_000,
            threads: 1,
            time_limit: Duration::from_secs(60),
        }
    }
}

/// Which matrix turns YUV into RGB.
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
    /// BT.601 whatever the file says, as OpenCV does (opencv#20513): for models trained on
    /// images that OpenCV decoded.
    #[default]
    Cv2Compatible,
    /// The matrix and range the file declares; BT.601 where it declares none.
    #[serde(alias = "honour-tags")]
    HonorTags,
}

/// What the header says, before any frame is decoded.
#[derive(Clone, Debug, PartialEq)]
pub struct Info {
    /// Width in pixels after display rotation; 0 when a damaged header does not say. The pixel
    /// aspect ratio is ignored.
    pub width: u32,
    /// Height in pixels after display rotation; 0 when a damaged header does not say.
    pub height: u32,
    /// Average frames per second.
    pub fps: Option<f64>,
    /// Number of frames. A hint: many containers have none, and it neither follows edit lists nor
    /// shrinks when a file is cut. [`Video::count_frames`](crate::Video::count_frames) counts.
    pub frames: Option<u64>,
    /// Length in seconds.
    pub duration: Option<f64>,
    /// FFmpeg's name of the codec: `h264`, `mpeg4` ….
    pub codec: String,
}

/// Which frames are wanted: numbers 0, `every`, 2·`every`, …, at most `max` of them.
///
/// Numbers count decoded frames. In a damaged file they drift from the original's; time stamps do
/// not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Distance between wanted frames; 0 counts as 1.
    pub every: u64,
    /// Decoding stops after this many; `None` goes to the end.
    pub max: Option<u64>,
}

impl Selection {
    /// Every frame.
    pub const ALL: Self = Self { every: 1, max: None };
}

/// One decoded image.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// Number of the frame among all decoded ones, from 0.
    pub index: u64,
    /// Seconds since the start of the stream, where the file tells.
    pub time: Option<f64>,
    /// The decoder had to guess parts of it: missing references, broken data.
    pub corrupt: bool,
    /// The image as it is to be displayed: rotated and mirrored as the file demands.
    pub image: RgbImage,
}

/// What happened up to now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Decoded frames, wanted or not.
    pub decoded: u64,
    /// Packets left out because no wanted frame needs them.
    pub skipped: u64,
    /// Packets that could not be read or decoded.
    pub bad_packets: u64,
    /// Decoded frames that the decoder flagged as damaged, wanted or not.
    pub corrupt_frames: u64,
    /// Why reading ended before the end of the file, if it did.
    pub read_error: Option<String>,
}

impl Stats {
    /// What was wrong with the file, in words; nothing if all of it could be read.
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
    fn damage_is_told_in_words() {
        assert_eq!(Stats::default().damage(), None);
        let stats = Stats { bad_packets: 2, read_error: Some("EIO".into()), ..Stats::default() };
        let expected = "2 packets could not be decoded, it cannot be read to its end: EIO";
        assert_eq!(stats.damage().as_deref(), Some(expected));
    }
}
