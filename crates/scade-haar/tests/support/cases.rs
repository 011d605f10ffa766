//! The images and options that are compared with OpenCV.

use scade_haar::DetectOptions;
use scade_image::RgbImage;

use super::canvas::{Canvas, Face};
use super::random::Random;

pub struct Case {
    pub name: String,
    pub image: RgbImage,
    pub options: DetectOptions,
}

const GRAY: [f32; 3] = [124.0, 122.0, 128.0];

/// All of them; rendering takes some seconds.
pub fn cases() -> Vec<Case> {
    [faces(), noise(), patterns(), small(), options(), large()].into_iter().flatten().collect()
}

fn case(name: impl Into<String>, image: RgbImage) -> Case {
    Case { name: name.into(), image, options: DetectOptions::default() }
}

/// One to six faces of all sizes, on noise, bright, dark, flat and partly hidden.
fn faces() -> Vec<Case> {
    let mut cases = Vec::new();
    for seed in 0..24_u64 {
        let mut random = Random(1000 + seed);
        let (width, height) = (160 + random.below(300), 130 + random.below(250));
        let mut canvas = Canvas::new(width, height, GRAY).clouds(23.0, 30.0, seed);
        for _ in 0..1 + seed % 6 {
            let unit = 9.0 + 50.0 * random.unit() * random.unit();
            let x = random.unit() * width as f32;
            let y = random.unit() * height as f32;
            canvas = canvas.face(Face { x, y, unit });
        }
        canvas = match seed % 4 {
            0 => canvas,
            1 => canvas.levels(0.25, 2.0),
            2 => canvas.levels(0.4, 140.0),
            _ => canvas.bar(width / 3, height / 2, width / 4, height / 6, GRAY),
        };
        cases.push(case(format!("faces-{seed}"), canvas.image(6.0, seed)));
    }
    cases
}

/// Clouds, in which windows get far into the cascade, and noise of single pixels.
fn noise() -> Vec<Case> {
    let mut cases = Vec::new();
    for seed in 0..12_u64 {
        let (width, height) = (201 + 17 * seed as u32, 333 - 13 * seed as u32);
        let cell = 2.0 + seed as f32;
        let canvas = Canvas::new(width, height, GRAY).clouds(cell, 120.0, seed);
        let mut case = case(format!("clouds-{seed}"), canvas.image(2.0, seed));
        case.options.min_neighbors = 0;
        cases.push(case);
    }
    for (i, amplitude) in [1.0, 4.0, 40.0, 250.0].into_iter().enumerate() {
        let image = Canvas::new(230 + i as u32, 171, GRAY).image(amplitude, 7);
        cases.push(case(format!("noise-{amplitude}"), image));
    }
    cases
}

/// Images without noise, with windows of little or no contrast.
fn patterns() -> Vec<Case> {
    let canvas = || Canvas::new(180, 141, GRAY);
    let board = |x: f32, y: f32, cell: f32| ((x / cell) as u32 + (y / cell) as u32) % 2 == 1;
    let images = [
        ("flat", canvas()),
        ("white", canvas().levels(0.0, 255.0)),
        ("gradient", canvas().each(|x, y| [x, y, x * 0.5 + y])),
        ("slope", canvas().each(|x, _| [x * 0.3; 3])),
        ("board", canvas().each(|x, y| [if board(x, y, 11.0) { 240.0 } else { 9.0 }; 3])),
        ("stripes", canvas().each(|_, y| [if board(0.0, y, 5.0) { 200.0 } else { 60.0 }; 3])),
        ("half", canvas().bar(0, 0, 90, 141, [250.0; 3])),
    ];
    images.into_iter().map(|(name, canvas)| case(name, canvas.image(0.0, 0))).collect()
}

/// Images about as large as the window.
fn small() -> Vec<Case> {
    let sizes =
        [(1, 1), (23, 90), (24, 24), (25, 24), (24, 25), (27, 26), (31, 90), (200, 24), (33, 57)];
    let render = |(width, height): (u32, u32)| {
        let [x, y] = [width as f32 / 2.0, height as f32 / 2.0];
        let unit = x.min(y) / 1.15;
        let canvas = Canvas::new(width, height, GRAY).face(Face { x, y, unit });
        case(format!("small-{width}-{height}"), canvas.image(3.0, 5))
    };
    sizes.into_iter().map(render).collect()
}

/// Other options than the default ones.
fn options() -> Vec<Case> {
    let default = DetectOptions::default();
    let all = [
        ("all", DetectOptions { min_neighbors: 0, ..default }),
        ("one", DetectOptions { min_neighbors: 1, ..default }),
        ("two", DetectOptions { min_neighbors: 2, ..default }),
        ("many", DetectOptions { min_neighbors: 12, ..default }),
        ("fine", DetectOptions { scale_factor: 1.03, ..default }),
        ("coarse", DetectOptions { scale_factor: 1.5, min_neighbors: 1, ..default }),
        ("octaves", DetectOptions { scale_factor: 2.0, min_neighbors: 0, ..default }),
        ("least", DetectOptions { min_size: [60, 50], ..default }),
        ("most", DetectOptions { max_size: Some([70, 90]), ..default }),
        ("between", DetectOptions { min_size: [40, 40], max_size: Some([80, 80]), ..default }),
        (
            "exact",
            DetectOptions {
                min_size: [91, 91],
                max_size: Some([91, 91]),
                min_neighbors: 1,
                ..default
            },
        ),
    ];
    let canvas = || {
        let canvas = Canvas::new(413, 277, GRAY).clouds(9.0, 60.0, 3);
        let faces = [(90.0, 90.0, 36.0), (230.0, 120.0, 58.0), (345.0, 200.0, 24.0)];
        faces.iter().fold(canvas, |canvas, &(x, y, unit)| canvas.face(Face { x, y, unit }))
    };
    let image = canvas().image(4.0, 9);
    all.into_iter()
        .map(|(name, options)| Case { name: name.to_owned(), image: image.clone(), options })
        .collect()
}

/// Frames of a video.
fn large() -> Vec<Case> {
    [(640, 480), (1921, 1079)]
        .into_iter()
        .map(|(width, height)| case(format!("frame-{width}"), frame(width, height)))
        .collect()
}

/// Three faces, in proportion to the height, before a background with texture.
pub fn frame(width: u32, height: u32) -> RgbImage {
    let [w, h] = [width as f32, height as f32];
    let canvas =
        Canvas::new(width, height, GRAY).clouds(h / 40.0, 40.0, 1).clouds(h / 7.0, 60.0, 2);
    let faces = [(0.2, 0.4, 0.1), (0.55, 0.55, 0.2), (0.85, 0.3, 0.06)];
    let face = |(x, y, unit): (f32, f32, f32)| Face { x: x * w, y: y * h, unit: unit * h };
    faces.into_iter().fold(canvas, |canvas, at| canvas.face(face(at))).image(5.0, 3)
}
