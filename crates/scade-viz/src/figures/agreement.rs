//! How far predictions can be relied on: reliability, confusion matrix, risk over coverage.

use super::{Counts, Curve, with_curves};
use crate::ticks::thousands;
use crate::{Axis, Cell, Chart, Figure, Reference, Series};

/// One interval of scores of a reliability diagram.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Bin {
    /// Where the interval begins and ends, 0..=1.
    pub range: (f64, f64),
    /// Mean score of its samples, 0..=1.
    pub mean_score: f64,
    /// Ratio of fake samples among them, 0..=1.
    pub fake_ratio: f64,
    /// Number of its samples; an empty interval has no point.
    pub count: usize,
}

/// Reliability diagram: how many of the samples with a score are fake, and how many samples there are.
#[must_use]
pub fn reliability(bins: &[Bin], n: &Counts<'_>) -> Figure {
    let score = |label: &str| Axis::linear(label).range(0.0, 1.0);
    let filled = bins.iter().filter(|bin| bin.count > 0);
    let points: Vec<_> = filled.map(|bin| (bin.mean_score, bin.fake_ratio)).collect();
    let upper = Chart::new("", score(""), score("ratio of fake samples"))
        .reference(Reference::diagonal("perfectly calibrated"))
        .with(Series::line("detector", points))
        .plot_height(230.0);
    let bars = bins.iter().map(|bin| (bin.range.0, bin.range.1, bin.count as f64));
    let counts = Axis::linear(n.unit).including(0.0);
    let lower = Chart::new("", score("score"), counts)
        .with(Series::bars("", bars))
        .footer(n.text())
        .plot_height(80.0);
    Figure::stack("Reliability diagram", vec![upper, lower])
}

/// Counts of right and wrong predictions; fake is positive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Confusion {
    /// Fake samples that were predicted to be fake.
    pub true_positives: usize,
    /// Real samples that were predicted to be fake.
    pub false_positives: usize,
    /// Real samples that were predicted to be real.
    pub true_negatives: usize,
    /// Fake samples that were predicted to be real.
    pub false_negatives: usize,
}

/// Confusion matrix at a threshold: counts, and the ratio of the class that each is.
#[must_use]
pub fn confusion(counts: &Confusion, threshold: f64, unit: &str) -> Figure {
    let real = counts.true_negatives.saturating_add(counts.false_positives);
    let fake = counts.true_positives.saturating_add(counts.false_negatives);
    let cell = |column, row, count: usize, of: usize, name: &str| {
        let ratio = if of == 0 { 0.0 } else { count as f64 / of as f64 };
        let percent = match of {
            0 => "–".to_owned(),
            _ => format!("{:.1} % of {name}", 100.0 * ratio),
        };
        Cell { column, row, strength: ratio, lines: vec![thousands(count as u64), percent] }
    };
    let cells = [
        cell(0, 1, counts.true_negatives, real, "real"),
        cell(1, 1, counts.false_positives, real, "real"),
        cell(0, 0, counts.false_negatives, fake, "fake"),
        cell(1, 0, counts.true_positives, fake, "fake"),
    ];
    let cells = cells.into_iter().filter(|_| real + fake > 0);
    Chart::new(
        "Confusion matrix",
        Axis::categories("prediction", ["real", "fake"]),
        Axis::categories("label", ["fake", "real"]),
    )
    .with(Series::cells("", cells))
    .plot_height(220.0)
    .footer(format!("{}; threshold {threshold:.3}", Counts { real, fake, unit }.text()))
    .figure()
}

/// Error rate among the most certain samples (0..=1) over their ratio of all (coverage, 0..=1): what
/// abstaining gains. `full` is the error rate without abstaining.
#[must_use]
pub fn risk_coverage(curves: &[Curve<'_>], full: Option<f64>, n: &Counts<'_>) -> Figure {
    let x = Axis::linear("coverage: samples with a prediction").percent().range(0.0, 1.0);
    let y = Axis::linear("errors among them").percent().including(0.0);
    let mut chart = Chart::new("Risk and coverage", x, y);
    if let Some(full) = full {
        let label = format!("without abstaining {:.1} %", 100.0 * full);
        chart = chart.reference(Reference::y(full, label));
    }
    with_curves(chart, curves).footer(n.text()).figure()
}
