//! Options of the MP4 writer.

use scade_settings::{SettingError, require};

/// How a video is encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriterOptions {
    /// Width in pixels, 1 to 8191.
    pub width: u32,
    /// Height in pixels, 1 to 8191.
    pub height: u32,
    /// Frames per second, 1 to 1000.
    pub fps: u32,
    /// The compression.
    pub codec: Codec,
    /// Smaller values give better quality and larger files: the quantizer, 1 to 31, of [`Codec::Mpeg4`]; the
    /// constant rate factor, 0 to 51, of [`Codec::H264`].
    pub quality: u32,
    /// Largest distance between two key frames in frames, 1 to 10,000.
    pub gop: u32,
}

impl WriterOptions {
    /// MPEG-4 in high quality, 25 frames per second, a key frame every twelve frames.
    #[must_use]
    pub const fn new(width: u32, height: u32) -> Self {
        Self { width, height, fps: 25, codec: Codec::Mpeg4, quality: 2, gop: 12 }
    }

    /// Checks every field.
    ///
    /// # Errors
    /// Names the first field that is out of its range.
    pub fn validate(&self) -> Result<(), SettingError> {
        let (quality, range) = match self.codec {
            Codec::Mpeg4 => (1..=31, "1 to 31"),
            Codec::H264 => (0..=51, "0 to 51"),
        };
        let fields = [
            ("width", self.width, 1..=8191, "1 to 8191"),
            ("height", self.height, 1..=8191, "1 to 8191"),
            ("fps", self.fps, 1..=1000, "1 to 1000"),
            ("quality", self.quality, quality, range),
            ("gop", self.gop, 1..=10_000, "1 to 10000"),
        ];
        fields.into_iter().try_for_each(|(field, got, allowed, expected)| {
            require(allowed.contains(&got), field, expected, got)
        })
    }
}

/// The compression of a written video. Colors are BT.601, untagged, with chroma at half
/// resolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// MPEG-4 part 2, available in every FFmpeg. The same images give the same bytes.
    Mpeg4,
    /// H.264 by x264, if the linked FFmpeg has it. Odd sizes keep chroma at full resolution.
    H264,
}
