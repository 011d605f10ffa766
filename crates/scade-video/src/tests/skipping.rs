//! Skipping packets changes no frame, compared with plain sequential decoding.

use std::path::Path;

use super::clips::{collect, read};
use super::fixtures::boxes::{cut, find_box};
use super::fixtures::clips::{H264, Kind, MP4, encode};
use super::skipped;
use crate::{Error, Frame, OpenOptions, Selection, Stats, Video};

fn planned(
    path: &Path,
    selection: Selection,
    threads: usize,
) -> Result<(Vec<Frame>, Stats), Error> {
    let mut video = Video::open(path, &OpenOptions { threads, ..OpenOptions::default() })?;
    video.count_frames()?;
    collect(video, selection)
}

/// Compares both for many selections; returns the total number of skipped packets.
fn compare(name: &str, bytes: &[u8]) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let (all, _) = read(&path, Selection::ALL).unwrap();
    let mut left_out = 0;
    for every in [1, 2, 3, 7, 10, 26, 1000] {
        for (max, threads) in [(None, 1), (Some(3), 3)] {
            let (frames, stats) = planned(&path, Selection { every, max }, threads).unwrap();
            let wanted = all.iter().filter(|frame| frame.index % every == 0);
            let wanted = wanted.take(max.unwrap_or(u64::MAX) as usize);
            assert!(frames.iter().eq(wanted), "{name}, every {every}, at most {max:?}");
            assert!(stats.decoded <= all.len() as u64);
            left_out += stats.skipped;
        }
    }
    left_out
}

const LONG: Kind = Kind { encoding: "preset=veryfast:b-pyramid=normal:bf=3", ..H264 };

#[test]
fn frames_are_the_same_and_packets_are_skipped() {
    let clips = [
        ("mpeg4", Kind { gop: 12, ..MP4 }),
        ("mpeg4-b", Kind { gop: 30, b_frames: 2, ..MP4 }),
        ("mpeg4-b-mkv", Kind { muxer: "matroska", gop: 200, b_frames: 2, ..MP4 }),
        ("mpeg4-vfr", Kind { b_frames: 2, time: |number| number * number + number, ..MP4 }),
        ("h264-long", LONG),
        ("h264-short", Kind { gop: 12, ..LONG }),
        ("h264-444", Kind { pixel: ffmpeg_next::format::Pixel::YUV444P, ..LONG }),
        ("h264-mkv", Kind { muxer: "matroska", gop: 40, ..LONG }),
        ("h264-ts", Kind { muxer: "mpegts", gop: 12, ..LONG }),
        ("h264-open-gop", Kind { encoding: "bf=3:x264-params=open-gop=1", gop: 20, ..H264 }),
        ("h264-refresh", Kind { encoding: "x264-params=intra-refresh=1", gop: 20, ..H264 }),
        ("h264-slices", Kind { encoding: "x264-params=slices=3", gop: 20, ..H264 }),
    ];
    for (name, kind) in clips {
        match encode(&kind, 98, 58, 90) {
            Some(bytes) => assert!(compare(name, &bytes) > 0, "{name}: nothing was skipped"),
            None => skipped(name, kind.encoder),
        }
    }
}

/// Where packets are not frames, have no time stamps of their own, or belong to an unsupported codec,
/// everything is decoded.
#[test]
fn unsupported_files_are_decoded_completely() {
    let clips = [
        ("mpeg4-b-avi", Kind { muxer: "avi", b_frames: 2, ..MP4 }),
        ("mpeg2", Kind { muxer: "mpegts", encoder: "mpeg2video", b_frames: 2, ..MP4 }),
        ("h264-fields", Kind { encoding: "x264-params=interlaced=1", ..H264 }),
        ("h264-raw", Kind { muxer: "h264", ..H264 }),
        ("vp8", Kind { muxer: "webm", encoder: "libvpx", ..MP4 }),
    ];
    for (name, kind) in clips {
        match encode(&kind, 96, 64, 40) {
            Some(bytes) => assert_eq!(compare(name, &bytes), 0, "{name}"),
            None => skipped(name, kind.encoder),
        }
    }
}

#[test]
fn an_edit_list_is_respected() {
    for kind in [Kind { b_frames: 2, ..MP4 }, Kind { gop: 12, ..LONG }] {
        let Some(mut bytes) = encode(&kind, 64, 48, 60) else {
            skipped("an edit list over H.264", kind.encoder);
            continue;
        };
        cut(&mut bytes, 7, 40);
        assert!(compare(kind.encoder, &bytes) > 0);
    }
}

/// Damage makes the plan fail in the middle: returned frames stay valid, the rest comes from a second
/// pass over the whole file, which also counts the damage.
#[test]
fn a_damaged_file_is_decoded_completely() {
    let kind = Kind { gop: 30, b_frames: 2, ..MP4 };
    let mut bytes = encode(&kind, 98, 58, 90).unwrap();
    let (mdat, moov) = (find_box(&bytes, b"mdat"), find_box(&bytes, b"moov"));
    let middle = mdat + (moov - mdat) / 2;
    (middle..middle + 2000).step_by(61).for_each(|at| bytes[at] ^= 0x10);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    std::fs::write(&path, &bytes).unwrap();
    let selection = Selection { every: 4, max: None };
    let (plain, expected) = read(&path, selection).unwrap();
    let (frames, stats) = planned(&path, selection, 1).unwrap();
    assert!(frames == plain && plain.len() > 10);
    assert_eq!(stats, expected);
    assert!(stats.bad_packets + stats.corrupt_frames > 0, "{stats:?}");
}

#[test]
fn a_file_that_changes_under_the_plan_is_noticed() {
    let kind = Kind { gop: 12, ..MP4 };
    let shifted = Kind { time: |number| number * 6, ..kind };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    std::fs::write(&path, encode(&shifted, 64, 48, 60).unwrap()).unwrap();
    let mut video = Video::open(&path, &OpenOptions::default()).unwrap();
    let replaced = folder.path().join("other.mp4");
    std::fs::write(&replaced, encode(&kind, 64, 48, 60).unwrap()).unwrap();
    std::fs::rename(&replaced, &path).unwrap();
    video.count_frames().unwrap();
    let selection = Selection { every: 25, max: None };
    let (frames, stats) = collect(video, selection).unwrap();
    assert!(frames == read(&path, selection).unwrap().0);
    assert_eq!(stats.skipped, 0);
}
