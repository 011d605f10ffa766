//! The history of a run as JSON lines.

use super::Reporter;
use crate::{EpochRecord, Error, RunFolder};

/// Writes `history.jsonl` anew after each epoch, so that a resumed run leaves no line of a lost epoch.
#[derive(Debug)]
pub(crate) struct HistoryFile<'a>(pub(crate) &'a RunFolder);

impl Reporter for HistoryFile<'_> {
    fn epoch(&mut self, history: &[EpochRecord]) -> Result<(), Error> {
        self.0.write_history(history)
    }
}
