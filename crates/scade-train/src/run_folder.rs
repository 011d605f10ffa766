//! The folder of one run and the files in it.
//!
//! ```text
//! run-3/detector.json       network, preprocessing, threshold: with …
//! run-3/model.safetensors   … the weights of the best epoch, a complete model bundle
//! run-3/config.toml         the resolved configuration
//! run-3/history.jsonl       one line per epoch
//! run-3/curves.png, .svg    losses, AUC and learning rate over the epochs
//! run-3/tensorboard/        the same, and every step, as event files for TensorBoard
//! run-3/checkpoints/        the last epochs, to resume from
//! run-3/metrics.json        validation and test metrics of the best epoch
//! run-3/predictions.csv     score of every test frame
//! ```

use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::{Config, EpochRecord, Error, Prediction, Trained};

/// A run folder.
#[derive(Debug, Clone)]
pub struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    /// Creates the next free `run-N` below `output` and writes the configuration into it.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn create(config: &Config) -> Result<Self, Error> {
        let next = numbered(&config.output, "run-").map(|(number, _)| number).max();
        let next = next.unwrap_or(0).saturating_add(1);
        let folder = Self { path: config.output.join(format!("run-{next}")) };
        let text = toml::to_string(config).map_err(|e| folder.broken("config.toml", &e))?;
        scade_fs::write(&folder.path.join("config.toml"), text)?;
        Ok(folder)
    }

    /// The run at `path`, or the one with the highest number below `output` for `latest`.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] when there is no run.
    pub fn find(path: &Path, output: &Path) -> Result<Self, Error> {
        let path = if path == Path::new("latest") {
            let latest = numbered(output, "run-").max_by_key(|(number, _)| *number);
            latest.map_or_else(|| output.to_owned(), |(_, path)| path)
        } else {
            path.to_owned()
        };
        let folder = Self { path };
        if folder.path.join("config.toml").is_file() {
            return Ok(folder);
        }
        Err(folder.broken("config.toml", &"there is no run here"))
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The configuration of the run.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] when it cannot be read.
    pub fn config(&self) -> Result<Config, Error> {
        let text = scade_fs::read_to_string(self.path.join("config.toml"))
            .map_err(|e| self.broken("config.toml", &e))?;
        toml::from_str(&text).map_err(|e| self.broken("config.toml", &e))
    }

    /// The checkpoint after this epoch.
    pub(crate) fn checkpoint(&self, epoch: u64) -> PathBuf {
        self.path.join("checkpoints").join(format!("epoch-{epoch:06}"))
    }

    /// All checkpoints, the newest first.
    pub(crate) fn checkpoints(&self) -> Vec<PathBuf> {
        let mut found: Vec<_> = numbered(&self.path.join("checkpoints"), "epoch-").collect();
        found.sort_unstable_by(|a, b| b.cmp(a));
        found.into_iter().map(|(_, path)| path).collect()
    }

    /// The folder of the event files.
    pub(crate) fn events(&self) -> PathBuf {
        self.path.join("tensorboard")
    }

    pub(crate) fn write_curves(&self, svg: String, png: Vec<u8>) -> Result<(), Error> {
        scade_fs::write(&self.path.join("curves.svg"), svg)?;
        Ok(scade_fs::write(&self.path.join("curves.png"), png)?)
    }

    pub(crate) fn write_history(&self, history: &[EpochRecord]) -> Result<(), Error> {
        let mut text = String::new();
        for record in history {
            let line = serde_json::to_string(record).map_err(|e| self.broken("history", &e))?;
            text += &line;
            text.push('\n');
        }
        Ok(scade_fs::write(&self.path.join("history.jsonl"), text)?)
    }

    pub(crate) fn write_json(&self, name: &str, value: &impl Serialize) -> Result<(), Error> {
        let text = serde_json::to_string_pretty(value).map_err(|e| self.broken(name, &e))?;
        Ok(scade_fs::write(&self.path.join(name), text + "\n")?)
    }

    /// The result of an earlier part of the run, if it reached its end.
    pub(crate) fn trained(&self) -> Option<Trained> {
        serde_json::from_slice(&scade_fs::read(self.path.join("metrics.json")).ok()?).ok()
    }

    /// Removes the scores of an earlier detector.
    pub(crate) fn remove_predictions(&self) -> Result<(), Error> {
        let path = self.path.join("predictions.csv");
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(self.broken("predictions.csv", &error))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn write_predictions(&self, predictions: &[Prediction]) -> Result<(), Error> {
        let tracked = predictions.iter().any(|p| p.face.track.is_some());
        let mut text = format!("label,video,frame,{}score\n", if tracked { "track," } else { "" });
        for p in predictions {
            let track = p.face.track.map(|track| format!("{track},")).unwrap_or_default();
            let video = quoted(&p.video);
            let label = p.label.name();
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{label},{video},{},{track}{}", p.face.frame, p.score);
        }
        Ok(scade_fs::write(&self.path.join("predictions.csv"), text)?)
    }

    fn broken(&self, name: &str, reason: &dyn std::fmt::Display) -> Error {
        Error::Checkpoint { path: self.path.join(name), reason: reason.to_string() }
    }
}

/// The folders below `parent` that are called `prefix` and a number, with their numbers.
fn numbered(parent: &Path, prefix: &str) -> impl Iterator<Item = (u64, PathBuf)> {
    let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
    entries.filter_map(move |entry| {
        let number = entry.file_name().to_str()?.strip_prefix(prefix)?.parse().ok()?;
        Some((number, entry.path()))
    })
}

/// A field of a CSV file, in quotes where it must be (RFC 4180).
fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_numbered_and_the_latest_is_found() {
        let output = tempfile::tempdir().unwrap();
        let config = Config { output: output.path().join("new"), ..Config::default() };
        for expected in ["run-1", "run-2"] {
            let folder = RunFolder::create(&config).unwrap();
            assert!(folder.path().ends_with(expected));
        }
        let latest = RunFolder::find(Path::new("latest"), &config.output).unwrap();
        assert!(latest.path().ends_with("run-2"));
        assert_eq!(latest.config().unwrap(), config);
        let error = RunFolder::find(Path::new("latest"), output.path()).unwrap_err();
        assert!(error.to_string().contains("there is no run here"), "{error}");
    }

    #[test]
    fn names_with_separators_stay_one_field() {
        assert_eq!(quoted("000_003"), "000_003");
        assert_eq!(quoted("a \"b\", c"), "\"a \"\"b\"\", c\"");
    }
}
