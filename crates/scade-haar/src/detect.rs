//! Detection at all scales.

use rayon::prelude::*;
use scade_image::{GrayImage, RgbImage, gray};

use crate::Cascade;
use crate::group::group;
use crate::resize::Reduced;
use crate::scales::{Scale, scales};
use crate::strip::{Scratch, scan_strip};

/// About so many rows of pixels make a strip, which is one piece of work.
const STRIP_PIXELS: usize = 128;

/// What [`Cascade::detect`] looks for. The defaults are those of OpenCV's `detectMultiScale`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DetectOptions {
    /// Ratio of the sizes of consecutive scales, above 1; 1.1 by default. Time and memory grow without limit
    /// as it approaches 1.
    pub scale_factor: f64,
    /// A face is reported where more than so many similar windows pass; 3 by default. With 0 every
    /// window that passes is reported as it is.
    pub min_neighbors: u32,
    /// Least width and height of a window in pixels; 0 by default, which leaves that to the cascade.
    pub min_size: [u32; 2],
    /// Greatest width and height of a window in pixels; by default, or if one is 0, those of the image. If
    /// no scale is between both sizes, the one closest to the least size is used.
    pub max_size: Option<[u32; 2]>,
}

impl Default for DetectOptions {
    fn default() -> Self {
        Self { scale_factor: 1.1, min_neighbors: 3, min_size: [0, 0], max_size: None }
    }
}

/// A rectangle of whole pixels inside an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rect {
    /// First column.
    pub x: u32,
    /// First row.
    pub y: u32,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

/// A face.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Detection {
    /// Where it is.
    pub rect: Rect,
    /// How many windows it is the mean of.
    pub neighbors: u32,
}

impl Cascade {
    /// The faces of an image, in OpenCV's order: by the smallest window of each, then from above.
    ///
    /// Runs on the threads of the current rayon pool; the result does not depend on their number.
    /// O(pixels / ln `scale_factor`), and quadratic in the number of windows that pass.
    ///
    /// # Panics
    /// When `scale_factor` is not above 1.
    #[must_use]
    pub fn detect(&self, image: &RgbImage, options: &DetectOptions) -> Vec<Detection> {
        self.detect_gray(&gray(image), options)
    }

    /// The same for a gray image.
    ///
    /// # Panics
    /// As [`Cascade::detect`].
    #[must_use]
    pub fn detect_gray(&self, image: &GrayImage, options: &DetectOptions) -> Vec<Detection> {
        let ratio = options.scale_factor;
        assert!(ratio > 1.0, "`scale_factor` must be above 1; got {ratio}");
        let size = [image.width(), image.height()];
        let mut found = group(&self.windows(image, options), options.min_neighbors);
        found.iter_mut().for_each(|detection| detection.rect = clipped(detection.rect, size));
        found.retain(|detection| detection.rect.width > 0 && detection.rect.height > 0);
        found
    }

    /// The windows that pass, in the coordinates of the image.
    fn windows(&self, image: &GrayImage, options: &DetectOptions) -> Vec<Rect> {
        let size = [image.width() as usize, image.height() as usize];
        let scales = scales(size, self.window, options);
        let reduced: Vec<(Scale, Reduced<'_>)> = scales
            .into_iter()
            .map(|scale| (scale, Reduced::new(image, scale.width, scale.height)))
            .collect();
        let strips: Vec<_> = reduced.iter().flat_map(strips).collect();
        let hits: Vec<Vec<Rect>> = strips
            .into_par_iter()
            .map_init(Scratch::default, |scratch, ((scale, image), start)| {
                let end = scale.rows.min(start + rows_per_strip(scale));
                let plan = self.plan(scale.step);
                let hits = scan_strip(image, plan, start..end, scale.columns, scratch);
                hits.into_iter().map(|hit| self.rect(scale, hit)).collect()
            })
            .collect();
        hits.into_iter().flatten().collect()
    }

    /// A window in the coordinates of the image.
    fn rect(&self, scale: &Scale, (row, column): (usize, usize)) -> Rect {
        // In single precision and half to even, as OpenCV does.
        let enlarged = |length: usize| (length as f32 * scale.factor).round_ties_even() as u32;
        Rect {
            x: enlarged(scale.step * column),
            y: enlarged(scale.step * row),
            width: enlarged(self.window.width),
            height: enlarged(self.window.height),
        }
    }
}

/// The first row of windows of each strip.
fn strips<T>(scale: &(Scale, T)) -> impl Iterator<Item = (&(Scale, T), usize)> {
    let rows = if scale.0.columns == 0 { 0 } else { scale.0.rows };
    (0..rows).step_by(rows_per_strip(&scale.0)).map(move |start| (scale, start))
}

fn rows_per_strip(scale: &Scale) -> usize {
    STRIP_PIXELS / scale.step
}

/// The part of a rectangle that is inside an image.
fn clipped(rect: Rect, [width, height]: [u32; 2]) -> Rect {
    let [x, y] = [rect.x.min(width), rect.y.min(height)];
    Rect { x, y, width: rect.width.min(width - x), height: rect.height.min(height - y) }
}
