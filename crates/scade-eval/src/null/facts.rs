//! Facts about a file that need none of its pixels.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use image::ImageReader;
use scade_fs::FileKind;
use serde::{Deserialize, Serialize};

use super::jpeg::jpeg_quality;

/// Names of the numbers in [`FileFacts`], in order.
pub const FACTS: [&str; 9] = [
    "width",
    "height",
    "bytes",
    "bytes per pixel",
    "JPEG quality",
    "duration",
    "frame rate",
    "frames",
    "bit rate",
];

/// What is known of a file without looking at its pixels; `None` where it does not apply.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FileFacts {
    /// Pixels.
    pub width: Option<f64>,
    /// Pixels.
    pub height: Option<f64>,
    /// Size of the file.
    pub bytes: Option<f64>,
    /// Quality of a JPEG, 1 to 100, by its quantization table; see [`jpeg_quality`].
    pub jpeg_quality: Option<f64>,
    /// Seconds.
    pub duration: Option<f64>,
    /// Frames per second.
    pub frame_rate: Option<f64>,
    /// Number of frames.
    pub frames: Option<f64>,
    /// Codec, or kind of the file.
    pub codec: String,
}

/// What the header of a video says.
#[derive(Debug, Clone, PartialEq)]
pub struct VideoFacts {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Seconds.
    pub duration: Option<f64>,
    /// Frames per second.
    pub frame_rate: Option<f64>,
    /// Number of frames.
    pub frames: Option<u64>,
    /// Name of the codec.
    pub codec: String,
}

/// Bytes in which a JPEG has its quantization table, and metadata before it.
const HEAD: u64 = 1 << 18;

impl FileFacts {
    /// Facts of the regular file at `path`. `video` reads the header of a video, and is called for files that
    /// may be one.
    ///
    /// # Errors
    /// When the file cannot be read. A file of an unknown kind has a size and nothing else.
    pub fn read(path: &Path, video: &dyn Fn(&Path) -> Option<VideoFacts>) -> std::io::Result<Self> {
        let bytes = scade_fs::require_regular(path)?.len() as f64;
        let kind = FileKind::read(path)?;
        let codec = kind.map(|kind| kind.to_string()).unwrap_or_default();
        let mut facts = Self { bytes: Some(bytes), codec, ..Self::default() };
        match kind {
            Some(kind) if kind.is_image() && kind != FileKind::Gif => {
                let reader = ImageReader::new(BufReader::new(File::open(path)?));
                let size = reader.with_guessed_format()?.into_dimensions().ok();
                facts.width = size.map(|(width, _)| f64::from(width));
                facts.height = size.map(|(_, height)| f64::from(height));
                let mut head = Vec::new();
                File::open(path)?.take(HEAD).read_to_end(&mut head)?;
                facts.jpeg_quality = jpeg_quality(&head).map(f64::from);
            }
            Some(kind) if kind.is_video() => {
                if let Some(video) = video(path) {
                    facts.width = Some(f64::from(video.width));
                    facts.height = Some(f64::from(video.height));
                    facts.duration = video.duration;
                    facts.frame_rate = video.frame_rate;
                    facts.frames = video.frames.map(|frames| frames as f64);
                    facts.codec = video.codec;
                }
            }
            _ => {}
        }
        Ok(facts)
    }

    /// The numbers, in the order of [`FACTS`].
    #[must_use]
    pub fn numbers(&self) -> [Option<f64>; FACTS.len()] {
        let ratio = |a: Option<f64>, b: Option<f64>| Some(a? / b.filter(|b| *b > 0.0)?);
        let pixels = self.width.zip(self.height).map(|(width, height)| width * height);
        // A video has many images; its density is that of one.
        let image = ratio(self.bytes, Some(self.frames.unwrap_or(1.0).max(1.0)));
        [
            self.width,
            self.height,
            self.bytes,
            ratio(image, pixels),
            self.jpeg_quality,
            self.duration,
            self.frame_rate,
            self.frames,
            ratio(self.bytes.map(|bytes| 8.0 * bytes), self.duration),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_facts_of_an_image_are_read_from_its_header() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jpg");
        let mut bytes = Vec::new();
        let image = image::RgbImage::from_fn(40, 30, |x, y| image::Rgb([(x * y) as u8; 3]));
        let mut encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 80);
        encoder.encode_image(&image).unwrap();
        std::fs::write(&path, &bytes).unwrap();
        let facts = FileFacts::read(&path, &|_| None).unwrap();
        let numbers = facts.numbers();
        assert_eq!(numbers[..2], [Some(40.0), Some(30.0)]);
        assert_eq!(numbers[3], Some(bytes.len() as f64 / 1200.0));
        assert_eq!((numbers[4], &*facts.codec), (Some(80.0), "a JPEG image"));
    }
}
