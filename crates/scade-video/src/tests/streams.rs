//! Of several video streams the right one is read.

use super::clips::{fixture, read};
use super::fixtures::clips::{H264, Kind, MP4, encode};
use super::fixtures::mux::{into_thumbnails, join};
use super::skipped;
use crate::{OpenOptions, Selection, Video};

/// Number and size of the frames, after checks that all ways of counting agree.
fn frames(bytes: &[u8]) -> (usize, (u32, u32)) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip");
    std::fs::write(&path, bytes).unwrap();
    let (frames, stats) = read(&path, Selection::ALL).unwrap();
    assert_eq!(stats.damage(), None);
    let mut video = Video::open(&path, &OpenOptions::default()).unwrap();
    assert_eq!(video.count_frames().unwrap(), frames.len() as u64);
    assert_eq!(Video::scan_frames(&path).unwrap(), frames.len() as u64);
    let size = frames[0].image.dimensions();
    assert_eq!((video.info().width, video.info().height), size);
    (frames.len(), size)
}

#[test]
fn the_still_image_of_a_drone_is_not_the_video() {
    let bytes = std::fs::read(fixture("still_first.mp4")).unwrap();
    assert_eq!(frames(&bytes).0, 60);
}

#[test]
fn the_longest_stream_is_read_and_then_the_largest() {
    let transport = Kind { muxer: "mpegts", encoder: "mpeg2video", ..MP4 };
    for (muxer, kind) in [("mp4", MP4), ("matroska", MP4), ("mpegts", transport)] {
        let clip = |width, height, count| encode(&kind, width, height, count).unwrap();
        let (small, long, large) = (clip(64, 48, 30), clip(32, 32, 40), clip(96, 80, 30));
        for (clips, expected) in [
            ([&small, &large], (30, (96, 80))),
            ([&large, &small], (30, (96, 80))),
            ([&large, &long], (40, (32, 32))),
            ([&long, &large], (40, (32, 32))),
        ] {
            let bytes = join(muxer, &clips.map(Clone::clone));
            assert_eq!(frames(&bytes), expected, "{muxer}");
        }
    }
}

/// Skipping follows the packets of the stream that is read.
#[test]
fn packets_of_other_streams_do_not_matter() {
    let kind = Kind { gop: 12, ..H264 };
    let Some(long) = encode(&kind, 64, 48, 60) else {
        skipped("two streams of H.264", kind.encoder);
        return;
    };
    let large = encode(&kind, 96, 80, 30).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    std::fs::write(&path, join("mp4", &[large, long])).unwrap();
    let selection = Selection { every: 25, max: None };
    let (expected, _) = read(&path, selection).unwrap();
    let mut video = Video::open(&path, &OpenOptions::default()).unwrap();
    assert_eq!(video.count_frames().unwrap(), 60);
    let mut frames = video.frames(selection);
    let got: Vec<_> = frames.by_ref().map(Result::unwrap).collect();
    assert!(got == expected && got.len() == 3);
    assert!(frames.stats().skipped > 30, "{:?}", frames.stats());
}

#[test]
fn chapter_images_are_not_the_video() {
    let clip = |count| encode(&MP4, 64, 48, count).unwrap();
    let mut bytes = join("mp4", &[clip(20), clip(30)]);
    assert_eq!(frames(&bytes).0, 30);
    into_thumbnails(&mut bytes);
    assert_eq!(frames(&bytes).0, 20);
}
