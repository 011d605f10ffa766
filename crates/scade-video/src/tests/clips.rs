//! Small videos for the tests: made by the writer, then edited.

use std::path::{Path, PathBuf};

use image::{Rgb, RgbImage};

pub(super) use super::fixtures::boxes::{be32, find_box, put_be32};
use crate::{Error, Frame, OpenOptions, Selection, Stats, Video, Writer, WriterOptions};

/// A smooth image without mirror symmetry, different for each `t`.
pub(super) fn image(width: u32, height: u32, t: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let across = 20 + x * 150 / width + t * 2 % 60;
        let down = 230 - y * 160 / height;
        Rgb([across as u8, down as u8, (60 + (x + 2 * y) * 40 / (width + height) + t) as u8])
    })
}

pub(super) fn images(width: u32, height: u32, count: u32) -> Vec<RgbImage> {
    (0..count).map(|t| image(width, height, t)).collect()
}

pub(super) fn write(path: &Path, images: &[RgbImage], options: &WriterOptions) {
    let mut writer = Writer::create(path, options).unwrap();
    images.iter().for_each(|image| writer.write(image).unwrap());
    writer.finish().unwrap();
}

/// Writes 30 images of 64 × 48 and returns the file's bytes.
pub(super) fn sample(path: &Path) -> Vec<u8> {
    write(path, &images(64, 48, 30), &WriterOptions::new(64, 48));
    std::fs::read(path).unwrap()
}

pub(super) fn read(path: &Path, selection: Selection) -> Result<(Vec<Frame>, Stats), Error> {
    collect(Video::open(path, &OpenOptions::default())?, selection)
}

pub(super) fn collect(video: Video, selection: Selection) -> Result<(Vec<Frame>, Stats), Error> {
    let mut frames = video.frames(selection);
    let all = frames.by_ref().collect::<Result<_, _>>()?;
    Ok((all, frames.stats().clone()))
}

/// A stored file.
pub(super) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

/// Where `part` begins.
pub(super) fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

pub(super) fn mean_error(a: &RgbImage, b: &RgbImage) -> f64 {
    assert_eq!(a.dimensions(), b.dimensions());
    let sum: u64 = a.iter().zip(b.iter()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / a.len() as f64
}

/// The same MP4 with its index in front, as for web streaming.
pub(super) fn index_first(bytes: &[u8]) -> Vec<u8> {
    let (mdat, moov) = (find_box(bytes, b"mdat"), find_box(bytes, b"moov"));
    let mut index = bytes[moov..].to_vec();
    let shift = index.len() as u32;
    // Chunk offsets: version and flags, count, then one number each.
    let table = find_box(&index, b"stco") + 12;
    for entry in 0..be32(&index, table) as usize {
        let at = table + 4 + 4 * entry;
        let offset = be32(&index, at);
        put_be32(&mut index, at, offset + shift);
    }
    [&bytes[..mdat], &index, &bytes[mdat..moov]].concat()
}
