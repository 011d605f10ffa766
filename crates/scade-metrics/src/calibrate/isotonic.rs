//! Isotonic regression by pooling adjacent violators.

use super::CalibrationMap;
use crate::{Reason, Scores};

/// Neighboring scores with the same probability.
struct Block {
    first: f64,
    last: f64,
    fakes: f64,
    samples: f64,
}

impl Block {
    fn probability(&self) -> f64 {
        self.fakes / self.samples
    }
}

pub(super) fn fit(scores: &Scores<'_>) -> Result<CalibrationMap, Reason> {
    let mut pairs: Vec<(f64, bool)> = scores.pairs().collect();
    pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let mut blocks = Vec::<Block>::new();
    for tied in pairs.chunk_by(|a, b| a.0 == b.0) {
        let fakes = tied.iter().filter(|(_, fake)| *fake).count() as f64;
        let mut block =
            Block { first: tied[0].0, last: tied[0].0, fakes, samples: tied.len() as f64 };
        while let Some(before) = blocks.pop_if(|before| {
            // Products of counts are exact where ratios are not.
            before.fakes * block.samples >= block.fakes * before.samples
        }) {
            block.first = before.first;
            block.fakes += before.fakes;
            block.samples += before.samples;
        }
        blocks.push(block);
    }
    if blocks.len() < 2 {
        return Err(Reason::NotIncreasing);
    }
    let (mut scores, mut probabilities) = (Vec::new(), Vec::new());
    for block in &blocks {
        for score in [block.first, block.last] {
            if scores.last() != Some(&score) {
                scores.push(score);
                probabilities.push(block.probability());
            }
        }
    }
    Ok(CalibrationMap::Isotonic { scores, probabilities })
}

pub(super) fn apply(scores: &[f64], probabilities: &[f64], score: f64) -> f64 {
    let above = scores.partition_point(|known| *known <= score);
    if score.is_nan() {
        return score;
    }
    let last = scores.len() - 1;
    match above {
        0 => probabilities[0],
        _ if above > last => probabilities[last],
        _ => {
            let (low, high) = (above - 1, above);
            let part = (score - scores[low]) / (scores[high] - scores[low]);
            probabilities[low] + part * (probabilities[high] - probabilities[low])
        }
    }
}

/// Whether points are those of a map that does not fall.
pub(super) fn valid(scores: &[f64], probabilities: &[f64]) -> bool {
    let inside = |numbers: &[f64]| numbers.iter().all(|number| (0.0..=1.0).contains(number));
    !scores.is_empty()
        && scores.len() == probabilities.len()
        && inside(scores)
        && inside(probabilities)
        && scores.is_sorted_by(|a, b| a < b)
        && probabilities.is_sorted()
}
