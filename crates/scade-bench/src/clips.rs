//! The videos that detection and preparation are timed on: those named, or drawn ones.

use std::path::PathBuf;

use anyhow::Context;
use scade_synth::{SetSettings, write_set};
use tempfile::TempDir;

/// Videos on disk; drawn ones go when this is dropped.
pub(crate) struct Clips {
    paths: Vec<PathBuf>,
    _drawn: Option<TempDir>,
}

/// Width and height of the drawn clips, and frames, each a pair of seconds.
const DRAWN: [[u32; 3]; 2] = [[640, 480, 100], [1920, 1080, 50]];

impl Clips {
    /// The named videos, or drawn ones if none is named.
    pub(crate) fn open(named: &[PathBuf]) -> anyhow::Result<Self> {
        if !named.is_empty() {
            return Ok(Self { paths: named.to_vec(), _drawn: None });
        }
        let folder = tempfile::tempdir().context("no temporary folder")?;
        let mut paths = Vec::new();
        for [width, height, frames] in DRAWN {
            let set = folder.path().join(format!("{width}x{height}"));
            let settings =
                SetSettings { identities: 2, frames, width, height, ..Default::default() };
            write_set(&set, &settings, |_| {})?;
            let drawn = set.join(format!("drawn-{width}x{height}.mp4"));
            std::fs::rename(set.join("real/000.mp4"), &drawn).context("no drawn clip")?;
            paths.push(drawn);
        }
        Ok(Self { paths, _drawn: Some(folder) })
    }

    pub(crate) fn paths(&self) -> &[PathBuf] {
        &self.paths
    }
}
