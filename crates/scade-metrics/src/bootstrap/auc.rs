//! The AUC of several draws in one pass over the sorted samples.

use super::clusters::{Clusters, Sorted};
use super::weights::{LANES, Row};

/// The order in which the clusters of the samples are met, in runs of one class.
pub(crate) struct AucPlan {
    /// Cluster of each sample.
    clusters: Vec<u32>,
    runs: Vec<Run>,
}

/// Consecutive samples of one class.
struct Run {
    end: usize,
    fake: bool,
    /// A run of fakes that have the score of the run of real samples before it.
    tied: bool,
}

impl AucPlan {
    pub(crate) fn new(sorted: &Sorted, clusters: &Clusters) -> Self {
        let samples = &sorted.samples;
        let mut runs = Vec::<Run>::new();
        let mut end = 0;
        for tied in samples.chunk_by(|a, b| a.score == b.score) {
            let reals = tied.partition_point(|sample| !sample.fake);
            let mixed = reals > 0 && reals < tied.len();
            for (fake, own) in [(false, reals), (true, tied.len() - reals)] {
                end += own;
                match runs.last_mut() {
                    _ if own == 0 => {}
                    // A run that ties with another cannot grow.
                    Some(run) if run.fake == fake && !run.tied && !mixed => run.end = end,
                    _ => runs.push(Run { end, fake, tied: mixed && fake }),
                }
            }
        }
        Self { clusters: samples.iter().map(|sample| clusters.of(sample)).collect(), runs }
    }

    /// AUC of each draw; `None` where one lacks a class.
    pub(crate) fn evaluate(&self, rows: &[Row]) -> [Option<f64>; LANES] {
        // Of pairs of a fake above a real sample: a tie counts 1, a win 2.
        let mut doubled = [0_u64; LANES];
        let (mut fakes, mut reals) = ([0_u32; LANES], [0_u32; LANES]);
        let (mut start, mut last) = (0, [0_u32; LANES]);
        for run in &self.runs {
            let mut sum = [0_u32; LANES];
            for &cluster in &self.clusters[start..run.end] {
                let row = &rows[cluster as usize];
                for lane in 0..LANES {
                    sum[lane] += u32::from(row[lane]);
                }
            }
            start = run.end;
            if run.fake {
                if run.tied {
                    for lane in 0..LANES {
                        doubled[lane] += u64::from(last[lane]) * u64::from(sum[lane]);
                    }
                }
                for lane in 0..LANES {
                    fakes[lane] += sum[lane];
                }
            } else {
                for lane in 0..LANES {
                    doubled[lane] += u64::from(sum[lane]) * u64::from(2 * fakes[lane]);
                    reals[lane] += sum[lane];
                }
                last = sum;
            }
        }
        std::array::from_fn(|lane| {
            let pairs = f64::from(fakes[lane]) * f64::from(reals[lane]);
            (pairs > 0.0).then(|| doubled[lane] as f64 / 2.0 / pairs)
        })
    }
}
