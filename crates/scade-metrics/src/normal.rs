//! The normal distribution.

use std::f64::consts::{PI, SQRT_2};

/// Chance of a standard normal value below `z`.
pub(crate) fn below(z: f64) -> f64 {
    libm::erfc(-z / SQRT_2) / 2.0
}

/// Two-sided p-value of a standard normal statistic.
pub(crate) fn two_sided(z: f64) -> f64 {
    libm::erfc(z.abs() / SQRT_2)
}

/// The value below which a standard normal value lies with `chance`; infinite at 0 and 1.
///
/// Newton steps (Halley's, of third order) on the distribution from a start by the tail's asymptotic form, so that
/// the accuracy is that of `erfc`.
#[must_use]
pub fn quantile(chance: f64) -> f64 {
    if chance > 0.5 {
        // Loses the digits that 1 − chance has lost.
        return -quantile(1.0 - chance);
    }
    if chance <= 0.0 {
        return f64::NEG_INFINITY;
    }
    let tail = (-2.0 * chance.ln()).sqrt();
    let mut z = -(tail - (2.30753 + 0.27061 * tail) / (1.0 + tail * (0.99229 + 0.04481 * tail)));
    for _ in 0..4 {
        let density = (-z * z / 2.0).exp() / (2.0 * PI).sqrt();
        let step = (below(z) - chance) / density;
        z -= step / (1.0 + z * step / 2.0);
    }
    z
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `scipy.stats.norm.ppf([1e-300, 1e-10, .001, .025, .3, .5, .975])`
    #[test]
    fn quantiles_agree_with_scipy() {
        let expected = [
            (1e-300, -37.047_096_299_361_2),
            (1e-10, -6.361_340_902_404_056),
            (0.001, -3.090_232_306_167_813_5),
            (0.025, -1.959_963_984_540_054_5),
            (0.3, -0.524_400_512_708_040_8),
            (0.5, 0.0),
            (0.975, 1.959_963_984_540_054),
        ];
        for (chance, z) in expected {
            assert!((quantile(chance) - z).abs() < 1e-12, "{chance}: {z}, {}", quantile(chance));
        }
        assert_eq!(quantile(0.0), f64::NEG_INFINITY);
        assert_eq!(quantile(1.0), f64::INFINITY);
    }

    #[test]
    fn a_quantile_is_the_inverse_of_the_chance() {
        for step in 1..1000 {
            let chance = f64::from(step) / 1000.0;
            assert!((below(quantile(chance)) - chance).abs() < 1e-14, "{chance}");
        }
        assert!((two_sided(1.959_963_984_540_054) - 0.05).abs() < 1e-15);
    }
}
