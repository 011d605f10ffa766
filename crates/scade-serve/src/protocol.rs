//! What the service and its workers say to each other: one JSON value a line.
//!
//! A worker starts, loads its detector and writes [`Event::Ready`]. Then it reads a [`Task`], writes any number of
//! [`Event::Progress`] and one [`Event::Done`] or [`Event::Failed`], and reads the next one. It ends when its
//! input does. A worker that is to stop is killed. File names of users never reach it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Reason;

/// A file to score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Number of the task, repeated by its events.
    pub task: u64,
    /// The file.
    pub file: PathBuf,
    /// Folder for the pictures; it exists. See [`face_file`] and [`frame_file`] for their names.
    pub output: PathBuf,
    /// Maximum number of frames of a video.
    pub max_frames: u64,
    /// Maximum width times height.
    pub max_pixels: u64,
    /// Maximum length of a video.
    pub max_seconds: f64,
}

/// What a worker reports.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The detector is loaded.
    Ready {
        /// Which one.
        detector: DetectorInfo,
    },
    /// A task is being worked on.
    Progress {
        /// Of [`Task::task`].
        task: u64,
        /// What is being done.
        stage: Stage,
        /// Steps of this stage that are done.
        done: u64,
        /// All of them, where that is known.
        total: Option<u64>,
    },
    /// A task is done.
    Done {
        /// Of [`Task::task`].
        task: u64,
        /// The record as `scade-infer` prints it, with `threshold`, `media` and `faces[].pictures`.
        record: Map<String, Value>,
    },
    /// A task failed; the worker goes on.
    Failed {
        /// Of [`Task::task`].
        task: u64,
        /// Why.
        reason: Reason,
        /// Why, in words.
        message: String,
    },
}

/// What a worker is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// The file is opened and decoded.
    Decoding,
    /// Faces are searched.
    Faces,
    /// Faces are scored.
    Scoring,
    /// Pictures of frames and faces are written.
    Pictures,
}

/// The detector of a worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DetectorInfo {
    /// Name for people.
    pub name: String,
    /// Score above which a face is called fake.
    pub threshold: f64,
    /// Its model card in Markdown, if it has one.
    pub card: Option<String>,
    /// Whether videos are read.
    pub video: bool,
}

/// A picture of a face.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Picture {
    /// The face.
    Crop,
    /// Its defocus map.
    Defocus,
    /// What raises the score, in color with transparency, as large as the crop.
    Fake,
    /// What lowers the score, likewise.
    Real,
}

impl Picture {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Crop, Self::Defocus, Self::Fake, Self::Real];

    fn ending(self) -> &'static str {
        match self {
            Self::Crop => ".png",
            Self::Defocus => "-defocus.png",
            Self::Fake => "-fake.png",
            Self::Real => "-real.png",
        }
    }
}

/// Name of the file with a picture of the face with number `face` in `faces` of the record.
#[must_use]
pub fn face_file(face: usize, picture: Picture) -> String {
    format!("face-{face}{}", picture.ending())
}

/// Name of the file with a frame, scaled down, by its number in the video; 0 for an image.
#[must_use]
pub fn frame_file(frame: u64) -> String {
    format!("frame-{frame}.jpg")
}

/// The face and picture of the last segment of a path: `3.png`, `3-defocus.png` ….
pub(crate) fn parse_face(segment: &str) -> Option<(usize, Picture)> {
    // The longest ending first: that of a crop ends all of them.
    Picture::ALL.into_iter().rev().find_map(|picture| {
        let number = segment.strip_suffix(picture.ending())?;
        number_of(number).map(|number| (number, picture))
    })
}

/// The frame of the last segment of a path: `12.jpg`.
pub(crate) fn parse_frame(segment: &str) -> Option<u64> {
    number_of(segment.strip_suffix(".jpg")?)
}

/// Digits alone: no sign, no spaces.
fn number_of<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_pictures_are_numbers_with_known_endings() {
        assert_eq!(parse_face("3.png"), Some((3, Picture::Crop)));
        assert_eq!(parse_face("12-defocus.png"), Some((12, Picture::Defocus)));
        assert_eq!(parse_face("0-real.png"), Some((0, Picture::Real)));
        for wrong in ["", ".png", "+3.png", "-1.png", "3", "3.jpg", "..%2f3.png", "3-other.png"] {
            assert_eq!(parse_face(wrong), None, "{wrong}");
        }
        assert_eq!(parse_frame("7.jpg"), Some(7));
        assert_eq!(parse_frame("99999999999999999999999.jpg"), None);
    }

    #[test]
    fn events_are_tagged_lines() {
        let event =
            Event::Failed { task: 3, reason: Reason::NoFace, message: "no\nface".to_owned() };
        let line = serde_json::to_string(&event).unwrap();
        assert!(!line.contains('\n'), "{line}");
        assert!(line.contains(r#""event":"failed""#) && line.contains("no-face"), "{line}");
        assert_eq!(serde_json::from_str::<Event>(&line).unwrap(), event);
    }
}
