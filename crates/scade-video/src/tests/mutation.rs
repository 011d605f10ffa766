//! A few damaged files of every kind; `examples/mutate.rs` tries as many as one likes, with an eye
//! on memory.

use std::time::{Duration, Instant};

use super::fixtures::{clips, mutate};
use super::skipped;
use crate::{OpenOptions, Selection, Video};

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
            let start = Instant::now();
            if let Ok(mut video) = Video::open(&path, &OpenOptions::default()) {
                // Whatever it says, it returns; then the same file is decoded.
                let _ = video.count_frames();
                frames += video.frames(Selection { every: 2, max: None }).flatten().count();
            }
            assert!(start.elapsed() < Duration::from_secs(10), "{name}, damage {round}");
        }
    }
    assert!(frames > 100, "{frames}");
}
