//! The settings that decide what a face sample looks like.

use scade_data::{FACE_SIZE, Files};
use scade_defocus::Method;
use scade_face::{CropRule, Face, MtcnnConfig, Tracker, select_best, select_largest};
use scade_image::FaceBox;
use serde::{Deserialize, Serialize};

use scade_video::Colour;

use crate::Error;

/// How a picture becomes a face sample: everything that must be the same in training and at
/// inference. It is kept beside the samples and travels with every trained detector.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Preparation {
    /// The face detector.
    pub detector: MtcnnConfig,
    /// Which of several faces in a picture are taken.
    #[serde(skip_serializing_if = "is_default")]
    pub faces: Choice,
    /// Which matrix turns the frames of a video into red, green and blue.
    #[serde(skip_serializing_if = "is_default")]
    pub colour: Colour,
    /// How a face is cut out.
    pub crop: CropRule,
    /// In which formats crops and maps pass through the disk.
    #[serde(skip_serializing_if = "is_default")]
    pub files: Files,
    /// Quality, 1..=100, of the JPEG that a crop passes through, on disk and at inference alike; without
    /// effect in other formats.
    pub jpeg_quality: u8,
    /// Whether samples have a defocus map.
    pub compute_defocus: bool,
    /// The method that makes the map, from the crop as it comes out of the JPEG.
    pub defocus: Method,
}

/// Which of several faces in a picture are taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Choice {
    /// That with the largest box.
    #[default]
    Largest,
    /// That which the detector is surest of.
    Best,
    /// All of them; through a video each is followed as a track.
    All,
}

impl Choice {
    /// The track of each of the faces taken from the next frame; none where one face is chosen anew in
    /// each frame.
    #[must_use]
    pub fn follow(self, tracker: &mut Tracker, faces: &[FaceBox]) -> Vec<Option<usize>> {
        match self {
            Self::Largest | Self::Best => vec![None; faces.len()],
            Self::All => tracker.assign(faces).into_iter().map(Some).collect(),
        }
    }

    /// The faces of this choice.
    #[must_use]
    pub fn of(self, faces: &[Face]) -> Vec<&Face> {
        match self {
            Self::Largest => select_largest(faces).into_iter().collect(),
            Self::Best => select_best(faces).into_iter().collect(),
            Self::All => faces.iter().collect(),
        }
    }
}

/// Settings that came later are not written down where they are as before: a store or a detector that
/// was made without them has the same preparation.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Default for Preparation {
    fn default() -> Self {
        Self {
            detector: MtcnnConfig::default(),
            faces: Choice::default(),
            colour: Colour::default(),
            crop: CropRule::default(),
            files: Files::default(),
            jpeg_quality: 95,
            compute_defocus: true,
            defocus: Method::default(),
        }
    }
}

impl Preparation {
    /// Checks every setting.
    ///
    /// # Errors
    /// Names the first setting that is out of its range.
    pub fn validate(&self) -> Result<(), Error> {
        if !(1..=100).contains(&self.jpeg_quality) {
            let (setting, got) = ("jpeg_quality", self.jpeg_quality.to_string());
            return Err(Error::Setting { setting, expected: "1 to 100", got });
        }
        self.crop.validate(FACE_SIZE as u32)?;
        self.defocus.check()?;
        Ok(self.detector.validate()?)
    }

    /// Channels of a sample: red, green, blue and, if computed, defocus.
    #[must_use]
    pub fn channels(&self) -> usize {
        if self.compute_defocus { 4 } else { 3 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_came_later_leave_older_stores_as_they_are() {
        let old = serde_json::to_value(Preparation::default()).unwrap();
        for key in ["colour", "faces", "files"] {
            assert!(old.get(key).is_none(), "{old}");
        }
        assert_eq!(serde_json::from_value::<Preparation>(old).unwrap(), Preparation::default());
        let other = Preparation {
            faces: Choice::Best,
            colour: Colour::HonourTags,
            ..Preparation::default()
        };
        let value = serde_json::to_value(&other).unwrap();
        assert_eq!((&value["colour"], &value["faces"]), (&"honour-tags".into(), &"best".into()));
        assert_eq!(serde_json::from_value::<Preparation>(value).unwrap(), other);
    }
}
