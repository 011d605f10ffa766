//! Distributions of a value in both classes: scores, and distances to the center of the single-center loss.

use super::{Counts, FAKE, REAL};
use crate::axis::plottable;
use crate::{Axis, Chart, Figure, Reference, Series};

/// Number of intervals of a histogram.
const BINS: usize = 40;

/// Bars of a histogram over `low..=high`: the ratio of the class in each interval, in percent. What is not
/// finite becomes a bar that is not plotted but counted.
fn histogram(values: &[f64], low: f64, high: f64) -> Vec<(f64, f64, f64)> {
    let mut counts = [0usize; BINS];
    let (mut finite, mut odd) = (0usize, 0);
    for value in values {
        if plottable(*value) {
            let place = (value.clamp(low, high) - low) / (high - low) * BINS as f64;
            counts[(place as usize).min(BINS - 1)] += 1;
            finite += 1;
        } else {
            odd += 1;
        }
    }
    let edge = |index: usize| low + (high - low) * index as f64 / BINS as f64;
    let bar = |(index, count): (usize, &usize)| {
        (edge(index), edge(index + 1), *count as f64 / finite.max(1) as f64)
    };
    let missing = std::iter::repeat_n((low, low, f64::NAN), odd);
    let bars = counts.iter().enumerate().filter(|_| finite > 0).map(bar);
    bars.chain(missing).collect()
}

fn of_both(
    title: &str,
    x: Axis,
    [real, fake]: [&[f64]; 2],
    (low, high): (f64, f64),
    unit: &str,
) -> Chart {
    let n = Counts { real: real.len(), fake: fake.len(), unit };
    Chart::new(
        title,
        x.range(low, high),
        Axis::linear("samples of the class").percent().including(0.0),
    )
    .with(Series::bars("real", histogram(real, low, high)).style(REAL))
    .with(Series::bars("fake", histogram(fake, low, high)).style(FAKE))
    .footer(n.text())
}

/// Scores of both classes, 0..=1, as histograms of equal area, with the threshold.
#[must_use]
pub fn score_distribution(
    real: &[f64],
    fake: &[f64],
    threshold: Option<f64>,
    unit: &str,
) -> Figure {
    let x = Axis::linear("score");
    let chart = of_both("Scores by class", x, [real, fake], (0.0, 1.0), unit);
    match threshold {
        Some(at) => chart.reference(Reference::x(at, format!("threshold {at:.3}"))).figure(),
        None => chart.figure(),
    }
}

/// Distances of the features of both classes to the center of the single-center loss (Li et al., CVPR
/// 2021), as histograms of equal area. Training pulls real samples to the center.
#[must_use]
pub fn center_distances(real: &[f64], fake: &[f64], unit: &str) -> Figure {
    let values = real.iter().chain(fake).copied().filter(|value| plottable(*value));
    let high = values.fold(0.0, f64::max);
    let high = if high > 0.0 { high } else { 1.0 };
    let x = Axis::linear("distance to the center");
    of_both("Distances to the center of real features", x, [real, fake], (0.0, high), unit).figure()
}
