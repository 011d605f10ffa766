//! Invalid and damaged files: a typed error, or the frames that can be decoded.

use std::io::{Cursor, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::Duration;

use super::clips::{collect, find_box, index_first, put_be32, read, sample};
use crate::ffmpeg::from_stream;
use crate::{Error, OpenOptions, Selection, Video};

fn open_error(path: &Path) -> Error {
    let error = Video::open(path, &OpenOptions::default()).unwrap_err();
    let text = error.to_string();
    let name = path.file_name().unwrap().to_str().unwrap();
    assert!(text.contains(name), "{text} does not name {name}");
    assert_eq!(
        std::mem::discriminant(&error),
        std::mem::discriminant(&Video::scan_frames(path).unwrap_err())
    );
    error
}

fn bytes_error(bytes: &[u8]) -> Error {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    std::fs::write(&path, bytes).unwrap();
    open_error(&path)
}

/// Pseudorandom bytes, the same in every run.
fn noise(count: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..count).map(|_| next()).collect()
}

#[test]
fn only_regular_files_are_opened() {
    let folder = tempfile::tempdir().unwrap();
    let missing = open_error(&folder.path().join("missing.mp4"));
    assert!(matches!(missing, Error::Io { action: "open", .. }), "{missing}");
    assert!(matches!(open_error(folder.path()), Error::NotAFile { .. }));
    assert!(matches!(bytes_error(b""), Error::EmptyFile { .. }));
}

#[cfg(unix)]
#[test]
fn a_pipe_does_not_hang() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe.mp4");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    assert!(matches!(open_error(&pipe), Error::NotAFile { .. }));
}

#[test]
fn files_that_are_not_videos_are_refused() {
    let refused = |error: &Error| {
        matches!(error, Error::NotMedia { .. } | Error::UnsupportedContainer { .. })
    };
    let text = "Plain words, and nothing but words.\n".repeat(200);
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0";
    for bytes in [text.as_bytes(), png, &[0; 5000], b"ftyp", b"\0"] {
        let error = bytes_error(bytes);
        assert!(refused(&error), "{error}");
    }
    // Noise may look like the start of a file, but never gives a frame.
    for count in [1, 100, 3000, 100_000] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("noise.mp4");
        std::fs::write(&path, noise(count)).unwrap();
        let error = read(&path, Selection::ALL).unwrap_err();
        assert!(refused(&error) || matches!(error, Error::NoFrames { .. }), "{error}");
    }
}

#[test]
fn a_playlist_does_not_open_other_files() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("target.mp4");
    sample(&target);
    let list = folder.path().join("list.mp4");
    let lines = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n";
    std::fs::write(&list, format!("{lines}{}\n#EXT-X-ENDLIST\n", target.display())).unwrap();
    let error = open_error(&list);
    assert!(matches!(error, Error::UnsupportedContainer { .. }), "{error}");
}

#[test]
fn a_truncated_recording_is_recognized() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = sample(&folder.path().join("whole.mp4"));
    let moov = find_box(&bytes, b"moov");
    for length in [40, moov / 2, moov, moov + 20] {
        let error = bytes_error(&bytes[..length]);
        assert!(matches!(error, Error::IndexMissing { .. }), "{length}: {error}");
    }
}

#[test]
fn a_truncated_file_with_its_index_in_front_keeps_its_first_half() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    let bytes = index_first(&sample(&path));
    std::fs::write(&path, &bytes).unwrap();
    let (whole, _) = read(&path, Selection::ALL).unwrap();
    assert_eq!(whole.len(), 30);
    let mdat = find_box(&bytes, b"mdat");
    std::fs::write(&path, &bytes[..mdat + (bytes.len() - mdat) / 2]).unwrap();
    let (half, stats) = read(&path, Selection::ALL).unwrap();
    assert!((5..30).contains(&half.len()), "{}", half.len());
    let sound = half.iter().take_while(|frame| !frame.corrupt).count();
    assert!(sound >= half.len() - 1 && half[..sound] == whole[..sound]);
    assert!(stats.bad_packets + stats.corrupt_frames > 0);
}

#[test]
fn damage_leaves_earlier_frames_and_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    let bytes = sample(&path);
    let (whole, _) = read(&path, Selection::ALL).unwrap();
    let (mdat, moov) = (find_box(&bytes, b"mdat"), find_box(&bytes, b"moov"));
    let middle = mdat + (moov - mdat) / 2;
    // A gap, and flipped bits, in the second half of the frames.
    let mut hole = bytes.clone();
    hole[middle..moov].fill(0);
    let mut flipped = bytes;
    (middle..moov).step_by(3).for_each(|at| flipped[at] ^= 0x10);
    for damaged in [hole, flipped] {
        std::fs::write(&path, damaged).unwrap();
        let (frames, stats) = read(&path, Selection::ALL).unwrap();
        assert!(frames.len() >= 10 && frames[..10] == whole[..10]);
        assert_eq!(stats.decoded, frames.len() as u64);
        assert!(stats.bad_packets + stats.corrupt_frames > 0, "{stats:?}");
        let flagged = frames.iter().filter(|frame| frame.corrupt).count();
        assert_eq!(stats.corrupt_frames, flagged as u64);
    }
}

#[test]
fn a_file_without_a_decodable_frame_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    let mut bytes = sample(&path);
    let (mdat, moov) = (find_box(&bytes, b"mdat"), find_box(&bytes, b"moov"));
    bytes[mdat + 8..moov].fill(0);
    std::fs::write(&path, bytes).unwrap();
    let mut frames = Video::open(&path, &OpenOptions::default()).unwrap().frames(Selection::ALL);
    let error = frames.next().unwrap().unwrap_err();
    assert!(matches!(error, Error::NoFrames { bad_packets: 30, .. }), "{error}");
    assert!(frames.next().is_none());
}

#[test]
fn a_cover_image_is_not_a_video() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = sample(&folder.path().join("clip.mp4"));
    // The track becomes padding; the note of the encoder's name, a text (type 1), becomes a cover
    // image (type 13, JPEG).
    let track = find_box(&bytes, b"trak");
    bytes[track + 4..track + 8].copy_from_slice(b"free");
    let note = find_box(&bytes, b"\xa9too");
    bytes[note + 4..note + 8].copy_from_slice(b"covr");
    put_be32(&mut bytes, note + 16, 13);
    let error = bytes_error(&bytes);
    assert!(matches!(error, Error::NoVideo { .. }), "{error}");
}

#[test]
fn too_many_pixels_are_refused_before_decoding() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    sample(&path);
    let open =
        |max_pixels| Video::open(&path, &OpenOptions { max_pixels, ..OpenOptions::default() });
    let error = open(64 * 48 - 1).unwrap_err();
    assert!(matches!(error, Error::TooLarge { width: 64, height: 48, .. }), "{error}");
    assert_eq!(collect(open(64 * 48).unwrap(), Selection::ALL).unwrap().0.len(), 30);
}

#[test]
fn the_time_limit_holds() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    sample(&path);
    let options = OpenOptions { time_limit: Duration::ZERO, ..OpenOptions::default() };
    let error = Video::open(&path, &options).unwrap_err();
    assert!(matches!(error, Error::TimedOut { limit: Duration::ZERO, .. }), "{error}");
}

/// A reader that fails or stalls from some byte on.
struct Failing {
    bytes: Cursor<Vec<u8>>,
    from: u64,
    stall: Duration,
}

impl Read for Failing {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let left = self.from.saturating_sub(self.bytes.position());
        if left == 0 {
            std::thread::sleep(self.stall);
            return Err(std::io::Error::other("the disk is broken"));
        }
        let count = buffer.len().min(usize::try_from(left).unwrap());
        self.bytes.read(&mut buffer[..count])
    }
}

impl Seek for Failing {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.bytes.seek(to)
    }
}

fn failing(stall: Duration, time_limit: Duration) -> Video {
    let folder = tempfile::tempdir().unwrap();
    // Large enough not to be read whole when it is opened.
    let path = folder.path().join("clip.mp4");
    let options = crate::WriterOptions { quality: 1, ..crate::WriterOptions::new(640, 480) };
    let images: Vec<_> = (0..12)
        .map(|seed| {
            image::RgbImage::from_raw(640, 480, noise(640 * 480 * 3 + seed)[seed..].to_vec())
        })
        .map(Option::unwrap)
        .collect();
    super::clips::write(&path, &images, &options);
    let bytes = index_first(&std::fs::read(&path).unwrap());
    let from = bytes.len() as u64 * 2 / 3;
    let options = OpenOptions { time_limit, ..OpenOptions::default() };
    from_stream(&path, Failing { bytes: Cursor::new(bytes), from, stall }, &options).unwrap()
}

#[test]
fn a_read_error_keeps_the_frames_before_it_and_is_reported() {
    let video = failing(Duration::ZERO, Duration::from_secs(60));
    let (frames, stats) = collect(video, Selection::ALL).unwrap();
    assert!((4..12).contains(&frames.len()), "{}", frames.len());
    assert!(stats.read_error.is_some(), "{stats:?}");
}

#[test]
fn a_stalled_read_times_out() {
    let limit = Duration::from_secs(2);
    let video = failing(Duration::from_millis(2100), limit);
    let mut frames = video.frames(Selection::ALL);
    let error = frames.find_map(Result::err).unwrap();
    assert!(matches!(error, Error::TimedOut { .. }), "{error}");
    assert!(frames.next().is_none() && frames.stats().decoded >= 4);
}
