//! Valid but unusual files: changing sizes, high bit depths, uneven times, sound alone, wrong headers.

use super::clips::{be32, collect, find_box, mean_error, put_be32, read, sample};
use super::fixtures::clips::{H264, Kind, MP4, encode};
use super::skipped;
use crate::{Error, Frame, OpenOptions, Selection, Stats, Video};
use ffmpeg_next::format::Pixel;

fn frames_of(bytes: &[u8]) -> Result<(Vec<Frame>, Stats), Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    std::fs::write(&path, bytes).unwrap();
    let mut video = Video::open(&path, &OpenOptions::default())?;
    video.count_frames()?;
    collect(video, Selection::ALL)
}

#[test]
fn a_size_that_changes_gives_frames_of_both_sizes() {
    for kind in [Kind { muxer: "m4v", ..MP4 }, Kind { muxer: "h264", ..H264 }] {
        let Some(first) = encode(&kind, 64, 48, 10) else {
            skipped("a size that changes within H.264", kind.encoder);
            continue;
        };
        let second = encode(&kind, 96, 80, 10).unwrap();
        let (frames, stats) = frames_of(&[first, second].concat()).unwrap();
        assert_eq!((frames.len(), stats.bad_packets), (20, 0), "{}", kind.muxer);
        let sizes: Vec<_> = frames.iter().map(|frame| frame.image.dimensions()).collect();
        assert!(sizes[..10] == [(64, 48); 10] && sizes[10..] == [(96, 80); 10], "{sizes:?}");
    }
}

#[test]
fn uneven_times_are_reported() {
    let kind = Kind { muxer: "matroska", time: |number| number * number * 2, ..MP4 };
    let (frames, _) = frames_of(&encode(&kind, 64, 48, 12).unwrap()).unwrap();
    assert_eq!(frames.len(), 12);
    for frame in frames {
        let expected = (frame.index * frame.index) as f64 / 50.0;
        assert!((frame.time.unwrap() - expected).abs() < 2e-3, "{:?}", frame.time);
    }
}

/// Eight and ten bits give nearly the same image.
#[test]
fn ten_bits_become_eight() {
    let prores = Kind { muxer: "mov", encoder: "prores_ks", ..MP4 };
    let clips = [
        ("ProRes", Kind { pixel: Pixel::YUV422P10LE, ..prores }),
        ("ten-bit H.264", Kind { pixel: Pixel::YUV420P10LE, encoding: "crf=10", ..H264 }),
    ];
    let (plain, _) = frames_of(&encode(&MP4, 64, 48, 3).unwrap()).unwrap();
    for (name, kind) in clips {
        let Some(bytes) = encode(&kind, 64, 48, 3) else {
            skipped(name, kind.encoder);
            continue;
        };
        let (frames, _) = frames_of(&bytes).unwrap();
        assert_eq!(frames.len(), 3, "{name}");
        let error = mean_error(&frames[0].image, &plain[0].image);
        assert!(error < 12.0, "{name} differs by {error}");
    }
}

/// The size in the sample entry is only declared: the frames' own headers count.
#[test]
fn a_declared_size_of_16000_costs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = sample(&folder.path().join("clip.mp4"));
    let entry = find_box(&bytes, b"mp4v") + 32;
    assert_eq!(be32(&bytes, entry), 64 << 16 | 48);
    put_be32(&mut bytes, entry, 16_000 << 16 | 16_000);
    match frames_of(&bytes) {
        Ok((frames, _)) => assert_eq!(frames[0].image.dimensions(), (64, 48)),
        Err(error) => assert!(matches!(error, Error::TooLarge { .. }), "{error}"),
    }
    // A GIF of this size is a few bytes long and has only this header.
    let mut gif =
        encode(&Kind { muxer: "gif", encoder: "gif", pixel: Pixel::RGB8, ..MP4 }, 64, 48, 2)
            .unwrap();
    gif[6..10].copy_from_slice(&[16_000_u16.to_le_bytes(); 2].concat());
    let error = frames_of(&gif).unwrap_err();
    let size = (16_000, 16_000);
    assert!(
        matches!(error, Error::TooLarge { width, height, .. } if (width, height) == size),
        "{error}"
    );
}

/// A header of sound and a hundred milliseconds of silence.
#[test]
fn sound_alone_is_not_a_video() {
    let (rate, bytes) = (8000_u32, 1600_u32);
    let mut wave = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
    wave[4..8].copy_from_slice(&(36 + bytes).to_le_bytes());
    wave.extend([rate.to_le_bytes(), (rate * 2).to_le_bytes()].concat());
    wave.extend(b"\x02\0\x10\0data");
    wave.extend(bytes.to_le_bytes());
    wave.resize(wave.len() + bytes as usize, 0);
    let error = frames_of(&wave).unwrap_err();
    assert!(matches!(error, Error::UnsupportedContainer { .. }), "{error}");
    // An MP4 whose only track is declared as sound.
    let folder = tempfile::tempdir().unwrap();
    let mut mp4 = sample(&folder.path().join("clip.mp4"));
    let handler = find_box(&mp4, b"hdlr") + 16;
    assert_eq!(&mp4[handler..handler + 4], b"vide");
    mp4[handler..handler + 4].copy_from_slice(b"soun");
    let error = frames_of(&mp4).unwrap_err();
    assert!(matches!(error, Error::NoVideo { .. }), "{error}");
}

/// A raw stream is counted by its packets, and read to its end.
#[test]
fn a_clip_without_a_container_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.m4v");
    std::fs::write(&path, encode(&Kind { muxer: "m4v", ..MP4 }, 64, 48, 20).unwrap()).unwrap();
    assert_eq!(Video::scan_frames(&path).unwrap(), 20);
    assert_eq!(read(&path, Selection::ALL).unwrap().0.len(), 20);
}
