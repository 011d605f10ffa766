//! Kernels, feature maps and gates as images.

use scade_image::{Filter, Plane, RgbImage, grid, resize_rgb};

use crate::color::mix;
use crate::{FeatureMaps, FirstKernels, colorize};

/// Pixels around each cell of a grid.
const GAP: u32 = 2;
/// Pixels per kernel weight.
const WEIGHT: u32 = 20;
/// Columns of a grid of feature maps.
const COLUMNS: usize = 8;

/// The kernels of the first layer: a row per output channel, a column per input channel. Blue is negative, white 0,
/// red positive, on one scale for all, which ends at the largest weight.
///
/// `None` without a kernel.
#[must_use]
pub fn kernel_image(kernels: &FirstKernels) -> Option<RgbImage> {
    let all = || kernels.kernels.iter().flatten();
    let largest = all().flat_map(Plane::data).fold(0.0f32, |most, value| most.max(value.abs()));
    let cell = |kernel: &Plane| {
        let (width, height) = (kernel.width() as u32, kernel.height() as u32);
        let color = |x: u32, y: u32| {
            let value = kernel.at(x as usize, y as usize);
            signed(if largest > 0.0 { value / largest } else { 0.0 }).into()
        };
        let image = RgbImage::from_fn(width, height, color);
        framed(&resize_rgb(&image, width * WEIGHT, height * WEIGHT, Filter::Nearest))
    };
    let rows: Vec<Vec<_>> =
        kernels.kernels.iter().map(|row| row.iter().map(cell).collect()).collect();
    grid(&rows)
}

/// The channels of a block in rows of eight, each `side` pixels wide and high, in viridis on one scale from the
/// block's least value to its largest.
///
/// `None` without a channel.
#[must_use]
pub fn feature_map_image(maps: &FeatureMaps, side: u32) -> Option<RgbImage> {
    let values = || maps.channels.iter().flat_map(Plane::data).copied();
    let (least, most) =
        (values().fold(f32::INFINITY, f32::min), values().fold(f32::NEG_INFINITY, f32::max));
    let range = if most > least { most - least } else { 1.0 };
    let cell = |plane: &Plane| {
        let mut plane = plane.clone();
        plane.data_mut().iter_mut().for_each(|value| *value = (*value - least) / range);
        framed(&resize_rgb(&colorize(&plane), side.max(1), side.max(1), Filter::Nearest))
    };
    let rows: Vec<Vec<_>> =
        maps.channels.chunks(COLUMNS).map(|row| row.iter().map(cell).collect()).collect();
    grid(&rows)
}

/// Gates of channel attention as bars from left to right; a bar that is as high as the image is a gate of 1, the gray
/// line one of 0.5. The image is `height` pixels high.
#[must_use]
pub fn gate_image(gates: &[f32], height: u32) -> RgbImage {
    const WIDTH: u32 = 24;
    const BAR: [u8; 3] = [0, 114, 178];
    RgbImage::from_fn(WIDTH * gates.len() as u32, height, |x, y| {
        let gate = gates[(x / WIDTH) as usize];
        let bar = (2..WIDTH - 2).contains(&(x % WIDTH));
        let filled = (height - y) as f32 <= gate * height as f32;
        match (bar && filled, y == height / 2) {
            (true, _) => BAR.into(),
            (_, true) => [190; 3].into(),
            _ => [255; 3].into(),
        }
    })
}

/// Blue at -1, white at 0, red at 1: the ends of ColorBrewer's RdBu, which is safe for color blindness.
fn signed(value: f32) -> [u8; 3] {
    let end = if value < 0.0 { [33, 102, 172] } else { [178, 24, 43] };
    mix([247; 3], end, value.abs().min(1.0))
}

fn framed(image: &RgbImage) -> RgbImage {
    let (width, height) = image.dimensions();
    RgbImage::from_fn(width + 2 * GAP, height + 2 * GAP, |x, y| {
        let inside = (GAP..width + GAP).contains(&x) && (GAP..height + GAP).contains(&y);
        if inside { *image.get_pixel(x - GAP, y - GAP) } else { [255; 3].into() }
    })
}
