//! Detection times: `cargo run -p scade-haar --example speed -- CASCADE.xml`.
//!
//! Prints the median and the least of several runs on two synthetic images.
#![allow(clippy::print_stdout)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::error::Error;
use std::time::Instant;

use scade_haar::{Cascade, DetectOptions};
use support::cases::frame;

/// Runs of each measurement.
const RUNS: usize = 21;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: speed CASCADE.xml")?;
    let cascade = Cascade::read(path)?;
    let options = DetectOptions::default();
    for (width, height) in [(640, 480), (1920, 1080)] {
        let image = frame(width, height);
        let faces = cascade.detect(&image, &options).len();
        let mut times: Vec<f64> = (0..RUNS)
            .map(|_| {
                let start = Instant::now();
                let _ = cascade.detect(&image, &options);
                1e3 * start.elapsed().as_secs_f64()
            })
            .collect();
        times.sort_by(f64::total_cmp);
        let (median, least) = (times[RUNS / 2], times[0]);
        println!("{width} x {height}, {faces} faces: median {median:.1} ms, least {least:.1} ms");
    }
    Ok(())
}
