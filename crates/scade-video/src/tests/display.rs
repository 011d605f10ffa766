//! Images for display: square pixels, and orientations that the stream itself has.

use std::path::Path;

use image::imageops::{rotate180, rotate270};

use super::clips::{collect, find, fixture, mean_error, read, sample};
use super::fixtures::boxes::turn;
use super::fixtures::clips::{H264, HEVC, Kind, encode};
use super::skipped;
use crate::{Error, Frame, OpenOptions, PixelAspect, Selection, Video};

fn square(path: &Path) -> (Vec<Frame>, (u32, u32)) {
    let options = OpenOptions { aspect: PixelAspect::Square, ..OpenOptions::default() };
    let video = Video::open(path, &options).unwrap();
    let size = (video.info().width, video.info().height);
    (collect(video, Selection::ALL).unwrap().0, size)
}

#[test]
fn anamorphic_video_is_unsqueezed_on_demand() {
    let path = fixture("anamorphic.mp4");
    let (stored, _) = read(&path, Selection::ALL).unwrap();
    let (width, height) = stored[0].image.dimensions();
    let (wide, size) = square(&path);
    assert_eq!(size, (2 * width, height));
    assert_eq!(wide.len(), stored.len());
    for (wide, stored) in wide.iter().zip(&stored) {
        assert_eq!(wide.image.dimensions(), size);
        let filter = image::imageops::FilterType::Triangle;
        let expected = image::imageops::resize(&stored.image, size.0, size.1, filter);
        let error = mean_error(&wide.image, &expected);
        assert!(error < 2.0, "{error}");
    }
}

/// The clip turned: its pixels are wide before they are turned.
#[test]
fn pixels_are_unsqueezed_before_they_are_turned() {
    let mut bytes = std::fs::read(fixture("anamorphic.mp4")).unwrap();
    let (wide, size) = square(&fixture("anamorphic.mp4"));
    turn(&mut bytes, [0, -1, 1, 0]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    std::fs::write(&path, bytes).unwrap();
    let (turned, turned_size) = square(&path);
    assert_eq!(turned_size, (size.1, size.0));
    assert!(turned.iter().zip(&wide).all(|(a, b)| a.image == rotate270(&b.image)));
}

#[test]
fn square_pixels_stay_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    sample(&path);
    assert!(square(&path).0 == read(&path, Selection::ALL).unwrap().0);
}

#[test]
fn the_limit_holds_for_the_unsqueezed_image() {
    let path = fixture("anamorphic.mp4");
    let stored = Video::open(&path, &OpenOptions::default()).unwrap();
    let max_pixels = u64::from(stored.info().width) * u64::from(stored.info().height);
    let aspect = PixelAspect::Square;
    let options = OpenOptions { aspect, max_pixels, ..OpenOptions::default() };
    let video = Video::open(&path, &options).unwrap();
    let error = collect(video, Selection::ALL).unwrap_err();
    assert!(matches!(error, Error::TooLarge { .. }), "{error}");
}

/// `clip` with a message before each frame that turns it half around (H.264, D.1.27; H.265, D.2.17).
fn turned(clip: &[u8], header: &[u8], slices: &[&[u8]]) -> Vec<u8> {
    // Not canceled, not mirrored, half of 2 to the 16, once (H.264) or persistent (HEVC), no more.
    let message = if header.len() == 1 { [0x10, 0, 0x14] } else { [0x10, 0, 0x18] };
    let unit = [&[0, 0, 1][..], header, &[47, 3], &message, &[0x80]].concat();
    let mut out = Vec::new();
    for (at, &byte) in clip.iter().enumerate() {
        if slices.iter().any(|slice| clip[at..].starts_with(slice)) {
            out.extend(&unit);
        }
        out.push(byte);
    }
    out
}

#[test]
fn the_orientation_of_the_stream_counts_if_the_container_has_none() {
    let h264: [&[u8]; 3] = [&[0, 0, 1, 0x65], &[0, 0, 1, 0x41], &[0, 0, 1, 1]];
    let hevc: [&[u8]; 4] =
        [&[0, 0, 1, 40, 1], &[0, 0, 1, 38, 1], &[0, 0, 1, 2, 1], &[0, 0, 1, 0, 1]];
    let clips = [
        ("H.264", Kind { muxer: "h264", encoding: "bf=0", ..H264 }, &[6][..], &h264[..]),
        ("HEVC", Kind { muxer: "hevc", b_frames: 0, ..HEVC }, &[39 << 1, 1], &hevc[..]),
    ];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip");
    for (name, kind, header, slices) in clips {
        let Some(clip) = encode(&kind, 64, 48, 20) else {
            skipped(name, kind.encoder);
            continue;
        };
        std::fs::write(&path, &clip).unwrap();
        let (upright, _) = read(&path, Selection::ALL).unwrap();
        let turned = turned(&clip, header, slices);
        assert!(find(&turned, &[47, 3, 0x10]).is_some());
        std::fs::write(&path, &turned).unwrap();
        let (frames, _) = read(&path, Selection::ALL).unwrap();
        assert_eq!(frames.len(), 20, "{name}");
        for (frame, upright) in frames.iter().zip(&upright) {
            assert!(frame.image == rotate180(&upright.image), "{name}, frame {}", frame.index);
        }
        // In a container with a matrix of its own.
        let mut bytes = super::fixtures::mux::join("mp4", &[turned]);
        turn(&mut bytes, [-1, 0, 0, 1]);
        std::fs::write(&path, &bytes).unwrap();
        let (frames, _) = read(&path, Selection::ALL).unwrap();
        let mirrored = image::imageops::flip_horizontal(&upright[0].image);
        assert!(frames[0].image == mirrored, "{name}");
    }
}
