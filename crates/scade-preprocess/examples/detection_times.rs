//! Times decoding and face detection of a video: `cargo run --example detection_times VIDEO`.
#![allow(clippy::print_stdout)]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context;
use burn::backend::Flex;
use scade_face::{Mtcnn, MtcnnConfig, weights};
use scade_image::RgbImage;
use scade_video::{OpenOptions, Selection, Video};

/// Frames per batch, as in `scade-preprocess`.
const BATCH: usize = 8;

fn main() -> anyhow::Result<()> {
    let path = PathBuf::from(
        std::env::args_os().nth(1).context("expected the path of a video as argument")?,
    );
    let weights = weights::locate(None)?;
    let mtcnn = Mtcnn::<Flex>::load(&weights, &MtcnnConfig::default(), &Default::default())?;
    let mut frames = Video::open(&path, &OpenOptions::default())?.frames(Selection::ALL);
    let (mut count, mut faces) = (0, 0);
    let [mut decoding, mut detecting] = [Duration::ZERO; 2];
    loop {
        let start = Instant::now();
        let batch = (&mut frames).take(BATCH).map(|frame| frame.map(|frame| frame.image));
        let batch: Vec<RgbImage> = batch.collect::<Result<_, _>>()?;
        decoding += start.elapsed();
        if batch.is_empty() {
            break;
        }
        let start = Instant::now();
        faces += mtcnn.detect_batch(&batch)?.iter().map(Vec::len).sum::<usize>();
        detecting += start.elapsed();
        count += batch.len();
    }
    let per_frame = |time: Duration| 1e3 * time.as_secs_f64() / count.max(1) as f64;
    println!(
        "{count} frames, {faces} faces: decoding {:.1} ms, detection {:.1} ms per frame",
        per_frame(decoding),
        per_frame(detecting)
    );
    Ok(())
}
