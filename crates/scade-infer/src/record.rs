//! The result for one file, as JSON, as a row of a table and as a line of text.

use std::path::Path;

use scade::{Call, Error, ImagePrediction, Reason, Segment, TrackPrediction, VideoPrediction};
use serde::Serialize;

/// A prediction of either kind.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum Prediction {
    Image(ImagePrediction),
    Video(VideoPrediction),
}

/// A file with its prediction, or with the reason why there is none. `docs/prediction.schema.json` describes it.
#[derive(Debug, Serialize)]
pub(crate) struct Record {
    /// As text: a name that is no Unicode would have no JSON form. The first key of a line.
    pub(crate) path: String,
    /// Of the content; absent where it could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sha256: Option<String>,
    /// Digest of detector and options: equal files with equal settings have equal predictions.
    pub(crate) settings: String,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    prediction: Option<Prediction>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// A row of the table that `--output FILE.csv` writes.
#[derive(Debug, Serialize)]
pub(crate) struct Row<'a> {
    path: &'a str,
    kind: &'static str,
    call: Option<Call>,
    score: Option<f64>,
    threshold: Option<f64>,
    label: Option<&'static str>,
    faces: Option<usize>,
    frames: Option<usize>,
    reasons: String,
    error: Option<&'a str>,
    sha256: Option<&'a str>,
}

impl Record {
    pub(crate) fn new(
        path: &Path,
        sha256: Option<String>,
        settings: &str,
        prediction: Result<Prediction, Error>,
    ) -> Self {
        let (prediction, error) = match prediction {
            Ok(prediction) => (Some(prediction), None),
            Err(error) => (None, Some(format!("{:#}", anyhow::Error::from(error)))),
        };
        let path = path.to_string_lossy().into_owned();
        Self { path, sha256, settings: settings.to_owned(), prediction, error }
    }

    /// For a folder or entry that could not be listed.
    pub(crate) fn unreadable(error: &scade_fs::Error, settings: &str) -> Self {
        let path = error.path.to_string_lossy().into_owned();
        let error = Some(scade_settings::error_chain(error));
        Self { path, sha256: None, settings: settings.to_owned(), prediction: None, error }
    }

    pub(crate) fn is_error(&self) -> bool {
        self.error.is_some()
    }

    pub(crate) fn row(&self) -> Row<'_> {
        let mut row = Row {
            path: &self.path,
            kind: "",
            call: None,
            score: None,
            threshold: None,
            label: None,
            faces: None,
            frames: None,
            reasons: String::new(),
            error: self.error.as_deref(),
            sha256: self.sha256.as_deref(),
        };
        match &self.prediction {
            Some(Prediction::Image(image)) => {
                row.kind = "image";
                (row.call, row.score) = (Some(image.call), Some(image.score));
                (row.threshold, row.label) = (Some(image.threshold), Some(image.label.name()));
                (row.faces, row.frames) = (Some(image.faces.len()), Some(1));
                row.reasons = words(&image.reasons);
            }
            Some(Prediction::Video(video)) => {
                row.kind = "video";
                (row.call, row.score) = (Some(video.call), Some(video.score));
                (row.threshold, row.label) = (Some(video.threshold), Some(video.label.name()));
                (row.faces, row.frames) = (Some(video.faces.len()), Some(video.num_frames));
                row.reasons = words(&video.reasons);
            }
            None => {}
        }
        row
    }

    /// For people; with colors where the terminal has them.
    pub(crate) fn text(&self, colors: bool) -> String {
        let path = printable(&self.path);
        match (&self.prediction, &self.error) {
            (Some(Prediction::Image(image)), _) => {
                let (scored, found) = (image.faces.len(), image.num_faces);
                let faces = match found {
                    1 => "1 face".to_owned(),
                    found if found == scored => format!("{found} faces"),
                    found => format!("{scored} of {found} faces"),
                };
                let first = head(image.call, image.score, &path, colors);
                let threshold = image.threshold;
                format!("{first}  ({faces}, threshold {threshold:.3})") + &because(&image.reasons)
            }
            (Some(Prediction::Video(video)), _) => self.video(video, &path, colors),
            (None, error) => not_scored(&path, error.as_deref()),
        }
    }

    fn video(&self, video: &VideoPrediction, path: &str, colors: bool) -> String {
        let mut text = head(video.call, video.score, path, colors);
        let (faces, frames) = (video.faces.len(), video.num_frames);
        let threshold = video.threshold;
        text += &format!("  ({faces} faces in {frames} frames, threshold {threshold:.3})");
        text += &because(&video.reasons);
        if let Some(damage) = &video.damage {
            text += &format!("\n  damaged: {damage}");
        }
        // Somebody in the background, or a false alarm of the face detector.
        let is_minor = |person: &&TrackPrediction| person.call == Call::Inconclusive;
        let minor = video.tracks.iter().filter(is_minor).count();
        let usual = video.tracks.len() == 1;
        for person in video.tracks.iter().filter(|person| !is_minor(person)) {
            if !usual {
                let [first, last] = person.frames;
                let name = format!("person {}, frames {first} to {last}", person.track);
                text += &format!("\n  {}", head(person.call, person.score, &name, colors));
            }
            for Segment { frames, times, score } in &person.segments {
                let [first, last] = frames;
                if person.segments.len() == 1 && *frames == person.frames {
                    continue;
                }
                let place = match times {
                    Some([first, last]) => format!("{first:.1} s to {last:.1} s"),
                    None => format!("frames {first} to {last}"),
                };
                let track = person.track;
                text += &format!("\n    suspect part of person {track}: {place}, score {score:.3}");
            }
        }
        if minor > 0 && !usual {
            let tracks = if minor == 1 { "1 more track" } else { &format!("{minor} more tracks") };
            text += &format!("\n  {tracks} too short, small or soft for a conclusion");
        }
        text
    }
}

/// Width of the longest conclusion.
const W: usize = 24;

pub(crate) fn head(call: Call, score: f64, what: &str, colors: bool) -> String {
    let color = match call {
        Call::Evidence => "\u{1b}[1;31m",
        Call::NoEvidence => "",
        Call::Inconclusive => "\u{1b}[33m",
    };
    let (start, end) = if colors && !color.is_empty() { (color, "\u{1b}[0m") } else { ("", "") };
    format!("{start}{call:W$}{end}  {score:.3}  {what}")
}

pub(crate) fn not_scored(path: &str, error: Option<&str>) -> String {
    format!("{:W$}         {path}: {}", "not scored", error.unwrap_or_default())
}

fn words(reasons: &[Reason]) -> String {
    reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn because(reasons: &[Reason]) -> String {
    if reasons.is_empty() { String::new() } else { format!("  {}", words(reasons)) }
}

/// Without what moves the cursor: a file's name could forge a line of its own.
pub(crate) fn printable(path: &str) -> String {
    let shown =
        |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    path.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_forge_a_line() {
        let path = Path::new("a\n\u{1b}[2Kevidence  b.jpg");
        let record = Record::new(path, None, "", Err(Error::NoFace { frames: 1 }));
        let line = record.text(true);
        assert!(
            line.starts_with("not scored") && line.contains("a\\n\\u{1b}[2Kevidence"),
            "{line}"
        );
        assert_eq!(line.lines().count(), 1);
    }

    #[test]
    fn a_record_starts_with_its_path() {
        let record = Record::new(Path::new("x"), None, "s", Err(Error::NoFace { frames: 1 }));
        let line = serde_json::to_string(&record).unwrap();
        let expected = r#"{"path":"x","settings":"s","error":"no face found in 1 frame"}"#;
        assert_eq!(line, expected);
        assert!(record.is_error() && record.row().error.is_some());
    }

    #[test]
    fn colors_are_for_terminals() {
        assert!(head(Call::Evidence, 0.9, "x", true).starts_with('\u{1b}'));
        assert!(!head(Call::Evidence, 0.9, "x", false).contains('\u{1b}'));
        assert!(!head(Call::NoEvidence, 0.9, "x", true).contains('\u{1b}'));
    }
}
