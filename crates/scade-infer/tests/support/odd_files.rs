//! The files that people have, good and odd, and what becomes of them; for the tests of several programs.

use std::path::{Path, PathBuf};

/// What the record of a file must be.
pub(crate) enum Expected {
    /// A score; `image` or `video`.
    Scored(&'static str),
    /// An error that holds these words.
    Error(&'static str),
}
use Expected::{Error, Scored};

/// Files with a drawn face, or none; where they come from is said in the tests of those crates.
pub(crate) const FILES: [(&str, &str, Expected); 17] = [
    ("one_scan.jpg", "scade-image/fixtures/decode/one_scan.jpg", Scored("image")),
    ("three_scans.jpg", "scade-image/fixtures/decode/three_scans.jpg", Scored("image")),
    ("three_scans.jfif", "scade-image/fixtures/decode/three_scans.jpg", Scored("image")),
    ("orientation.jpg", "scade-image/fixtures/decode/orientation_long.jpg", Scored("image")),
    ("orientation.webp", "scade-image/fixtures/decode/exif_prefixed.webp", Scored("image")),
    ("orientation.png", "scade-image/fixtures/decode/xmp_orientation.png", Scored("image")),
    ("photo.heic", "scade-image/fixtures/decode/photo.heic", Scored("image")),
    ("photo.jpg", "scade-image/fixtures/decode/photo.heic", Scored("image")),
    ("image named.mp4", "scade-image/fixtures/decode/one_scan.jpg", Scored("image")),
    ("no face.jpg", "scade-image/fixtures/decode/three_scans_16x16.jpg", Error("no face found")),
    ("arithmetic.jpg", "scade-image/fixtures/decode/arithmetic.jpg", Error("arithmetic coding")),
    ("hidden_frames.webm", "scade-video/fixtures/vp8_hidden_frames.webm", Scored("video")),
    ("wide_pixels.mp4", "scade-video/fixtures/anamorphic.mp4", Scored("video")),
    ("still_first.m4v", "scade-video/fixtures/still_first.mp4", Scored("video")),
    ("video named.png", "scade-video/fixtures/still_first.mp4", Scored("video")),
    ("encrypted.mp4", "scade-video/fixtures/encrypted.mp4", Error("encrypted")),
    ("deep/er/one_scan.JPG", "scade-image/fixtures/decode/one_scan.jpg", Scored("image")),
];

pub(crate) fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// The files, and some that are written here.
pub(crate) fn make(folder: &Path) {
    for (name, source, _) in &FILES {
        let bytes = std::fs::read(fixture(source)).unwrap();
        scade_fs::write(&folder.join(name), bytes).unwrap();
    }
    let whole = std::fs::read(fixture("scade-image/fixtures/decode/one_scan.jpg")).unwrap();
    for (name, bytes) in [
        ("cut.jpg", &whole[..whole.len() * 55 / 100]),
        ("page.jpg", b"<!DOCTYPE html><html><body>Not Found</body></html>"),
        ("text.mp4", b"this is no video"),
        ("empty.png", b""),
        // Not scored, and counted; companions and hidden files not even that.
        ("notes.txt", b"x"),
        ("list.csv", b"x"),
        ("._one_scan.jpg", b"x"),
        (".hidden/one_scan.jpg", &whole),
    ] {
        scade_fs::write(&folder.join(name), bytes).unwrap();
    }
}
