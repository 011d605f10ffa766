//! A cascade as plain numbers, and its slow evaluation: every sum pixel by pixel.

use std::fmt::Write;

use scade_haar::{DetectOptions, Rect};
use scade_image::GrayImage;

use super::random::Random;

pub struct Model {
    pub width: usize,
    pub height: usize,
    /// Threshold and stumps.
    pub stages: Vec<(f32, Vec<Stump>)>,
}

pub struct Stump {
    /// x, y, width, height and weight.
    pub rects: Vec<(usize, usize, usize, usize, f32)>,
    pub threshold: f32,
    pub votes: [f32; 2],
}

impl Model {
    /// Any rectangles and weights; about half of all windows pass each stage.
    pub fn random(width: usize, height: usize, seed: u64) -> Self {
        let mut random = Random(seed);
        let sizes = [2, 5, 9];
        let stages = sizes.map(|size| {
            let stumps = (0..size).map(|_| Stump::random(width, height, &mut random)).collect();
            (-0.3, stumps)
        });
        Self { width, height, stages: stages.into() }
    }

    /// The text of a file, with every number exact.
    pub fn xml(&self) -> String {
        let (mut stages, mut features) = (String::new(), String::new());
        let mut index = 0;
        for (threshold, stumps) in &self.stages {
            let threshold = f64::from(*threshold);
            write!(stages, "<_><stageThreshold>{threshold}</stageThreshold><weakClassifiers>")
                .unwrap();
            for stump in stumps {
                let (threshold, [a, b]) = (f64::from(stump.threshold), stump.votes.map(f64::from));
                write!(stages, "<_><internalNodes>0 -1 {index} {threshold}</internalNodes>")
                    .unwrap();
                write!(stages, "<leafValues>{a} {b}</leafValues></_>").unwrap();
                features += "<_><rects>";
                for &(x, y, width, height, weight) in &stump.rects {
                    let weight = f64::from(weight);
                    write!(features, "<_>{x} {y} {width} {height} {weight}</_>").unwrap();
                }
                features += "</rects></_>";
                index += 1;
            }
            stages += "</weakClassifiers></_>";
        }
        format!(
            "<opencv_storage><cascade type_id=\"opencv-cascade-classifier\"><stageType>BOOST\
             </stageType><featureType>HAAR</featureType><height>{}</height><width>{}</width>\
             <featureParams/><stages>{stages}</stages><features>{features}</features></cascade>\
             </opencv_storage>",
            self.height, self.width
        )
    }

    /// The windows that pass all stages, by scale, row and column, clipped to the image.
    pub fn windows(&self, image: &GrayImage, options: &DetectOptions) -> Vec<Rect> {
        let size = [image.width() as usize, image.height() as usize];
        let mut found = Vec::new();
        let mut factor = 1.0_f64;
        let mut strips = None;
        loop {
            let window =
                [self.width, self.height].map(|side| (side as f64 * factor).round_ties_even());
            if window[0] > size[0] as f64 || window[1] > size[1] as f64 {
                return found;
            }
            let scale = factor as f32;
            let [width, height] = size.map(|side| (side as f32 / scale).round_ties_even() as usize);
            let pixels = resized(image, width, height);
            let (columns, rows) = (width + 1 - self.width, height + 1 - self.height);
            let strips = *strips.get_or_insert(columns.div_ceil(32));
            let step = if scale >= 2.0 { 1 } else { 2 };
            let strip = (rows / step).div_ceil(strips).max(1) * step;
            for y in (0..rows.min(strips * strip)).step_by(step) {
                let mut x = 0;
                while x < columns {
                    let stage = self.first_failed(&pixels, width, x, y);
                    if stage == Some(self.stages.len()) {
                        found.push(self.rect(scale, x, y, size));
                    }
                    x += if stage == Some(0) { 2 * step } else { step };
                }
            }
            factor *= options.scale_factor;
        }
    }

    fn rect(&self, scale: f32, x: usize, y: usize, image: [usize; 2]) -> Rect {
        let enlarged = |length: usize| (length as f32 * scale).round_ties_even() as u32;
        let (x, y) = (enlarged(x), enlarged(y));
        let width = enlarged(self.width).min(image[0] as u32 - x);
        let height = enlarged(self.height).min(image[1] as u32 - y);
        Rect { x, y, width, height }
    }

    /// How many stages a window passes; none without contrast.
    fn first_failed(&self, pixels: &[u8], stride: usize, x: usize, y: usize) -> Option<usize> {
        let sum = |left: usize, top: usize, width: usize, height: usize, power: u32| -> i64 {
            let rows = y + top..y + top + height;
            let row = |row| &pixels[row * stride + x + left..][..width];
            rows.flat_map(row).map(|&pixel| i64::from(pixel).pow(power)).sum()
        };
        let (width, height) = (self.width - 2, self.height - 2);
        let area = (width * height) as f64;
        let mean = sum(1, 1, width, height, 1) as f64;
        let variance = area * sum(1, 1, width, height, 2) as f64 - mean * mean;
        let scale = (1.0 / variance.sqrt()) as f32;
        if variance <= 0.0 || area * f64::from(scale) >= 0.1 {
            return None;
        }
        let passes = |(threshold, stumps): &(f32, Vec<Stump>)| {
            let mut total = 0.0;
            for stump in stumps {
                let mut value = 0.0;
                for &(x, y, width, height, weight) in &stump.rects {
                    value += weight * sum(x, y, width, height, 1) as f32;
                }
                let above = usize::from(value * scale >= stump.threshold);
                total += f64::from(stump.votes[above]);
            }
            total >= f64::from(threshold - 1e-5)
        };
        Some(self.stages.iter().take_while(|stage| passes(stage)).count())
    }
}

impl Stump {
    fn random(width: usize, height: usize, random: &mut Random) -> Self {
        let mut part = |length: usize| {
            let start = random.below(length as u32) as usize;
            (start, 1 + random.below((length - start) as u32) as usize)
        };
        let mut rect = || {
            let ((x, width), (y, height)) = (part(width), part(height));
            (x, y, width, height)
        };
        let rects = [rect(), rect(), rect()];
        let mean: f32 = 4.0 * (random.unit() - 0.5);
        let count = 1 + random.below(3) as usize;
        let weighted = rects.into_iter().take(count).enumerate().map(|(i, (x, y, w, h))| {
            let sign = if i == 0 { -1.0 } else { 1.0 };
            (x, y, w, h, sign / (w * h) as f32 * (width * height) as f32 * (0.3 + mean * 0.01))
        });
        let rects = weighted.collect();
        let vote = 0.2 + random.unit();
        let votes = if random.below(2) == 0 { [vote, -vote] } else { [-vote, vote] };
        Self { rects, threshold: 0.4 * (random.unit() - 0.5), votes }
    }
}

/// Bilinear, with weights in 2⁻⁸, rounded once.
fn resized(image: &GrayImage, width: usize, height: usize) -> Vec<u8> {
    let pair = |i: usize, input: u32, output: usize| {
        let place = 1.0 / (output as f64 / f64::from(input)) * (i as f64 + 0.5) - 0.5;
        let (first, last) = (place.floor(), f64::from(input - 1));
        if first < 0.0 || first >= last {
            return [(first.clamp(0.0, last) as u32, 256), (0, 0)];
        }
        let weight = ((place - first) * 256.0).round_ties_even() as u32;
        [(first as u32, 256 - weight), (first as u32 + 1, weight)]
    };
    let mut pixels = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let mut sum = 1 << 15;
            for (row, row_weight) in pair(y, image.height(), height) {
                for (column, weight) in pair(x, image.width(), width) {
                    sum += row_weight * weight * u32::from(image.get_pixel(column, row).0[0]);
                }
            }
            pixels.push((sum >> 16) as u8);
        }
    }
    pixels
}
