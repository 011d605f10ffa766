//! Blending in frequency bands: coarse ones over a wide border, fine ones over a narrow one (Burt and
//! Adelson, "A Multiresolution Spline With Application to Image Mosaics", 1983).

use scade_image::{Kernel, Plane, filter_separable};

/// `target` with `source` where the mask is 1, blended in `levels` bands and a remainder. Values differ from
/// those of the target at most `4 · 2^levels` pixels from the mask.
///
/// Blending is linear, so that it is the target plus the blended difference: where both sides are equal, the
/// target is reproduced exactly.
///
/// # Panics
/// When the sizes differ.
#[must_use]
pub fn blend_bands(source: &Plane, target: &Plane, mask: &Plane, levels: usize) -> Plane {
    let size = |plane: &Plane| (plane.width(), plane.height());
    assert!(size(source) == size(target) && size(source) == size(mask), "planes of one size");
    let difference = combine(source, target, |s, t| s - t);
    let blended = blend(difference, mask.clone(), levels);
    combine(target, &blended, |t, d| t + d)
}

/// The blended difference of the bands from here on.
fn blend(plane: Plane, mask: Plane, levels: usize) -> Plane {
    let (width, height) = (plane.width(), plane.height());
    if levels == 0 || width.min(height) < 2 {
        return combine(&plane, &mask, |value, share| value * share);
    }
    let coarse = reduce(&plane);
    let band = combine(&plane, &expand(&coarse, width, height), |value, smooth| value - smooth);
    let band = combine(&band, &mask, |value, share| value * share);
    let rest = blend(coarse, reduce(&mask), levels - 1);
    combine(&band, &expand(&rest, width, height), |band, rest| band + rest)
}

fn combine(a: &Plane, b: &Plane, f: impl Fn(f32, f32) -> f32) -> Plane {
    let mut out = a.clone();
    for (value, b) in out.data_mut().iter_mut().zip(b.data()) {
        *value = f(*value, *b);
    }
    out
}

/// The binomial kernel 1 4 6 4 1, with this sum.
fn binomial(sum: f32) -> Kernel {
    Kernel::even([6.0, 4.0, 1.0].map(|weight| weight * sum / 16.0).to_vec())
}

/// Half the size: smoothed, every second pixel.
fn reduce(plane: &Plane) -> Plane {
    let kernel = binomial(1.0);
    let smooth = filter_separable(plane, &kernel, &kernel);
    let (width, height) = (plane.width().div_ceil(2), plane.height().div_ceil(2));
    let mut out = Plane::new(width, height);
    for (i, value) in out.data_mut().iter_mut().enumerate() {
        *value = smooth.at(2 * (i % width), 2 * (i / width));
    }
    out
}

/// The inverse of the reduction for smooth images.
fn expand(plane: &Plane, width: usize, height: usize) -> Plane {
    let mut sparse = Plane::new(width, height);
    for (i, &value) in plane.data().iter().enumerate() {
        let (x, y) = (2 * (i % plane.width()), 2 * (i / plane.width()));
        sparse.data_mut()[y * width + x] = value;
    }
    let kernel = binomial(2.0);
    filter_separable(&sparse, &kernel, &kernel)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plane(width: usize, height: usize, value: impl Fn(f32, f32) -> f32) -> Plane {
        let at = |i: usize| value((i % width) as f32, (i / width) as f32);
        Plane::from_vec(width, height, (0..width * height).map(at).collect()).unwrap()
    }

    #[test]
    fn equal_sides_are_reproduced() {
        let image = plane(53, 38, |x, y| (7.0 * x + 13.0 * y) % 256.0);
        let mask = plane(53, 38, |x, _| f32::from(x > 20.0));
        assert_eq!(blend_bands(&image, &image, &mask, 4), image);
    }

    #[test]
    fn a_full_mask_gives_the_source_and_an_empty_one_the_target() {
        let source = plane(47, 64, |x, y| (3.0 * x * y) % 255.0);
        let target = plane(47, 64, |x, y| (x + 2.0 * y) % 255.0);
        let whole = blend_bands(&source, &target, &plane(47, 64, |_, _| 1.0), 3);
        for (got, expected) in whole.data().iter().zip(source.data()) {
            assert!((got - expected).abs() < 1e-2, "{got} {expected}");
        }
        assert_eq!(blend_bands(&source, &target, &Plane::new(47, 64), 3), target);
    }

    #[test]
    fn a_blend_does_not_reach_farther_than_stated_and_has_no_edge() {
        let (source, target) = (plane(128, 96, |_, _| 200.0), plane(128, 96, |_, _| 100.0));
        let mask = plane(128, 96, |x, _| f32::from(x >= 64.0));
        for levels in [1, 2, 3] {
            let out = blend_bands(&source, &target, &mask, levels);
            assert_eq!(out.at(64 - 4 * (1 << levels) - 1, 50), 100.0, "{levels}");
            let steps = (1..128).map(|x| (out.at(x, 50) - out.at(x - 1, 50)).abs());
            assert!(steps.fold(0.0, f32::max) < 60.0 / levels as f32, "{levels}");
        }
    }
}
