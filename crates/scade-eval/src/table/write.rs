//! Score tables as files.

use std::path::Path;

use super::ScoreTable;
use crate::{Error, Result};

/// Writes a table as CSV with all columns of [`ScoreTable::read`], which reads it back unchanged.
///
/// # Errors
/// [`Error::Write`].
pub fn write_scores(table: &ScoreTable, path: &Path) -> Result<()> {
    let columns =
        ["path", "label", "score", "dataset", "method", "video", "identity", "track", "frame"];
    scade_fs::write_with(path, |file| {
        let mut writer = csv::Writer::from_writer(file);
        writer.write_record(columns)?;
        for entry in table.entries() {
            let number = |number: Option<u32>| number.map(|n| n.to_string()).unwrap_or_default();
            writer.write_record([
                entry.path,
                if entry.fake { "fake" } else { "real" },
                &entry.score.map(|score| score.to_string()).unwrap_or_default(),
                entry.dataset,
                entry.method,
                entry.video.unwrap_or_default(),
                entry.identity.unwrap_or_default(),
                &number(entry.track),
                &number(entry.frame),
            ])?;
        }
        writer.flush()
    })
    .map_err(Error::from)
}

/// A clip as the score file of Deepfake Workbench has it.
pub(crate) struct WorkbenchRow<'a> {
    pub(crate) dataset: &'a str,
    pub(crate) key: String,
    pub(crate) fake: bool,
    pub(crate) score: Option<f64>,
    pub(crate) method: &'a str,
    pub(crate) faces: usize,
}

/// Writes the scores of videos as a score file of Deepfake Workbench (`dfwb.scores/1`), whose names must end
/// with `.scores.csv`.
///
/// A dataset `name/rate` becomes the columns `dataset` and `compression`. The key of a clip is its method and
/// its name, since the format has one row for each key. The side file with metadata is not written: it names a
/// protocol that is not ours to name.
///
/// # Errors
/// [`Error::Write`].
pub fn write_workbench(
    table: &ScoreTable,
    pooling: &scade_metrics::Pooling,
    path: &Path,
) -> Result<()> {
    let rows = crate::units::workbench_rows(table, pooling);
    let columns =
        ["dataset", "key", "compression", "label", "score", "status", "method", "n_frames"];
    scade_fs::write_with(path, |file| {
        let mut writer = csv::Writer::from_writer(file);
        writer.write_record(columns)?;
        for row in &rows {
            let (dataset, rate) = row.dataset.rsplit_once('/').unwrap_or((row.dataset, ""));
            writer.write_record([
                dataset,
                &row.key,
                rate,
                if row.fake { "1" } else { "0" },
                &row.score.map(|score| score.to_string()).unwrap_or_default(),
                if row.score.is_some() { "ok" } else { "missing" },
                row.method,
                &row.faces.to_string(),
            ])?;
        }
        writer.flush()
    })
    .map_err(Error::from)
}
