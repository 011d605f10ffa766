//! Packets up to a key frame are skipped, and the frames are those of a full decode: of many codecs, for
//! random selections.

use std::path::Path;

use ffmpeg_next::format::Pixel;

use super::clips::{collect, fixture, read};
use super::fixtures::boxes::cut;
use super::fixtures::clips::{AV1, H264, HEVC, Kind, MP4, encode};
use super::fixtures::mutate::Numbers;
use super::fixtures::mux::repeat;
use super::skipped;
use crate::{Frame, OpenOptions, Selection, Stats, Video};

/// Selected frames with skipping.
fn planned(path: &Path, selection: Selection, threads: usize) -> (Vec<Frame>, Stats) {
    let options = OpenOptions { threads, ..OpenOptions::default() };
    let mut video = Video::open(path, &options).unwrap();
    video.count_frames().unwrap();
    collect(video, selection).unwrap()
}

fn expected(all: &[Frame], selection: Selection) -> impl Iterator<Item = &Frame> {
    let wanted = all.iter().filter(move |frame| frame.index % selection.every == 0);
    wanted.take(selection.max.unwrap_or(u64::MAX) as usize)
}

const VP9: Kind = Kind { muxer: "webm", encoder: "libvpx-vp9", ..MP4 };
const OPEN: Kind = Kind { encoding: "bf=3:x264-params=open-gop=1", ..H264 };

/// Name, kind, and whether decoding may start at its key frames.
const CLIPS: &[(&str, Kind)] = &[
    ("hevc", Kind { gop: 12, ..HEVC }),
    ("hevc-mkv", Kind { gop: 20, muxer: "matroska", ..HEVC }),
    ("hevc-ts", Kind { gop: 12, muxer: "mpegts", ..HEVC }),
    ("hevc-closed", Kind { gop: 15, encoding: "x265-params=log-level=none\\:open-gop=0", ..HEVC }),
    (
        "hevc-layers",
        Kind { gop: 15, encoding: "x265-params=log-level=none\\:temporal-layers=1", ..HEVC },
    ),
    (
        "hevc-radl",
        Kind { gop: 15, encoding: "x265-params=log-level=none\\:open-gop=0\\:radl=2", ..HEVC },
    ),
    ("h264-open", Kind { gop: 12, ..OPEN }),
    ("h264-open-mkv", Kind { gop: 20, muxer: "matroska", ..OPEN }),
    ("h264-open-ts", Kind { gop: 12, muxer: "mpegts", ..OPEN }),
    (
        "h264-pyramid",
        Kind { gop: 16, encoding: "bf=7:b-pyramid=normal:refs=4:x264-params=open-gop=1", ..H264 },
    ),
    (
        "h264-temporal",
        Kind {
            gop: 19,
            pixel: Pixel::YUV444P,
            encoding: "bf=6:b-pyramid=normal:direct-pred=temporal:refs=5:b_strategy=0:weightp=2",
            ..H264
        },
    ),
    (
        "h264-scenes",
        Kind { encoding: "bf=3:x264-params=open-gop=1\\:scenecut=100\\:min-keyint=2", ..H264 },
    ),
    (
        "hevc-many-b",
        Kind {
            gop: 11,
            b_frames: 8,
            encoding: "x265-params=log-level=none\\:b-adapt=0\\:ref=5\\:repeat-headers=1",
            ..HEVC
        },
    ),
    ("vp9", Kind { gop: 12, ..VP9 }),
    ("vp9-mp4", Kind { gop: 20, muxer: "mp4", ..VP9 }),
    ("vp9-hidden", Kind { gop: 16, encoding: "auto-alt-ref=1:lag-in-frames=12", ..VP9 }),
    ("av1", Kind { gop: 12, ..AV1 }),
    ("av1-mkv", Kind { gop: 20, muxer: "matroska", ..AV1 }),
    (
        "svt-av1",
        Kind { gop: 16, encoder: "libsvtav1", encoding: "preset=12", muxer: "matroska", ..MP4 },
    ),
];

#[test]
fn random_selections_give_the_frames_of_a_full_decode() {
    let mut numbers = Numbers::new(1);
    let folder = tempfile::tempdir().unwrap();
    for (name, kind) in CLIPS {
        let Some(bytes) = encode(kind, 64, 64, 90) else {
            skipped(name, kind.encoder);
            continue;
        };
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let (all, _) = read(&path, Selection::ALL).unwrap();
        assert_eq!(all.len(), 90, "{name}");
        for _ in 0..12 {
            let every = 1 + numbers.below(50) as u64;
            let max = (numbers.below(3) == 0).then(|| 1 + numbers.below(6) as u64);
            let selection = Selection { every, max };
            let (frames, _) = planned(&path, selection, 1 + numbers.below(3));
            assert!(frames.iter().eq(expected(&all, selection)), "{name}, {selection:?}");
        }
        // Two frames: the second needs only those from the key frame before it.
        let (_, stats) = planned(&path, Selection { every: 70, max: None }, 1);
        assert!(
            stats.decoded <= 1 + u64::from(kind.gop) && stats.skipped > 30,
            "{name}: {stats:?}"
        );
    }
}

/// The clip begins in the middle of a group, and ends in another.
#[test]
fn an_edit_list_is_respected_by_all_codecs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    let vp9 = Kind { muxer: "mp4", ..VP9 };
    for (name, kind) in [("HEVC", HEVC), ("VP9", vp9), ("AV1", AV1), ("H.264", OPEN)] {
        let Some(mut bytes) = encode(&Kind { gop: 10, ..kind }, 64, 64, 60) else {
            skipped(name, kind.encoder);
            continue;
        };
        cut(&mut bytes, 17, 35);
        std::fs::write(&path, bytes).unwrap();
        let (all, _) = read(&path, Selection::ALL).unwrap();
        assert_eq!(Video::scan_frames(&path).unwrap(), all.len() as u64, "{name}");
        for every in [1, 2, 5, 9, 16, 30] {
            let selection = Selection { every, max: None };
            let (frames, stats) = planned(&path, selection, 1);
            assert!(frames.iter().eq(expected(&all, selection)), "{name}, every {every}");
            assert!(every < 16 || stats.skipped > 5, "{name}, every {every}: {stats:?}");
        }
    }
}

#[test]
fn ten_frames_of_a_long_clip_need_ten_groups() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    let vp9 = Kind { muxer: "mp4", ..VP9 };
    for (name, kind) in [("HEVC", HEVC), ("VP9", vp9), ("AV1", AV1), ("H.264", OPEN)] {
        let Some(short) = encode(&Kind { gop: 10, ..kind }, 64, 64, 47) else {
            skipped(name, kind.encoder);
            continue;
        };
        std::fs::write(&path, repeat("mp4", &short, 40)).unwrap();
        let every = Video::scan_frames(&path).unwrap().div_ceil(10);
        assert_eq!(every, 188, "{name}");
        let selection = Selection { every, max: None };
        let (expected, _) = read(&path, selection).unwrap();
        let (frames, stats) = planned(&path, selection, 1);
        assert!(frames == expected && frames.len() == 10, "{name}");
        assert!(stats.decoded <= 100, "{name}: {stats:?}");
    }
}

/// A raw stream put into a container: its time stamps are those of decoding.
#[test]
fn time_stamps_of_decoding_carry_no_plan() {
    let path = fixture("h264_pts_is_dts.mp4");
    let (all, _) = read(&path, Selection::ALL).unwrap();
    for every in 1..=all.len() as u64 + 1 {
        let selection = Selection { every, max: None };
        let (frames, stats) = planned(&path, selection, 1);
        assert!(frames.iter().eq(expected(&all, selection)), "every {every}");
        assert_eq!(stats.skipped, 0);
    }
}
