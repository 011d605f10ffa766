//! Upscaling by two.

use scade_image::Plane;

/// A plane of `width` × `height` from one of half the size, rounded up: bilinear, with the pixels of
/// both covering the same area, so that each new center is a quarter of an old pixel away
/// from an old center. Beyond the outermost centers the values are constant. O(pixels).
///
/// # Panics
/// When `half` has another size.
pub(crate) fn enlarge(half: &Plane, width: usize, height: usize) -> Plane {
    let expected = (width.div_ceil(2), height.div_ceil(2));
    assert_eq!((half.width(), half.height()), expected, "half of {width} x {height}");
    let mut out = Plane::new(width, height);
    let mut row = vec![0.0; half.width() + 2];
    for (y, out) in out.data_mut().chunks_exact_mut(width).enumerate() {
        let line = |y: usize| &half.data()[y * half.width()..][..half.width()];
        let beside = if y % 2 == 0 { (y / 2).saturating_sub(1) } else { y / 2 + 1 };
        let (near, far) = (line(y / 2), line(beside.min(half.height() - 1)));
        let inner = row[1..].iter_mut();
        inner.zip(near.iter().zip(far)).for_each(|(out, (near, far))| *out = mix(*near, *far));
        row[0] = row[1];
        row[half.width() + 1] = row[half.width()];
        for (window, pair) in row.windows(3).zip(out.chunks_mut(2)) {
            pair[0] = mix(window[1], window[0]);
            if let Some(right) = pair.get_mut(1) {
                *right = mix(window[1], window[2]);
            }
        }
    }
    out
}

#[inline]
fn mix(near: f32, far: f32) -> f32 {
    0.75 * near + 0.25 * far
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn agrees_with_interpolation_at_the_centers() {
        let mut rng = testing::rng(25);
        for _ in 0..60 {
            let (width, height) = testing::size(&mut rng);
            let half = testing::plane(&mut rng, width.div_ceil(2), height.div_ceil(2));
            let out = enlarge(&half, width, height);
            for y in 0..height {
                for x in 0..width {
                    let at = |x: f64, y: f64| {
                        let inside = |v: f64, n: usize| v.clamp(0.0, n as f64 - 1.0) as usize;
                        let (x, y) = (inside(x, half.width()), inside(y, half.height()));
                        f64::from(half.at(x, y))
                    };
                    let [cx, cy] = [x, y].map(|v| (v as f64 + 0.5) / 2.0 - 0.5);
                    let (fx, fy) = (cx - cx.floor(), cy - cy.floor());
                    let line =
                        |y: f64| (1.0 - fx) * at(cx.floor(), y) + fx * at(cx.floor() + 1.0, y);
                    let expected = (1.0 - fy) * line(cy.floor()) + fy * line(cy.floor() + 1.0);
                    assert!((f64::from(out.at(x, y)) - expected).abs() < 1e-3);
                }
            }
        }
    }
}
