//! Writing a set into a folder: settings, a note on what it is, and the clips, several at a time.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;
use scade_settings::{Hint, SettingError};
use scade_video::{Codec, Writer, WriterOptions};

use crate::clip::Scene;
use crate::set::{PlannedClip, SetSettings};

/// File with the settings; its presence marks a folder as a synthetic set.
const SETTINGS_FILE: &str = "synth.json";

/// File that explains the folder to its readers.
const NOTE_FILE: &str = "README.txt";

/// Why a set could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A setting is out of its range.
    #[error(transparent)]
    Settings(#[from] SettingError),

    /// The folder holds something else.
    #[error("{} is not empty and holds no synthetic set", path.display())]
    NotASet {
        /// The folder.
        path: PathBuf,
    },

    /// The folder holds a set with other settings.
    #[error("{} holds a set with other settings ({differences})", path.display())]
    OtherSettings {
        /// The folder.
        path: PathBuf,
        /// Each differing setting with the stored and the requested value.
        differences: String,
    },

    /// The settings of an existing set are damaged.
    #[error("cannot parse the settings in {}", path.display())]
    Unreadable {
        /// The settings file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },

    /// The operating system refused to read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },

    /// Settings or note could not be written.
    #[error(transparent)]
    Write(#[from] scade_fs::Error),

    /// A clip could not be encoded or written.
    #[error(transparent)]
    Video(#[from] scade_video::Error),
}

impl Hint for WriteError {
    fn hint(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::NotASet { .. } | Self::OtherSettings { .. } => {
                Some("name another folder with `output`".into())
            }
            Self::Unreadable { path, .. } => Some(
                format!("delete {}, or name another folder with `output`", path.display()).into(),
            ),
            Self::Write(_) => {
                Some("name a folder that can be written, with enough space, with `output`".into())
            }
            Self::Video(error) => error.hint(),
            Self::Settings(_) | Self::Read { .. } => None,
        }
    }
}

/// A finished clip.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    /// Path relative to the folder of the set.
    pub path: &'a Path,
    /// Whether it existed before.
    pub kept: bool,
    /// Number of finished clips, this one included.
    pub done: usize,
    /// Number of clips of the set.
    pub total: usize,
}

/// How many clips a call of [`write_set`] rendered and kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Clips rendered by this call.
    pub rendered: usize,
    /// Clips that existed already.
    pub kept: usize,
}

/// Writes a set: `real/*.mp4`, `fake/*.mp4`, `synth.json` with the settings, and `README.txt`.
///
/// Clips are rendered in parallel by rayon, and each file is written atomically. In a folder with the
/// same settings only missing clips are rendered. `progress` is called once per clip, in no fixed
/// order.
///
/// # Errors
/// When a setting is out of range, the folder holds something else or a set with other settings, or
/// something cannot be read, encoded or written. Clips finished before are kept.
pub fn write_set(
    folder: &Path,
    settings: &SetSettings,
    progress: impl Fn(Progress<'_>) + Sync,
) -> Result<Summary, WriteError> {
    settings.validate()?;
    claim(folder, settings)?;
    let clips = settings.clips();
    let (done, rendered) = (AtomicUsize::new(0), AtomicUsize::new(0));
    clips.par_iter().try_for_each(|clip| {
        let kept = folder.join(&clip.path).is_file();
        if !kept {
            write_clip(folder, clip)?;
            rendered.fetch_add(1, Ordering::Relaxed);
        }
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        progress(Progress { path: &clip.path, kept, done, total: clips.len() });
        Ok::<(), WriteError>(())
    })?;
    let rendered = rendered.into_inner();
    Ok(Summary { rendered, kept: clips.len() - rendered })
}

/// Makes sure that the folder is for a set with these settings.
fn claim(folder: &Path, settings: &SetSettings) -> Result<(), WriteError> {
    let path = folder.join(SETTINGS_FILE);
    if path.exists() {
        let read = |source| WriteError::Read { path: path.clone(), source };
        let text = std::fs::read_to_string(&path).map_err(read)?;
        let found = serde_json::from_str(&text)
            .map_err(|source| WriteError::Unreadable { path: path.clone(), source })?;
        compare(folder, &found, settings)?;
    } else {
        let read = |source| WriteError::Read { path: folder.to_owned(), source };
        if !scade_fs::is_vacant(folder).map_err(read)? {
            return Err(WriteError::NotASet { path: folder.to_owned() });
        }
        let text = serde_json::to_string_pretty(settings)
            .map_err(|source| WriteError::Unreadable { path: path.clone(), source })?;
        scade_fs::write(&path, text + "\n")?;
    }
    Ok(scade_fs::write(&folder.join(NOTE_FILE), note(settings))?)
}

fn compare(folder: &Path, found: &SetSettings, requested: &SetSettings) -> Result<(), WriteError> {
    let fields = |s: &SetSettings| {
        [
            ("version", s.version.clone()),
            ("identities", s.identities.to_string()),
            ("frames", s.frames.to_string()),
            ("width", s.width.to_string()),
            ("height", s.height.to_string()),
            ("fps", s.fps.to_string()),
            ("seed", s.seed.to_string()),
            ("strength", s.strength.to_string()),
        ]
    };
    let differences: Vec<String> = fields(found)
        .into_iter()
        .zip(fields(requested))
        .filter(|(found, requested)| found != requested)
        .map(|((name, found), (_, requested))| format!("{name}: {found}, requested {requested}"))
        .collect();
    if differences.is_empty() {
        return Ok(());
    }
    let differences = differences.join("; ");
    Err(WriteError::OtherSettings { path: folder.to_owned(), differences })
}

/// The text of the note.
fn note(s: &SetSettings) -> String {
    format!(
        "These clips are synthetic: every face was rendered by a program, and no real person is \
         shown.\nUse them to try out and test a detector. Results on them do not carry over to real \
         forgeries.\n\n\
         real/NNN.mp4      synthetic person NNN\n\
         fake/TTT_SSS.mp4  the same recording of TTT with the inner face of SSS\n\n\
         Made by scade-synth {} with\n\n  scade-synth --output FOLDER --identities {} --frames {} \
         --width {} --height {} --fps {} --seed {} --strength {}\n",
        s.version, s.identities, s.frames, s.width, s.height, s.fps, s.seed, s.strength
    )
}

/// Renders and encodes one clip.
fn write_clip(folder: &Path, clip: &PlannedClip) -> Result<(), WriteError> {
    let scene = Scene::new(clip.spec.clone());
    let spec = scene.spec();
    let options = WriterOptions {
        fps: spec.fps,
        codec: Codec::Mpeg4,
        // The second finest: the artifacts of a forgery must survive the encoder.
        quality: 2,
        ..WriterOptions::new(spec.width, spec.height)
    };
    let mut writer = Writer::create(&folder.join(&clip.path), &options)?;
    for frame in 0..spec.frames {
        writer.write(&scene.frame(frame))?;
    }
    Ok(writer.finish()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use scade_video::{OpenOptions, Selection, Video};

    fn small() -> SetSettings {
        SetSettings { identities: 2, frames: 3, width: 96, height: 72, ..SetSettings::default() }
    }

    #[test]
    fn a_set_is_written_once_and_completed_when_a_clip_is_missing() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("set");
        let write = || write_set(&folder, &small(), |_| ()).unwrap();
        assert_eq!(write(), Summary { rendered: 4, kept: 0 });
        let missing = folder.join("fake/001_000.mp4");
        let bytes = std::fs::read(&missing).unwrap();
        std::fs::remove_file(&missing).unwrap();
        assert_eq!(write(), Summary { rendered: 1, kept: 3 });
        assert_eq!(std::fs::read(&missing).unwrap(), bytes, "not the same clip again");
        let note = std::fs::read_to_string(folder.join(NOTE_FILE)).unwrap();
        assert!(note.contains("synthetic") && note.contains("--seed 1"), "{note}");
    }

    #[test]
    fn clips_contain_the_rendered_frames() {
        let root = tempfile::tempdir().unwrap();
        write_set(root.path(), &small(), |_| ()).unwrap();
        let scene = Scene::new(small().clips()[0].spec.clone());
        let video =
            Video::open(&root.path().join("real/000.mp4"), &OpenOptions::default()).unwrap();
        let frames: Vec<_> = video.frames(Selection { every: 1, max: None }).collect();
        assert_eq!(frames.len(), 3);
        for (number, frame) in (0..).zip(frames) {
            let (rendered, read) = (scene.frame(number), frame.unwrap().image);
            let off: u64 =
                rendered.iter().zip(read.iter()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
            let mean = off as f64 / rendered.len() as f64;
            assert!(mean < 6.0, "frame {number} is off by {mean} of 255");
        }
    }

    #[test]
    fn other_folders_and_sets_are_not_overwritten() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("holiday.txt"), "sun").unwrap();
        let error = write_set(root.path(), &small(), |_| ()).unwrap_err();
        assert!(matches!(error, WriteError::NotASet { .. }), "{error}");

        let folder = root.path().join("set");
        write_set(&folder, &small(), |_| ()).unwrap();
        let error = write_set(&folder, &SetSettings { seed: 2, ..small() }, |_| ()).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("seed: 1, requested 2"), "{text}");
        assert_eq!(error.hint().unwrap(), "name another folder with `output`");

        std::fs::write(folder.join(SETTINGS_FILE), "{").unwrap();
        let error = write_set(&folder, &small(), |_| ()).unwrap_err();
        assert!(matches!(error, WriteError::Unreadable { .. }), "{error}");
    }
}
