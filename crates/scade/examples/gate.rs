//! What the input gate excludes: photographs of real faces, degraded step by step, with and without the gate.
//!
//! `cargo run -p scade --example gate -- DIR…` prints a row for each degradation: the size and the two ratios of the
//! largest face (5th and 50th percentile of size and detail, 50th and 95th of blocks), the share of images
//! that the gate leaves without a conclusion, and the shares that are called evidence without and with it.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use scade::{Call, Cpu, Detector, DetectorOptions, Label, RgbImage};
use scade_image::{Filter, blur_rgb, jpeg_pass, resize_rgb};

/// A degradation and its name.
type Step = (String, Box<dyn Fn(&RgbImage) -> RgbImage>);

fn steps() -> Vec<Step> {
    let size = |image: &RgbImage, by: f64| {
        let side = |side: u32| ((f64::from(side) * by).round() as u32).max(1);
        (side(image.width()), side(image.height()))
    };
    let resized = move |by: f64, filter: Filter| {
        move |image: &RgbImage| {
            let (width, height) = size(image, by);
            resize_rgb(image, width, height, filter)
        }
    };
    let mut steps: Vec<Step> = vec![("as it is".into(), Box::new(RgbImage::clone))];
    for (name, by) in [("1/2", 0.5), ("1/4", 0.25)] {
        steps.push((format!("{name} of the size"), Box::new(resized(by, Filter::Area))));
    }
    for by in [2.0, 4.0] {
        steps.push((format!("enlarged {by} times"), Box::new(resized(by, Filter::Cubic))));
    }
    for sigma in [0.5, 1.0, 2.0, 4.0] {
        let blur = move |image: &RgbImage| blur_rgb(image, sigma);
        steps.push((format!("blur, σ {sigma} px"), Box::new(blur)));
    }
    for quality in [90, 70, 50, 30, 15, 8] {
        let pass = move |image: &RgbImage| jpeg_pass(image, quality, [0, 0]);
        steps.push((format!("JPEG, quality {quality}"), Box::new(pass)));
    }
    steps
}

fn percentile(values: &mut [f32], share: f64) -> f32 {
    values.sort_by(f32::total_cmp);
    let last = values.len().saturating_sub(1);
    values.get((share * last as f64) as usize).copied().unwrap_or(f32::NAN)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let detector = Detector::<Cpu>::builtin(&DetectorOptions::default(), &Default::default())?;
    let mut images = Vec::new();
    for folder in std::env::args().skip(1) {
        for entry in std::fs::read_dir(folder)? {
            images.extend(scade::read_image(entry?.path()).ok());
        }
    }
    println!("{} photographs", images.len());
    println!(
        "| degradation | faces | side, px | detail | blocks | inconclusive | fake without | fake with |"
    );
    println!("|---|---:|---|---|---|---:|---:|---:|");
    for (name, change) in steps() {
        let (mut sides, mut details, mut blocks) = (Vec::new(), Vec::new(), Vec::new());
        let (mut inconclusive, mut without, mut with) = (0, 0, 0);
        for batch in images.chunks(16) {
            let changed: Vec<RgbImage> = batch.iter().map(&change).collect();
            for image in detector.score_images(&changed)?.into_iter().flatten() {
                let side = |face: &&scade::FacePrediction| face.quality.side;
                let largest = image.faces.iter().max_by(|a, b| side(a).total_cmp(&side(b)));
                let Some(face) = largest else { continue };
                sides.push(face.quality.side);
                details.push(face.quality.detail.unwrap_or(0.5));
                blocks.push(face.quality.blocks.unwrap_or(1.0));
                inconclusive += usize::from(face.call == Call::Inconclusive);
                without += usize::from(face.label == Label::Fake);
                with += usize::from(face.call == Call::Evidence);
            }
        }
        let count = sides.len();
        let share = |part: usize| 100.0 * part as f64 / count.max(1) as f64;
        println!(
            "| {name} | {count} | {:.0}, {:.0} | {:.3}, {:.3} | {:.2}, {:.2} | {:.1} % | {:.1} % | {:.1} % |",
            percentile(&mut sides, 0.05),
            percentile(&mut sides, 0.5),
            percentile(&mut details, 0.05),
            percentile(&mut details, 0.5),
            percentile(&mut blocks, 0.5),
            percentile(&mut blocks, 0.95),
            share(inconclusive),
            share(without),
            share(with),
        );
    }
    Ok(())
}
