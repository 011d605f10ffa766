//! Writes the clips in `tests/clips`, whose pixels are compared with OpenCV's in `src/tests/opencv.rs`.
//!
//! `cargo run -p scade-video --features ffmpeg --example clips -- FOLDER`

#![allow(dead_code, clippy::print_stdout, missing_docs, unreachable_pub)]

#[path = "../fixtures/mod.rs"]
mod fixtures;

use std::path::PathBuf;

use ffmpeg_next::format::Pixel;
use fixtures::boxes::{cut, turn};
use fixtures::clips::{H264, Kind, MP4, encode};

const MKV: Kind = Kind { muxer: "matroska", ..H264 };
const TEN_BITS: Pixel = Pixel::YUV420P10LE;
const PRORES: Kind = Kind { muxer: "mov", encoder: "prores_ks", ..MP4 };
const VP9: Kind = Kind { muxer: "webm", encoder: "libvpx-vp9", gop: 250, ..MP4 };
const HEVC: Kind = Kind { encoder: "libx265", encoding: "x265-params=log-level=none", ..MP4 };

/// Name, kind, width, height, frames. Widths that are 2, 4 and 6 above a multiple of 16 are
/// edge cases of swscale. OpenCV 4.10 leaves the last rows of ten-bit H.264 and HEVC black unless the
/// height is a multiple of 16, as it is here.
const CLIPS: &[(&str, Kind, u32, u32, u32)] = &[
    ("mpeg4-odd.mp4", MP4, 81, 61, 12),
    ("mpeg4-b.mp4", Kind { b_frames: 2, ..MP4 }, 66, 50, 12),
    ("h264.mp4", H264, 98, 58, 20),
    ("h264-wide.mp4", H264, 338, 48, 6),
    ("h264-444.mp4", Kind { pixel: Pixel::YUV444P, ..H264 }, 100, 58, 20),
    ("h264-422.mp4", Kind { pixel: Pixel::YUV422P, ..H264 }, 102, 58, 20),
    ("h264-gray.mp4", Kind { pixel: Pixel::GRAY8, ..H264 }, 96, 64, 12),
    ("h264-full-range.mp4", Kind { pixel: Pixel::YUVJ420P, ..H264 }, 96, 64, 12),
    ("h264-bt709.mp4", Kind { encoding: "colorspace=bt709", ..H264 }, 96, 64, 12),
    ("h264-interlaced.mkv", Kind { encoding: "x264-params=interlaced=1", ..MKV }, 96, 64, 12),
    ("h264-uneven.mkv", Kind { time: |number| number * number + 4 * number, ..MKV }, 96, 64, 12),
    ("h264-10bit.mp4", Kind { pixel: TEN_BITS, ..H264 }, 98, 64, 12),
    ("hevc-10bit.mp4", Kind { pixel: TEN_BITS, ..HEVC }, 98, 64, 12),
    ("vp9-10bit.webm", Kind { pixel: TEN_BITS, encoding: "profile=2", ..VP9 }, 98, 58, 12),
    ("vp9.webm", VP9, 98, 58, 12),
    ("prores-alpha.mov", Kind { pixel: Pixel::YUVA444P10LE, ..PRORES }, 64, 48, 2),
    (
        "mjpeg.avi",
        Kind { muxer: "avi", encoder: "mjpeg", pixel: Pixel::YUVJ420P, ..MP4 },
        66,
        50,
        6,
    ),
    ("drawn.gif", Kind { muxer: "gif", encoder: "gif", pixel: Pixel::RGB8, ..MP4 }, 66, 50, 6),
    (
        "transport.ts",
        Kind { muxer: "mpegts", encoder: "mpeg2video", b_frames: 2, ..MP4 },
        66,
        50,
        12,
    ),
];

/// Name and matrix of the rotated clips.
const TURNED: [(&str, [i32; 4]); 3] = [
    ("turned-90.mp4", [0, 1, -1, 0]),
    ("turned-180.mp4", [-1, 0, 0, -1]),
    ("turned-270.mp4", [0, -1, 1, 0]),
];

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(std::env::args_os().nth(1).unwrap_or_else(|| ".".into()));
    std::fs::create_dir_all(&folder)?;
    for (name, kind, width, height, count) in CLIPS {
        match encode(kind, *width, *height, *count) {
            Some(bytes) => std::fs::write(folder.join(name), bytes)?,
            None => println!("skipped {name}: the linked FFmpeg has no {}", kind.encoder),
        }
    }
    let plain = encode(&MP4, 66, 50, 6).expect("an encoder that every FFmpeg has");
    for (name, matrix) in TURNED {
        let mut bytes = plain.clone();
        turn(&mut bytes, matrix);
        std::fs::write(folder.join(name), bytes)?;
    }
    let mut bytes = encode(&H264, 66, 50, 20).unwrap_or(plain);
    cut(&mut bytes, 7, 10);
    std::fs::write(folder.join("edited.mp4"), bytes)
}
