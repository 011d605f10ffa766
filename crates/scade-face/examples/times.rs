//! Detection times: `cargo run -p scade-face --example times [IMAGES]`.
//!
//! Without arguments it renders synthetic images of three common sizes. It prints the shortest of several
//! runs, for a single image and per image of a batch of eight.
#![allow(clippy::print_stdout)]

#[path = "../src/synthetic.rs"]
#[allow(dead_code)]
mod synthetic;

use std::time::{Duration, Instant};

use burn::backend::Flex;
use scade_face::{Mtcnn, MtcnnConfig, weights};
use scade_image::RgbImage;
use synthetic::{SyntheticFace, render};

/// Batch size.
const BATCH: u32 = 8;
/// Time spent on each measurement.
const TIME: Duration = Duration::from_secs(3);

fn main() -> anyhow::Result<()> {
    let path = weights::locate(None)?;
    let mtcnn = Mtcnn::<Flex>::load(&path, &MtcnnConfig::default(), &Default::default())?;
    let mut images = Vec::new();
    for file in std::env::args_os().skip(1) {
        images.push((file.display().to_string(), image::open(&file)?.into_rgb8()));
    }
    if images.is_empty() {
        let sizes = [(640, 480), (1280, 720), (1920, 1080)];
        images.extend(sizes.map(|size| ("synthetic".into(), two_faces(size))));
    }
    for (name, image) in images {
        let batch = vec![image; BATCH as usize];
        let faces = mtcnn.detect(&batch[0])?.len();
        let alone = shortest(|| mtcnn.detect(&batch[0]).map(drop))?;
        let together = shortest(|| mtcnn.detect_batch(&batch).map(drop))? / BATCH;
        let (width, height) = batch[0].dimensions();
        println!(
            "{name} {width} x {height}, {faces} faces: {:.1} ms alone, {:.1} ms in a batch",
            1e3 * alone.as_secs_f64(),
            1e3 * together.as_secs_f64(),
        );
    }
    Ok(())
}

fn shortest<E>(run: impl Fn() -> Result<(), E>) -> Result<Duration, E> {
    let mut best = Duration::MAX;
    let start = Instant::now();
    while start.elapsed() < TIME {
        let start = Instant::now();
        run()?;
        best = best.min(start.elapsed());
    }
    Ok(best)
}

/// A frame with two faces, in proportion to its height.
fn two_faces((width, height): (u32, u32)) -> RgbImage {
    let at = |x: f32, y: f32, unit: f32| {
        let height = height as f32;
        SyntheticFace { x: x * width as f32, y: y * height, unit: unit * height }
    };
    render(width, height, &[at(0.3, 0.48, 0.18), at(0.75, 0.54, 0.11)], 0)
}
