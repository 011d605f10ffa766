//! A file opened by its header alone gives the same frames as one that FFmpeg probes by decoding.

use std::path::Path;

use super::clips::collect;
use super::fixtures::clips::{H264, Kind, MP4, encode};
use super::skipped;
use crate::{OpenOptions, Selection, Video};

fn open_both(path: &Path) -> [Option<Video>; 2] {
    let options = OpenOptions::default();
    let by_header = Video::open_by_header(path, &options).unwrap();
    [by_header, Video::open_by_decoding(path, &options).ok()]
}

#[test]
fn a_complete_header_is_enough() {
    let pyramid = "preset=veryfast:b-pyramid=normal:bf=3";
    let clips = [
        ("pyramid", Kind { encoding: pyramid, ..H264 }),
        ("4:4:4", Kind { pixel: ffmpeg_next::format::Pixel::YUV444P, encoding: pyramid, ..H264 }),
        ("open-gop", Kind { encoding: "bf=3:x264-params=open-gop=1", gop: 20, ..H264 }),
        ("fields", Kind { encoding: "bf=2:x264-params=interlaced=1", ..H264 }),
        ("mov", Kind { muxer: "mov", ..H264 }),
        ("vfr", Kind { encoding: "bf=2", time: |number| number * number + number, ..H264 }),
    ];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    for (name, kind) in clips {
        let Some(bytes) = encode(&kind, 96, 64, 60) else {
            skipped(name, kind.encoder);
            continue;
        };
        std::fs::write(&path, bytes).unwrap();
        let [by_header, by_decoding] = open_both(&path).map(Option::unwrap);
        assert_eq!(by_header.info(), by_decoding.info(), "{name}");
        let [got, expected] =
            [by_header, by_decoding].map(|video| collect(video, Selection::ALL).unwrap());
        assert!(got == expected, "{name}");
        assert_eq!(got.0.len(), 60, "{name}");
    }
}

/// Without reordered frames the header looks incomplete; fragments, other codecs and containers lack
/// the field; errors for other files come from opening by decoding.
#[test]
fn an_incomplete_header_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip");
    let clips = [
        Kind { encoding: "bf=0", ..H264 },
        Kind { muxing: "movflags=frag_keyframe+empty_moov", gop: 20, ..H264 },
        Kind { muxing: "movflags=frag_keyframe+empty_moov+delay_moov", gop: 20, ..H264 },
        Kind { muxer: "matroska", encoding: "bf=2", ..H264 },
        Kind { b_frames: 2, ..MP4 },
    ];
    for kind in clips {
        let Some(bytes) = encode(&kind, 64, 48, 30) else {
            skipped(kind.muxer, kind.encoder);
            continue;
        };
        std::fs::write(&path, bytes).unwrap();
        let [by_header, by_decoding] = open_both(&path);
        assert!(by_header.is_none() && by_decoding.is_some(), "{kind:?}");
    }
    for bytes in [&b""[..], b"text", b"\0\0\0\x08ftyp", b"\0\0\0\x10ftypisom\0\0\0\0"] {
        std::fs::write(&path, bytes).unwrap();
        assert!(open_both(&path).iter().all(Option::is_none), "{bytes:?}");
    }
    assert!(open_both(folder.path()).iter().all(Option::is_none));
}
