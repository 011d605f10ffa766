//! The temperature of least log loss.

use super::{CalibrationMap, logit, sigmoid};
use crate::{Reason, Scores};

pub(super) fn fit(scores: &Scores<'_>) -> Result<CalibrationMap, Reason> {
    let logits: Vec<(f64, f64)> =
        scores.pairs().map(|(score, fake)| (logit(score), f64::from(u8::from(fake)))).collect();
    // The loss is convex in the inverse temperature; this is its slope, which rises.
    let slope = |inverse: f64| -> f64 {
        logits.iter().map(|(z, label)| z * (sigmoid(inverse * z) - label)).sum()
    };
    if slope(0.0) >= 0.0 {
        return Err(Reason::NotIncreasing);
    }
    if logits.iter().all(|&(z, label)| if label > 0.5 { z >= 0.0 } else { z <= 0.0 }) {
        return Err(Reason::Separable);
    }
    let mut high = 1.0;
    while slope(high) < 0.0 {
        high *= 2.0;
    }
    let mut low = if high > 1.0 { high / 2.0 } else { 0.0 };
    // Bisection, until the two are neighbors.
    loop {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if slope(middle) < 0.0 { low = middle } else { high = middle }
    }
    Ok(CalibrationMap::Temperature { temperature: 1.0 / high })
}
