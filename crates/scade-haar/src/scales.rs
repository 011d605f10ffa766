//! The sizes that the image is reduced to.

use crate::DetectOptions;
use crate::cascade::Window;

/// One size of the image, and the windows that are evaluated in it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scale {
    /// By how much the image is reduced.
    pub(crate) factor: f32,
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// Distance of neighboring windows in pixels of the reduced image.
    pub(crate) step: usize,
    /// Windows of a row.
    pub(crate) columns: usize,
    /// Rows of windows.
    pub(crate) rows: usize,
}

/// The scales of an image, from the smallest faces to the largest.
///
/// Lengths are rounded half to even here, in single or double precision, each as OpenCV does.
pub(crate) fn scales(image: [usize; 2], window: Window, options: &DetectOptions) -> Vec<Scale> {
    let factors = factors(image, window, options);
    let Some(&first) = factors.first() else { return Vec::new() };
    // OpenCV cuts each scale into as many strips as the width of the first one has units of 32.
    let strips = positions(reduced(image[0], first), window.width).div_ceil(32);
    let scale = |factor| {
        let [width, height] = image.map(|length| reduced(length, factor));
        let step = if factor >= 2.0 { 1 } else { 2 };
        Scale {
            factor,
            width,
            height,
            step,
            columns: positions(width, window.width).div_ceil(step),
            rows: rows(positions(height, window.height), step, strips),
        }
    };
    factors.into_iter().map(scale).collect()
}

/// The factors whose windows have an allowed size; if there is none, the one closest to the least size.
fn factors(image: [usize; 2], window: Window, options: &DetectOptions) -> Vec<f32> {
    let all = all_factors(image, window, options.scale_factor);
    let size = |factor: f32| {
        [window.width, window.height].map(|side| (side as f32 * factor).round_ties_even())
    };
    let least = options.min_size.map(|side| side as f32);
    let limit = options.max_size.filter(|size| !size.contains(&0));
    let most = limit.unwrap_or(image.map(|side| side as u32)).map(|side| side as f32);
    let small_enough = |factor: &f32| (0..2).all(|axis| size(*factor)[axis] <= most[axis]);
    let large_enough = |factor: &f32| (0..2).all(|axis| size(*factor)[axis] >= least[axis]);
    let allowed: Vec<f32> =
        all.iter().copied().take_while(small_enough).filter(large_enough).collect();
    if !allowed.is_empty() {
        return allowed;
    }
    let distance = |factor: &f32| {
        let [x, y] = size(*factor);
        (f64::from(least[0]) - f64::from(x)).powi(2) + (f64::from(least[1]) - f64::from(y)).powi(2)
    };
    all.into_iter().min_by(|a, b| distance(a).total_cmp(&distance(b))).into_iter().collect()
}

/// The powers of `ratio` whose windows fit into the image.
fn all_factors(image: [usize; 2], window: Window, ratio: f64) -> Vec<f32> {
    let fits = |factor: &f64| {
        let fits =
            |window: usize, image| (window as f64 * factor).round_ties_even() <= image as f64;
        fits(window.width, image[0]) && fits(window.height, image[1])
    };
    let powers = std::iter::successors(Some(1.0), |factor| Some(factor * ratio));
    powers.take_while(fits).map(|factor| factor as f32).collect()
}

/// A length of the reduced image.
fn reduced(length: usize, factor: f32) -> usize {
    (length as f32 / factor).round_ties_even() as usize
}

/// At how many places a window fits.
fn positions(length: usize, window: usize) -> usize {
    (length + 1).saturating_sub(window)
}

/// The rows of windows that OpenCV's strips cover: now and then the last one is outside all of them.
fn rows(positions: usize, step: usize, strips: usize) -> usize {
    let strip = (positions / step).div_ceil(strips.max(1)).max(1) * step;
    positions.min(strips * strip).div_ceil(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Window = Window { width: 24, height: 24 };

    fn factors_of(image: [usize; 2], options: &DetectOptions) -> Vec<f32> {
        scales(image, WINDOW, options).iter().map(|scale| scale.factor).collect()
    }

    #[test]
    fn windows_grow_until_they_exceed_the_image() {
        let options = DetectOptions { scale_factor: 2.0, ..DetectOptions::default() };
        assert_eq!(factors_of([200, 100], &options), [1.0, 2.0, 4.0]);
        assert_eq!(factors_of([200, 95], &options), [1.0, 2.0]);
        assert_eq!(factors_of([24, 24], &options), [1.0]);
        assert_eq!(factors_of([24, 23], &options), [] as [f32; 0]);
        assert_eq!(factors_of([0, 0], &options), [] as [f32; 0]);
    }

    #[test]
    fn sizes_between_two_scales_get_the_closest_one() {
        let mut options = DetectOptions { scale_factor: 2.0, ..DetectOptions::default() };
        options.min_size = [30, 30];
        assert_eq!(factors_of([200, 200], &options), [2.0, 4.0, 8.0]);
        options.max_size = Some([100, 100]);
        assert_eq!(factors_of([200, 200], &options), [2.0, 4.0]);
        options.max_size = Some([30, 30]);
        assert_eq!(factors_of([200, 200], &options), [1.0]);
        options.max_size = Some([0, 30]);
        assert_eq!(factors_of([200, 200], &options), [2.0, 4.0, 8.0]);
    }

    /// 33 positions two pixels apart are 17 rows, but 16 strips of one row each cover 16 of them.
    #[test]
    fn strips_can_miss_the_last_row() {
        assert_eq!(rows(33, 2, 16), 16);
        assert_eq!(rows(33, 2, 3), 17);
        assert_eq!(rows(33, 1, 16), 33);
        assert_eq!(rows(0, 2, 5), 0);
    }
}
