//! Slope and intercept of least log loss, by Newton's method.

use super::{CalibrationMap, logit, sigmoid};
use crate::{Reason, Scores};

/// Steps of Newton's method; some ten are needed.
const STEPS: usize = 100;

pub(super) fn fit(scores: &Scores<'_>) -> Result<CalibrationMap, Reason> {
    let n = scores.n_samples() as f64;
    let n_fake = scores.n_fake() as f64;
    let targets = ((n_fake + 1.0) / (n_fake + 2.0), 1.0 / (n - n_fake + 2.0));
    let target = |fake| if fake { targets.0 } else { targets.1 };
    let points: Vec<(f64, f64)> =
        scores.pairs().map(|(score, fake)| (logit(score), target(fake))).collect();
    // Centered and scaled, so that slope and intercept hardly depend on each other.
    let center = points.iter().map(|(z, _)| z).sum::<f64>() / n;
    let spread = (points.iter().map(|(z, _)| (z - center).powi(2)).sum::<f64>() / n).sqrt();
    if spread == 0.0 {
        return Err(Reason::NotIncreasing);
    }
    let points: Vec<(f64, f64)> =
        points.into_iter().map(|(z, target)| ((z - center) / spread, target)).collect();

    let (mut slope, mut intercept) = (0.0, 0.0);
    let mut now = loss(&points, slope, intercept);
    for _ in 0..STEPS {
        let (down_slope, down_intercept) = newton(&points, slope, intercept);
        let mut step = 1.0;
        let better = loop {
            let (a, b) = (slope - step * down_slope, intercept - step * down_intercept);
            let next = loss(&points, a, b);
            if next < now {
                (slope, intercept, now) = (a, b, next);
                break true;
            }
            step /= 2.0;
            if step < 1e-6 {
                break false;
            }
        };
        if !better {
            // The loss is flat to its last bit; one more step halves the digits of the slope still missing.
            slope -= down_slope;
            intercept -= down_intercept;
            break;
        }
    }
    if slope <= 0.0 {
        return Err(Reason::NotIncreasing);
    }
    Ok(CalibrationMap::Platt {
        slope: slope / spread,
        intercept: intercept - slope * center / spread,
    })
}

/// Log loss of the targets, in a form that does not overflow.
fn loss(points: &[(f64, f64)], slope: f64, intercept: f64) -> f64 {
    let one = |&(z, target): &(f64, f64)| {
        let x = slope * z + intercept;
        x.max(0.0) - target * x + (-x.abs()).exp().ln_1p()
    };
    points.iter().map(one).sum()
}

/// The inverse of the second derivatives times the first.
fn newton(points: &[(f64, f64)], slope: f64, intercept: f64) -> (f64, f64) {
    let (mut g, mut h) = ([0.0; 2], [0.0; 3]);
    for &(z, target) in points {
        let p = sigmoid(slope * z + intercept);
        let weight = p * (1.0 - p);
        g = [g[0] + z * (p - target), g[1] + p - target];
        h = [h[0] + weight * z * z, h[1] + weight * z, h[2] + weight];
    }
    let determinant = h[0] * h[2] - h[1] * h[1];
    if determinant <= 0.0 {
        return (0.0, 0.0);
    }
    ((h[2] * g[0] - h[1] * g[1]) / determinant, (h[0] * g[1] - h[1] * g[0]) / determinant)
}
