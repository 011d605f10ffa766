//! Damages images at random and decodes them: `cargo run -p scade-image --example mutate -- --count 100000`.
//!
//! Prints how many were decoded and refused, the slowest, and the peak memory of the process. A crash ends
//! it; a decoder's panic is counted.

#![allow(clippy::print_stdout)]

use std::io::Cursor;
use std::time::{Duration, Instant};

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use scade_image::decode_image;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut count: u64 = 10_000;
    let mut seed = 0;
    while let Some(flag) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("{flag} takes a number"))?.parse()?;
        match flag.as_str() {
            "--count" => count = value,
            "--seed" => seed = value,
            _ => return Err(format!("unknown flag {flag}: --count and --seed").into()),
        }
    }
    let originals = originals()?;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (mut decoded, mut refused) = (0_u64, 0_u64);
    let mut slowest = (Duration::ZERO, "");
    for number in 0..count {
        let (name, original) = &originals[number as usize % originals.len()];
        let bytes = damaged(original, &mut rng);
        let started = Instant::now();
        match decode_image(&bytes) {
            Ok(_) => decoded += 1,
            Err(_) => refused += 1,
        }
        slowest = slowest.max((started.elapsed(), name));
    }
    println!("{count} images of {} kinds: {decoded} decoded, {refused} refused", originals.len());
    println!("slowest {:.3} s ({})", slowest.0.as_secs_f64(), slowest.1);
    if let Some(peak) = peak_memory() {
        println!("peak memory {peak}");
    }
    Ok(())
}

/// Small images in every format that is read.
fn originals() -> Result<Vec<(&'static str, Vec<u8>)>, image::ImageError> {
    let image = RgbImage::from_fn(61, 47, |x, y| {
        Rgb([(x * 4) as u8, (y * 5) as u8, ((x * y) % 251) as u8])
    });
    let rgb = DynamicImage::from(image);
    let mut all = Vec::new();
    for (name, image, format) in [
        ("JPEG", &rgb, ImageFormat::Jpeg),
        ("PNG", &rgb, ImageFormat::Png),
        ("PNG of 16 bits", &DynamicImage::from(rgb.to_rgba16()), ImageFormat::Png),
        ("gray PNG with alpha", &DynamicImage::from(rgb.to_luma_alpha8()), ImageFormat::Png),
        ("WebP", &rgb, ImageFormat::WebP),
        ("BMP", &rgb, ImageFormat::Bmp),
        ("TIFF", &rgb, ImageFormat::Tiff),
        ("GIF", &rgb, ImageFormat::Gif),
    ] {
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, format)?;
        all.push((name, bytes.into_inner()));
    }
    // Other scans, samplings and metadata.
    for (name, bytes) in [
        ("JPEG of three scans", &include_bytes!("../fixtures/decode/three_scans.jpg")[..]),
        ("progressive JPEG", include_bytes!("../fixtures/decode/progressive.jpg")),
        ("CMYK JPEG", include_bytes!("../fixtures/decode/cmyk.jpg")),
        ("HEIC", include_bytes!("../fixtures/decode/photo.heic")),
        ("JPEG with Exif", include_bytes!("../fixtures/decode/orientation_long.jpg")),
        ("lossy WebP with Exif", include_bytes!("../fixtures/decode/exif_prefixed.webp")),
    ] {
        all.push((name, bytes.to_vec()));
    }
    Ok(all)
}

/// Some bytes changed, removed, repeated or cut off.
fn damaged(original: &[u8], rng: &mut impl Rng) -> Vec<u8> {
    let mut bytes = original.to_vec();
    for _ in 0..rng.random_range(1..6) {
        if bytes.is_empty() {
            break;
        }
        let at = rng.random_range(0..bytes.len());
        // Headers are short and matter most.
        let at = if rng.random_bool(0.5) { at % 64 } else { at }.min(bytes.len() - 1);
        let end = (at + rng.random_range(1..40)).min(bytes.len());
        match rng.random_range(0..6) {
            0 => bytes[at] ^= 1 << rng.random_range(0..8),
            1 => bytes[at] = rng.random(),
            2 => bytes[at] = [0, 1, 0x7f, 0xff][rng.random_range(0..4)],
            3 => drop(bytes.drain(at..end)),
            4 => {
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
            _ if rng.random_bool(0.3) => bytes.truncate(at),
            _ => bytes[at..end].fill(rng.random()),
        }
    }
    bytes
}

/// Where the operating system tells it.
fn peak_memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
