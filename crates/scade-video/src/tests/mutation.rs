//! A few damaged files of every kind; `examples/mutate_clips.rs` tests any number, and measures memory.

use std::path::Path;
use std::time::Duration;

use super::fixtures::{clips, mutate};
use super::skipped;
use crate::{Error, Frame, OpenOptions, Selection, Video};

/// Every second frame with skipping, up to the first error.
fn read(path: &Path) -> Result<Vec<Frame>, Error> {
    let options = OpenOptions { time_limit: Duration::from_secs(10), ..OpenOptions::default() };
    let mut video = Video::open(path, &options)?;
    video.count_frames()?;
    video.frames(Selection { every: 2, max: None }).collect()
}

#[test]
fn damaged_files_of_all_kinds_end_in_an_error_or_in_frames() {
    let folder = tempfile::tempdir().unwrap();
    let mut frames = 0;
    for (kind, (name, clip)) in clips::KINDS.iter().enumerate() {
        let Some(bytes) = clips::encode(clip, 64, 48, 12) else {
            skipped(name, clip.encoder);
            continue;
        };
        for round in 0..4 {
            let path = folder.path().join(format!("{name}-{round}"));
            std::fs::write(&path, mutate::mutate(&bytes, (kind * 4 + round) as u64)).unwrap();
            match read(&path) {
                Ok(some) => frames += some.len(),
                Err(Error::TimedOut { .. }) => panic!("{name}, damage {round}: no end"),
                Err(error) => assert!(error.to_string().contains(name), "{error}"),
            }
        }
    }
    assert!(frames > 100, "{frames}");
}
