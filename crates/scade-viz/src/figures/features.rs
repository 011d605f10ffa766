//! Features of both classes in a plane.

use super::{Counts, FAKE, REAL};
use crate::{Axis, Chart, Figure, Series};

/// Features of both classes as points of a plane, such as [`tsne::embed`](crate::tsne::embed) makes.
/// `method` says how they were made: `t-SNE, perplexity 30`. Axes of an embedding have no unit and no ticks.
#[must_use]
pub fn features(real: &[(f64, f64)], fake: &[(f64, f64)], method: &str, unit: &str) -> Figure {
    let n = Counts { real: real.len(), fake: fake.len(), unit };
    Chart::new("Features by class", Axis::linear("").bare(), Axis::linear("").bare())
        .with(Series::points("real", real.iter().copied()).style(REAL))
        .with(Series::points("fake", fake.iter().copied()).style(FAKE))
        .footer(format!(
            "{}; {method}; neighbors are alike, distances between groups mean nothing",
            n.text()
        ))
        .plot_height(400.0)
        .figure()
}
