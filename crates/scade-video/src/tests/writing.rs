//! The writer is deterministic and atomic.

use std::path::Path;

use super::clips::{image, images, read, sample, write};
use crate::{Codec, Error, Selection, Writer, WriterOptions};

fn count(folder: &Path) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

#[test]
fn the_same_images_give_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let first = sample(&folder.path().join("first.mp4"));
    assert_eq!(first, sample(&folder.path().join("second.mp4")));
}

#[test]
fn quality_changes_the_size() {
    let folder = tempfile::tempdir().unwrap();
    let size = |quality| {
        let path = folder.path().join("clip.mp4");
        let options = WriterOptions { quality, ..WriterOptions::new(64, 48) };
        write(&path, &images(64, 48, 10), &options);
        std::fs::metadata(path).unwrap().len()
    };
    assert!(size(1) > size(8));
    assert!(size(8) > size(31));
}

#[test]
fn nothing_is_left_of_an_unfinished_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/clip.mp4");
    let mut writer = Writer::create(&path, &WriterOptions::new(64, 48)).unwrap();
    writer.write(&image(64, 48, 0)).unwrap();
    assert_eq!(count(path.parent().unwrap()), 0);
    drop(writer);
    assert_eq!(count(path.parent().unwrap()), 0);

    let writer = Writer::create(&path, &WriterOptions::new(64, 48)).unwrap();
    let error = writer.finish().unwrap_err();
    assert!(matches!(error, Error::NothingWritten { .. }), "{error}");
    assert_eq!(count(path.parent().unwrap()), 0);
}

#[test]
fn an_older_file_stays_until_the_new_one_is_complete() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    std::fs::write(&path, "older").unwrap();
    let mut writer = Writer::create(&path, &WriterOptions::new(64, 48)).unwrap();
    writer.write(&image(64, 48, 0)).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"older");
    writer.finish().unwrap();
    assert_eq!(read(&path, Selection::ALL).unwrap().0.len(), 1);
    assert_eq!(count(folder.path()), 1);
}

#[test]
fn an_image_of_another_size_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    let mut writer = Writer::create(&path, &WriterOptions::new(64, 48)).unwrap();
    writer.write(&image(64, 48, 0)).unwrap();
    let error = writer.write(&image(48, 64, 0)).unwrap_err();
    assert!(matches!(error, Error::WrongSize { index: 1, got: (48, 64), .. }), "{error}");
}

#[test]
fn options_out_of_range_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let good = WriterOptions::new(64, 48);
    let check = |options: WriterOptions, field| match Writer::create(
        &folder.path().join("clip.mp4"),
        &options,
    )
    .unwrap_err()
    {
        Error::Setting { source, .. } => assert_eq!(source.path, field),
        error => panic!("{error}"),
    };
    check(WriterOptions { width: 0, ..good.clone() }, "width");
    check(WriterOptions { height: 8192, ..good.clone() }, "height");
    check(WriterOptions { fps: 0, ..good.clone() }, "fps");
    check(WriterOptions { quality: 0, ..good.clone() }, "quality");
    check(WriterOptions { codec: Codec::H264, quality: 52, ..good.clone() }, "quality");
    check(WriterOptions { gop: 0, ..good.clone() }, "gop");
    let error = Writer::create(folder.path(), &good).unwrap_err();
    assert!(matches!(error, Error::NotAFile { .. }), "{error}");
    assert_eq!(count(folder.path()), 0);
}
