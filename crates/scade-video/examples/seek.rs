//! Measures the CPU time for ten frames spread over a long clip, with the skipping of packets, and checks
//! that they are the same as without.
//!
//! `cargo run -p scade-video --features ffmpeg --example seek -- --minutes 12`

#![allow(dead_code, clippy::print_stdout, missing_docs, unreachable_pub)]

#[path = "../fixtures/mod.rs"]
mod fixtures;

use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use fixtures::clips::{H264, HEVC, Kind, MP4, encode};
use fixtures::mux::repeat;
use scade_video::{Error, Frame, OpenOptions, Selection, Video};

/// Frames of the clip that is encoded, and then repeated: a prime, so that the selected frames are at all
/// distances from key frames.
const SHORT: u32 = 197;

const KINDS: &[(&str, Kind)] = &[
    ("HEVC", Kind { encoding: "preset=ultrafast:x265-params=log-level=none", gop: 50, ..HEVC }),
    (
        "VP9",
        Kind { encoder: "libvpx-vp9", encoding: "deadline=realtime:cpu-used=8", gop: 50, ..MP4 },
    ),
    ("AV1", Kind { encoder: "libsvtav1", encoding: "preset=12", gop: 50, ..MP4 }),
    ("H.264", Kind { encoding: "preset=ultrafast:bf=3", gop: 50, ..H264 }),
];

#[derive(Parser)]
struct Arguments {
    /// Length of the clip in minutes.
    #[arg(long, default_value_t = 12)]
    minutes: u32,
    /// Width of the clip in pixels.
    #[arg(long, default_value_t = 1920)]
    width: u32,
    /// Height of the clip in pixels.
    #[arg(long, default_value_t = 1080)]
    height: u32,
    /// Decode the long clip from its start for comparison, and not only the part that it repeats.
    #[arg(long)]
    full: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut failed = false;
    for (name, kind) in KINDS {
        let Some(short) = encode(kind, arguments.width, arguments.height, SHORT) else {
            println!("skipped {name}: the linked FFmpeg has no {}", kind.encoder);
            continue;
        };
        let path = folder.path().join("clip.mp4");
        let times = (arguments.minutes * 60 * 25).div_ceil(SHORT);
        let long = repeat("mp4", &short, times.into());
        std::fs::write(&path, &long).expect("a written file");
        let (got, seconds, every) = measured(|| selected(&path)).expect("a readable clip");
        std::fs::write(folder.path().join("short.mp4"), &short).expect("a written file");
        let expected = if arguments.full {
            let (frames, seconds, _) = measured(|| plain(&path, every)).expect("a readable clip");
            println!("{name}: {seconds:.2} s of CPU from the start");
            frames
        } else {
            let all = plain(&folder.path().join("short.mp4"), 1).expect("a readable clip").0;
            let frame = |frame: &Frame| all[(frame.index % u64::from(SHORT)) as usize].clone();
            got.iter().map(frame).collect()
        };
        let same =
            got.iter().map(|frame| &frame.image).eq(expected.iter().map(|frame| &frame.image));
        println!(
            "{name}: {} frames of {} MB, {seconds:.2} s of CPU, {}",
            got.len(),
            long.len() / 1_000_000,
            if same { "the same" } else { "DIFFERENT" }
        );
        failed |= !same;
    }
    ExitCode::from(u8::from(failed))
}

/// Ten frames spread over the clip, and the distance between two.
fn selected(path: &Path) -> Result<(Vec<Frame>, u64), Error> {
    let mut video = Video::open(path, &OpenOptions::default())?;
    let every = video.count_frames()?.div_ceil(10);
    let frames = video.frames(Selection { every, max: None }).collect::<Result<_, _>>()?;
    Ok((frames, every))
}

/// The same without skipping.
fn plain(path: &Path, every: u64) -> Result<(Vec<Frame>, u64), Error> {
    let video = Video::open(path, &OpenOptions::default())?;
    let frames = video.frames(Selection { every, max: None }).collect::<Result<_, _>>()?;
    Ok((frames, every))
}

type Measured = Result<(Vec<Frame>, f64, u64), Error>;

fn measured(read: impl FnOnce() -> Result<(Vec<Frame>, u64), Error>) -> Measured {
    let start = cpu_seconds();
    let (frames, every) = read()?;
    Ok((frames, cpu_seconds() - start, every))
}

/// CPU time of this process in seconds; 0 where the system does not report it.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split(' ').collect();
    // In user and in kernel mode, in hundredths of a second.
    let ticks =
        [12, 13].map(|at| fields.get(at).and_then(|text| text.parse().ok()).unwrap_or(0_u64));
    (ticks[0] + ticks[1]) as f64 / 100.0
}
