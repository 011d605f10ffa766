//! Scores in CSV: ours, and the score file of Deepfake Workbench.

use std::fs::File;
use std::path::Path;

use csv::StringRecord;

use super::{Entry, Labels, ScoreTable, UNNAMED};
use crate::{Error, Result};

/// Columns that are read.
const COLUMNS: [&str; 12] = [
    "path",
    "label",
    "score",
    "dataset",
    "method",
    "video",
    "identity",
    "track",
    "frame",
    "status",
    "key",
    "compression",
];

/// Optional columns of Deepfake Workbench that say nothing about the scores: no note is due.
const OTHERS: [&str; 4] = ["logit", "label_key", "n_clips", "n_frames"];

/// Place of each column in a record.
struct Header {
    places: [Option<usize>; COLUMNS.len()],
    is_workbench: bool,
}

impl Header {
    fn of(record: &StringRecord, path: &Path, notes: &mut Vec<String>) -> Result<Self> {
        let names: Vec<&str> =
            record.iter().map(|name| name.trim_start_matches('\u{feff}').trim()).collect();
        let find = |wanted: &str| names.iter().position(|name| *name == wanted);
        if let Some(twice) = names.iter().enumerate().find(|(at, name)| find(name) != Some(*at)) {
            let got = format!("`{}` twice", twice.1);
            return Err(Error::input(path, 1, "each column once", got));
        }
        let is_workbench = find("key").is_some() && find("path").is_none();
        let ignored: Vec<_> = names
            .iter()
            .filter(|name| !(COLUMNS.contains(name) || is_workbench && OTHERS.contains(name)))
            .map(|name| format!("`{name}`"))
            .collect();
        if !ignored.is_empty() {
            notes.push(format!("{}: columns ignored: {}", path.display(), ignored.join(", ")));
        }
        Ok(Self { places: COLUMNS.map(find), is_workbench })
    }

    /// The content of a column; `None` where it is empty or there is no such column.
    fn get<'a>(&self, record: &'a StringRecord, column: &str) -> Option<&'a str> {
        let index = COLUMNS.iter().position(|name| *name == column)?;
        let text = record.get(self.places[index]?)?.trim();
        (!text.is_empty()).then_some(text)
    }

    fn has(&self, column: &str) -> bool {
        COLUMNS.iter().position(|name| *name == column).is_some_and(|i| self.places[i].is_some())
    }

    fn require(&self, path: &Path, record: &StringRecord, has_labels: bool) -> Result<()> {
        let has_path = self.has("path") || self.has("video") || self.is_workbench;
        let columns = [
            ("`path`, `video` or `key`", has_path),
            ("`label`", self.has("label") || has_labels),
            ("`score`", self.has("score")),
        ];
        match columns.into_iter().find(|(_, there)| !there) {
            Some((missing, _)) => {
                let got = record.iter().collect::<Vec<_>>().join(",");
                Err(Error::input(path, 1, format!("a column {missing}"), format!("`{got}`")))
            }
            None => Ok(()),
        }
    }
}

pub(super) fn read(
    table: &mut ScoreTable,
    path: &Path,
    file: u16,
    labels: Option<&Labels>,
) -> Result<()> {
    let opened = File::open(path).map_err(|source| Error::Read { path: path.into(), source })?;
    let mut reader = csv::ReaderBuilder::new().from_reader(std::io::BufReader::new(opened));
    let names = reader.headers().map_err(|error| failed(path, error))?.clone();
    let header = Header::of(&names, path, &mut table.notes)?;
    header.require(path, &names, labels.is_some())?;
    let mut record = StringRecord::new();
    let mut dataset = String::new();
    while reader.read_record(&mut record).map_err(|error| failed(path, error))? {
        let line = record.position().map(csv::Position::line);
        let row = Fields { path, line, header: &header, record: &record };
        let entry = row.entry(labels, &mut dataset)?;
        table.add(&entry, file, line)?;
    }
    Ok(())
}

/// One record with its place.
struct Fields<'a> {
    path: &'a Path,
    line: Option<u64>,
    header: &'a Header,
    record: &'a StringRecord,
}

impl<'a> Fields<'a> {
    fn get(&self, column: &str) -> Option<&'a str> {
        self.header.get(self.record, column)
    }

    fn wrong(&self, expected: &'static str, got: impl std::fmt::Display) -> Error {
        Error::input(self.path, self.line, expected, got)
    }

    fn entry<'b>(&self, labels: Option<&'b Labels>, dataset: &'b mut String) -> Result<Entry<'b>>
    where
        'a: 'b,
    {
        let video = self.get("video");
        let path = self.get("path").or_else(|| self.get("key")).or(video);
        let path = path.ok_or_else(|| self.wrong("a path", "an empty field"))?;
        let known = labels.and_then(|labels| labels.get(path));
        let fake = match (self.get("label"), known) {
            (Some(text), _) => parse_label(text)
                .ok_or_else(|| self.wrong("a label real, fake, 0 or 1", format!("`{text}`")))?,
            (None, Some(known)) => known.fake,
            (None, None) => return Err(self.wrong("a label real, fake, 0 or 1", "none")),
        };
        // What was made of one video at two rates of compression are two clips.
        *dataset = match (self.get("dataset"), self.get("compression")) {
            (Some(name), Some(rate)) => format!("{name}/{rate}"),
            (Some(name), None) => name.to_owned(),
            (None, _) => UNNAMED.to_owned(),
        };
        Ok(Entry {
            path,
            fake,
            score: self.score()?,
            dataset,
            method: self.get("method").or(known.map(|known| &*known.method)).unwrap_or_default(),
            video,
            identity: self.get("identity").or(known.and_then(|known| known.identity.as_deref())),
            track: self.number("track")?,
            frame: self.number("frame")?,
        })
    }

    /// The score; none where the field is empty or the status says so.
    fn score(&self) -> Result<Option<f64>> {
        const EXPECTED: &str = "a score from 0 to 1 (probability of fake), or an empty field";
        let text = self.get("score");
        match (self.get("status"), text) {
            (None | Some("ok"), Some(text)) => match text.parse::<f64>() {
                Ok(score) if (0.0..=1.0).contains(&score) => Ok(Some(score)),
                _ => Err(self.wrong(EXPECTED, format!("`{text}`"))),
            },
            (None | Some("missing" | "error"), None) => Ok(None),
            (Some("ok"), None) => Err(self.wrong("a score where the status is ok", "none")),
            (Some(status @ ("missing" | "error")), Some(text)) => Err(self.wrong(
                "no score where there is none by the status",
                format!("`{text}`, {status}"),
            )),
            (Some(status), _) => {
                Err(self.wrong("a status ok, missing or error", format!("`{status}`")))
            }
        }
    }

    fn number(&self, column: &str) -> Result<Option<u32>> {
        let Some(text) = self.get(column) else { return Ok(None) };
        let number = text.parse::<u32>().ok().filter(|number| *number < u32::MAX);
        number.map(Some).ok_or_else(|| {
            self.wrong("a whole number of a track or frame", format!("`{text}` in `{column}`"))
        })
    }
}

/// `real`, `fake`, `0`, `1`.
pub(super) fn parse_label(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "0" | "real" => Some(false),
        "1" | "fake" => Some(true),
        _ => None,
    }
}

/// What the parser of CSV says, with the place.
pub(super) fn failed(path: &Path, error: csv::Error) -> Error {
    let line = error.position().map(csv::Position::line);
    match error.into_kind() {
        csv::ErrorKind::Io(source) => Error::Read { path: path.into(), source },
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            Error::input(path, line, format!("{expected_len} fields as in the header"), len)
        }
        csv::ErrorKind::Utf8 { .. } => Error::input(path, line, "UTF-8", "other bytes"),
        other => Error::input(path, line, "CSV", format!("{other:?}")),
    }
}
