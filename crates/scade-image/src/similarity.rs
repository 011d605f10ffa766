//! Similarity transforms of the plane: rotation, uniform scale, shift; no reflection, no shear.

/// The map `(x, y) → (a·x − b·y + tx, b·x + a·y + ty)`: a 2×3 matrix with four free numbers.
///
/// Always finite and invertible. The user chooses the direction; [`crate::warp_rgb`] expects
/// output → input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Similarity {
    a: f64,
    b: f64,
    tx: f64,
    ty: f64,
}

impl Similarity {
    /// The map that changes nothing.
    pub const IDENTITY: Self = Self { a: 1.0, b: 0.0, tx: 0.0, ty: 0.0 };

    /// The map that takes each point `pair.0` to `pair.1` with the least sum of squared errors
    /// (Umeyama 1991, without reflection). O(pairs).
    ///
    /// `None` when no invertible map is determined: fewer than two distinct points on either side,
    /// or a coordinate that is not finite.
    #[must_use]
    pub fn fit(pairs: &[([f32; 2], [f32; 2])]) -> Option<Self> {
        let count = pairs.len() as f64;
        let mean = |pick: fn(&([f32; 2], [f32; 2])) -> f32| {
            pairs.iter().map(|pair| f64::from(pick(pair))).sum::<f64>() / count
        };
        let from = [mean(|pair| pair.0[0]), mean(|pair| pair.0[1])];
        let to = [mean(|pair| pair.1[0]), mean(|pair| pair.1[1])];
        let (mut spread, mut dot, mut cross) = (0.0, 0.0, 0.0);
        for (p, q) in pairs {
            let (x, y) = (f64::from(p[0]) - from[0], f64::from(p[1]) - from[1]);
            let (u, v) = (f64::from(q[0]) - to[0], f64::from(q[1]) - to[1]);
            spread += x * x + y * y;
            dot += x * u + y * v;
            cross += x * v - y * u;
        }
        let (a, b) = (dot / spread, cross / spread);
        Self::checked(a, b, to[0] - a * from[0] + b * from[1], to[1] - b * from[0] - a * from[1])
    }

    /// Rotates by `angle` radians (from the x towards the y axis: clockwise on the screen) and
    /// scales by `scale` about `center`, then moves by `shift` pixels.
    ///
    /// # Panics
    /// When `scale` is not above 0, or any number is not finite.
    #[must_use]
    pub fn around(center: [f32; 2], angle: f32, scale: f32, shift: [f32; 2]) -> Self {
        let (sin, cos) = f64::from(angle).sin_cos();
        let (a, b) = (f64::from(scale) * cos, f64::from(scale) * sin);
        let [x, y] = center.map(f64::from);
        let tx = x - a * x + b * y + f64::from(shift[0]);
        let ty = y - b * x - a * y + f64::from(shift[1]);
        let map = if scale > 0.0 { Self::checked(a, b, tx, ty) } else { None };
        map.unwrap_or_else(|| panic!("no similarity: {center:?} {angle} {scale} {shift:?}"))
    }

    /// Where `point` goes.
    #[must_use]
    pub fn apply(&self, point: [f32; 2]) -> [f32; 2] {
        self.at(f64::from(point[0]), f64::from(point[1])).map(|value| value as f32)
    }

    /// The map back.
    #[must_use]
    pub fn inverse(&self) -> Self {
        let square = self.a * self.a + self.b * self.b;
        let (a, b) = (self.a / square, -self.b / square);
        Self { a, b, tx: -a * self.tx + b * self.ty, ty: -b * self.tx - a * self.ty }
    }

    /// This map followed by `next`.
    #[must_use]
    pub fn then(&self, next: &Self) -> Self {
        let [tx, ty] = next.at(self.tx, self.ty);
        Self { a: next.a * self.a - next.b * self.b, b: next.b * self.a + next.a * self.b, tx, ty }
    }

    /// The scale factor; above 0.
    #[must_use]
    pub fn scale(&self) -> f64 {
        self.a.hypot(self.b)
    }

    /// [`Self::apply`] without rounding to 32 bits.
    #[inline]
    pub(crate) fn at(&self, x: f64, y: f64) -> [f64; 2] {
        [self.a * x - self.b * y + self.tx, self.b * x + self.a * y + self.ty]
    }

    /// Checks the invariants of the type: finite and safely invertible.
    fn checked(a: f64, b: f64, tx: f64, ty: f64) -> Option<Self> {
        let sound = [a, b, tx, ty].iter().all(|value| value.is_finite()) && a.hypot(b) > 1e-9;
        sound.then_some(Self { a, b, tx, ty })
    }
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::testing;

    fn close(p: [f32; 2], q: [f32; 2]) -> bool {
        (p[0] - q[0]).hypot(p[1] - q[1]) < 1e-3
    }

    fn some_map(rng: &mut rand_chacha::ChaCha8Rng) -> Similarity {
        let center = [rng.random_range(-50.0..50.0), rng.random_range(-50.0..50.0)];
        let shift = [rng.random_range(-50.0..50.0), rng.random_range(-50.0..50.0)];
        Similarity::around(center, rng.random_range(-3.0..3.0), rng.random_range(0.2..5.0), shift)
    }

    fn some_point(rng: &mut rand_chacha::ChaCha8Rng) -> [f32; 2] {
        [rng.random_range(-100.0..100.0), rng.random_range(-100.0..100.0)]
    }

    /// Computed with NumPy:
    ///
    /// ```python
    /// x = np.array([[38.3, 51.7], [73.5, 51.5], [56.0, 71.7], [41.5, 92.4], [70.7, 92.2]])
    /// y = np.array([[101., 140], [168, 131], [140, 178], [118, 214], [165, 207]])
    /// mx, my = x.mean(0), y.mean(0)
    /// U, D, Vt = np.linalg.svd((y - my).T @ (x - mx) / 5)
    /// R = U @ Vt                                   # det > 0 here
    /// s = D.sum() / ((x - mx) ** 2).sum() * 5
    /// print(s * R, my - s * R @ mx)
    /// ```
    #[test]
    fn equals_umeyama() {
        let from = [[38.3, 51.7], [73.5, 51.5], [56.0, 71.7], [41.5, 92.4], [70.7, 92.2]];
        let to = [[101.0, 140.0], [168.0, 131.0], [140.0, 178.0], [118.0, 214.0], [165.0, 207.0]];
        let pairs: Vec<_> = from.into_iter().zip(to).collect();
        let map = Similarity::fit(&pairs).unwrap();
        let [a, b, tx, ty] = [1.820_526_48, -0.191_936_24, 22.650_301_58, 53.852_575_06];
        for (got, expected) in [(map.a, a), (map.b, b), (map.tx, tx), (map.ty, ty)] {
            assert!((got - expected).abs() < 1e-4, "{map:?}");
        }
    }

    #[test]
    fn a_fit_finds_the_map_that_made_the_points() {
        let mut rng = testing::rng(2);
        for count in 2..20 {
            let map = some_map(&mut rng);
            let pairs: Vec<_> = (0..count)
                .map(|_| some_point(&mut rng))
                .map(|point| (point, map.apply(point)))
                .collect();
            let found = Similarity::fit(&pairs).unwrap();
            assert!(pairs.iter().all(|&(from, to)| close(found.apply(from), to)));
        }
    }

    #[test]
    fn degenerate_points_give_none() {
        let pair = ([1.0, 2.0], [3.0, 4.0]);
        assert_eq!(Similarity::fit(&[]), None);
        assert_eq!(Similarity::fit(&[pair]), None);
        assert_eq!(Similarity::fit(&[pair, pair]), None);
        assert_eq!(Similarity::fit(&[pair, ([5.0, 6.0], pair.1)]), None);
        assert_eq!(Similarity::fit(&[pair, ([f32::NAN, 6.0], [0.0, 0.0])]), None);
        assert_eq!(Similarity::fit(&[pair, ([5.0, 6.0], [f32::INFINITY, 0.0])]), None);
    }

    #[test]
    fn inverse_and_composition_agree_with_points() {
        let mut rng = testing::rng(3);
        for _ in 0..50 {
            let (first, second) = (some_map(&mut rng), some_map(&mut rng));
            let point = some_point(&mut rng);
            assert!(close(first.inverse().apply(first.apply(point)), point));
            assert!(close(first.then(&second).apply(point), second.apply(first.apply(point))));
        }
    }

    #[test]
    fn a_quarter_turn_takes_right_to_down() {
        let turn = Similarity::around([10.0, 10.0], std::f32::consts::FRAC_PI_2, 2.0, [0.5, 0.0]);
        assert!(close(turn.apply([11.0, 10.0]), [10.5, 12.0]));
        assert!((turn.scale() - 2.0).abs() < 1e-6);
    }

    #[test]
    #[should_panic(expected = "no similarity")]
    fn a_zero_scale_is_refused() {
        let _ = Similarity::around([0.0, 0.0], 0.0, 0.0, [0.0, 0.0]);
    }
}
