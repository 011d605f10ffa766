//! Pixels are bit-identical to OpenCV's.
//!
//! The clips were rendered by
//! `cargo run -p scade-video --features ffmpeg --example clips -- FOLDER`; they are stored because other
//! encoder versions write other bytes. The digests are from
//! opencv-contrib-python-headless 4.10.0.84 on x86-64:
//!
//! ```python
//! import cv2, hashlib, os, sys
//!
//! for path in sys.argv[1:]:
//!     clip, digest, count = cv2.VideoCapture(path), hashlib.sha256(), 0
//!     while True:
//!         ok, frame = clip.read()
//!         if not ok:
//!             break
//!         digest.update(frame.tobytes())
//!         count += 1
//!     print(f'("{os.path.basename(path)}", {count}, "{digest.hexdigest()}"),')
//! ```

use std::path::Path;

use ffmpeg_next::software::scaling;
use sha2::{Digest, Sha256};

use super::clips::{collect, read};
use super::skipped;
use crate::{Color, Frame, OpenOptions, Selection, Video};

/// Name of the clip, number of frames, SHA-256 of all their BGR bytes in order.
#[rustfmt::skip]
const KNOWN: &[(&str, usize, &str)] = &[
    ("drawn.gif", 6, "2348e40317e8a1edb802d5a4c24f95b65a57b43ce3038d6821596e247fa0f0ac"),
    ("edited.mp4", 10, "3e547792d80b4dc8e5fcc7c9998f1d81f559c42917b63d935575d82c42635de5"),
    ("h264-10bit.mp4", 12, "5b6022a93853e42bc757a45fe3e5e6baf3caece9841f1c867b40abb0807a6e0d"),
    ("h264-422.mp4", 20, "db18a32c8ccae55be8e0fcc2299f4a83c1b70321c00ab51d82f0a99b94de2d6f"),
    ("h264-444.mp4", 20, "985b3c9450b2ddb4401438adac0922e15a1bb96fcee2b708a7a94b2a71a863bc"),
    ("h264-bt709.mp4", 12, "658291604d3fde45fbbed396f8b8ce369b204595c20613a82aa071cb61bf5d96"),
    ("h264-full-range.mp4", 12, "3f8f49cac26dc2bc98217bbefcfbc3c5148af6ba1eccf6ccabe12169d63c7422"),
    ("h264-gray.mp4", 12, "fad832801a02861cd47a24b88b2fa371f393225e38f942945fa06ec4bb965e54"),
    ("h264-interlaced.mkv", 12, "80ac11dfed89826fddfd72a1ea18ca61e688b39fb18c5535791dd7347a5cc86c"),
    ("h264-uneven.mkv", 12, "3452dca74d8857b7e209c3503ca54b26296acc7cd6094b67b1677fc85148da16"),
    ("h264-wide.mp4", 6, "e40b4d74d222951127f3c80ca3fc3a20951e05d8c6c252fa91eb071de65bd962"),
    ("h264.mp4", 20, "9fc714f68bdb20c87c5f69d84ed064b86ae21fa0dc866b5a0a9d3ae94a069e1d"),
    ("hevc-10bit.mp4", 12, "c3e0f09f531e97897ba72ea544d7235e310d8b576d3b826765ec82ae32b88c0e"),
    ("mjpeg.avi", 6, "077955a8be7afd28096e428d335fa9a239d76dae40fec53a049ad8f580a863ba"),
    ("mpeg4-b.mp4", 12, "2472fd914557065cba8278b02331479e34d10ae9df17177cdfe0f81d54ded769"),
    ("mpeg4-odd.mp4", 12, "5050f4a5eec8f2bd6dcf69f05d6e38f720a916b2d3ddf6f641128494d9b2c9a6"),
    ("prores-alpha.mov", 2, "3cd3b0beca164234e30d609d0ee36403f259ae613f99ed2b4c8b0eeb94ceb92d"),
    ("transport.ts", 12, "4ced1fd65a9648a0b6b65993bb2d3e38fb616185f665262612a13d143dfb8e42"),
    ("turned-180.mp4", 6, "99db822305d52093faeffc9cab899fd1874ff86e74cbd5863bc4139af4feb908"),
    ("turned-270.mp4", 6, "b5f2da61653d6cb5f1a9e89db8a7ecbfbf0c02c507098918fa39254b7e9c2fb8"),
    ("turned-90.mp4", 6, "e30f95d266b34676ecd399cf6f0cd4f351a23173275f4e7d53b5f13ded4993ce"),
    ("vp9-10bit.webm", 12, "f7fe39d95cbd6e199c99589de93376cb281d4a54c4d471f97b26fb4e5f042bda"),
    ("vp9.webm", 12, "f008d25c3e684733c52ca022b448f7a61f5d628551c7cf824991a787a3e7c134"),
];

/// Whether swscale is that of OpenCV's wheel and of Debian 12: version 6 on x86-64. Others may round
/// differently.
fn comparable() -> bool {
    let same = cfg!(target_arch = "x86_64") && scaling::version() >> 16 == 6;
    if !same {
        skipped("the comparison with OpenCV's pixels", "FFmpeg 5 on x86-64");
    }
    same
}

fn digest(frames: &[Frame]) -> String {
    let mut digest = Sha256::new();
    for frame in frames {
        let bgr: Vec<u8> = frame.image.pixels().flat_map(|p| [p[2], p[1], p[0]]).collect();
        digest.update(bgr);
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn clip(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clips").join(name)
}

#[test]
fn every_pixel_equals_opencv() {
    if !comparable() {
        return;
    }
    for &(name, count, expected) in KNOWN {
        let path = clip(name);
        let (frames, stats) = read(&path, Selection::ALL).unwrap();
        assert_eq!((frames.len(), digest(&frames).as_str()), (count, expected), "{name}");
        assert_eq!((stats.bad_packets, stats.corrupt_frames), (0, 0), "{name}");
        // Sampled frames are the same, although fewer are decoded.
        let mut video = Video::open(&path, &OpenOptions::default()).unwrap();
        assert_eq!(video.count_frames().unwrap(), count as u64, "{name}");
        let (some, _) = collect(video, Selection { every: 5, max: None }).unwrap();
        assert!(some.iter().eq(frames.iter().step_by(5)), "{name}");
    }
}

#[test]
fn honored_tags_change_only_tagged_files() {
    let read = |name, color| {
        let options = OpenOptions { color, ..OpenOptions::default() };
        collect(Video::open(&clip(name), &options).unwrap(), Selection::ALL).unwrap().0
    };
    for (name, same) in [("h264-bt709.mp4", false), ("h264.mp4", true), ("mpeg4-b.mp4", true)] {
        let equal = read(name, Color::HonorTags) == read(name, Color::Cv2Compatible);
        assert_eq!(equal, same, "{name}");
    }
}
