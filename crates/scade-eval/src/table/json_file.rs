//! The predictions of `scade-infer`: JSON Lines, or one list.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use serde::Deserialize;

use super::{Entry, Labels, ScoreTable, UNNAMED, label_of_path};
use crate::{Error, Result};

/// One file that was scored, or why it was not.
#[derive(Deserialize)]
struct Record {
    path: String,
    #[serde(default)]
    kind: Option<String>,
    score: Option<f64>,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    faces: Vec<Face>,
}

#[derive(Deserialize)]
struct Face {
    score: f64,
    frame: Option<u32>,
    track: Option<u32>,
}

/// Whether a file begins as JSON does.
pub(super) fn is_json(path: &Path) -> std::io::Result<bool> {
    let mut head = [0; 64];
    let count = File::open(path)?.read(&mut head)?;
    let first = head[..count].iter().find(|byte| !byte.is_ascii_whitespace());
    Ok(matches!(first, Some(b'{' | b'[')))
}

pub(super) fn read(
    table: &mut ScoreTable,
    path: &Path,
    file: u16,
    labels: Option<&Labels>,
) -> Result<()> {
    const EXPECTED: &str = "a record of scade-infer with `path`, and `score` or `error`";
    let failed = |source| Error::Read { path: path.into(), source };
    let mut reader = BufReader::new(File::open(path).map_err(failed)?);
    let is_list =
        reader.fill_buf().map_err(failed)?.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'[');
    if is_list {
        let records: Vec<Record> = serde_json::from_reader(reader)
            .map_err(|error| Error::input(path, error.line() as u64, EXPECTED, error))?;
        for record in &records {
            add(table, path, file, None, record, labels)?;
        }
        return Ok(());
    }
    for (index, line) in reader.lines().enumerate() {
        let (line, number) = (line.map_err(failed)?, index as u64 + 1);
        if line.trim().is_empty() {
            continue;
        }
        let record = serde_json::from_str(&line)
            .map_err(|error| Error::input(path, number, EXPECTED, error))?;
        add(table, path, file, Some(number), &record, labels)?;
    }
    Ok(())
}

/// A row for each face of a video; one row for an image, or for what has no score.
fn add(
    table: &mut ScoreTable,
    file: &Path,
    number: u16,
    line: Option<u64>,
    record: &Record,
    labels: Option<&Labels>,
) -> Result<()> {
    let listed = labels.and_then(|labels| labels.get(&record.path));
    let by_list = listed.map(|known| (known.fake, &*known.method));
    let Some((fake, method)) = by_list.or_else(|| label_of_path(&record.path)) else {
        let expected = "a path below a folder `real` or `fake`, or in the list of labels";
        return Err(Error::input(file, line, expected, &record.path));
    };
    if record.score.is_none() && record.error.is_none() {
        return Err(Error::input(file, line, "`score` or `error`", "neither"));
    }
    let entry = Entry {
        dataset: listed.and_then(|known| known.dataset.as_deref()).unwrap_or(UNNAMED),
        identity: listed.and_then(|known| known.identity.as_deref()),
        method,
        ..Entry::new(&record.path, fake, record.score)
    };
    if record.kind.as_deref() != Some("video") || record.faces.is_empty() {
        return table.add(&entry, number, line);
    }
    for face in &record.faces {
        let (score, track, frame) = (Some(face.score), face.track, face.frame);
        table.add(&Entry { score, track, frame, ..entry.clone() }, number, line)?;
    }
    Ok(())
}
