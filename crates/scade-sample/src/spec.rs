//! The settings that decide what a face sample looks like, and which samples a dataset holds.

use std::path::Path;

use scade_defocus::Method;
use scade_face::{CropRule, Face, Fallback, MtcnnConfig, Tracker, select_best, select_largest};
use scade_image::{FaceBox, FileFormats};
use scade_settings::{SettingError, Within, require};
use scade_video::Color;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::{Error, FACE_SIZE, FrameSampling};

/// How an image becomes a face sample: everything that must be the same in training and at
/// inference. It is stored with the samples and with every detector trained on them.
///
/// Forms written by earlier versions are read as well: `colour` for `color`, and
/// `compute_defocus = false` for `defocus.method = "none"`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "SampleForm")]
pub struct SampleSpec {
    /// The face detector.
    pub detector: MtcnnConfig,
    /// What is tried where it finds no face. Absent in files for none.
    #[serde(skip_serializing_if = "Fallback::is_none")]
    pub fallback: Fallback,
    /// Which of several faces in a frame are taken.
    pub faces: FaceSelection,
    /// Which matrix turns the frames of a video into red, green and blue.
    pub color: Color,
    /// How a face is cropped.
    pub crop: CropRule,
    /// The formats that crops and maps pass through, on disk and at inference alike.
    pub files: FileFormats,
    /// Quality, 1..=100, of JPEG crops; without effect in other formats.
    pub jpeg_quality: u8,
    /// The method that makes the defocus map of a decoded crop; `None` for samples without a map.
    /// In files it is a table with the key `method`, which is `"none"` for none.
    #[serde(serialize_with = "defocus_or_none")]
    pub defocus: Option<Method>,
    /// SHA-256 of the face detector's weights, in hexadecimal digits; `None` accepts any weights.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detector_weights: Option<String>,
}

/// Everything that decides which samples a prepared dataset holds and what they look like. Two datasets
/// with equal specifications hold equal samples of equal videos.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "DatasetForm")]
pub struct DatasetSpec {
    /// What a sample looks like.
    pub sample: SampleSpec,
    /// Which frames are sampled.
    pub frames: FrameSampling,
    /// Whether masks, where the dataset has them, decide which faces of a fake are samples.
    pub masks: bool,
}

/// Which of several faces in a frame are taken.
#[derive(
    Debug,
    Clone,
    Copy,
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
pub enum FaceSelection {
    /// The face with the largest box.
    #[default]
    Largest,
    /// The face with the highest detection score.
    Best,
    /// All faces, each tracked through the video.
    All,
}

impl FaceSelection {
    /// The track of each of the faces taken from the next frame; none where one face is chosen anew in
    /// each frame.
    #[must_use]
    pub fn track(self, tracker: &mut Tracker, faces: &[FaceBox]) -> Vec<Option<usize>> {
        match self {
            Self::Largest | Self::Best => vec![None; faces.len()],
            Self::All => tracker.assign(faces).into_iter().map(Some).collect(),
        }
    }

    /// The faces that are taken.
    #[must_use]
    pub fn of(self, faces: &[Face]) -> Vec<&Face> {
        match self {
            Self::Largest => select_largest(faces).into_iter().collect(),
            Self::Best => select_best(faces).into_iter().collect(),
            Self::All => faces.iter().collect(),
        }
    }
}

impl Default for SampleSpec {
    fn default() -> Self {
        Self {
            detector: MtcnnConfig::default(),
            fallback: Fallback::default(),
            faces: FaceSelection::default(),
            color: Color::default(),
            crop: CropRule::default(),
            files: FileFormats::default(),
            jpeg_quality: 95,
            defocus: Some(Method::default()),
            detector_weights: None,
        }
    }
}

impl SampleSpec {
    /// Checks every setting.
    ///
    /// # Errors
    /// Names the first setting that is out of its range.
    pub fn validate(&self) -> Result<(), SettingError> {
        let quality = self.jpeg_quality;
        require((1..=100).contains(&quality), "jpeg_quality", "1 to 100", quality)?;
        self.crop.validate(FACE_SIZE as u32).within("crop")?;
        self.defocus.as_ref().map_or(Ok(()), Method::validate).within("defocus")?;
        self.detector.validate().within("detector")
    }

    /// Checks that the face detector's weights in `weights`, a converted file, are those that the
    /// specification names, if it names any. Returns their digest.
    ///
    /// # Errors
    /// [`Error::OtherWeights`]; [`Error::Weights`] for a file that cannot be read.
    pub fn check_weights(&self, weights: &Path) -> Result<String, Error> {
        let got = scade_face::weights::digest(weights)?;
        match self.detector_weights.as_ref().filter(|expected| **expected != got) {
            Some(expected) => {
                let (path, expected) = (weights.to_owned(), expected.clone());
                Err(Error::OtherWeights { path, expected, got })
            }
            None => Ok(got),
        }
    }

    /// Channels of a sample: red, green, blue and, if there is a method for it, defocus.
    #[must_use]
    pub fn channels(&self) -> usize {
        if self.defocus.is_some() { 4 } else { 3 }
    }
}

/// What files of this version and of the one before hold.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct SampleForm {
    detector: MtcnnConfig,
    fallback: Fallback,
    faces: FaceSelection,
    #[serde(alias = "colour")]
    color: Color,
    crop: CropRule,
    files: FileFormats,
    jpeg_quality: u8,
    #[serde(deserialize_with = "none_or_defocus")]
    defocus: Option<Method>,
    /// Before `defocus.method = "none"`.
    compute_defocus: Option<bool>,
    detector_weights: Option<String>,
}

impl Default for SampleForm {
    fn default() -> Self {
        let SampleSpec {
            detector,
            fallback,
            faces,
            color,
            crop,
            files,
            jpeg_quality,
            defocus,
            detector_weights,
        } = SampleSpec::default();
        let compute_defocus = None;
        Self {
            detector,
            fallback,
            faces,
            color,
            crop,
            files,
            jpeg_quality,
            defocus,
            compute_defocus,
            detector_weights,
        }
    }
}

impl TryFrom<SampleForm> for SampleSpec {
    type Error = String;

    fn try_from(form: SampleForm) -> Result<Self, Self::Error> {
        let defocus = match (form.compute_defocus, form.defocus) {
            (Some(true), None) => {
                return Err("compute_defocus = true beside defocus.method = \"none\"".to_owned());
            }
            (Some(false), _) => None,
            (_, defocus) => defocus,
        };
        Ok(Self {
            detector: form.detector,
            fallback: form.fallback,
            faces: form.faces,
            color: form.color,
            crop: form.crop,
            files: form.files,
            jpeg_quality: form.jpeg_quality,
            defocus,
            detector_weights: form.detector_weights,
        })
    }
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct DatasetForm {
    sample: SampleSpec,
    frames: FrameSampling,
    masks: bool,
    /// Before `sample.detector_weights`; empty where it was not recorded.
    detector_weights: String,
}

impl From<DatasetForm> for DatasetSpec {
    fn from(form: DatasetForm) -> Self {
        let DatasetForm { mut sample, frames, masks, detector_weights } = form;
        if !detector_weights.is_empty() {
            sample.detector_weights = Some(detector_weights);
        }
        Self { sample, frames, masks }
    }
}

/// The name of no method, beside [`Method::NAMES`].
const NONE: &str = "none";

fn defocus_or_none<S: Serializer>(
    method: &Option<Method>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match method {
        Some(method) => method.serialize(serializer),
        None => std::collections::BTreeMap::from([("method", NONE)]).serialize(serializer),
    }
}

fn none_or_defocus<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Method>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    if value["method"] == NONE {
        return match value.as_object().and_then(|table| table.keys().find(|key| *key != "method")) {
            Some(key) => Err(D::Error::custom(format!("`{key}` beside the method \"{NONE}\""))),
            None => Ok(None),
        };
    }
    Method::deserialize(value).map(Some).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;
    use scade_image::{CropFormat, MapFormat};

    /// `preparation.json` of the version before, settings of its default run and of an unusual one.
    const V1: &str = r#"{
        "sample": {
            "detector": {"min_face_size": 20, "thresholds": [0.6, 0.7, 0.7], "factor": 0.709},
            "crop": {"rule": "aligned", "margin": 0.3},
            "jpeg_quality": 95,
            "compute_defocus": COMPUTE,
            "defocus": {"method": "band-energy"}MORE
        },
        "frames": {"every": 10, "max": 100, "min": 10},
        "detector_weights": "WEIGHTS"
    }"#;

    fn v1(compute: &str, more: &str, weights: &str) -> serde_json::Result<DatasetSpec> {
        let text = V1.replace("COMPUTE", compute).replace("MORE", more).replace("WEIGHTS", weights);
        let mut value: Value = serde_json::from_str(&text).unwrap();
        // What the detector and crop hold is theirs to test.
        value["sample"]["detector"] = serde_json::to_value(MtcnnConfig::default()).unwrap();
        value["sample"]["crop"] = serde_json::to_value(CropRule::default()).unwrap();
        serde_json::from_value(value)
    }

    #[test]
    fn specifications_of_the_version_before_are_read() {
        assert_eq!(v1("true", "", "").unwrap(), DatasetSpec::default());
        let more = r#", "colour": "honour-tags", "faces": "all", "files": {"crops": "png", "maps": "png"}"#;
        let spec = v1("false", more, "abc").unwrap();
        assert_eq!(spec.sample.defocus, None);
        assert_eq!(spec.sample.color, Color::HonorTags);
        assert_eq!(spec.sample.faces, FaceSelection::All);
        assert_eq!(spec.sample.files, FileFormats { crops: CropFormat::Png, maps: MapFormat::Png });
        assert_eq!(spec.sample.detector_weights.as_deref(), Some("abc"));
        assert!(v1("true", r#", "jpg_quality": 3"#, "").is_err());
    }

    #[test]
    fn what_is_written_is_read_to_the_bit() {
        let sample = SampleSpec {
            defocus: None,
            color: Color::HonorTags,
            fallback: Fallback::SecondLook,
            ..SampleSpec::default()
        };
        for sample in [sample, SampleSpec::default()] {
            let spec = DatasetSpec { sample, masks: true, ..DatasetSpec::default() };
            let text = serde_json::to_string(&spec).unwrap();
            assert_eq!(serde_json::from_str::<DatasetSpec>(&text).unwrap(), spec, "{text}");
            let text = toml::to_string(&spec).unwrap();
            assert_eq!(toml::from_str::<DatasetSpec>(&text).unwrap(), spec, "{text}");
        }
    }

    #[test]
    fn no_map_is_a_method_of_its_own_and_takes_no_settings() {
        let read = |text| toml::from_str::<SampleSpec>(text);
        assert_eq!(read("defocus.method = \"none\"").unwrap().channels(), 3);
        assert_eq!(read("").unwrap().channels(), 4);
        assert_eq!(read("compute_defocus = false").unwrap().channels(), 3);
        let error = read("defocus = { method = \"none\", canny_low = 3 }").unwrap_err().to_string();
        assert!(error.contains("canny_low"), "{error}");
        assert!(read("compute_defocus = true\ndefocus.method = \"none\"").is_err());
        assert!(read("defocus.method = \"other\"").is_err());
    }
}
