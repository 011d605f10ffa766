//! Files that are no videos are named for what they are, once.

use std::error::Error as _;
use std::path::Path;

use super::clips::{fixture, read};
use super::fixtures::clips::{Kind, MP4, encode};
use super::skipped;
use crate::{Error, OpenOptions, Selection, Video};
use ffmpeg_next::format::Pixel;
use scade_fs::FileKind;

/// The error with all its causes; both ways of opening must agree.
fn message(path: &Path) -> String {
    let error = Video::open(path, &OpenOptions::default()).unwrap_err();
    assert_eq!(error.to_string(), Video::scan_frames(path).unwrap_err().to_string());
    let mut texts = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        assert!(texts.iter().all(|other| !other.contains(&text)), "twice: {text}");
        texts.push(text);
        cause = error.source();
    }
    texts.join(": ").replace(&path.display().to_string(), "FILE")
}

#[test]
fn files_are_named_for_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    let check = |bytes: &[u8], expected: &str| {
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(message(&path), expected);
    };
    let page = b"<!DOCTYPE html><html><body>403 Forbidden</body></html>";
    check(page, "FILE is an HTML page, not a video");
    check(b"Not found.\n", "FILE is text, not a video");
    check(b"#EXTM3U\n#EXTINF:2,\nother.mp4\n", "FILE is a playlist, not a video");
    check(b"\x1f\x8b\x08\0\0\0\0\0\0\x03", "FILE is a gzip archive, not a video");
    check(b"PK\x03\x04\x14\0\0\0\x08\0", "FILE is a ZIP archive, not a video");
    check(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "FILE is a PDF document, not a video");
    let webp = [&b"RIFF\x40\0\0\0WEBPVP8X\x0a\0\0\0\x02"[..], &[0; 60]].concat();
    check(&webp, "FILE is an animated WebP image, which FFmpeg cannot read");
    check(b"", "FILE is empty");
    let noise = "FILE is not a video, or its beginning is damaged: \
                 Invalid data found when processing input";
    check(&[0x81; 3000], noise);
}

#[test]
fn a_photograph_is_not_an_incomplete_video() {
    let path = fixture("photo.heic");
    let error = Video::open(&path, &OpenOptions::default()).unwrap_err();
    let kind = Some(FileKind::Heic);
    assert!(matches!(&error, Error::UnsupportedContainer { kind: got, .. } if *got == kind));
    assert_eq!(message(&path), "FILE is a HEIC image, not a video");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[8..12].copy_from_slice(b"avif");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("photo.mp4");
    std::fs::write(&path, bytes).unwrap();
    assert_eq!(message(&path), "FILE is an AVIF image, not a video");
}

#[test]
fn an_encrypted_file_says_so() {
    assert_eq!(message(&fixture("encrypted.mp4")), "FILE is encrypted");
}

#[test]
fn animated_images_are_videos() {
    let (plain, _) = frames(&encode(&MP4, 64, 48, 10).unwrap());
    for (encoder, pixel) in [("gif", Pixel::RGB8), ("apng", Pixel::RGB24), ("apng", Pixel::RGBA)] {
        let kind = Kind { muxer: encoder, encoder, pixel, ..MP4 };
        let Some(bytes) = encode(&kind, 64, 48, 10) else {
            skipped("an animated image", encoder);
            continue;
        };
        let (frames, stats) = frames(&bytes);
        assert_eq!((frames.len(), stats.damage()), (10, None), "{encoder}");
        for (frame, plain) in frames.iter().zip(&plain) {
            let error = super::clips::mean_error(&frame.image, &plain.image);
            assert!(error < 30.0, "{encoder}, frame {}: {error}", frame.index);
        }
    }
}

fn frames(bytes: &[u8]) -> (Vec<crate::Frame>, crate::Stats) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip");
    std::fs::write(&path, bytes).unwrap();
    read(&path, Selection::ALL).unwrap()
}
