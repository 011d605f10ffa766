//! The threshold that a share of scores lies above.

use anyhow::bail;

/// The threshold above which a share of the scores lies.
pub(crate) fn at(scores: &[f64], share: f64) -> anyhow::Result<f64> {
    let mut sorted = scores.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let above = (share * sorted.len() as f64).floor() as usize;
    match sorted.len().checked_sub(above + 1) {
        // A score is called fake above the threshold, not at it.
        Some(place) if above > 0 => Ok(sorted[place]),
        _ => bail!("{} scores are too few for a share of {share}", scores.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_of_scores_lies_above_the_threshold() {
        let scores: Vec<f64> = (0..200).map(|i| f64::from((i * 37) % 200) / 200.0).collect();
        let threshold = at(&scores, 0.05).unwrap();
        assert_eq!(scores.iter().filter(|score| **score > threshold).count(), 10);
        assert!(at(&scores[..10], 0.05).is_err());
    }
}
