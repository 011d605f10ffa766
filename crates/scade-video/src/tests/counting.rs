//! The number of frames is that of decoding, not that of packets.

use std::path::Path;

use super::clips::{find, fixture, read};
use super::fixtures::clips::{H264, HEVC, KINDS, Kind, MP4, encode};
use super::fixtures::fields::interlaced;
use super::skipped;
use crate::{OpenOptions, Selection, Video};

/// The number of frames, counted in both ways, and by decoding.
fn count(name: &str, path: &Path) -> u64 {
    let frames = read(path, Selection::ALL).unwrap().0.len() as u64;
    let mut video = Video::open(path, &OpenOptions::default()).unwrap();
    assert_eq!(video.count_frames().unwrap(), frames, "{name}");
    assert_eq!(Video::scan_frames(path).unwrap(), frames, "{name}");
    frames
}

fn count_bytes(name: &str, bytes: &[u8]) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    count(name, &path)
}

#[test]
fn all_kinds_of_clips_are_counted() {
    for (name, kind) in KINDS {
        match encode(kind, 64, 48, 30) {
            Some(bytes) => assert_eq!(count_bytes(name, &bytes), 30, "{name}"),
            None => skipped(name, kind.encoder),
        }
    }
}

/// References that are never displayed: with them the clip has 64 packets.
#[test]
fn hidden_frames_are_not_counted() {
    assert_eq!(count("VP8", &fixture("vp8_hidden_frames.webm")), 60);
    let hidden = "auto-alt-ref=1:lag-in-frames=16:arnr-maxframes=5:arnr-strength=3:deadline=good";
    for encoder in ["libvpx", "libvpx-vp9"] {
        let kind = Kind { muxer: "webm", encoder, encoding: hidden, gop: 60, ..MP4 };
        match encode(&kind, 64, 48, 80) {
            Some(bytes) => assert_eq!(count_bytes(encoder, &bytes), 80),
            None => skipped("hidden frames", encoder),
        }
    }
}

/// With the time stamps of decoding FFmpeg expects no reordering, and one of the 60 frames is lost.
#[test]
fn frames_that_the_decoder_loses_are_not_counted() {
    assert!(count("H.264", &fixture("h264_pts_is_dts.mp4")) <= 60);
}

/// H.264 with each field in a packet of its own, with both in one, and with one missing.
#[test]
fn two_fields_are_one_frame() {
    let fields = interlaced(12);
    assert_eq!(count_bytes("pairs", &fields.concat()), 12);
    let (_, cut) = fields.split_last().unwrap();
    assert!(count_bytes("a field alone", &cut.concat()) >= 11);
    let mut cut = fields;
    cut.remove(7);
    assert!(count_bytes("a field missing", &cut.concat()) >= 10);
}

/// Recordings that begin in the middle: the decoder drops frames whose references are missing.
#[test]
fn what_lacks_its_references_is_not_counted() {
    let clips = [
        (
            "H.264",
            Kind { muxer: "h264", gop: 12, encoding: "bf=3:x264-params=open-gop=1", ..H264 },
            &[0, 0, 1, 0x67][..],
        ),
        ("HEVC", Kind { muxer: "hevc", gop: 12, ..HEVC }, &[0, 0, 1, 0x40]),
        (
            "MPEG-2",
            Kind { muxer: "mpeg2video", encoder: "mpeg2video", b_frames: 2, ..MP4 },
            &[0, 0, 1, 0xb3],
        ),
        ("MPEG-4", Kind { muxer: "m4v", b_frames: 2, ..MP4 }, &[0, 0, 1, 0xb0]),
    ];
    for (name, kind, start) in clips {
        let Some(bytes) = encode(&kind, 64, 48, 40) else {
            skipped(name, kind.encoder);
            continue;
        };
        assert_eq!(count_bytes(name, &bytes), 40);
        let second = 4 + find(&bytes[4..], start).unwrap();
        let frames = count_bytes(name, &bytes[second..]);
        assert!((20..40).contains(&frames), "{name}: {frames}");
    }
}
