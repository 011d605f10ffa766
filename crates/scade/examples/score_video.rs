//! Scores a video with progress, person by person:
//! `cargo run -p scade --features ffmpeg --example score_video -- clip.mp4`.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::sync::atomic::{AtomicU64, Ordering};

use scade::{Cpu, Detector, DetectorOptions, Progress, VideoOptions};

/// Prints how many frames are done.
#[derive(Default)]
struct Frames {
    done: AtomicU64,
    total: AtomicU64,
}

impl Progress for Frames {
    fn start(&self, _what: &str, _unit: &str, total: u64) {
        self.total.store(total, Ordering::Relaxed);
    }

    fn advance(&self, n: u64) {
        let done = self.done.fetch_add(n, Ordering::Relaxed) + n;
        eprint!("\r{done} of {} frames", self.total.load(Ordering::Relaxed));
    }

    fn note(&self, _text: &str) {}

    fn finish(&self) {
        eprintln!();
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("usage: score_video FILE")?;
    let detector = Detector::<Cpu>::builtin(&DetectorOptions::default(), &Default::default())?;
    let options = VideoOptions { max_frames: 64, ..VideoOptions::default() };
    let video = detector.score_video_with(&path, &options, &Frames::default())?;
    println!("{path}: {}, score {:.3} (threshold {:.3})", video.call, video.score, video.threshold);
    for person in &video.tracks {
        let [first, last] = person.frames;
        println!("person {}, frames {first} to {last}: {}", person.track, person.call);
        for part in &person.segments {
            println!("  suspect part: frames {} to {}", part.frames[0], part.frames[1]);
        }
    }
    Ok(())
}
