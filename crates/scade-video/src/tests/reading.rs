//! Valid files: all frames, selection, times and orientation.

use super::clips::{collect, image, images, mean_error, read, sample, write};
use super::fixtures::boxes::{cut, turn};
use crate::{Codec, Error, Frame, Frames, OpenOptions, Selection, Video, Writer, WriterOptions};

fn roundtrip(options: &WriterOptions, count: u32) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    let originals = images(options.width, options.height, count);
    write(&path, &originals, options);
    let (frames, stats) = read(&path, Selection::ALL).unwrap();
    assert_eq!((frames.len(), stats.decoded), (originals.len(), u64::from(count)));
    assert_eq!((stats.bad_packets, stats.corrupt_frames, stats.read_error), (0, 0, None));
    assert_eq!(Video::scan_frames(&path).unwrap(), u64::from(count));
    for (index, (frame, original)) in frames.iter().zip(&originals).enumerate() {
        let error = mean_error(&frame.image, original);
        assert!(error < 3.0, "frame {index} differs by {error}");
        assert_eq!((frame.index, frame.corrupt), (index as u64, false));
        let expected = index as f64 / f64::from(options.fps);
        assert!((frame.time.unwrap() - expected).abs() < 1e-3, "{:?}", frame.time);
    }
}

/// A clip in a temporary folder, and all its frames.
fn sampled() -> (tempfile::TempDir, std::path::PathBuf, Vec<Frame>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    sample(&path);
    let (frames, _) = read(&path, Selection::ALL).unwrap();
    (folder, path, frames)
}

#[test]
fn mpeg4_of_all_lengths_and_odd_sizes_round_trips() {
    for count in [1, 2, 30] {
        roundtrip(&WriterOptions::new(64, 48), count);
    }
    roundtrip(&WriterOptions { fps: 30, ..WriterOptions::new(321, 241) }, 5);
}

#[test]
fn h264_round_trips_where_there_is_an_encoder() {
    for (width, height) in [(64, 48), (65, 49)] {
        let options =
            WriterOptions { codec: Codec::H264, quality: 12, ..WriterOptions::new(width, height) };
        let folder = tempfile::tempdir().unwrap();
        match Writer::create(&folder.path().join("clip.mp4"), &options) {
            Err(Error::NoEncoder { encoder: "libx264", .. }) => return,
            writer => drop(writer.unwrap()),
        }
        roundtrip(&options, 30);
    }
}

#[test]
fn the_header_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    sample(&path);
    let video = Video::open(&path, &OpenOptions::default()).unwrap();
    let info = video.info();
    assert_eq!((info.width, info.height, info.codec.as_str()), (64, 48, "mpeg4"));
    assert_eq!((info.frames, info.fps), (Some(30), Some(25.0)));
    assert!((info.duration.unwrap() - 1.2).abs() < 1e-3);
}

#[test]
fn selected_frames_are_those_of_a_full_decode() {
    let (_folder, path, all) = sampled();
    let check = |every, max, expected: &[usize], decoded| {
        let (frames, stats) = read(&path, Selection { every, max }).unwrap();
        let expected: Vec<_> = expected.iter().map(|&index| all[index].clone()).collect();
        assert!(frames == expected, "every {every}, at most {max:?}");
        assert_eq!(stats.decoded, decoded);
    };
    check(7, None, &[0, 7, 14, 21, 28], 30);
    check(7, Some(3), &[0, 7, 14], 15);
    check(29, Some(9), &[0, 29], 30);
    check(100, None, &[0], 30);
    check(0, Some(2), &[0, 1], 2);
    check(1, Some(0), &[], 0);
}

#[test]
fn reused_memory_changes_no_frame() {
    let (_folder, path, expected) = sampled();
    let mut frames = Video::open(&path, &OpenOptions::default()).unwrap().frames(Selection::ALL);
    let mut got = Vec::new();
    while let Some(frame) = frames.next() {
        got.push(frame.unwrap());
        // Smaller, as large, and larger than a frame.
        let side = [1, 3, 64, 200][got.len() % 4];
        frames.reuse(image(side, 48, 7));
    }
    assert!(got == expected);
}

#[test]
fn threads_do_not_change_frames() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    sample(&path);
    let threaded = OpenOptions { threads: 3, ..OpenOptions::default() };
    let video = Video::open(&path, &threaded).unwrap();
    let (frames, _) =
        std::thread::spawn(move || collect(video, Selection::ALL).unwrap()).join().unwrap();
    assert!(frames == read(&path, Selection::ALL).unwrap().0);
}

#[test]
fn everything_may_move_to_another_thread() {
    fn is_send<T: Send>() {}
    is_send::<Video>();
    is_send::<Frames>();
    is_send::<Writer>();
}

/// Display matrices `a b c d`, and the source position of the pixel displayed at `(x, y)` in a frame
/// of 64 × 48.
type Turn = ([i32; 4], fn(u32, u32) -> (u32, u32));

#[test]
fn display_matrices_rotate_and_mirror() {
    let turns: [Turn; 8] = [
        ([1, 0, 0, 1], |x, y| (x, y)),
        ([0, 1, -1, 0], |x, y| (y, 47 - x)),
        ([-1, 0, 0, -1], |x, y| (63 - x, 47 - y)),
        ([0, -1, 1, 0], |x, y| (63 - y, x)),
        ([-1, 0, 0, 1], |x, y| (63 - x, y)),
        ([1, 0, 0, -1], |x, y| (x, 47 - y)),
        ([0, 1, 1, 0], |x, y| (y, x)),
        ([0, -1, -1, 0], |x, y| (63 - y, 47 - x)),
    ];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    let mut bytes = sample(&path);
    let upright = read(&path, Selection::ALL).unwrap().0.remove(0).image;
    for ([a, b, c, d], origin) in turns {
        turn(&mut bytes, [a, b, c, d]);
        std::fs::write(&path, &bytes).unwrap();
        let video = Video::open(&path, &OpenOptions::default()).unwrap();
        let size = if a == 0 { (48, 64) } else { (64, 48) };
        assert_eq!((video.info().width, video.info().height), size);
        let frames = collect(video, Selection { every: 1, max: Some(1) }).unwrap().0;
        assert_eq!(frames[0].image.dimensions(), size, "{a} {b} {c} {d}");
        for (x, y, pixel) in frames[0].image.enumerate_pixels() {
            let (x, y) = origin(x, y);
            assert_eq!(pixel, upright.get_pixel(x, y), "{a} {b} {c} {d}");
        }
    }
}

#[test]
fn frames_cut_by_an_edit_list_are_neither_counted_nor_returned() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    let mut bytes = sample(&path);
    cut(&mut bytes, 5, 25);
    std::fs::write(&path, &bytes).unwrap();
    assert_eq!(Video::scan_frames(&path).unwrap(), 25);
    let video = Video::open(&path, &OpenOptions::default()).unwrap();
    assert_eq!(video.info().frames, Some(30), "the header's count ignores the edit");
    let (frames, stats) = collect(video, Selection::ALL).unwrap();
    assert_eq!((frames.len(), stats.decoded), (25, 25));
    assert!(mean_error(&frames[0].image, &image(64, 48, 5)) < 3.0);
    assert!(frames[0].time.unwrap().abs() < 1e-3);
}

#[cfg(unix)]
#[test]
fn file_names_are_not_interpreted() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    for name in [&b"a:b.mp4"[..], b"http:x.mp4", b"\xff\xfe.mp4", b"%03d.mp4", b"clip.png"] {
        let path = folder.path().join(std::ffi::OsStr::from_bytes(name));
        sample(&path);
        assert_eq!(read(&path, Selection::ALL).unwrap().0.len(), 30, "{}", path.display());
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 5);
}
