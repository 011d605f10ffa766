//! Curves over all thresholds: ROC, detection error trade-off, precision and recall.

use super::{Counts, Curve, with_curves};
use crate::{Axis, Chart, Figure, Reference, Series};

/// Style of the marked operating point.
const POINT: usize = 3;

/// The false positive rate at which an axis begins: a power of ten below the smallest rate above 0.
fn first_rate(curves: &[Curve<'_>], rate: fn(&(f64, f64)) -> f64) -> f64 {
    let rates = curves.iter().flat_map(|curve| curve.points).map(rate);
    let least = rates.filter(|rate| *rate > 0.0 && *rate < 1.0).fold(0.1, f64::min);
    10f64.powf(least.log10().floor()).clamp(1e-6, 0.1)
}

/// The operating point, as a marker with the rates in the legend.
fn with_point(chart: Chart, point: Option<(f64, f64)>, names: [&str; 2]) -> Chart {
    let Some((x, y)) = point else { return chart };
    let name = format!("operating point: {} {x:.3}, {} {y:.3}", names[0], names[1]);
    chart.with(Series::points(name, [(x, y)]).style(POINT))
}

/// Receiver operating characteristic: true positive rate over false positive rate (logarithmic), both
/// 0..=1, with chance and the operating point `(false positive rate, true positive rate)`. A false
/// positive rate of 0 is plotted at the left end.
#[must_use]
pub fn roc(curves: &[Curve<'_>], operating_point: Option<(f64, f64)>, n: &Counts<'_>) -> Figure {
    let x = Axis::log10("false positive rate").range(first_rate(curves, |point| point.0), 1.0);
    let y = Axis::linear("true positive rate").range(0.0, 1.0);
    let chart = Chart::new("ROC curve", x, y).reference(Reference::diagonal("chance"));
    let chart = with_curves(chart, curves).footer(n.text());
    with_point(chart, operating_point, ["FPR", "TPR"]).figure()
}

/// Detection error trade-off: false negative rate over false positive rate, both 0..=1, on probit axes,
/// with the line of equal errors and the operating point `(false positive rate, false negative rate)`.
#[must_use]
pub fn det(curves: &[Curve<'_>], operating_point: Option<(f64, f64)>, n: &Counts<'_>) -> Figure {
    let axis = |label: &str, rate: fn(&(f64, f64)) -> f64| {
        Axis::probit(label).range(first_rate(curves, rate).clamp(1e-4, 0.01), 0.6)
    };
    let x = axis("false positive rate", |point| point.0);
    let y = axis("false negative rate", |point| point.1);
    let chart = Chart::new("Detection error trade-off", x, y)
        .plot_height(320.0)
        .reference(Reference::diagonal("equal error rates"));
    let chart = with_curves(chart, curves).footer(n.text());
    with_point(chart, operating_point, ["FPR", "FNR"]).figure()
}

/// Precision over recall, both 0..=1, with the base rate (precision of a detector that calls everything
/// fake) and the operating point `(recall, precision)`.
#[must_use]
pub fn precision_recall(
    curves: &[Curve<'_>],
    operating_point: Option<(f64, f64)>,
    n: &Counts<'_>,
) -> Figure {
    let x = Axis::linear("recall").range(0.0, 1.0);
    let y = Axis::linear("precision").range(0.0, 1.0);
    let mut chart = Chart::new("Precision and recall", x, y);
    let base_rate = n.fake as f64 / (n.real as f64 + n.fake as f64);
    if base_rate.is_finite() {
        chart = chart.reference(Reference::y(base_rate, format!("base rate {base_rate:.3}")));
    }
    let chart = with_curves(chart, curves).footer(n.text());
    with_point(chart, operating_point, ["recall", "precision"]).figure()
}
