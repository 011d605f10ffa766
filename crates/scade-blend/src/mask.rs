//! Masks: filled outlines with soft borders, 0..1.

use scade_image::{Kernel, Plane, filter_separable};

/// Lines per row of pixels, for smooth edges.
const LINES: usize = 4;

/// The share of each pixel that lies inside a closed polygon (even-odd rule), 0..1; exact along rows, in
/// steps of a quarter along columns. O(rows × corners).
#[must_use]
pub fn fill(polygon: &[[f32; 2]], width: usize, height: usize) -> Plane {
    let mut mask = Plane::new(width, height);
    let mut crossings = Vec::new();
    for line in 0..height * LINES {
        let y = (line as f32 + 0.5) / LINES as f32;
        crossings.clear();
        for (i, &[x1, y1]) in polygon.iter().enumerate() {
            let [x2, y2] = polygon[(i + 1) % polygon.len()];
            if (y1 <= y) != (y2 <= y) {
                crossings.push(x1 + (x2 - x1) * (y - y1) / (y2 - y1));
            }
        }
        crossings.sort_unstable_by(f32::total_cmp);
        let start = line / LINES * width;
        let row = &mut mask.data_mut()[start..start + width];
        for span in crossings.chunks_exact(2) {
            let [from, to] = [span[0], span[1]].map(|x| x.clamp(0.0, width as f32));
            let (first, last) = (from as usize, (to.ceil() as usize).min(width));
            for (x, value) in row.iter_mut().enumerate().take(last).skip(first) {
                let inside = to.min(x as f32 + 1.0) - from.max(x as f32);
                *value += inside.max(0.0) / LINES as f32;
            }
        }
    }
    mask.data_mut().iter_mut().for_each(|value| *value = value.min(1.0));
    mask
}

/// Blurs a mask by a Gaussian of `sigma` pixels and scales it so that its highest value is `peak`. Values
/// farther than 3 σ from the mask stay 0.
#[must_use]
pub fn soften(mask: &Plane, sigma: f32, peak: f32) -> Plane {
    let kernel = Kernel::gaussian(f64::from(sigma), (3.0 * sigma).ceil() as usize);
    let mut soft = filter_separable(mask, &kernel, &kernel);
    let highest = soft.data().iter().copied().fold(0.0, f32::max);
    if highest > 0.0 {
        let scale = peak / highest;
        soft.data_mut().iter_mut().for_each(|value| *value *= scale);
    }
    soft
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(mask: &Plane) -> f32 {
        mask.data().iter().sum()
    }

    #[test]
    fn the_area_of_a_filled_polygon_is_that_of_the_polygon() {
        let triangle = [[3.0, 2.0], [29.5, 6.5], [11.0, 27.0]];
        let mask = fill(&triangle, 32, 32);
        let exact = 0.5 * ((26.5 * 25.0) - (8.0 * 4.5_f32)).abs();
        assert!((area(&mask) - exact).abs() < 0.01 * exact, "{} is not {exact}", area(&mask));
        assert!(mask.data().iter().all(|value| (0.0..=1.0).contains(value)));
        assert_eq!((mask.at(12, 10), mask.at(1, 1), mask.at(28, 25)), (1.0, 0.0, 0.0));
    }

    #[test]
    fn a_polygon_beyond_the_border_fills_everything() {
        let mask = fill(&[[-9.0, -9.0], [40.0, -9.0], [40.0, 40.0], [-9.0, 40.0]], 8, 6);
        assert!(mask.data().iter().all(|value| *value == 1.0));
    }

    #[test]
    fn an_empty_polygon_fills_nothing_and_stays_empty() {
        let mask = soften(&fill(&[], 8, 8), 2.0, 1.0);
        assert!(mask.data().iter().all(|value| *value == 0.0));
    }

    #[test]
    fn softening_keeps_the_peak_and_reaches_three_sigma() {
        let square = [[20.0, 20.0], [44.0, 20.0], [44.0, 44.0], [20.0, 44.0]];
        let soft = soften(&fill(&square, 64, 64), 2.0, 0.75);
        let highest = soft.data().iter().copied().fold(0.0, f32::max);
        assert!((highest - 0.75).abs() < 1e-6);
        assert!(soft.at(15, 32) > 0.0 && soft.at(13, 32) == 0.0);
    }
}
