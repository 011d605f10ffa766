//! Synthetic people to try the page with, so that nobody needs a file of their own.

use std::path::Path;

use scade_synth::{PlannedClip, Scene, SetSettings};
use serde::Serialize;
use strum::{EnumString, IntoStaticStr, VariantArray};

/// A file that is rendered on request. No real person is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, EnumString, IntoStaticStr, VariantArray)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Sample {
    /// An image of one person.
    Portrait,
    /// The same recording with the inner face of another person.
    Swap,
    /// A video of two people, of whom one has another face in its second half.
    Clip,
}

/// Renders a sample into a file; an error is a message.
pub type RenderSample = fn(Sample, &Path) -> Result<(), String>;

/// Width and height of an image, and of half of the clip.
const SIZE: (u32, u32) = (480, 360);

impl Sample {
    /// File name for display.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Portrait => "synthetic portrait.png",
            Self::Swap => "synthetic face swap.png",
            Self::Clip => "synthetic clip.mp4",
        }
    }

    /// What it shows.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Portrait => "an image of one person",
            Self::Swap => "an image with a swapped face",
            Self::Clip => "a clip of two people, one with a swapped face from the middle on",
        }
    }

    /// Whether it is a video.
    #[must_use]
    pub fn is_video(self) -> bool {
        self == Self::Clip
    }

    /// Renders an image as PNG.
    ///
    /// # Errors
    /// When the file cannot be written. For the clip, of which this is the first frame, as for an image.
    pub fn render_image(self, path: &Path) -> Result<(), String> {
        let frame = match self {
            Self::Portrait => scenes(1)[0].frame(10),
            Self::Swap => scenes(1)[2].frame(10),
            Self::Clip => clip_frame(&scenes(CLIP_FRAMES), 0),
        };
        frame.save_with_format(path, image::ImageFormat::Png).map_err(|error| error.to_string())
    }
}

/// Frames of the clip, and how many there are in a second.
pub(crate) const CLIP_FRAMES: u32 = 50;
#[cfg(feature = "detector")]
pub(crate) const CLIP_FPS: u32 = 12;

/// Two people as recorded, then both with the face of the other.
pub(crate) fn scenes(frames: u32) -> Vec<Scene> {
    let (width, height) = SIZE;
    let settings =
        SetSettings { identities: 2, frames, width, height, seed: 5, ..SetSettings::default() };
    settings.clips().into_iter().map(|PlannedClip { spec, .. }| Scene::new(spec)).collect()
}

/// Both people side by side; the first has the other face in the second half of the clip.
pub(crate) fn clip_frame(scenes: &[Scene], number: u32) -> scade_image::RgbImage {
    let (width, height) = SIZE;
    let left = if number < CLIP_FRAMES / 2 { &scenes[0] } else { &scenes[2] };
    let mut both = scade_image::RgbImage::new(2 * width, height);
    image::imageops::replace(&mut both, &left.frame(number), 0, 0);
    image::imageops::replace(&mut both, &scenes[1].frame(number), i64::from(width), 0);
    both
}
