//! The result for one file, as JSON and as a line of text.

use std::path::Path;

use scade::{Error, ImagePrediction, VideoPrediction};
use serde::Serialize;

/// A prediction of either kind.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum Prediction {
    Image(ImagePrediction),
    Video(VideoPrediction),
}

/// Without what moves the cursor: a file's name could forge a line of its own.
fn printable(path: &str) -> String {
    let shown =
        |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    path.chars().map(shown).collect()
}

/// A file with its prediction, or with the reason why there is none.
#[derive(Debug, Serialize)]
pub(crate) struct Record {
    /// As text: a name that is no Unicode would have no JSON form.
    path: String,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    prediction: Option<Prediction>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl Record {
    pub(crate) fn new(path: &Path, prediction: Result<Prediction, Error>) -> Self {
        let (prediction, error) = match prediction {
            Ok(prediction) => (Some(prediction), None),
            Err(error) => (None, Some(format!("{:#}", anyhow::Error::from(error)))),
        };
        Self { path: path.to_string_lossy().into_owned(), prediction, error }
    }

    /// For a folder or entry that could not be listed.
    pub(crate) fn unreadable(error: &scade_fs::Error) -> Self {
        let path = error.path.to_string_lossy().into_owned();
        Self { path, prediction: None, error: Some(scade_settings::error_chain(error)) }
    }

    pub(crate) fn is_error(&self) -> bool {
        self.error.is_some()
    }

    /// For people.
    pub(crate) fn line(&self) -> String {
        let path = printable(&self.path);
        let said = |label, score: f64| format!("{label:4}  fake {score:.3}  {path}");
        match (&self.prediction, &self.error) {
            (Some(Prediction::Image(image)), _) => {
                let (scored, found) = (image.faces.len(), image.num_faces);
                let faces = if found > 1 {
                    format!("  ({scored} of {found} faces scored)")
                } else {
                    String::new()
                };
                said(image.label, image.score) + &faces
            }
            (Some(Prediction::Video(video)), _) => {
                let (found, looked) = (video.faces.len(), video.num_frames);
                let faces = format!("  ({found} faces in {looked} frames)");
                let people = video.tracks.iter().map(|person| {
                    let (track, [first, last]) = (person.track, person.frames);
                    let what = said(person.label, person.score);
                    format!("\n{what}  person {track}, frames {first} to {last}")
                });
                let damage = video.damage.as_ref().map(|text| format!("  damaged: {text}"));
                let damage = damage.unwrap_or_default();
                said(video.label, video.score) + &faces + &damage + &people.collect::<String>()
            }
            (None, error) => format!("none  {path}: {}", error.as_deref().unwrap_or_default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_forge_a_line() {
        let record =
            Record::new(Path::new("a\n\u{1b}[2Kfake  b.jpg"), Err(Error::NoFace { frames: 1 }));
        let line = record.line();
        assert!(line.starts_with("none  a\\n\\u{1b}[2Kfake"), "{line}");
    }
}
