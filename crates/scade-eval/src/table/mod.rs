//! The score table: one row for each face, frame or video that was to be scored.

mod check;
mod csv_file;
mod json_file;
mod labels;
mod write;

use std::path::{Path, PathBuf};

use crate::error::Place;
use crate::strings::{Strings, Symbol, Texts};
use crate::{Error, Result};

pub use labels::{Known, Labels, label_of_path};
pub(crate) use write::WorkbenchRow;
pub use write::{write_scores, write_workbench};

/// The name of a dataset that has none.
pub const UNNAMED: &str = "unnamed";

/// What is known of one face, frame or video.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry<'a> {
    /// The file that was scored.
    pub path: &'a str,
    /// Whether it is forged.
    pub fake: bool,
    /// Probability of fake, 0..=1; `None` where no score was obtained.
    pub score: Option<f64>,
    /// The dataset; [`UNNAMED`] where there is only one and it has no name.
    pub dataset: &'a str,
    /// How it was forged; empty where that is not known.
    pub method: &'a str,
    /// The clip within dataset and method; `None` where each path is a clip of its own.
    pub video: Option<&'a str>,
    /// The person or source clip, for intervals: what shares one is not independent.
    pub identity: Option<&'a str>,
    /// Number of the person followed through the clip.
    pub track: Option<u32>,
    /// Number of the frame in the clip.
    pub frame: Option<u32>,
}

impl<'a> Entry<'a> {
    /// An entry of which only this is known.
    #[must_use]
    pub fn new(path: &'a str, fake: bool, score: Option<f64>) -> Self {
        let dataset = UNNAMED;
        let (video, identity, track, frame) = (None, None, None, None);
        Self { path, fake, score, dataset, method: "", video, identity, track, frame }
    }
}

/// A row in 44 bytes; its path is in [`ScoreTable::paths`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    /// NaN where there is none.
    score: f64,
    pub(crate) dataset: Symbol,
    pub(crate) method: Symbol,
    pub(crate) video: Option<Symbol>,
    pub(crate) identity: Option<Symbol>,
    track: u32,
    frame: u32,
    line: u32,
    file: u16,
    pub(crate) fake: bool,
}

/// No track, no frame, no line.
const NONE: u32 = u32::MAX;

impl Row {
    pub(crate) fn score(&self) -> Option<f64> {
        (!self.score.is_nan()).then_some(self.score)
    }

    pub(crate) fn track(&self) -> Option<u32> {
        (self.track != NONE).then_some(self.track)
    }

    pub(crate) fn frame(&self) -> Option<u32> {
        (self.frame != NONE).then_some(self.frame)
    }
}

/// The scores of one detector. Ten million rows take about 2 GB.
///
/// A clip is identified by dataset, method, label and name together: in FaceForensics++ `000_003` is a clip
/// in each of four methods.
#[derive(Debug, Clone)]
pub struct ScoreTable {
    /// Name of the detector.
    pub name: String,
    pub(crate) strings: Strings,
    pub(crate) paths: Texts,
    pub(crate) rows: Vec<Row>,
    files: Vec<PathBuf>,
    notes: Vec<String>,
}

impl ScoreTable {
    /// An empty table for the detector `name`.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        let (strings, paths, rows) = (Strings::default(), Texts::default(), Vec::new());
        Self { name: name.into(), strings, paths, rows, files: Vec::new(), notes: Vec::new() }
    }

    /// Adds the rows of a file: CSV with a header (columns below), the score file of Deepfake Workbench, or
    /// the JSON of `scade-infer`. Which of them it is, is decided by its content.
    ///
    /// Columns of CSV, in any order: `path` or `video`, `label` (`real` or 0, `fake` or 1), `score` (0 to 1,
    /// empty where there is none), and where known `dataset`, `method`, `video`, `identity`, `track`,
    /// `frame`. Others are ignored with a note. `labels` gives labels to rows that have none.
    ///
    /// # Errors
    /// [`Error::Read`]; [`Error::Input`] for the first row that is not as described. Rows of the file that
    /// precede it remain in the table, which is then of no use.
    pub fn read(&mut self, path: &Path, labels: Option<&Labels>) -> Result<()> {
        let failed = |source| Error::Read { path: path.to_owned(), source };
        scade_fs::require_regular(path).map_err(failed)?;
        let file = self.file(path)?;
        if json_file::is_json(path).map_err(failed)? {
            json_file::read(self, path, file, labels)
        } else {
            csv_file::read(self, path, file, labels)
        }
    }

    /// Adds a row that comes from no file.
    ///
    /// # Errors
    /// [`Error::Input`] when its score is not a probability.
    pub fn push(&mut self, entry: &Entry<'_>) -> Result<()> {
        let file = self.file(Path::new("the scored files"))?;
        self.add(entry, file, None)
    }

    /// Number of a file in [`Self::files`].
    fn file(&mut self, path: &Path) -> Result<u16> {
        if self.files.last().is_none_or(|last| last != path) {
            self.files.push(path.to_owned());
        }
        let refused = |_| Error::input(path, None, "at most 65,536 score files", "one more");
        u16::try_from(self.files.len() - 1).map_err(refused)
    }

    fn add(&mut self, entry: &Entry<'_>, file: u16, line: Option<u64>) -> Result<()> {
        let wrong = |expected: &'static str, got: &dyn std::fmt::Display| {
            Error::input(&self.files[usize::from(file)], line, expected, got)
        };
        if let Some(score) = entry.score.filter(|score| !(0.0..=1.0).contains(score)) {
            return Err(wrong("a score from 0 to 1 (probability of fake)", &score));
        }
        if entry.path.is_empty() {
            return Err(wrong("a path", &"an empty field"));
        }
        if self.rows.len() >= NONE as usize {
            return Err(wrong("at most 4,294,967,295 rows", &"one more"));
        }
        self.paths.push(entry.path);
        let own = entry.video.filter(|video| !video.is_empty() && *video != entry.path);
        self.rows.push(Row {
            score: entry.score.unwrap_or(f64::NAN),
            dataset: self.strings.intern(entry.dataset),
            method: self.strings.intern(entry.method),
            video: own.map(|video| self.strings.intern(video)),
            identity: entry.identity.map(|identity| self.strings.intern(identity)),
            track: entry.track.unwrap_or(NONE),
            frame: entry.frame.unwrap_or(NONE),
            line: line.and_then(|line| u32::try_from(line).ok()).unwrap_or(NONE),
            file,
            fake: entry.fake,
        });
        Ok(())
    }

    /// Number of rows, scored or not.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// What is odd about the files but no error: ignored columns.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The files that were read, in order.
    #[must_use]
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// The rows in order.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        (0..self.rows.len()).map(|row| self.entry(row))
    }

    pub(crate) fn entry(&self, index: usize) -> Entry<'_> {
        let row = &self.rows[index];
        Entry {
            path: self.paths.get(index),
            fake: row.fake,
            score: row.score(),
            dataset: self.strings.get(row.dataset),
            method: self.strings.get(row.method),
            video: row.video.map(|video| self.strings.get(video)),
            identity: row.identity.map(|identity| self.strings.get(identity)),
            track: row.track(),
            frame: row.frame(),
        }
    }

    /// Name of the clip of a row within its dataset and method.
    pub(crate) fn clip(&self, index: usize) -> &str {
        match self.rows[index].video {
            Some(video) => self.strings.get(video),
            None => self.paths.get(index),
        }
    }

    /// Where a row comes from.
    pub(crate) fn place(&self, index: usize) -> Place {
        let row = &self.rows[index];
        let line = (row.line != NONE).then_some(u64::from(row.line));
        Place { file: self.files[usize::from(row.file)].clone(), line }
    }
}
