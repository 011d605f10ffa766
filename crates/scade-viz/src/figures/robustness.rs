//! How the AUC falls as images are degraded.

use super::{Counts, Curve, with_curves};
use crate::{Axis, Chart, Figure, Reference};

/// AUC (0..=1) over the level of a degradation, one curve for each kind, with chance. The caller names
/// the levels: `Axis::linear("JPEG quality").reversed()`, `Axis::counting("level")`.
#[must_use]
pub fn robustness(title: &str, level: Axis, curves: &[Curve<'_>], n: &Counts<'_>) -> Figure {
    let lowest = curves
        .iter()
        .flat_map(|curve| {
            curve.points.iter().map(|point| point.1).chain(curve.band.iter().map(|band| band.1))
        })
        .filter(|auc| (0.0..=1.0).contains(auc))
        .fold(0.5, f64::min);
    let y = Axis::linear("AUC").range((lowest * 20.0).floor() / 20.0 - 0.05, 1.0);
    let chart = Chart::new(title, level, y).reference(Reference::y(0.5, "chance"));
    with_curves(chart, curves).footer(n.text()).figure()
}
