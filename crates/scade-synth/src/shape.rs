//! Soft-edged shapes and value noise, the building blocks of brushes.

use crate::canvas::Point;

/// 0 below `from`, 1 above `to`, smooth between; falls when `from` is above `to`.
#[inline]
pub(crate) fn smoothstep(from: f32, to: f32, x: f32) -> f32 {
    let t = ((x - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Coverage by a shape whose edge is `distance` away, negative inside, over a ramp `softness` wide.
#[inline]
pub(crate) fn cover(distance: f32, softness: f32) -> f32 {
    smoothstep(0.5, -0.5, distance / softness)
}

/// Approximate distance of `p` from an upright ellipse around the origin; negative inside.
///
/// The first-order distance: exact on the edge, good near it.
#[inline]
pub(crate) fn ellipse(p: Point, radii: Point) -> f32 {
    let [u, v] = [p[0] / radii[0], p[1] / radii[1]];
    let level = (u * u + v * v).sqrt();
    let [du, dv] = [u / radii[0], v / radii[1]];
    let slope = (du * du + dv * dv).sqrt();
    if slope > 0.0 { (level - 1.0) * level / slope } else { -radii[0].min(radii[1]) }
}

/// A hill of height 1 at `center` that reaches 0 on the ellipse of these `radii`.
#[inline]
pub(crate) fn hill(p: Point, center: Point, radii: Point) -> f32 {
    let [u, v] = [(p[0] - center[0]) / radii[0], (p[1] - center[1]) / radii[1]];
    let rest = (1.0 - u * u - v * v).max(0.0);
    rest * rest
}

/// Smooth noise, −1 to 1, with one independent value at each point of whole coordinates.
#[inline]
pub(crate) fn noise([x, y]: Point, seed: u32) -> f32 {
    let (column, row) = (floor(x), floor(y));
    let ease = |t: f32| t * t * (3.0 - 2.0 * t);
    let (tx, ty) = (ease(x - column as f32), ease(y - row as f32));
    let at = |dx: i32, dy: i32| lattice(column + dx, row + dy, seed);
    let top = at(0, 0) + (at(1, 0) - at(0, 0)) * tx;
    let bottom = at(0, 1) + (at(1, 1) - at(0, 1)) * tx;
    top + (bottom - top) * ty
}

/// How much of a texture with `cells` cells per unit is left when a unit has `scale` pixels.
///
/// Detail below the pixel size must vanish, as it does in a camera; otherwise a small face
/// would show as much of it as a large one.
#[inline]
pub(crate) fn resolved(cells: f32, scale: f32) -> f32 {
    smoothstep(1.3, 0.6, cells / scale)
}

/// The whole number below; faster than `f32::floor` where that is a function call.
#[inline]
fn floor(x: f32) -> i32 {
    let towards_zero = x as i32;
    towards_zero - i32::from(x < towards_zero as f32)
}

/// The value at one lattice point, −1 to 1: an integer hash with good avalanche.
#[inline]
fn lattice(x: i32, y: i32, seed: u32) -> f32 {
    let mut h = (x as u32).wrapping_mul(0x8da6_b343) ^ (y as u32).wrapping_mul(0xd816_3841) ^ seed;
    h = (h ^ (h >> 16)).wrapping_mul(0x7feb_352d);
    h = (h ^ (h >> 15)).wrapping_mul(0x846c_a68b);
    h ^= h >> 16;
    h as f32 * (2.0 / u32::MAX as f32) - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_to_a_circle_is_exact() {
        for (x, y) in [(3.0, 4.0), (0.3, 0.4), (-6.0, 8.0)] {
            let expected = f32::hypot(x, y) - 2.0;
            assert!((ellipse([x, y], [2.0, 2.0]) - expected).abs() < 1e-5);
        }
        assert!(ellipse([0.0, 0.0], [2.0, 1.0]) < 0.0);
    }

    #[test]
    fn noise_is_centered_bounded_and_continuous() {
        let values: Vec<f32> =
            (0..40_000).map(|i| noise([i as f32 * 0.01, i as f32 * 0.003], 7)).collect();
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        assert!(mean.abs() < 0.1, "mean {mean}");
        assert!(values.iter().all(|v| v.abs() <= 1.0));
        let jump = values.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max);
        assert!(jump < 0.05, "jump {jump}");
        assert!(values.iter().any(|v| *v > 0.5) && values.iter().any(|v| *v < -0.5));
    }

    #[test]
    fn detail_vanishes_at_a_small_scale() {
        assert_eq!(resolved(50.0, 100.0), 1.0);
        assert_eq!(resolved(50.0, 30.0), 0.0);
    }
}
