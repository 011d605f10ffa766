//! The time of each step of a self-blended pair, on one core:
//! `cargo run --release -p scade-blend --example steps`.

#![allow(clippy::print_stdout)]

use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use scade_blend::{BlendConfig, Field, compose};
use scade_image::{CropFormat, Landmarks, RgbImage, decode_crop, jpeg_pass};

const PAIRS: u64 = 200;

fn main() {
    let crop = crop();
    let landmarks =
        Landmarks([[98.0, 105.0], [158.0, 104.0], [128.0, 140.0], [103.0, 174.0], [153.0, 174.0]]);
    let config = BlendConfig::default();
    let file = CropFormat::Jpeg.encode(&crop, 95).expect("a valid quality");
    let mut times = [Duration::ZERO; 7];
    let mut time = |step: usize, started: Instant| times[step] += started.elapsed();
    for seed in 0..PAIRS {
        let start = Instant::now();
        let crop = decode_crop(&file).expect("what was encoded can be decoded");
        time(0, start);
        let start = Instant::now();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let blend = config.sample(&landmarks, crop.width(), &mut rng).expect("a pose");
        time(1, start);
        let start = Instant::now();
        let mask = blend.mask(crop.dimensions());
        time(2, start);
        let start = Instant::now();
        let target = blend.target(&crop);
        time(3, start);
        let start = Instant::now();
        let source = blend.source(&crop);
        time(4, start);
        let start = Instant::now();
        let fake = compose(&source, &target, &mask);
        time(5, start);
        let start = Instant::now();
        let passed = [&target, &fake].map(|half| jpeg_pass(half, 80, [3, 5]));
        time(6, start);
        assert_eq!(passed[0].dimensions(), passed[1].dimensions());
    }
    let names = [
        "read the crop",
        "parameters",
        "mask",
        "target",
        "source",
        "compose",
        "JPEG of both halves",
    ];
    let total: Duration = times.iter().sum();
    for (name, time) in names.into_iter().zip(times) {
        let ms = 1e3 * time.as_secs_f64() / PAIRS as f64;
        let share = 100.0 * time.as_secs_f64() / total.as_secs_f64();
        println!("{name:20} {ms:6.2} ms {share:5.1} %");
    }
    println!("{:20} {:6.2} ms", "all", 1e3 * total.as_secs_f64() / PAIRS as f64);
}

/// A smooth image with grain, as compressible as a photograph.
fn crop() -> RgbImage {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let [coarse, fine] = [[60.0, 200.0], [6.0, 20.0]].map(|lengths| {
        Field::sample(if lengths[0] > 50.0 { 70.0 } else { 12.0 }, lengths, &mut rng)
    });
    RgbImage::from_fn(256, 256, |x, y| {
        let at = [x as f32, y as f32];
        let ([a, b], [c, d]) = (coarse.at(at), fine.at(at));
        [130.0 + a + c, 110.0 + a + d, 100.0 + b + c].map(|value| value as u8).into()
    })
}
